"""Pregnancy and nursing (NCT05262673 E4). Both must be answered for a fertile female; others pass without."""

from __future__ import annotations

from cds.chart import CONDITION, OBSERVATION
from cds.facts.answers import Answer, answer_of
from cds.facts.demographics import age_years
from cds.facts.inquiry import Inquiry
from cds.facts.pregnancy import infertility, pregnancy_test
from cds.facts.series import day_of, newest, valid_until
from cds.records import Result
from cds.shapes import ValueBearer
from cds.terminology import value_sets
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown
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
        return Known("present", test.shown, test.evidence, valid_until=test.valid_until, review=test.review)
    never = _cannot_be(inquiry) or _infertile(inquiry)
    if never is not None:
        return never
    if isinstance(test, Known):
        return Known("absent", test.shown, test.evidence, valid_until=test.valid_until, review=test.review)
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
        return Known("present", say("Pregnant ({day})", day=day_of(picked[0])), evidence, valid_until=until)
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
    age = age_years(inquiry)
    if isinstance(age, Unknown) or not isinstance(age.value, Interval) or person.sex is None:
        return None
    lo, hi = age.value.lo, age.value.hi
    young = hi is not None and hi < inquiry.number("menarche_min_age")
    old = lo is not None and lo > inquiry.number("menopause_age")
    if young or old:
        return Known(
            "absent",
            say("Not asked at {age}", age=age.shown),
            age.evidence,
            valid_until=age.valid_until if young else None,
        )
    return None


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
        return gap
    picked = newest(inquiry, chart.results_of(NURSING), say("Nursing"), (NURSING,))
    if isinstance(picked, Unknown):
        return picked
    return _answered(inquiry, picked)


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
