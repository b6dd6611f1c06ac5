"""Rows of the report out of charts, and the report out of those rows."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from cds.cli import app
from tests.fhir import base_chart
from tests.follow_up.crossing import CAR_T, CONTROL, crossing

RUN = CliRunner()


def charts(folder: Path) -> Path:
    made = {
        "a": crossing(CAR_T, 0.02),
        "b": crossing(CONTROL, 0.25).changed("1", deceasedDateTime="2026-05-04"),
        "c": crossing(CONTROL, 0.25, 40),
        "d": base_chart(),
    }
    for name, chart in made.items():
        (folder / f"{name}.json").write_bytes(
            chart.bundle()
            .replace(b"Patient/1", f"Patient/{name}".encode())
            .replace(b'"id":"1"', f'"id":"{name}"'.encode())
        )
    return folder


def test_every_subject_has_one_row_and_nobody_else(tmp_path: Path) -> None:
    ran = RUN.invoke(app, ["trial", "rows", "NCT07441291", str(charts(tmp_path)), "--as-of", "2026-05-06"])

    assert ran.exit_code == 0, ran.output
    lines = ran.output.splitlines()
    assert lines[1].startswith("a,CD19 CAR-T,,2026-01-20,low_positive,,,")
    assert lines[2].startswith("b,chemotherapy + DLI,,2026-01-20,positive,2026-05-04,,")
    assert lines[3].startswith("c,chemotherapy + DLI,,2026-01-20,positive,,2026-05-02,")
    assert len(lines) == 4


def test_the_report_takes_the_rows(tmp_path: Path) -> None:
    ran = RUN.invoke(app, ["trial", "rows", "NCT07441291", str(charts(tmp_path)), "--as-of", "2026-05-06"])
    rows = tmp_path / "rows.csv"
    rows.write_text(ran.output, encoding="utf-8")

    reported = RUN.invoke(app, ["trial", "report", "NCT07441291", "--data", str(rows)])

    assert reported.exit_code == 0, reported.output
    assert "chemotherapy + DLI" in reported.output


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    ran = RUN.invoke(app, ["trial", "rows", "NCT07441291", str(tmp_path)])

    assert "no *.json Bundle" in str(ran.exception)
