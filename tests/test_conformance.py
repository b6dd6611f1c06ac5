"""docs/conformance.md says where each requirement is shown; every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TABLE = Path("docs/conformance.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LEVELS = {"SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT"}


def rows() -> list[list[str]]:
    """The cells of each requirement, without the head of the table and its rule."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the test functions that pytest collects from a file; none where there is no such file."""
    if not Path(path).is_file():
        return frozenset()
    body = ast.parse(Path(path).read_text(encoding="utf-8")).body
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(name for name in functions if name.startswith("test_"))


NAMES = sorted({found for row in rows() for found in NAMED.findall(row[-1])})


def test_every_row_is_complete_and_no_id_stands_twice() -> None:
    ids = [row[0] for row in rows()]

    assert ids
    assert len(set(ids)) == len(ids)
    for row in rows():
        assert len(row) == 4
        assert all(row)
        assert re.fullmatch(r"[A-Z]{2}-\d\d", row[0])
        assert row[1] in LEVELS


def test_every_row_names_a_test_or_says_why_not() -> None:
    for name, _, _, shown in rows():
        said = re.match(r"not (applicable|shown): \S", shown)
        assert said or re.fullmatch(f"{NAMED.pattern}(, {NAMED.pattern})*", shown), name


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert name in functions_of(path)
