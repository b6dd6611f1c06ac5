"""Pictures of synthetic patients, as text. UPDATE_GOLDEN=1 draws them anew; look at them, then at the diff."""

from __future__ import annotations

import os

import pytest

from hooks.workbench.course_plot import course_figure
from hooks.workbench.mrd_plot import mrd_figure
from tests.plots.charts import ROOT, fixture

GOLDEN = ROOT / "tests" / "golden" / "plots"
MRD = (
    "fits",
    "mrd-blood-against-marrow",
    "cd19-negative-clone",
    "mrd-unit-missing",
    "cross-recurrence",
    "course-deep-negative",
)
COURSES = ("cross-relapse", "arm-car-t-deviations")


def held(name: str, drawn: str) -> None:
    path = GOLDEN / f"{name}.svg"
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - only tests write golden files
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{drawn}\n", encoding="utf-8")
    assert f"{drawn}\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("patient", MRD)
def test_the_mrd_picture_is_as_it_was_looked_at(patient: str) -> None:
    figure = mrd_figure(*fixture(patient))

    held(f"mrd-{patient}", figure.wide)


def test_the_narrow_picture_is_as_it_was_looked_at() -> None:
    held("mrd-cross-recurrence-narrow", mrd_figure(*fixture("cross-recurrence")).narrow)


@pytest.mark.parametrize("patient", COURSES)
def test_the_visits_are_as_they_were_looked_at(patient: str) -> None:
    [panel] = course_figure(*fixture(patient)).panels

    held(f"course-{patient}", panel.wide)
    held(f"course-{patient}-narrow", panel.narrow)
