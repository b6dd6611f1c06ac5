"""durable-rules is held to an independent reference, and to failing closed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.errors import TrialPackError
from rules.evaluation import Evaluator, faults
from rules.facts import Ask, Attestation, Evidence, Fact, Interval, Known, Reason, Unknown
from rules.packs import built_in_folders, load_trial, with_organ_function_tests
from rules.trial import Trial
from rules.verdict import Outcome, Standing
from tests.rules.reference import outcome, standing

NUMBERS = [
    "0.000001",
    "0.00001",
    "0.0999",
    "0.1",
    "0.2",
    "2",
    "5",
    "79.5",
    "80",
    "1000000000",
    "0.30000000000000000004",
]
QUANTITIES = ("age_years", "ecog", "marrow_blast_pct", "post_hsct_mrd_flow_cd19_pct")
LIMITS = ["0.000001", "0.1", "2", "5", "80", "1000000000"]
EXACT = [number for number in NUMBERS if len(number) < 15]
FOLDERS = {folder.name: folder for folder in built_in_folders()}
PACK = with_organ_function_tests(load_trial(FOLDERS["NCT07441291"]), None)

quantity_leaves = st.builds(
    lambda fact, window, op, value: {"fact": fact, "window": window, "op": op, "value": Decimal(value)},
    st.sampled_from(QUANTITIES),
    st.sampled_from([None, 7, 28]),
    st.sampled_from([">=", ">", "<=", "<"]),
    st.sampled_from(LIMITS),
)
coded_leaves = st.builds(
    lambda fact, value: {"fact": fact, "op": "is", "value": value},
    st.sampled_from(["b_lineage_all", "cns_disorder"]),
    st.sampled_from(["present", "absent"]),
)
conditions = st.recursive(
    quantity_leaves | coded_leaves,
    lambda inner: st.builds(
        lambda how, parts: {how: parts},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
criteria = st.lists(
    st.tuples(
        st.sampled_from(["inclusion", "exclusion", "population"]),
        st.none() | conditions,
        st.booleans(),
        st.sampled_from(["unknown", "conditions_reconciled"]),
    ),
    min_size=1,
    max_size=5,
)


def pack(parts: list[tuple[str, Any, bool, str]]) -> Trial:
    """A trial of these criteria, everything else as in the built-in pack."""
    made = [
        {
            "id": f"I{number}",
            "kind": kind,
            "title": "t",
            "quote": "q",
            "reading": "r",
            "absence": absence,
            "closes_gate": gate and kind == "population",
            "answered_by": "clinician" if condition is None else "data",
            **({} if condition is None else {"when": condition}),
        }
        for number, (kind, condition, gate, absence) in enumerate(parts)
    ]
    return Trial.model_validate(
        {**PACK.model_dump(exclude={"questions"}), "questions": [{"question": "enrol", "criteria": made}]}
    )


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    ends = sorted(Decimal(draw(st.sampled_from(NUMBERS))) for _ in range(2))
    lo, hi = draw(st.sampled_from([(ends[0], ends[1]), (ends[0], ends[0]), (None, ends[0]), (ends[0], None)]))
    wide = lo != hi
    return Interval(lo, hi, wide and draw(st.booleans()), wide and draw(st.booleans()))


def facts_for(draw: st.DrawFn, asks: tuple[Ask, ...]) -> dict[Ask, Fact]:
    found: dict[Ask, Fact] = {}
    for ask in asks:
        kind = draw(st.sampled_from(["known", "known", "unknown", "absent"]))
        if kind == "unknown":
            found[ask] = Unknown(Reason.STALE, "old")
        elif kind == "known":
            coded = ask.fact not in QUANTITIES
            value = draw(st.sampled_from(["present", "absent"])) if coded else draw(intervals())
            found[ask] = Known(value, "shown")
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), criteria)
def test_the_engine_agrees_with_the_reference(data: st.DataObject, parts: list[tuple[str, Any, bool, str]]) -> None:
    """Outcomes and standing, over random packs and facts; only digits beyond a float may leave it open."""
    trial = pack(parts)
    engine = Evaluator(trial, "enrol")
    facts = data.draw(st.composite(facts_for)(engine.asks))
    ids = [criterion.id for criterion in trial.question("enrol").criteria]
    said = data.draw(st.dictionaries(st.sampled_from(ids), st.booleans()))
    answers = {name: Attestation(value, Evidence("QuestionnaireResponse/q", "")) for name, value in said.items()}

    verdict = engine.evaluate(facts, answers)

    expected = {c.id: outcome(c, facts, answers) for c in trial.question("enrol").criteria}
    got = {finding.criterion.id: finding.outcome for finding in verdict.findings}
    assert got == expected
    assert verdict.standing is standing(trial.question("enrol"), expected)


ENGINE = Evaluator(PACK, "enrol")
AGE = next(ask for ask in ENGINE.asks if ask.fact == "age_years")


def age(value: Decimal) -> dict[Ask, Fact]:
    return {AGE: Known(Interval(value, value), "x")}


@pytest.mark.parametrize("poison", ["NaN", "Infinity", "1e400"])
def test_a_number_the_engine_cannot_hold_fails_closed(poison: str) -> None:
    before = faults()

    verdict = ENGINE.evaluate(age(Decimal(poison)))

    assert verdict.standing is Standing.INDETERMINATE
    assert {(f.outcome, f.reason) for f in verdict.findings} == {(Outcome.UNKNOWN, Reason.ENGINE)}
    assert faults() == before + 1


def test_the_next_patient_is_right_after_a_fault() -> None:
    ENGINE.evaluate(age(Decimal("NaN")))

    found = {f.criterion.id: f.outcome for f in ENGINE.evaluate(age(Decimal(2))).findings}

    assert found["I1"] is Outcome.FAIL


def test_a_text_too_long_for_the_engine_fails_closed() -> None:
    verdict = ENGINE.evaluate({AGE: Known("x" * 70_000, "x")})

    assert {f.reason for f in verdict.findings} == {Reason.ENGINE}


def test_threads_never_mix_patients() -> None:
    def wrong(years: int) -> int:
        expected = Outcome.PASS if 3 <= years < 80 else Outcome.FAIL
        findings = ENGINE.evaluate(age(Decimal(years))).findings
        return sum(f.outcome is not expected for f in findings if f.criterion.id == "I1")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(wrong, [n % 100 for n in range(2_000)])) == 0


def test_a_patient_for_whom_nothing_is_known_is_open_everywhere() -> None:
    for _ in range(200):
        verdict = ENGINE.evaluate({})

        assert {f.outcome for f in verdict.findings} == {Outcome.UNKNOWN}


def test_a_limit_that_no_float_stands_for_is_refused() -> None:
    leaf = {"fact": "age_years", "op": ">=", "value": Decimal("0.30000000000000000004")}

    with pytest.raises(TrialPackError, match="fewer digits"):
        Evaluator(pack([("inclusion", leaf, False, "unknown")]), "enrol")


def test_an_unknown_fact_is_refused_with_a_remedy(tmp_path: Path) -> None:
    text = (FOLDERS["NCT07441291"] / "trial.yaml").read_text(encoding="utf-8")
    (tmp_path / "trial.yaml").write_text(text.replace("fact: ecog", "fact: ecogg"), encoding="utf-8")

    with pytest.raises(TrialPackError, match="did you mean 'ecog'"):
        load_trial(tmp_path)


def test_an_unknown_key_is_refused_with_its_place(tmp_path: Path) -> None:
    text = (FOLDERS["NCT07441291"] / "trial.yaml").read_text(encoding="utf-8")
    (tmp_path / "trial.yaml").write_text(text + "colour: red\n", encoding="utf-8")

    with pytest.raises(TrialPackError, match="colour: unknown key"):
        load_trial(tmp_path)
