"""How long outcomes hold and what would mend them, over random packs and facts, held to the reference evaluator."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.evaluation import Evaluator
from rules.facts import Ask, Attestation, Evidence, Fact, Interval, Known, Reason, Unknown
from rules.trial import Trial
from rules.verdict import Outcome, Standing, Verdict
from rules.vocabulary import VOCABULARY
from tests.rules.reference import outcome, standing
from tests.rules.test_engine import criteria, facts_for, pack

TODAY = date(2026, 6, 1)
SOME = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
ends = st.none() | st.integers(0, 3).map(lambda days: TODAY + timedelta(days=days))


@st.composite
def facts_with_ends(draw: st.DrawFn, asks: tuple[Ask, ...]) -> dict[Ask, Fact]:
    """Facts of today, each with a last day or without; some may say something else after it."""
    found = facts_for(draw, asks)
    return {ask: _ending(fact, draw(ends), fades=draw(st.booleans())) for ask, fact in found.items()}


def _ending(fact: Fact, end: date | None, *, fades: bool) -> Fact:
    if isinstance(fact, Known):
        return replace(fact, valid_until=end, fades=fades and end is not None)
    return replace(fact, valid_until=end)


def on_a_later_day(draw: st.DrawFn, facts: dict[Ask, Fact], day: date) -> dict[Ask, Fact]:
    """What time may make of facts: nothing until their last day, then unknown, or anything where they say so."""
    found = dict(facts)
    fresh = facts_for(draw, tuple(facts))
    for ask, fact in facts.items():
        if fact.valid_until is not None and fact.valid_until < day:
            anything = isinstance(fact, Unknown) or fact.fades
            found[ask] = fresh.get(ask, Unknown(Reason.STALE, "old")) if anything else Unknown(Reason.STALE, "old")
    return found


@SOME
@given(st.data(), criteria)
def test_an_outcome_never_changes_before_its_last_day(
    data: st.DataObject, parts: list[tuple[str, Any, bool, str]]
) -> None:
    trial = pack(parts)
    engine = Evaluator(trial, "enrol")
    facts = data.draw(facts_with_ends(engine.asks))
    ids = [criterion.id for criterion in trial.question("enrol").criteria]
    said = data.draw(st.dictionaries(st.sampled_from(ids), st.tuples(st.booleans(), ends)))
    answers = {
        name: Attestation(yes, Evidence("QuestionnaireResponse/q", ""), end) for name, (yes, end) in said.items()
    }

    today = engine.evaluate(facts, answers)

    for number in range(5):
        day = TODAY + timedelta(days=number)
        later = data.draw(st.composite(on_a_later_day)(facts, day))
        valid = {name: a for name, a in answers.items() if a.valid_until is None or a.valid_until >= day}
        for finding in today.findings:
            holds = finding.valid_until is None or day <= finding.valid_until
            if finding.outcome is not Outcome.UNKNOWN and holds:
                assert outcome(finding.criterion, later, valid) is finding.outcome


@pytest.mark.parametrize(("fades", "until"), [(True, date(2026, 6, 3)), (False, date(2026, 6, 9))])
def test_an_answer_outlives_a_fact_that_lapses_and_not_one_that_may_turn(*, fades: bool, until: date) -> None:
    """A fact that becomes unknown leaves the answer; one that may say the opposite would contradict it."""
    old_enough = {"fact": "age_years", "op": ">=", "value": 18}
    engine = Evaluator(pack([("inclusion", old_enough, False, "unknown")]), "enrol")
    [ask] = engine.asks
    adult = Known(Interval.exactly(Decimal(30)), "30 years", valid_until=date(2026, 6, 3), fades=fades)
    yes = Attestation(True, Evidence("QuestionnaireResponse/q", ""), date(2026, 6, 9))

    [finding] = engine.evaluate({ask: adult}, {"I0": yes}).findings

    assert (finding.outcome, finding.valid_until) == (Outcome.PASS, until)


@SOME
@given(st.data(), criteria)
def test_a_near_miss_mends_what_fails_and_no_smaller_one_does(
    data: st.DataObject, parts: list[tuple[str, Any, bool, str]]
) -> None:
    trial = pack(parts)
    engine = Evaluator(trial, "enrol")
    facts = data.draw(st.composite(facts_for)(engine.asks))
    verdict = engine.evaluate(facts)

    if verdict.standing is not Standing.INELIGIBLE or verdict.near_miss is None:
        assert verdict.near_miss is None
        return
    named = {short.ask.fact for short in verdict.near_miss.shortfalls}
    failing = [f.criterion.id for f in verdict.findings if f.outcome is Outcome.FAIL]
    assert list(verdict.near_miss.criteria) == failing
    assert all(VOCABULARY[name].mutable or getattr(VOCABULARY[name], "waits", None) for name in named)
    assert _is_mended(trial, _without(facts, verdict, named))
    for fewer in combinations(sorted(named), len(named) - 1):
        assert not _is_mended(trial, _without(facts, verdict, set(fewer)))


def _without(facts: dict[Ask, Fact], verdict: Verdict, names: set[str]) -> dict[Ask, Fact]:
    """As if the comparisons of the near miss that ask these facts were no longer decided."""
    asks = {short.ask for short in verdict.near_miss.shortfalls} if verdict.near_miss else set()
    return {ask: fact for ask, fact in facts.items() if not (ask in asks and ask.fact in names)}


def _is_mended(trial: Trial, facts: dict[Ask, Fact]) -> bool:
    question = trial.question("enrol")
    outcomes = {criterion.id: outcome(criterion, facts, {}) for criterion in question.criteria}
    return standing(question, outcomes) is not Standing.INELIGIBLE
