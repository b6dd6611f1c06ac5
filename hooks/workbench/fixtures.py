"""The synthetic patients that the page offers, from fhir_fixtures/README.md and fhir_fixtures/patients."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ROW = re.compile(r"\|\s*`?([\w-]+)`?\s*\|\s*(\d{4}-\d{2}-\d{2})\s*\|\s*(.+?)\s*\|")


@dataclass(frozen=True, slots=True)
class Fixture:
    """One synthetic patient: file name, day of assessment, who."""

    name: str
    as_of: str
    who: str
    path: Path


def fixtures_in(folder: Path) -> dict[str, Fixture]:
    """By name, in the order of the README; empty when the folder is not there."""
    readme = folder / "README.md"
    if not readme.is_file():
        return {}
    rows = _ROW.findall(readme.read_text(encoding="utf-8"))
    found = [Fixture(name, day, who, folder / "patients" / f"{name}.json") for name, day, who in rows]
    return {fixture.name: fixture for fixture in found if fixture.path.is_file()}


def requests_in(folder: Path) -> dict[str, Path]:
    """Hook requests by name, "<patient>.<hook>", in alphabetical order; empty when the folder is not there."""
    return {path.stem: path for path in sorted((folder / "requests").glob("*.json"))}
