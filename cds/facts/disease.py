"""Which leukaemia it is: B lineage (I0, I0a) and BCR::ABL1 (I0c)."""

from __future__ import annotations

from collections.abc import Iterable

from cds.chart import CONDITION, OBSERVATION
from cds.facts.answers import Answer, answer_of, detected_number
from cds.facts.antigens import b_lineage_evidence
from cds.facts.inquiry import Inquiry
from cds.facts.series import TOGETHER, day_of
from cds.records import Diagnosis, Result
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

B_SETS = ("b_all_condition", "b_all_morphology")
T_SETS = ("t_all_condition", "t_all_morphology")
AMBIGUOUS, LINEAGE_FREE, UNSPECIFIED = "ambiguous_lineage_leukemia", "all_lineage_unspecified", "leukemia_unspecified"
LYMPHOMA = "lymphoblastic_lymphoma"
PH_POSITIVE = "ph_positive_condition"
LEUKAEMIA = (
    *B_SETS, *T_SETS, AMBIGUOUS, LINEAGE_FREE, "all_in_relapse", "all_in_remission", PH_POSITIVE, UNSPECIFIED, LYMPHOMA,
)  # fmt: skip

PH_CODES = (PH_POSITIVE, "ph_negative_condition")
PH_TESTS = ("bcr_abl1_whole", "bcr_abl1_p210", "bcr_abl1_p190", "bcr_abl1_lab")
TRANSCRIPT_UNITS = frozenset({"%", "{copies}/mL", "copies/mL"})


def b_lineage_all(inquiry: Inquiry) -> Fact:
    """Present with a confirmed B-lineage code; open when codes name no lineage, two lineages or an ambiguous one."""
    chart = inquiry.chart
    confirmed = [d for d in chart.diagnoses_of(*LEUKAEMIA) if d.confirmed]
    b_lineage, t_lineage = _of(confirmed, *B_SETS), _of(confirmed, *T_SETS)
    ambiguous = _of(confirmed, AMBIGUOUS)
    if (b_lineage and t_lineage) or ambiguous:
        both = [*b_lineage, *t_lineage, *ambiguous]
        return Unknown(
            Reason.CONFLICT, say("Lineage is contradictory or ambiguous: {names}", names=_names(both)), _evidence(both)
        )
    if b_lineage:
        return Known("present", _names(b_lineage[:1]), _evidence(b_lineage))
    gap = chart.gap(LEUKAEMIA, (CONDITION,), say("B-lineage ALL"))
    if gap is not None:
        return gap
    if t_lineage:
        return Known("absent", say("T-lineage: {names}", names=_names(t_lineage)), _evidence(t_lineage))
    return _lineage_open(inquiry, confirmed)


def _lineage_open(inquiry: Inquiry, confirmed: list[Diagnosis]) -> Fact:
    tentative = [d for d in inquiry.chart.diagnoses_of(*LEUKAEMIA) if not d.confirmed]
    if tentative:
        return Unknown(
            Reason.UNCONFIRMED, say("{names} is not confirmed", names=_names(tentative)), _evidence(tentative)
        )
    if confirmed:
        return _by_immunophenotype(inquiry, confirmed)
    unmapped = inquiry.chart.unmapped_of((*B_SETS, LINEAGE_FREE, UNSPECIFIED), CONDITION)
    if unmapped is not None:
        text = say("A leukaemia is mentioned with a code that is not mapped ({code})", code=unmapped.code)
        return Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, say("not mapped")),))
    open_world = inquiry.absence_does_not_count(say("B-lineage ALL"))
    until = inquiry.absence_until()
    return open_world or Known("absent", say("No leukaemia in a reconciled problem list"), valid_until=until)


def _by_immunophenotype(inquiry: Inquiry, confirmed: list[Diagnosis]) -> Fact:
    """ALL without a stated lineage. Ph-positive ALL with B antigens measured on the blasts is of B lineage (T1-I0.5).

    For codes that say nothing but ALL, antigens and reports only help the clinician who answers (T1-I0.1, T1-I0.2).
    """
    antigens = b_lineage_evidence(inquiry)
    named = _of(confirmed, PH_POSITIVE)
    if antigens and named and not _of(confirmed, LYMPHOMA):
        note = say("The lineage is read from antigens on the blasts; the diagnosis code names none.")
        shown = say("{diagnosis}, {antigen}", diagnosis=_names(named[:1]), antigen=antigens[0].value)
        return Known("present", shown, (*_evidence(named), *antigens), review=(note,))
    notes = [say("{antigen}: B lineage is likely; please confirm.", antigen=antigens[0].value)] if antigens else []
    if inquiry.chart.results_of("immunophenotype_report"):
        notes.append(say("An immunophenotype report is on record as text: please confirm the lineage."))
    text = say("{names}: the code does not tell the lineage", names=_names(confirmed[:1]))
    return Unknown(Reason.NOT_SPECIFIC, text, _evidence(confirmed), tuple(notes))


def ph_status(inquiry: Inquiry) -> Fact:
    """Negative only when proven; one confirmed positive at any time decides (B6.10)."""
    chart = inquiry.chart
    positives, negatives, doubtful = _evidence_for_ph(inquiry)
    if positives:
        contrary = _within_a_day(positives, negatives)
        if contrary:
            shown = say("BCR::ABL1 is reported positive and negative within 24 hours")
            return Unknown(Reason.CONFLICT, shown, tuple(e for _, e in (*positives, *contrary)))
        return Known(
            "positive",
            say("BCR::ABL1 positive ({test})", test=positives[0][1].value),
            tuple(e for _, e in positives),
        )
    gap = chart.gap((*PH_TESTS, *PH_CODES), (OBSERVATION, CONDITION), "BCR::ABL1")
    if gap is not None:
        return gap
    tentative = [d for d in chart.diagnoses_of("ph_positive_condition") if not d.confirmed]
    if tentative:
        return Unknown(
            Reason.UNCONFIRMED, say("{names} is not confirmed", names=_names(tentative)), _evidence(tentative)
        )
    if negatives:
        return _negative(inquiry, negatives)
    return _ph_open(inquiry, doubtful)


Dated = tuple[Result | None, Evidence]


def _evidence_for_ph(inquiry: Inquiry) -> tuple[list[Dated], list[Dated], list[Evidence]]:
    """Proven positives, proven negatives, and results that prove nothing."""
    positives: list[Dated] = []
    negatives: list[Dated] = []
    doubtful: list[Evidence] = []
    unproven: list[Dated] = []
    for diagnosis in inquiry.chart.diagnoses_of(*PH_CODES):
        if diagnosis.confirmed:
            evidence = Evidence(diagnosis.reference, diagnosis.name or say("diagnosis"), _began(diagnosis))
            positive = "ph_positive_condition" in diagnosis.sets
            (positives if positive else negatives).append((None, evidence))
    tests = [result for result in inquiry.chart.results_of(*PH_TESTS) if not result.preliminary]
    for result in tests:
        answer = _ph_answer(result)
        evidence = Evidence(
            result.reference,
            say("{test} {answer}", test=result.text or "BCR::ABL1", answer=answer.words),
            day_of(result),
        )
        if answer is Answer.POSITIVE:
            positives.append((result, evidence))
        elif answer is Answer.NEGATIVE and _proves(result, tests):
            negatives.append((result, evidence))
        else:
            doubtful.append(evidence)
            if answer is Answer.NEGATIVE:
                unproven.append((result, evidence))
    # A negative that proves nothing alone still contradicts a positive of the same day.
    return positives, [*negatives, *unproven] if positives else negatives, doubtful


def _ph_answer(result: Result) -> Answer:
    """A measured transcript above zero is positive; a measured zero in remission proves nothing."""
    answer, quantity = answer_of(result.body), result.body.valueQuantity
    if answer is Answer.UNREADABLE and quantity and (quantity.code or quantity.unit) in TRANSCRIPT_UNITS:
        return Answer.POSITIVE if detected_number(result.body) else Answer.UNREADABLE
    return answer


def _proves(result: Result, tests: Iterable[Result]) -> bool:
    """FISH, karyotype and multiplex assays stand alone; p210 and p190 prove it only together."""
    if "bcr_abl1_whole" in result.sets:
        return True
    partner = {"bcr_abl1_p210": "bcr_abl1_p190", "bcr_abl1_p190": "bcr_abl1_p210"}
    for mine, other in partner.items():
        if mine in result.sets:
            return any(other in t.sets and answer_of(t.body) is Answer.NEGATIVE for t in tests)
    return False


def _within_a_day(positives: list[Dated], negatives: list[Dated]) -> list[Dated]:
    found = []
    for negative in negatives:
        for positive in positives:
            one, two = (item[0].moment if item[0] else None for item in (negative, positive))
            if one and two and abs(one.latest - two.latest) < TOGETHER:
                found.append(negative)
    return found


def _negative(inquiry: Inquiry, negatives: list[Dated]) -> Fact:
    exposure = inquiry.chart.drugs_of("tki")
    if exposure:
        # TKI exposure speaks for Ph-positive (or Ph-like) disease: it contradicts "negative" (I0c, reading).
        given = tuple(Evidence(d.reference, d.name or say("tyrosine kinase inhibitor")) for d in exposure)
        text = say("BCR::ABL1 is reported negative, but a tyrosine kinase inhibitor was given")
        return Unknown(Reason.CONFLICT, text, (*(e for _, e in negatives), *given))
    test, when = negatives[0][1].value, negatives[0][1].date
    shown = (
        say("BCR::ABL1 negative: {test} ({when})", test=test, when=when)
        if when
        else say("BCR::ABL1 negative: {test}", test=test)
    )
    return Known("negative", shown, tuple(e for _, e in negatives))


def _ph_open(inquiry: Inquiry, doubtful: list[Evidence]) -> Unknown:
    exposure = inquiry.chart.drugs_of("tki")
    if doubtful:
        text = say("BCR::ABL1: what is on record does not prove that both p190 and p210 are negative")
        return Unknown(Reason.NOT_SPECIFIC, text, tuple(doubtful))
    if exposure:
        evidence = tuple(
            Evidence(d.reference, d.name or "TKI", d.moment.shown() if d.moment else None) for d in exposure
        )
        return Unknown(
            Reason.CONFLICT, say("BCR::ABL1 never tested, and a tyrosine kinase inhibitor was given"), evidence
        )
    early = [r for r in inquiry.chart.results_of(*PH_TESTS) if r.preliminary]
    if early:
        return Unknown(
            Reason.PRELIMINARY,
            say("BCR::ABL1: only a preliminary result"),
            (Evidence(early[0].reference, say("preliminary")),),
        )
    return Unknown(Reason.MISSING, say("BCR::ABL1: no test on record"))


def _of(diagnoses: list[Diagnosis], *sets: str) -> list[Diagnosis]:
    return [diagnosis for diagnosis in diagnoses if not diagnosis.sets.isdisjoint(sets)]


def _names(diagnoses: list[Diagnosis]) -> str:
    return say(" and ").join(dict.fromkeys(diagnosis.name or say("an unnamed diagnosis") for diagnosis in diagnoses))


def _evidence(diagnoses: Iterable[Diagnosis]) -> tuple[Evidence, ...]:
    return tuple(Evidence(d.reference, d.name or say("diagnosis"), _began(d)) for d in diagnoses)


def _began(diagnosis: Diagnosis) -> str | None:
    return diagnosis.began.shown() if diagnosis.began else None
