"""One subject's year, day by day: what the card says, and that it does not flap."""

from __future__ import annotations

import os
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from hooks.course_cards import course_cards
from tests.criteria.rows import assessor
from tests.fhir import Chart, Resource, amount, answered, local, loinc, measured, observation, reconciled
from tests.follow_up.crossing import CONTROL, consent, crossing, follow_up, mrd
from tests.follow_up.year_picture import drawn

PICTURE = Path(__file__).parents[2] / "docs" / "a-year-of-one-subject.svg"
GOLDEN = Path(__file__).parents[1] / "golden" / "a-year-of-one-patient.md"
FIRST, LAST = date(2026, 1, 31), date(2027, 2, 28)
INSTANCE = "8a3c1f9e-4d57-4c36-9a39-0d4b5b6d8d11"
CLEAN: Resource = {
    "valueCodeableConcept": {"text": "Not detected"},
    "component": [{"code": local("lod"), "valueQuantity": amount(0.005)}],
}
# Month 5 is never assessed, month 9 comes late in its window.
ASSESSED = {
    "2026-02-27": 0.4, "2026-03-30": 0.3, "2026-05-02": 0.25, "2026-06-02": 0.15, "2026-07-29": 0.05, "2026-11-18": 0.0,
    "2027-01-28": 0.0,
}  # fmt: skip


def marrow(on: str) -> Resource:
    return observation(f"blasts-{on}", loinc("11150-0"), on, **measured(1))


@cache
def chart() -> Chart:
    """A subject of the control arm with entry MRD 0.3 %, persistent at three months.

    Consent is given on 8 May; on 12 May safety is checked again, so that the question stands open until month 4.
    """
    results = [mrd(measured(level) if level else CLEAN, on) for on, level in ASSESSED.items()]
    lists = [
        reconciled(f"{name}-{month}", code, f"2026-{month:02}-25")
        for month in range(1, 13)
        for name, code in (("problems", "11450-4"), ("medications", "10160-0"), ("procedures", "47519-4"))
    ]
    checked = [
        answered("answers", "2026-05-12", I5="Y"),
        observation("gvhd-again", local("gvhd-assessment"), "2026-05-12", valueCodeableConcept=loinc("LA9634-2")),
        reconciled("medications-again", "10160-0", "2026-05-12"),
        reconciled("medications-later", "10160-0", "2026-05-19"),
    ]
    return (
        crossing(CONTROL)
        .without("mrd-2026-05-02", "blasts", "answers", "crossover")
        .having(*results, *(marrow(on) for on in ASSESSED), *lists, *checked, consent(on="2026-05-08"))
    )


def said_on(day: date) -> str:
    assessment = assessor().assess_bundle(chart().bundle(), as_of=str(day))
    found = course_cards(assessment, INSTANCE, str(day))
    return found[0]["summary"].removeprefix("NCT07441291: ") if found else "silent"


@cache
def story() -> tuple[tuple[date, str], ...]:
    """Only the days on which the card says something else than the day before."""
    changes: list[tuple[date, str]] = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        said = said_on(day)
        if not changes or changes[-1][1] != said:
            changes.append((day, said))
    return tuple(changes)


def test_the_year_reads_as_it_should() -> None:
    """UPDATE_GOLDEN=1 writes it anew; review the diff."""
    rows = "\n".join(f"| {day} | {said} |" for day, said in story())
    head = (
        "# A year of one patient\n\nDay 0 is 2026-01-31, control arm. A line for each day on which the card changes.\n"
    )
    text = f"{head}\n| from | the card says |\n|---|---|\n{rows}\n"
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - only tests write golden files
        GOLDEN.write_text(text, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == text


def test_the_documentation_shows_the_same_year() -> None:
    """UPDATE_GOLDEN=1 draws it anew; look at it."""
    text = drawn(FIRST, story(), follow_up(chart(), str(LAST)), {"2026-01-31": 0.3, **ASSESSED})
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - only tests write golden files
        PICTURE.write_text(text, encoding="utf-8")

    assert PICTURE.read_text(encoding="utf-8") == text


def test_nothing_flaps() -> None:
    """A sentence stands for at least three days, and never comes back within a week of going."""
    days = [day for day, _ in story()]
    gone: dict[str, date] = {}
    for (day, said), following in zip(story(), [*days[1:], LAST], strict=True):
        assert (following - day).days >= 3 or following == LAST, (day, said)
        assert said == "silent" or (day - gone.get(said, date.min)).days > 7, (day, said)
        gone[said] = following


def test_the_card_speaks_on_few_days() -> None:
    """Visits open for two weeks or so; for the rest of the year the chart opens in silence."""
    silent = sum(said_on(FIRST + timedelta(days=n)) == "silent" for n in range(0, (LAST - FIRST).days, 5))

    assert silent > 0.4 * (LAST - FIRST).days / 5
