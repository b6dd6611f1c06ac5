"""Pregnancy and nursing (NCT05262673 E4). Both must be answered for a fertile female; others pass without."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil, floor

from msgspec.structs import replace

from cds.chart import CONDITION, OBSERVATION
from cds.facts.answers import Answer, answer_of
from cds.facts.demographics import age_years, birthday, years_of_age
from cds.facts.inquiry import Inquiry
from cds.facts.pregnancy import infertility, pregnancy_test
from cds.facts.series import day_of, newest, valid_until
from cds.records import Result
from cds.shapes import ValueBearer
from cds.terminology import value_sets
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

STATUS, CONDITIONS, NURSING = "pregnancy_status", "pregnancy_condition", "breastfeeding"
PREGNANT, NOT_PREGNANT = frozenset({"77386006"}), frozenset({"60001007"})
# Listed as "not nursing" in one source and as "maternal breastfeeding" by SNOMED CT: an answer with it decides nothing.
AMBIGUOUS_ANSWER = "1260078007"


def pregnancy(inquiry: Inquiry) -> Fact:
    """Present by condition, status or test; absent when she cannot be pregnant or a recent test says so."""
    known = _documented(inquiry)
    if known is not None:
        return known
    test = pregnancy_test(inquiry)
    if isinstance(test, Known) and test.value == "positive":
        return Known("present", test.shown, test.evidence, valid_until=test.valid_until, review=test.review, fades=True)
    never = _cannot_be(inquiry) or _infertile(inquiry)
    return never or _until_the_age_ends_it(inquiry, _by_record(inquiry, test))


def _by_record(inquiry: Inquiry, test: Fact) -> Fact:
    """What a recent test says, else the recorded status."""
    if isinstance(test, Known):
        said = bool(inquiry.chart.results_of(STATUS))
        return Known("absent", test.shown, test.evidence, valid_until=test.valid_until, review=test.review, fades=said)
    by_status = _by_status(inquiry)
    older_test = isinstance(by_status, Unknown) and test.reason is not Reason.MISSING
    return test if by_status is None or older_test else by_status


def _documented(inquiry: Inquiry) -> Fact | None:
    active = [d for d in inquiry.chart.diagnoses_of(CONDITIONS) if d.confirmed and d.active]
    if not active:
        return None
    evidence = tuple(Evidence(d.reference, d.name or say("pregnancy")) for d in active)
    test = pregnancy_test(inquiry)
    if isinstance(test, Unknown) and test.reason is Reason.CONFLICT:
        return test
    return Known(
        "present",
        say("{label}: {what}", label=say("Pregnancy"), what=active[0].name or say("on the problem list")),
        evidence,
    )


def _by_status(inquiry: Inquiry) -> Fact | None:
    """The recorded pregnancy status, where no test decides."""
    picked = newest(inquiry, inquiry.chart.results_of(STATUS), say("Pregnancy status"), (STATUS,))
    if isinstance(picked, Unknown):
        return None if picked.reason is Reason.MISSING else picked
    codes = {code for result in picked for code in _answer_codes(result.body)}
    evidence = tuple(Evidence(r.reference, say("pregnancy status"), day_of(r)) for r in picked)
    until = valid_until(inquiry, picked[0])
    if codes and codes <= PREGNANT:
        shown = say("Pregnant ({day})", day=day_of(picked[0]))
        return Known("present", shown, evidence, valid_until=until, fades=True)
    if codes and codes <= NOT_PREGNANT:
        return Known(
            "absent", say("Not pregnant, by status ({day})", day=day_of(picked[0])), evidence, valid_until=until
        )
    return Unknown(
        Reason.UNCONFIRMED, say("Pregnancy status of {day} is not definite", day=day_of(picked[0])), evidence
    )


def _cannot_be(inquiry: Inquiry) -> Known | None:
    """Male by birth sex, or outside the fertile ages; partial dates must be outside altogether."""
    person = inquiry.chart.person
    if person.sex == "male":
        return Known("absent", say("Not asked of males"), (Evidence(person.reference, say("male")),))
    years = years_of_age(inquiry)
    if years is None or person.sex is None:
        return None
    young, old = years[1] < inquiry.number("menarche_min_age"), years[0] > inquiry.number("menopause_age")
    if young or old:
        age = age_years(inquiry)
        until = _last_day_below(inquiry, "menarche_min_age") if young else None
        return Known("absent", say("Not asked at {age}", age=age.shown), age.evidence, valid_until=until, fades=young)
    return None


def _last_day_below(inquiry: Inquiry, setting: str) -> date | None:
    """The last day on which she is certainly younger than that."""
    birth = inquiry.chart.person.birth
    return birthday(birth[0], ceil(inquiry.number(setting))) - timedelta(days=1) if birth else None


def _until_the_age_ends_it(inquiry: Inquiry, fact: Fact) -> Fact:
    """Beyond the fertile age nothing is asked any more: what stands in the way or is open ends there."""
    birth, today = inquiry.chart.person.birth, inquiry.chart.as_of.last_day
    if birth is None or inquiry.chart.person.sex is None or (isinstance(fact, Known) and fact.value == "absent"):
        return fact
    last = birthday(birth[1], floor(inquiry.number("menopause_age")) + 1) - timedelta(days=1)
    if last < today:
        return fact
    until = min(fact.valid_until or last, last)
    return replace(fact, valid_until=until, fades=True) if isinstance(fact, Known) else replace(fact, valid_until=until)


def _infertile(inquiry: Inquiry) -> Known | None:
    found = infertility(inquiry)
    if isinstance(found, Known) and found.value == "documented":
        return Known("absent", found.shown, found.evidence)
    return None


def nursing(inquiry: Inquiry) -> Fact:
    """Present by condition or answer; absent by a recent answer, or where the question does not arise."""
    chart = inquiry.chart
    active = [d for d in chart.diagnoses_of(NURSING) if d.confirmed and d.active]
    if active:
        evidence = tuple(Evidence(d.reference, d.name or say("nursing")) for d in active)
        return Known(
            "present",
            say("{label}: {what}", label=say("Nursing"), what=active[0].name or say("on the problem list")),
            evidence,
        )
    never = _cannot_be(inquiry)
    if never is not None:
        return never
    gap = chart.gap((NURSING,), (CONDITION, OBSERVATION), say("Nursing"))
    if gap is not None:
        return _until_the_age_ends_it(inquiry, gap)
    picked = newest(inquiry, chart.results_of(NURSING), say("Nursing"), (NURSING,))
    return _until_the_age_ends_it(inquiry, picked if isinstance(picked, Unknown) else _answered(inquiry, picked))


def _answered(inquiry: Inquiry, picked: list[Result]) -> Fact:
    evidence = tuple(Evidence(r.reference, say("nursing status"), day_of(r)) for r in picked)
    answers = {_is_nursing(result.body) for result in picked}
    when, until = day_of(picked[0]), valid_until(inquiry, picked[0])
    if answers == {True}:
        return Known("present", say("Nursing ({when})", when=when), evidence, valid_until=until)
    if answers == {False}:
        return Known("absent", say("Not nursing ({when})", when=when), evidence, valid_until=until)
    if None in answers:
        return Unknown(Reason.UNMAPPED, say("Nursing: the answer of {when} cannot be read", when=when), evidence)
    return Unknown(Reason.CONFLICT, say("Nursing: contradictory answers within 24 hours"), evidence)


def _is_nursing(body: ValueBearer) -> bool | None:
    codes = _answer_codes(body)
    if AMBIGUOUS_ANSWER in codes:
        return None
    sets = value_sets()
    said = {
        name
        for name in ("nursing_answer", "not_nursing_answer", NURSING)
        for code in sets[name]["codes"]
        if code["code"] in codes
    }
    if said in ({"not_nursing_answer"}, {"nursing_answer"}, {NURSING}):
        return "not_nursing_answer" not in said
    if said:
        return None
    return {Answer.POSITIVE: True, Answer.NEGATIVE: False}.get(_in_words(body))


def _in_words(body: ValueBearer) -> Answer:
    words = (body.valueString or (body.valueCodeableConcept.text if body.valueCodeableConcept else "") or "").strip()
    plain = {"yes": Answer.POSITIVE, "no": Answer.NEGATIVE}.get(words.lower())
    return plain or answer_of(body)


def _answer_codes(body: ValueBearer) -> frozenset[str]:
    concept = body.valueCodeableConcept
    return frozenset((coding.code or "").strip() for coding in concept.coding) if concept else frozenset()
