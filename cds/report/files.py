"""The report as files in a folder."""

from __future__ import annotations

from pathlib import Path

from cds.report.analysis import Analysis
from cds.report.machine import as_json
from cds.report.markdown import as_markdown
from cds.report.plots import write_plots


def write_report(analysis: Analysis, folder: Path) -> None:
    """`report.md`, `report.json` and the figures; the folder is made, files of these names are replaced. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(as_markdown(analysis), encoding="utf-8", newline="\n")
    (folder / "report.json").write_bytes(as_json(analysis))
    write_plots(analysis, folder)
