"""Active infection, treated or not (NCT07441291 E1; decisions B6.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter

from cds.chart import CONDITION, MEDICATIONS, OBSERVATION
from cds.facts.answers import Answer, answer_of, detected_number
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of
from cds.moments import Moment
from cds.records import Diagnosis, Drug, Result
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

INFECTIONS = ("infection_bacterial", "infection_fungal", "infection_viral", "infection_any")
CHRONIC = ("hiv_condition", "hbv_condition", "hcv_condition")
DRUGS = "anti_infective"
# Tests that prove a virus; of each, the newest result counts.
PROOFS = ("hbv_antigen", "hbv_dna", "hcv_rna", "hiv_antibody", "hiv_rna")
# A positive antibody of these proves nothing alone, and cannot be passed over either.
SCREENS = {"hcv_antibody": "hcv_rna"}
TESTS = (*PROOFS, *SCREENS)
# By kind of test: the newest usable one, and how it reads.
Newest = Mapping[str, tuple[Result, Answer]]


def active_infection(inquiry: Inquiry) -> Fact:
    """Present with a confirmed active infection or proven chronic HIV, HBV or HCV."""
    chart = inquiry.chart
    diagnoses = chart.diagnoses_of(*INFECTIONS, *CHRONIC)
    active = [d for d in diagnoses if d.confirmed and d.active]
    tests = chart.results_of(*TESTS)
    newest = _newest_tests(tests)
    proven = [result for name, (result, answer) in newest.items() if name in PROOFS and answer is Answer.POSITIVE]
    if active or proven:
        names = [d.name or say("an infection") for d in active] + [r.text or say("a viral test") for r in proven]
        evidence = (
            *of_diagnoses(active),
            *(
                Evidence(r.reference, say("{test} {answer}", test=r.text, answer=Answer.POSITIVE.words), day_of(r))
                for r in proven
            ),
        )
        lasting = bool(proven) or any(not d.sets.isdisjoint(CHRONIC) for d in active)
        shown = say("Active infection: {names}", names=say(", ").join(dict.fromkeys(names)))
        return Known("present", shown, evidence, lasting=lasting)
    sets = (*INFECTIONS, *CHRONIC, *PROOFS)
    gap = chart.gap(sets, (CONDITION, OBSERVATION, *MEDICATIONS), say("Active infection"))
    return gap or _open(inquiry, diagnoses, tests, newest) or no_infection(inquiry)


def _open(inquiry: Inquiry, diagnoses: list[Diagnosis], tests: Sequence[Result], newest: Newest) -> Unknown | None:
    pending = [r for r in tests if r.preliminary]
    early = [r for name in PROOFS for r in pending if name in r.sets]
    if early:
        evidence = tuple(Evidence(r.reference, r.text or say("viral test"), day_of(r)) for r in early)
        return Unknown(Reason.PRELIMINARY, say("A viral test is only preliminary"), evidence)
    doubtful = [result for name, (result, answer) in newest.items() if _is_doubtful(name, answer, newest)]
    if doubtful:
        evidence = tuple(Evidence(r.reference, r.text or say("viral test"), day_of(r)) for r in doubtful)
        return Unknown(
            Reason.UNCONFIRMED,
            say("{test} neither proves nor excludes", test=doubtful[0].text or say("A viral test")),
            evidence,
        )
    return open_signs(inquiry, diagnoses)


def open_signs(inquiry: Inquiry, diagnoses: list[Diagnosis]) -> Unknown | None:
    """What leaves an infection open: one that is not confirmed, has just ended, is only treated, or only mentioned."""
    tentative = [d for d in diagnoses if d.active and not d.confirmed]
    if tentative:
        return Unknown(
            Reason.UNCONFIRMED,
            say("Infection not confirmed: {diagnosis}", diagnosis=tentative[0].name),
            of_diagnoses(tentative),
        )
    recent = [d for d in diagnoses if d.confirmed and just_ended(inquiry, d)]
    if recent:
        text = say(
            "Infection ended within {days} days: {diagnosis}",
            days=inquiry.days("infection_days"),
            diagnosis=recent[0].name,
        )
        until = max(_calm_from(inquiry, d.ended) for d in recent if d.ended)
        return Unknown(Reason.JUDGEMENT, text, of_diagnoses(recent), valid_until=until)
    treated = [d for d in inquiry.chart.drugs_of(DRUGS) if is_current_treatment(inquiry, d)]
    if treated:
        text = say(
            "{drug} in treatment without a diagnosis of infection", drug=treated[0].name or say("An anti-infective")
        )
        evidence = tuple(Evidence(d.reference, d.name or say("drug"), _when(d)) for d in treated)
        return Unknown(Reason.JUDGEMENT, text, evidence, valid_until=treated_until(inquiry, treated))
    unnamed = inquiry.chart.unmapped_of((DRUGS,))
    if unnamed is not None:
        text = say("A drug looks like an anti-infective, but its code is not mapped ({code})", code=unnamed.code)
        return Unknown(Reason.UNMAPPED, text, (Evidence(unnamed.reference, say("not mapped")),))
    unmapped = inquiry.chart.unmapped_of(INFECTIONS, CONDITION)
    if unmapped is not None:
        text = say("An infection is mentioned with a code that is not mapped ({code})", code=unmapped.code)
        return Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, say("not mapped")),))
    return None


def no_infection(inquiry: Inquiry) -> Fact:
    """Absent once the lists are reconciled; prophylaxis is shown."""
    open_world = inquiry.absence_does_not_count(say("Active infection"))
    if open_world is not None:
        return open_world
    preventive = [d for d in inquiry.chart.drugs_of(DRUGS) if d.prophylaxis]
    shown = say("No active infection in a reconciled problem list")
    if preventive:
        shown = say("{shown} ({drug} is prophylaxis)", shown=shown, drug=preventive[0].name)
    evidence = tuple(Evidence(d.reference, say("{drug} (prophylaxis)", drug=d.name), _when(d)) for d in preventive)
    return Known("absent", shown, evidence, valid_until=inquiry.absence_until())


def just_ended(inquiry: Inquiry, diagnosis: Diagnosis) -> bool:
    """Ended inside the window; an end without a date is not held against the patient."""
    if diagnosis.active or diagnosis.ended is None:
        return False
    return (inquiry.chart.as_of.last_day - diagnosis.ended.last_day).days <= inquiry.days("infection_days")


def is_current_treatment(inquiry: Inquiry, drug: Drug) -> bool:
    """A systemic anti-infective, not prophylaxis, ongoing or in the window; an undated one may be current."""
    if drug.prophylaxis or drug.route == "local":
        return False
    if drug.ongoing or drug.moment is None:
        return True
    start = inquiry.chart.as_of.last_day - timedelta(days=inquiry.days("infection_days"))
    return drug.moment.last_day >= start


def treated_until(inquiry: Inquiry, drugs: list[Drug]) -> date | None:
    """The last day on which one of these drugs still counts as current; None when one may do so for ever."""
    ends = [drug.ends or (None if drug.ongoing else drug.moment) for drug in drugs]
    days = [_calm_from(inquiry, end) for end in ends if end is not None]
    return max(days) if days and len(days) == len(ends) else None


def _calm_from(inquiry: Inquiry, end: Moment) -> date:
    """The last day on which something that ended then still counts as recent."""
    return end.last_day + timedelta(days=inquiry.days("infection_days"))


def _newest_tests(tests: Sequence[Result]) -> Newest:
    """The newest of each kind decides: an earlier positive that turned negative is cleared."""
    found = {}
    for name in TESTS:
        usable = [(r.moment.latest, r.reference, r) for r in tests if name in r.sets and r.moment and not r.preliminary]
        if usable:
            newest = max(usable, key=itemgetter(0, 1))[2]
            found[name] = newest, reading_of(newest)
    return found


def _is_doubtful(name: str, answer: Answer, newest: Newest) -> bool:
    """Says neither yes nor no; a screen also when it is positive, unless its proof is negative."""
    if answer is Answer.NEGATIVE:
        return False
    if name not in SCREENS:
        return answer is not Answer.POSITIVE
    proof = newest.get(SCREENS[name])
    return proof is None or proof[1] is not Answer.NEGATIVE


def reading_of(result: Result) -> Answer:
    """As an answer, else as a measured load: above zero is positive, zero is negative, "<20 detected" is positive."""
    answer = answer_of(result.body)
    if answer is not Answer.UNREADABLE:
        return answer
    words = (result.body.valueString or "").lower()
    if words.endswith("detected"):
        return Answer.NEGATIVE if words.endswith("not detected") else Answer.POSITIVE
    measured = detected_number(result.body)
    if measured is None:
        return Answer.UNREADABLE
    return Answer.POSITIVE if measured else Answer.NEGATIVE


def of_diagnoses(diagnoses: list[Diagnosis]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(d.reference, d.name or say("infection"), d.began.shown() if d.began else None) for d in diagnoses
    )


def _when(drug: Drug) -> str | None:
    return drug.moment.shown() if drug.moment else None
