"""What the study office gets: the same bytes every time, well-formed figures, every number's method named."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest
from typer.testing import CliRunner

from cds import cli_report
from cds.cli import app
from cds.report.analysis import Analysis, analyse
from cds.report.design import DEFINITIONS
from cds.report.files import write_report
from cds.report.markdown import as_markdown
from cds.report.plots import draw
from cds.report.reading import read_rows
from tests.report.patients import CAR_T, DLI, ROWS, patient

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/trial_report.md"
AS_OF = date(2027, 6, 30)
FIGURES = ("mrd", "os", "dfs")


@cache
def synthetic() -> Analysis:
    return analyse(read_rows(ROWS, AS_OF), AS_OF)


@cache
def figures() -> dict[str, bytes]:
    return draw(synthetic())


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["trial", *arguments], env={"COLUMNS": "200"}, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_report_of_the_synthetic_rows_is_as_reviewed() -> None:
    """UPDATE_GOLDEN=1 writes it anew; review the diff."""
    text = as_markdown(synthetic())
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - only tests write golden files
        GOLDEN.write_text(text, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == text


def test_every_definition_is_quoted_in_the_report() -> None:
    text = as_markdown(synthetic())

    assert all(definition.quote in text for definition in DEFINITIONS)


@pytest.mark.parametrize(
    "method", ["Wilson score", "Newcombe hybrid score", "Kaplan-Meier", "log-rank test (Mantel 1966)", "Fleiss"]
)
def test_every_method_is_named(method: str) -> None:
    assert method in as_markdown(synthetic())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_well_formed_and_names_both_arms(name: str) -> None:
    root = ElementTree.fromstring(figures()[f"{name}.svg"])  # noqa: S314 - our own file
    text = " ".join(root.itertext())

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert CAR_T in text
    assert DLI in text


@pytest.mark.parametrize("name", ["os", "dfs"])
def test_arms_differ_by_line_style_not_only_by_colour(name: str) -> None:
    svg = figures()[f"{name}.svg"].decode()

    assert "stroke-dasharray" in svg
    assert "Number at risk" in svg


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        write_report(synthetic(), tmp_path / folder)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("first", "second")
    )

    assert first == second
    assert set(first) == {"report.md", "report.json", *(f"{n}.{kind}" for n in FIGURES for kind in ("svg", "png"))}


def test_without_as_of_no_day_is_named() -> None:
    assert "as of" not in as_markdown(analyse([patient()]))


def test_small_counts_are_marked_and_larger_ones_are_not() -> None:
    text = as_markdown(analyse([*[patient(CAR_T)] * 4, *[patient(DLI)] * 5]))

    assert "| randomised | 4 † | 5 |" in text


def test_a_p_value_from_few_events_is_called_rough() -> None:
    few = as_markdown(analyse([*[patient(CAR_T)] * 5, *[patient(DLI, death=50)] * 5]))
    many = as_markdown(analyse([*[patient(CAR_T, death=90)] * 5, *[patient(DLI, death=50)] * 5]))

    assert "An arm has fewer than 5 events: p is a rough approximation." in few
    assert "rough approximation" not in many


def test_without_events_the_report_says_so_instead_of_a_p_value() -> None:
    analysis = analyse([patient(CAR_T), patient(DLI)])

    assert "Log-rank: not calculated: no events." in as_markdown(analysis)
    assert "p = " not in as_markdown(analysis)
    assert b"not calculated: no events" in draw(analysis)["os.svg"]


def test_an_empty_arm_is_reported_and_drawn() -> None:
    analysis = analyse([patient(CAR_T)])

    assert "not calculated: one arm has no patients" in as_markdown(analysis)
    assert draw(analysis)["os.svg"]


def test_the_command_prints_the_tables() -> None:
    text = run("report", "NCT07441291", "--data", str(ROWS))

    assert all(title in text for title in ("Month-3 MRD negativity", "Overall survival", "Sample size"))


def test_the_command_prints_numbers_for_machines() -> None:
    """22 of 30 by hand: centre 0.797357 / 1.128049 = 0.706846, half width 0.170704 / 1.128049 = 0.151327."""
    found = orjson.loads(run("report", "NCT07441291", "--data", str(ROWS), "--json", "--as-of", "2027-06-30"))

    assert found["as_of"] == "2027-06-30"
    assert found["negativity"][0]["randomised"] == 30
    assert found["negativity"][0]["rate"] == {"value": 0.733333, "low": 0.55552, "high": 0.858173}
    assert found["sample_size"]["target"] == 35


def test_the_command_writes_the_folder(tmp_path: Path) -> None:
    run("report", "NCT07441291", "--data", str(ROWS), "--as-of", "2027-06-30", "--out", str(tmp_path / "new"))

    assert (tmp_path / "new/report.md").read_text(encoding="utf-8") == as_markdown(synthetic())


def test_the_command_prints_the_template() -> None:
    assert "month3_mrd: class of the marrow flow MRD" in run("template")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["NCT05262673"], "no statistics are defined"), (["NCT07441291", "--as-of", "June"], "--as-of is not a day")],
)
def test_an_impossible_wish_is_refused(arguments: list[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        run("report", *arguments, "--data", str(ROWS))


def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_report, "_LIBRARIES", ("no_such_library",))

    with pytest.raises(cli_report.ReportNotInstalledError, match="no_such_library; install the extra `report`"):
        run("report", "NCT07441291", "--data", str(ROWS))


def test_the_service_starts_without_the_statistics_libraries() -> None:
    code = (
        "import sys, cds.cli, hooks.app; "
        "print(sorted({'lifelines', 'matplotlib', 'numpy', 'pandas', 'scipy', 'statsmodels'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603

    assert result.stdout.strip() == "[]"


def test_the_tests_use_the_versions_of_the_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]

    assert all("==" in pin for pin in extras["report"])
    assert set(extras["report"]) <= set(extras["dev"])
