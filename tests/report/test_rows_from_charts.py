"""Rows of the report out of charts, and the report out of those rows."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from cds.cli import app
from tests.fhir import base_chart, condition, icd, loinc, measured, observation
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


def test_an_open_relapse_is_named_beside_the_rows_and_the_report_still_reads_them(tmp_path: Path) -> None:
    """T2-Q2, T2-Q9: an empty cell would read as "no relapse"."""
    folder = charts(tmp_path)
    doubtful = crossing(CONTROL, 0.25).having(condition("relapse", icd("C91.02"), onsetDateTime="2026"))
    (folder / "e.json").write_bytes(
        doubtful.bundle().replace(b"Patient/1", b"Patient/e").replace(b'"id":"1"', b'"id":"e"')
    )
    ran = RUN.invoke(app, ["trial", "rows", "NCT07441291", str(folder), "--as-of", "2026-05-06"])
    rows = tmp_path / "rows.csv"
    rows.write_text(ran.output, encoding="utf-8")

    assert ran.output.splitlines()[0].startswith("# e: relapse is open, settle it before the analysis: ")
    assert RUN.invoke(app, ["trial", "report", "NCT07441291", "--data", str(rows)]).exit_code == 0


def test_a_relapse_after_the_year_is_still_one_of_disease_free_survival(tmp_path: Path) -> None:
    """T2-Q4 has no end at twelve months."""
    chart = crossing(CONTROL, 0.25).having(observation("late", loinc("11150-0"), "2027-04-01", **measured(40)))
    (tmp_path / "late.json").write_bytes(chart.bundle())
    ran = RUN.invoke(app, ["trial", "rows", "NCT07441291", str(tmp_path), "--as-of", "2027-05-06"])

    assert ran.output.splitlines()[1].endswith(",2027-04-01,2027-04-01")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    ran = RUN.invoke(app, ["trial", "rows", "NCT07441291", str(tmp_path)])

    assert "no *.json Bundle" in str(ran.exception)
