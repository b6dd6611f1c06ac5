"""A file of rows (CSV, or JSON lines by its suffix) → checked rows, or one error that lists every problem."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import orjson

from cds.errors import UnreadableInputError
from cds.report.columns import COLUMNS, COMMENT, NAMES, nearest
from cds.report.rows import PatientRow, check_row

JSON_LINES = (".jsonl", ".ndjson")
_SHOWN = 20
_Raw = tuple[int, Mapping[str, str]]


def read_rows(path: Path, as_of: date | None = None) -> tuple[PatientRow, ...]:
    """Every row of the file. Rows are numbered as a spreadsheet does. Raises UnreadableInputError, OSError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableInputError(f"{path.name}: not UTF-8; save it as CSV UTF-8") from error
    raw = _from_json_lines(text) if path.suffix.lower() in JSON_LINES else _from_csv(text)
    rows, problems = _checked(raw, as_of)
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise UnreadableInputError("\n".join([f"{path.name} cannot be used:", *problems[:_SHOWN], *more]))
    if not rows:
        raise UnreadableInputError(f"{path.name}: no rows; `trial-hooks trial template` shows the columns")
    return rows


def _checked(raw: Iterable[_Raw], as_of: date | None) -> tuple[tuple[PatientRow, ...], list[str]]:
    rows: list[PatientRow] = []
    problems: list[str] = []
    first_seen: dict[str, int] = {}
    for number, cells in raw:
        row, found = check_row(cells, number, as_of)
        problems += found
        if row is None:
            continue
        if row.subject in first_seen:
            problems.append(f"row {number}, column subject: is the same as in row {first_seen[row.subject]}")
        first_seen.setdefault(row.subject, number)
        rows.append(row)
    return tuple(rows), problems


def _from_csv(text: str) -> Iterator[_Raw]:
    lines = text.splitlines(keepends=True)
    skipped = 0
    while skipped < len(lines) and (lines[skipped].startswith(COMMENT) or not lines[skipped].strip(" \r\n,;\t")):
        skipped += 1
    body = "".join(lines[skipped:])
    delimiter = max(",;\t", key=body.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield skipped + reader.line_num, _named(header, cells, skipped + reader.line_num)
    except csv.Error as error:
        raise UnreadableInputError(f"row {skipped + reader.line_num}: not CSV ({error})") from error


def _named(header: list[str], cells: list[str], number: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise UnreadableInputError(f"row {number}: has {len(cells)} cells, the header has {len(header)}")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _from_json_lines(text: str) -> Iterator[_Raw]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UnreadableInputError(f"row {number}: not JSON") from error
        if not isinstance(found, dict):
            raise UnreadableInputError(f"row {number}: not a JSON object")
        _check_header(list(found), f"row {number}, ")
        for name, value in found.items():
            if not isinstance(value, str | None):
                raise UnreadableInputError(f"row {number}, column {name}: must be text or null")
        yield number, {name: (value or "").strip() for name, value in found.items()}


def _check_header(header: list[str], where: str = "header, ") -> None:
    """Unknown, repeated and missing columns, each with the nearest name. Empty cells may be left out of a JSON line."""
    missing = tuple(column.name for column in COLUMNS if column.required and column.name not in header)
    problems = [f"{where}column {name}: occurs twice" for name in sorted({n for n in header if header.count(n) > 1})]
    for name in header:
        if name not in NAMES:
            near = nearest(name, missing, 0.4) or nearest(name, NAMES)
            problems.append(f"{where}column {name}: not known; " + (f"did you mean {near}?" if near else "remove it"))
    if where == "header, ":
        problems += [f"{where}column {name}: missing" for name in missing]
    if problems:
        raise UnreadableInputError("\n".join([*problems, "`trial-hooks trial template` shows the columns"]))
