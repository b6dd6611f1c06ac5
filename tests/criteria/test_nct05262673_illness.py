"""T1-E1: severe illness is a clinician's judgement; sepsis that is active now excludes without one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.criteria.rows import Row, assess, criterion_in, row
from tests.fhir import Chart, Resource, answered, condition, icd, snomed
from tests.multi_car_t import TRIAL, candidate

BASE = candidate()
SEPTIC_SHOCK = icd("R65.21")


def ill(
    code: Resource = SEPTIC_SHOCK, clinical: str | None = "active", verified: str | None = "confirmed", **elements: Any
) -> Chart:
    return BASE.having(condition("illness", code, clinical, verified, **elements))


def resolved(on: str) -> Chart:
    """A sepsis of the spring that ended on this day."""
    return ill(icd("A41.9"), "resolved", onsetDateTime="2026-03-20", abatementDateTime=on)


def said(choice: str, chart: Chart = BASE, on: str = "2026-05-28", **elements: Any) -> Chart:
    return chart.having(answered("answer", on, trial=TRIAL, E1=choice) | elements)


JUDGEMENT: dict[str, str] = {"outcome": "unknown", "needs": "clinician"}

ROWS = [
    row("T1-E1.1 septic shock yesterday", ill(onsetDateTime="2026-05-31"), "fail"),
    row("T1-E1.2 sepsis resolved 6 weeks ago", resolved("2026-04-20"), **JUDGEMENT),
    row("T1-E1.3 no data", BASE.without("problems", "medications", "procedures"), **JUDGEMENT),
    row("T1-E1 reconciled and nothing active is still a judgement", BASE, **JUDGEMENT, reason="attestation"),
    row("T1-E1 sepsis active, no shock", ill(icd("A41.9")), "fail"),
    row("T1-E1 streptococcal sepsis", ill(icd("A40.1")), "fail"),
    row("T1-E1 severe sepsis without shock", ill(icd("R65.20")), "fail"),
    row("T1-E1 sepsis in SNOMED CT", ill(snomed("91302008")), "fail"),
    row("section 0: recurrence is active", ill(clinical="recurrence"), "fail"),
    row("section 0: relapse is active", ill(clinical="relapse"), "fail"),
    row("T1-E1 sepsis that is active needs no reconciled list", ill().without("problems"), "fail"),
    row("T1-E1 look-back: resolved 29 days ago", resolved("2026-05-03"), **JUDGEMENT),
    row("T1-E1 look-back: resolved 28 days ago", resolved("2026-05-04"), "unknown"),
    row("T1-E1 look-back: resolved 2 days ago", resolved("2026-05-30"), "unknown"),
    row("section 0: provisional", ill(verified="provisional"), "unknown"),
    row("section 0: differential", ill(verified="differential"), "unknown"),
    row("section 0: refuted is dropped", ill(verified="refuted"), **JUDGEMENT),
    row("section 0: entered in error is dropped", ill(verified="entered-in-error"), **JUDGEMENT),
    row("T1-E1 attested, with nothing in the chart", said("Y"), "fail"),
    row("T1-E1 attested none and no infection", said("N"), "pass"),
    row("T1-E1 not sure", said("asked-unknown"), **JUDGEMENT),
    row("T1-E1.2 resolved 6 weeks ago, then attested none", said("N", resolved("2026-04-20")), "pass"),
    row("T1-E1.2 resolved 6 weeks ago, attested that it still bears", said("Y", resolved("2026-04-20")), "fail"),
    row("B6.3 attested none beside septic shock", said("N", ill()), "unknown", reason="conflict"),
    row("T1-E1 attested and septic shock", said("Y", ill()), "fail"),
    row("section 0: attested none 28 days ago", said("N", on="2026-05-04"), "pass"),
    row("section 0: attested none 29 days ago", said("N", on="2026-05-03"), **JUDGEMENT),
    row("B5.1 attested tomorrow", said("N", on="2026-06-02"), **JUDGEMENT),
    row("B4 an answer still in progress", said("N", status="in-progress"), **JUDGEMENT),
    row("B4 the other trial's form", BASE.having(answered("answer", "2026-05-28", E1="N")), **JUDGEMENT),
]


@pytest.mark.parametrize("row", ROWS)
def test_severe_illness(row: Row) -> None:
    assert row.found("E1", trial_id=TRIAL) == row.expected


def test_an_untreated_infection_never_passes() -> None:
    """T1-E1: the sentence includes active uncontrolled infection, which the data show here (E2)."""
    chart = BASE.having(condition("infection", icd("J18.9")))

    assert criterion_in(assess(chart), "E1", TRIAL)["outcome"] != "pass"


def test_attested_none_does_not_overrule_an_untreated_infection() -> None:
    """T1-E1: absent needs both the attestation and E2 absent."""
    chart = said("N", BASE.having(condition("infection", icd("J18.9"))))

    assert criterion_in(assess(chart), "E1", TRIAL)["outcome"] != "pass"


def test_the_chart_alone_never_passes() -> None:
    """T1-E1: without an attestation nothing in the record can say that there is no severe illness."""
    for chart in (BASE, resolved("2026-01-10"), ill(verified="refuted")):
        assert criterion_in(assess(chart), "E1", TRIAL)["outcome"] == "unknown"
