"""The report as a Markdown file, with the figures beside it."""

from __future__ import annotations

from cds.report.analysis import Analysis
from cds.report.design import DEFINITIONS, NOT_COVERED, SOURCE
from cds.report.plots import NAMES
from cds.report.sheets import Sheet, all_sheets

_FIGURES = {"Month-3 MRD negativity": "mrd", "Overall survival": "os", "Disease-free survival": "dfs"}


def as_markdown(analysis: Analysis) -> str:
    """The whole report. The same rows give the same bytes."""
    as_of = f"Data as of {analysis.as_of}. " if analysis.as_of else ""
    parts = [
        f"# {analysis.trial}: trial statistics",
        f"{as_of}For the study office; not a statement about any patient. Not signed off by a statistician.",
    ]
    for sheet in all_sheets(analysis):
        parts += [f"## {sheet.title}", _table(sheet), *sheet.notes]
        figure = _FIGURES.get(sheet.title)
        if figure:
            parts.append(f"![{NAMES[figure]}]({figure}.svg)")
    parts += ["## Definitions", f"Source of every quote: {SOURCE}.", _definitions(), NOT_COVERED]
    return "\n\n".join(parts) + "\n"


def _table(sheet: Sheet) -> str:
    lines = [_line(sheet.columns), _line(("---",) * len(sheet.columns)), *(_line(row) for row in sheet.rows)]
    return "\n".join(lines)


def _definitions() -> str:
    rows = (_line((d.id, f"“{d.quote}”", d.reading)) for d in DEFINITIONS)
    return "\n".join([_line(("row", "the registry says", "read here as")), _line(("---",) * 3), *rows])


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
