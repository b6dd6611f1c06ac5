"""valid_until, fact by fact: the outcome holds on that day and is another on the day after; both are assessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import assess, configured, criterion_in
from tests.criteria.test_nct05262673_antigens import all_five
from tests.criteria.test_nct05262673_glucocorticoid import course, dose
from tests.criteria.test_nct05262673_karnofsky import lansky
from tests.criteria.test_nct05262673_uncontrolled_infection import PNEUMONIA
from tests.criteria.test_nct05262673_written_consent import consent, consented, holding
from tests.criteria.test_nct07441291_gvhd import ACUTE, FOR_GVHD, PREDNISONE, graded, graft
from tests.fhir import (
    TRIAL,
    Chart,
    answered,
    base_chart,
    local,
    loinc,
    measured,
    observation,
    order,
    procedure,
    reconciled,
    snomed,
)
from tests.forecast.days import after, outcome_on
from tests.multi_car_t import TRIAL as MULTI
from tests.multi_car_t import candidate

BASE, MANY = base_chart(), candidate()
TEST = {"valueCodeableConcept": {"text": "Not detected"}}


def woman(born: str, *more: dict[str, Any], chart: Chart = BASE) -> Chart:
    return chart.changed("1", gender="female", birthDate=born).having(*more)


def hcg(on: str) -> dict[str, Any]:
    return observation("hcg", loinc("2118-8"), on, **TEST)


def born(day: str, chart: Chart = BASE) -> Chart:
    return chart.changed("1", birthDate=day)


def lists(day: str, chart: Chart = BASE) -> Chart:
    return chart.having(
        reconciled("problems", "11450-4", day),
        reconciled("medications", "10160-0", day),
        reconciled("procedures", "47519-4", day),
    )


UNTREATED = lists("2026-05-30", MANY).having(PNEUMONIA)
NEVER = "never"


def case(sentence: str, chart: Chart, criterion: str, outcome: str, until: str, trial: str = TRIAL) -> Any:
    return pytest.param(chart, criterion, trial, outcome, until, id=sentence)


CASES = [
    case("an age of 79: the day before the eightieth birthday", born("1946-08-14"), "I1", "pass", "2026-08-13"),
    case("an age of 41: that day too, years from now", BASE, "I1", "pass", "2065-02-13"),
    case(
        "born on 29 February: the eightieth birthday is in a leap year", born("1948-02-29"), "I1", "pass", "2028-02-28"
    ),
    case("a birth month only: eighty on the first day at the earliest", born("1946-08"), "I1", "pass", "2026-07-31"),
    case("too young for three: until the third birthday", born("2023-09-10"), "I1", "fail", "2026-09-09"),
    case("over eighty: time never mends it", born("1940-01-01"), "I1", "fail", NEVER),
    case("six months today: until today", born("2025-12-01", MANY), "I1", "fail", "2026-06-01", MULTI),
    case("no upper limit: for ever", MANY, "I1", "pass", NEVER, MULTI),
    case("chemistry of four days ago: 14 days", MANY, "I5d", "pass", "2026-06-11", MULTI),
    case(
        "AST newer than ALT: the older one counts",
        MANY.changed("ast", effectiveDateTime="2026-05-31"),
        "I5d",
        "pass",
        "2026-06-11",
        MULTI,
    ),
    case(
        "AST above the limit, ALT too: the longer one counts",
        MANY.changed("ast", effectiveDateTime="2026-05-31", **measured(400, "U/L")).changed(
            "alt", **measured(300, "U/L")
        ),
        "I5d",
        "fail",
        "2026-06-14",
        MULTI,
    ),
    case("an antigen that is positive: for ever", MANY, "I3", "pass", NEVER, MULTI),
    case("all five antigens negative: 28 days", all_five(0.5), "I3", "fail", "2026-06-17", MULTI),
    case("nothing in reconciled procedures: 90 days", lists("2026-05-01", MANY), "E6", "pass", "2026-07-30", MULTI),
    case(
        "no transplant in reconciled procedures: 90 days",
        lists("2026-05-01", BASE.without("hsct")),
        "I0b",
        "fail",
        "2026-07-30",
    ),
    case(
        "no infection in reconciled lists: medications count for 7 days",
        lists("2026-05-28"),
        "E1",
        "pass",
        "2026-06-04",
    ),
    case(
        "no relapse in a reconciled problem list, a marrow of May: the marrow ends first",
        BASE,
        "I4",
        "pass",
        "2026-06-17",
    ),
    case(
        "a problem list that ends before the marrow",
        BASE.having(reconciled("problems", "11450-4", "2026-03-10")),
        "I4",
        "pass",
        "2026-06-08",
    ),
    case(
        "an old blood count that shows no blasts: only the marrow counts",
        BASE.having(observation("blood", loinc("26446-5"), "2026-05-10", **measured(0))),
        "I4",
        "pass",
        "2026-06-17",
    ),
    case("a steroid three days ago: a week", dose("2026-05-29"), "E5", "fail", "2026-06-05", MULTI),
    case(
        "a steroid until next week: a week after its end",
        lists("2026-06-01", course("2026-05-20", "2026-06-04")),
        "E5",
        "fail",
        "2026-06-11",
        MULTI,
    ),
    case("a steroid without an end: for ever", course("2026-05-20", None), "E5", "fail", NEVER, MULTI),
    case(
        "a positive blood culture of this morning: 72 hours",
        MANY.having(
            observation(
                "culture", local("blood-culture"), "2026-06-01T00:00:00Z", valueCodeableConcept={"text": "Positive"}
            )
        ),
        "E2",
        "fail",
        "2026-06-03",
        MULTI,
    ),
    case(
        "pneumonia without treatment: as long as the medications are known",
        UNTREATED,
        "E2",
        "fail",
        "2026-06-06",
        MULTI,
    ),
    case(
        "acute GVHD of grade III by observation: 14 days",
        graft(ACUTE).having(graded("III")),
        "E2",
        "fail",
        "2026-06-11",
    ),
    case(
        "prednisone begun for GVHD: 28 days",
        graft(ACUTE).having(order("drug", PREDNISONE, "2026-05-20", **FOR_GVHD)),
        "E2",
        "fail",
        "2026-06-17",
    ),
    case("no GVHD at an assessment: 14 days", BASE, "E2", "pass", "2026-06-11"),
    case("a clinician's answer: 28 days", BASE.having(answered("a", "2026-05-20", I5="Y")), "I5", "pass", "2026-06-17"),
    case(
        "data until June, a clinician's answer until later: the answer carries on",
        BASE.having(answered("a", "2026-05-31", E2="N")),
        "E2",
        "pass",
        "2026-06-28",
    ),
    case(
        "an answer beside data that never end", BASE.having(answered("a", "2026-05-31", I0b="Y")), "I0b", "pass", NEVER
    ),
    case("a consent without an end", consented(consent()), "I8", "pass", NEVER, MULTI),
    case(
        "a consent for a period: its last day",
        consented(holding("2026-05-01", "2026-07-04")),
        "I8",
        "pass",
        "2026-07-04",
        MULTI,
    ),
    case("serology of 12 days ago: 28 days", MANY, "E3", "pass", "2026-06-17", MULTI),
    case("a male: never asked for a pregnancy test", BASE, "I6", "pass", NEVER),
    case("a pregnancy test: 7 days", woman("1995-01-01", hcg("2026-05-30")), "I6", "pass", "2026-06-06"),
    case(
        "a test, and infertility documented: for ever",
        woman("1995-01-01", hcg("2026-05-30"), procedure("hyst", snomed("236886002"), "2020-01-01")),
        "I6",
        "pass",
        NEVER,
    ),
    case("a girl of nine: until her tenth birthday", woman("2016-06-20"), "I6", "pass", "2026-06-19"),
]


@pytest.mark.parametrize(("chart", "criterion", "trial", "outcome", "until"), CASES)
def test_the_outcome_holds_to_its_last_day_and_no_longer(
    chart: Chart, criterion: str, trial: str, outcome: str, until: str
) -> None:
    found = criterion_in(assess(chart), criterion, trial)

    assert found["outcome"] == outcome
    assert found.get("valid_until", NEVER) == until
    if until == NEVER:
        assert outcome_on(chart, "2036-06-01", criterion, trial) == outcome
    else:
        assert outcome_on(chart, until, criterion, trial) == outcome
        assert outcome_on(chart, after(until), criterion, trial) != outcome


def test_where_two_reasons_follow_each_other_the_day_is_the_first_on_which_one_could_be_missing() -> None:
    """Her test ends after her 56th birthday, when it is no longer asked: the criterion passes on."""
    chart = woman("1970-06-04", hcg("2026-05-30"))

    assert criterion_in(assess(chart), "I6")["valid_until"] == "2026-06-06"
    assert outcome_on(chart, "2026-06-07", "I6", TRIAL) == "pass"


def test_lansky_counts_until_the_day_before_the_sixteenth_birthday(tmp_path: Path) -> None:
    service = configured(tmp_path, {"version": "1", "settings": {"lansky_substitution": True}})
    chart = lansky(90, born="2010-06-06")

    assert criterion_in(assess(chart, service=service), "I4a", MULTI)["valid_until"] == "2026-06-05"
    assert outcome_on(chart, "2026-06-05", "I4a", MULTI, service) == "pass"
    assert outcome_on(chart, "2026-06-06", "I4a", MULTI, service) == "unknown"


def test_where_no_serology_is_asked_a_test_has_no_last_day(tmp_path: Path) -> None:
    service = configured(tmp_path, {"version": "1", "settings": {"require_serology": False}})

    assert "valid_until" not in criterion_in(assess(MANY, service=service), "E3", MULTI)
    assert outcome_on(MANY, "2027-06-01", "E3", MULTI, service) == "pass"


def test_a_closed_world_has_no_last_day(tmp_path: Path) -> None:
    service = configured(tmp_path, {"version": "1", "closed_world": ["procedures"]})

    assert "valid_until" not in criterion_in(assess(MANY, service=service), "E6", MULTI)
