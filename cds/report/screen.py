"""The tables on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from cds.report.analysis import Analysis
from cds.report.sheets import Sheet, all_sheets


def show(analysis: Analysis, console: Console) -> None:
    """Print every table of the report."""
    as_of = f", data as of {analysis.as_of}" if analysis.as_of else ""
    console.print(f"[bold]{analysis.trial}[/]: trial statistics{as_of}")
    for sheet in all_sheets(analysis):
        console.print()
        console.print(_table(sheet))
        for note in sheet.notes:
            console.print(Padding(escape(note), (0, 0, 0, 1)), style="dim")


def _table(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", title_style="bold")
    for column in sheet.columns:
        table.add_column(escape(column))
    for row in sheet.rows:
        strong = any(cell.startswith("**") for cell in row)
        table.add_row(*(escape(cell.replace("**", "")) for cell in row), style="bold" if strong else None)
    return table
