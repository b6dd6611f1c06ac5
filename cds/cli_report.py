"""`trial-hooks trial …`: statistics of a trial for its study office. Heavy libraries are imported only on use."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cds.errors import CdsError

app = typer.Typer(help="Trial statistics from rows of one patient each.", no_args_is_help=True)
_LIBRARIES = ("lifelines", "matplotlib", "scipy", "statsmodels")


class ReportNotInstalledError(CdsError):
    """The libraries of the extra `report` are not installed."""


@app.callback()
def trial() -> None:
    """Trial statistics from rows of one patient each."""


@app.command()
def template() -> None:
    """Print an empty CSV: the header, and above it what belongs in every column."""
    from cds.report.columns import template as text

    typer.echo(text(), nl=False)


@app.command()
def rows(
    trial_id: Annotated[str, typer.Argument(help="The trial, e.g. NCT07441291.")],
    charts: Annotated[Path, typer.Argument(help="Folder of FHIR R4 Bundles (*.json), one patient each.")],
    as_of: Annotated[str, typer.Option(help="Day of assessment, e.g. 2026-06-01; default: today.")] = "",
) -> None:
    """Print the rows for `report`, read from the subjects' charts."""
    from cds.assess import build_assessor
    from cds.clock import now
    from cds.report.from_charts import rows_csv
    from cds.settings import Settings

    bundles = sorted(charts.glob("*.json"))
    if not bundles:
        raise ValueError(f"{charts}: holds no *.json Bundle")
    assessor = build_assessor(Settings.from_environment())
    typer.echo(rows_csv(assessor, bundles, trial_id, as_of or now().date().isoformat()), nl=False)


@app.command()
def report(
    trial_id: Annotated[str, typer.Argument(help="The trial, e.g. NCT07441291.")],
    data: Annotated[Path, typer.Option(help="Rows: a CSV, or JSON lines (.jsonl, .ndjson).")],
    out: Annotated[Path | None, typer.Option(help="Folder for report.md, report.json and the figures.")] = None,
    as_of: Annotated[str, typer.Option(help="Day of the data, e.g. 2026-06-01; rows must not go beyond it.")] = "",
    small_cell: Annotated[int, typer.Option(min=2, help="Counts below this are marked.")] = 5,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")] = False,
) -> None:
    """Month-3 MRD negativity, survival by assigned arm, and the sample size, with every method named."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise ReportNotInstalledError(f"not installed: {', '.join(missing)}; install the extra `report` of trial-hooks")
    from cds.report.analysis import analyse
    from cds.report.design import TRIAL
    from cds.report.machine import as_json as numbers
    from cds.report.reading import read_rows
    from cds.report.screen import show

    if trial_id != TRIAL:
        raise ValueError(f"no statistics are defined for {trial_id}; there are some for {TRIAL}")
    day = _day(as_of)
    analysis = analyse(read_rows(data, day), day, small_cell)
    if as_json:
        typer.echo(numbers(analysis), nl=False)
    else:
        show(analysis, Console())
    if out is not None:
        from cds.report.files import write_report

        write_report(analysis, out)
        Console(stderr=True).print(f"written: {out / 'report.md'}, with its figures and report.json")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError("--as-of is not a day; write it as 2026-06-01") from error
