"""T1-I3: at least one of CD19, CD22, CD20, CD10 and CD123 is positive on the malignant cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.criteria.rows import Row, assess, configured, criterion_in, row
from tests.fhir import (
    CPT,
    INTERPRETATION,
    RXNORM,
    Chart,
    Resource,
    amount,
    concept,
    given,
    loinc,
    measured,
    observation,
    procedure,
)
from tests.multi_car_t import TRIAL, candidate

UNTESTED = candidate().without("cd19")
OF_BLASTS = {"cd19": "13840-4", "cd22": "51124-6", "cd20": "51115-4", "cd10": "13837-0", "cd123": "51043-8"}
BLINATUMOMAB, INOTUZUMAB = concept(RXNORM, "1597258"), concept(RXNORM, "1942950")
TISAGENLECLEUCEL = concept(RXNORM, "1986438")
POSITIVE, NEGATIVE = ({"interpretation": [concept(INTERPRETATION, sign)]} for sign in ("POS", "NEG"))


def antigen(name: str, value: Resource | float, on: str | None = "2026-05-20", **elements: Any) -> Resource:
    """An antigen of the blasts, in percent unless a value[x] is given."""
    stated = value if isinstance(value, dict) else measured(value)
    return observation(name, loinc(OF_BLASTS[name]), on, **{**stated, **elements})


def cd19(value: Resource | float, on: str | None = "2026-05-20", **elements: Any) -> Chart:
    """Only CD19 was tested."""
    return UNTESTED.having(antigen("cd19", value, on, **elements))


def by_code(code: str, value: Resource) -> Chart:
    """Only this test was done."""
    return UNTESTED.having(observation("test", loinc(code), "2026-05-20", **value))


def all_five(value: Resource | float, on: str = "2026-05-20") -> Chart:
    return UNTESTED.having(*(antigen(name, value, on) for name in OF_BLASTS))


def between(low: float, high: float) -> Resource:
    return {"valueRange": {"low": amount(low), "high": amount(high)}}


BELOW_1 = measured(1, comparator="<")
BLINATUMOMAB_2025 = given("antibody", BLINATUMOMAB, "2025-03-01")
INOTUZUMAB_2025 = given("antibody", INOTUZUMAB, "2025-03-01")
WORDS = observation("report", loinc("101119-6"), "2026-05-20", valueString="positive for CD10, CD79a, TdT, CD19, CD20")

ROWS = [
    row(
        "T1-I3.1 CD19 lost after blinatumomab, CD22 on 88 %",
        UNTESTED.having(BLINATUMOMAB_2025, antigen("cd19", 0), antigen("cd22", 88)),
        "pass",
    ),
    row("T1-I3.2 CD19 on 12 % of all blood cells", by_code("8117-4", measured(12)), "unknown"),
    row("T1-I3.3 all five below 1 % of the blasts", all_five(BELOW_1), "fail"),
    row(
        "T1-I3.4 CD19 of 2023, blinatumomab in 2025, nothing since",
        cd19(95, "2023-06-01").having(BLINATUMOMAB_2025),
        "unknown",
        reason="stale",
    ),
    row("T1-I3.5 only a report in words", UNTESTED.having(WORDS), "unknown", needs="data"),
    row("T1-I3 20.0 %", cd19(20.0), "pass"),
    row("T1-I3 19.9 %, the others untested", cd19(19.9), "unknown"),
    row("T1-I3 all five below the cut-off", all_five(19.9), "fail"),
    row("T1-I3 all five read as negative", all_five(NEGATIVE), "fail"),
    row("T1-I3 four negative, the fifth untested", all_five(0).without("cd123"), "unknown"),
    row(
        "T1-I3 four negative, the fifth only of all cells",
        all_five(0).without("cd19").having(observation("b", loinc("8117-4"), "2026-05-20", **measured(12))),
        "unknown",
    ),
    row("T1-I3 read as positive", cd19(POSITIVE), "pass"),
    row("T1-I3 none tested", UNTESTED, "unknown", reason="missing", needs="data"),
    row("T1-I3 CD19 on 95 % of all marrow cells", by_code("32525-8", measured(95)), "unknown"),
    row("T1-I3 CD19 cells per volume", by_code("8116-6", measured(5000, "/uL")), "unknown"),
    row("T1-I3 CD22 blasts per volume", by_code("51127-9", measured(5000, "/uL")), "unknown"),
    row("T1-I3 CD20 by immunostaining", by_code("10438-0", POSITIVE), "pass"),
    row("T1-I3 15 to 30 %", cd19(between(15, 30)), "unknown", reason="imprecise"),
    row("T1-I3 20 to 30 %", cd19(between(20, 30)), "pass"),
    row("T1-I3 above 90 %", cd19(measured(90, comparator=">")), "pass"),
    row("T1-I3 above 10 %", cd19(measured(10, comparator=">")), "unknown"),
    row("units 1 0.95 as a fraction", cd19(measured(0.95, "1")), "pass"),
    row("section 0: 95 without a unit", cd19({"valueQuantity": {"value": 95}}), "unknown", reason="unit"),
    row("T1-I3 positive at diagnosis, no antibody since", cd19(95, "2024-11-05"), "pass"),
    row("T1-I3 all five negative long ago are not fresh", all_five(0, "2024-01-10"), "unknown"),
    row("T1-I3 CD19 the day after blinatumomab", cd19(95, "2025-03-02").having(BLINATUMOMAB_2025), "pass"),
    row("T1-I3 CD19 on the day of blinatumomab", cd19(95, "2025-03-01").having(BLINATUMOMAB_2025), "unknown"),
    row(
        "T1-I3 CD22 before blinatumomab is not touched",
        UNTESTED.having(antigen("cd22", 88, "2024-11-05"), BLINATUMOMAB_2025),
        "pass",
    ),
    row(
        "T1-I3 CD22 before inotuzumab",
        UNTESTED.having(antigen("cd22", 88, "2024-11-05"), INOTUZUMAB_2025),
        "unknown",
        reason="stale",
    ),
    row("T1-I3 CD19 before inotuzumab is not touched", cd19(95, "2024-11-05").having(INOTUZUMAB_2025), "pass"),
    row(
        "T1-I3 CD10 before blinatumomab is not touched",
        UNTESTED.having(antigen("cd10", 88, "2024-11-05"), BLINATUMOMAB_2025),
        "pass",
    ),
    row(
        "T1-I3 CD19 before tisagenlecleucel",
        cd19(95, "2024-11-05").having(given("product", TISAGENLECLEUCEL, "2025-03-01")),
        "unknown",
        reason="stale",
    ),
    row(
        "T1-I3 CD19 before a CAR-T infusion",
        cd19(95, "2024-11-05").having(procedure("product", concept(CPT, "38228"), "2025-03-01")),
        "unknown",
        reason="stale",
    ),
    row(
        "T1-I3 blinatumomab that was not given",
        cd19(95, "2024-11-05").having(BLINATUMOMAB_2025 | {"status": "not-done"}),
        "pass",
    ),
    row(
        "section 0: the newest wins, lost",
        cd19(95, "2026-05-10").having(antigen("cd19", 0, "2026-05-20", id="later")),
        "unknown",
    ),
    row("section 0: the newest wins, found", cd19(0, "2026-05-10").having(antigen("cd19", 95, id="later")), "pass"),
    row(
        "section 0: 95 and 5 % on one day",
        cd19(95).having(antigen("cd19", 5, id="again")),
        "unknown",
        reason="conflict",
    ),
    row(
        "T1-I3 a contradiction about CD19 leaves CD22",
        cd19(95).having(antigen("cd19", 5, id="again"), antigen("cd22", 88)),
        "pass",
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_antigens(row: Row) -> None:
    assert row.found("I3", trial_id=TRIAL) == row.expected


@pytest.mark.parametrize("name", OF_BLASTS)
def test_any_one_of_the_five_is_enough(name: str) -> None:
    """T1-I3 reading: OR over five antigens."""
    found = criterion_in(assess(UNTESTED.having(antigen(name, 88))), "I3", TRIAL)

    assert found["outcome"] == "pass"


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        pytest.param(35.0, "pass", id="T1-I3 at the site's cut-off of 35 %"),
        pytest.param(34.9, "unknown", id="T1-I3 below the site's cut-off of 35 %"),
    ],
)
def test_the_site_sets_the_cut_off(value: float, outcome: str, tmp_path: Path) -> None:
    service = configured(tmp_path, site={"version": "1", "settings": {"antigen_positive_pct": 35}})

    assert criterion_in(assess(cd19(value), service=service), "I3", TRIAL)["outcome"] == outcome
