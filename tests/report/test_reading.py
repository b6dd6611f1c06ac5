"""A study office's file: what is accepted, and which row and column an error names (never the cell's content)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import orjson
import pytest

from cds.errors import UnreadableInputError
from cds.report.columns import COLUMNS, NAMES, template
from cds.report.reading import read_rows
from tests.report.patients import HEADER, ROWS

GOOD = "S-1,CD19 CAR-T,2026-01-10,negative,,,2026-07-01"


def file_of(folder: Path, *lines: str, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refusal(path: Path, as_of: date | None = None) -> str:
    with pytest.raises(UnreadableInputError) as caught:
        read_rows(path, as_of)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("S-1,CD19 CAR,2026-01-10,negative,,,2026-07-01", "column arm_assigned: is none of CD19 CAR-T | "),
        ("S-1,CD19 CAR,2026-01-10,negative,,,2026-07-01", "did you mean CD19 CAR-T?"),
        ("S-1,CD19 CAR-T,10/01/2026,negative,,,2026-07-01", "column randomised_on: is not a day; write it as 2026-"),
        ("S-1,CD19 CAR-T,2026-02-30,negative,,,2026-07-01", "column randomised_on: is not a day"),
        ("S-1,CD19 CAR-T,2026-01-10,Negativ,,,2026-07-01", "column month3_mrd: is none of negative | low_positive"),
        ("S-1,CD19 CAR-T,2026-01-10,,,,2026-07-01", "column month3_mrd: is empty"),
        (",CD19 CAR-T,2026-01-10,negative,,,2026-07-01", "column subject: is empty"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,,,", "column last_contact_on: is empty, and so is death_on"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,2026-01-09,,", "column death_on: is before randomised_on"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,2026-05-01,,2026-05-02", "column last_contact_on: is after death_on"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,2026-05-01,2026-05-02,", "column relapse_on: is after death_on"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,,2026-07-02,2026-07-01", "column relapse_on: is after last_contact_on"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,,,2026-10-01", "column last_contact_on: is after the day of the data"),
        ("S-1,CD19 CAR-T,2026-01-10,negative,", "has 5 cells, the header has 7"),
        (GOOD, "column subject: is the same as in row 2"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(tmp_path: Path, line: str, complaint: str) -> None:
    text = refusal(file_of(tmp_path, HEADER, GOOD, line), date(2026, 9, 1))

    assert "row 3" in text
    assert complaint in text


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    text = refusal(
        file_of(tmp_path, HEADER, "S-1,x,y,negative,,,2026-07-01", "S-2,CD19 CAR-T,2026-01-10,z,,,2026-07-01")
    )

    assert [line.split(":")[0] for line in text.splitlines()[1:]] == [
        "row 2, column arm_assigned",
        "row 2, column randomised_on",
        "row 3, column month3_mrd",
    ]


def test_no_message_repeats_what_stands_in_a_cell(tmp_path: Path) -> None:
    assert "Maria" not in refusal(file_of(tmp_path, HEADER, "S-1,Maria,Maria,Maria,Maria,,2026-07-01"))


def test_a_misspelt_column_is_named_with_the_right_one(tmp_path: Path) -> None:
    text = refusal(file_of(tmp_path, HEADER.replace("month3_mrd", "mrd_month3"), GOOD))

    assert "header, column mrd_month3: not known; did you mean month3_mrd?" in text
    assert "header, column month3_mrd: missing" in text


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        (HEADER + ",colour", "header, column colour: not known; remove it"),
        (HEADER.replace("arm_assigned", "arm"), "header, column arm: not known; did you mean arm_assigned?"),
        (HEADER + ",subject", "header, column subject: occurs twice"),
        ("", "header, column subject: missing"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, header: str, complaint: str) -> None:
    assert complaint in refusal(file_of(tmp_path, header))


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    assert "no rows" in refusal(file_of(tmp_path, HEADER))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(f"{HEADER}\nS-\xe9".encode("latin-1"))

    assert "not UTF-8" in refusal(path)


def test_a_spreadsheets_csv_is_accepted(tmp_path: Path) -> None:
    """Byte order mark, semicolons, a comment above and an empty line below."""
    path = tmp_path / "rows.csv"
    content = f"# ours\r\n{HEADER}\r\n{GOOD}\r\n,,,,,,\r\n".replace(",", ";")
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())

    assert [(row.subject, row.death_on, row.last_contact_on) for row in read_rows(path)] == [
        ("S-1", None, date(2026, 7, 1))
    ]


def test_json_lines_say_the_same_as_the_csv(tmp_path: Path) -> None:
    header, *lines = (line.split(",") for line in ROWS.read_text(encoding="utf-8").splitlines())
    found = [{name: cell or None for name, cell in zip(header, line, strict=True)} for line in lines]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(item) for item in found))

    assert read_rows(path) == read_rows(ROWS)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "row 1: not JSON"),
        ("[]", "row 1: not a JSON object"),
        ('{"subject": 7}', "row 1, column subject: must be text or null"),
        ('{"subjct": "S-1"}', "row 1, column subjct: not known; did you mean subject?"),
        ('{"subject": "S-1"}', "row 1, column arm_assigned: is empty"),
    ],
)
def test_a_bad_json_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    assert complaint in refusal(file_of(tmp_path, line, name="rows.ndjson"))


def test_the_template_explains_every_column_and_can_be_filled_in(tmp_path: Path) -> None:
    text = template()
    row = "S-1,CD19 CAR-T,,2026-01-10,negative,,,2026-07-01"

    assert all(f"# {column.name}: {column.meaning}" in text for column in COLUMNS)
    assert text.splitlines()[-1] == ",".join(NAMES)
    assert len(read_rows(file_of(tmp_path, text + row))) == 1
