"""Pregnancy test and evidence of infertility (NCT07441291 I6)."""

from __future__ import annotations

from decimal import Decimal

from cds.chart import CONDITION, PROCEDURE
from cds.facts.answers import Answer, answer_of
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of, newest, valid_until
from cds.facts.uln import limits
from cds.records import Result
from cds.values import Problem, Scale, value_of
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, to_say

TEST, INFERTILE = "pregnancy_test", "infertile_evidence"
HCG = Scale("hcg", "[IU]/L")
LABEL = to_say("Pregnancy test")


def pregnancy_test(inquiry: Inquiry) -> Fact:
    """The newest hCG test; quantitative results are read against the configured limits, unknown in between."""
    picked = newest(inquiry, inquiry.chart.results_of(TEST), say(LABEL), (TEST,))
    if isinstance(picked, Unknown):
        return picked
    readings = [(result, *_read(inquiry, result)) for result in picked]
    evidence = tuple(Evidence(result.reference, shown, day_of(result)) for result, _, shown in readings)
    answers = {answer for _, answer, _ in readings}
    if len(answers) > 1:
        return Unknown(
            Reason.CONFLICT, say("{label}: contradictory results within 24 hours", label=say(LABEL)), evidence
        )
    answer, shown = readings[0][1], readings[0][2]
    when = day_of(picked[0])
    if isinstance(answer, Problem):
        return Unknown(
            answer.reason,
            say("{label}: the result of {day} {why}", label=say(LABEL), day=when, why=answer.shown),
            evidence,
        )
    if answer is Answer.UNREADABLE:
        return Unknown(
            Reason.UNMAPPED,
            say("{label}: the result of {when} cannot be read as positive or negative", label=say(LABEL), when=when),
            evidence,
        )
    if answer is Answer.INDETERMINATE:
        return Unknown(
            Reason.IMPRECISE,
            say("{label}: {value} ({when}) is neither negative nor positive", label=say(LABEL), value=shown, when=when),
            evidence,
        )
    pregnant = [d for d in inquiry.chart.diagnoses_of("pregnancy_condition") if d.confirmed and d.active]
    if answer is Answer.NEGATIVE and pregnant:
        also = (*evidence, Evidence(pregnant[0].reference, pregnant[0].name or say("pregnancy")))
        return Unknown(
            Reason.CONFLICT,
            say("{label} negative ({when}), but a pregnancy is on the problem list", label=say(LABEL), when=when),
            also,
        )
    review = (say("hCG can be raised without a pregnancy; confirm."),) if answer is Answer.POSITIVE else ()
    return Known(
        answer.value,
        say("{label} {answer} ({when})", label=say(LABEL), answer=answer.words, when=when),
        evidence,
        Reason.CONFLICT,
        valid_until(inquiry, picked[0]),
        review,
    )


def _read(inquiry: Inquiry, result: Result) -> tuple[Answer | Problem, str]:
    if result.body.valueQuantity is None:
        answer = answer_of(result.body)
        return answer, answer.words
    value = value_of(result.body, HCG)
    if isinstance(value, Problem):
        return value, value.shown
    lo, hi = value.interval.lo, value.interval.hi
    below, above = _negative_below(inquiry, result), inquiry.number("hcg_positive_above_iu_l")
    if hi is not None and (hi < below or (hi == below and value.interval.hi_open)):
        return Answer.NEGATIVE, value.shown
    if lo is not None and (lo > above or (lo == above and value.interval.lo_open)):
        return Answer.POSITIVE, value.shown
    return Answer.INDETERMINATE, value.shown


def _negative_below(inquiry: Inquiry, result: Result) -> Decimal:
    """The laboratory's own negative limit where it states one, else the configured one."""
    stated = limits(inquiry, result, HCG)
    return min(stated) if not isinstance(stated, Problem) and stated else inquiry.number("hcg_negative_below_iu_l")


def infertility(inquiry: Inquiry) -> Fact:
    """Documented by a hysterectomy, both ovaries removed, or the postmenopausal state; never assumed."""
    chart = inquiry.chart
    for treatment in chart.treatments_of(INFERTILE):
        if treatment.done:
            date = treatment.moment.shown() if treatment.moment else None
            shown = treatment.name or say("procedure")
            return Known(
                "documented",
                say("Infertility documented: {shown}", shown=shown),
                (Evidence(treatment.reference, shown, date),),
            )
    for diagnosis in chart.diagnoses_of(INFERTILE):
        if diagnosis.confirmed:
            shown = diagnosis.name or say("condition")
            return Known(
                "documented",
                say("Infertility documented: {shown}", shown=shown),
                (Evidence(diagnosis.reference, shown),),
            )
    gap = chart.gap((INFERTILE,), (CONDITION, PROCEDURE), say("Evidence of infertility"))
    return gap or Known("not_documented", say("No evidence of infertility on record"))
