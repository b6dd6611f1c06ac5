"""Antigens on the malignant cells (NCT05262673 I3). Only results of blasts count, younger than treatment against it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from cds.chart import MEDICATIONS, OBSERVATION, PROCEDURE
from cds.facts.answers import Answer, answer_of
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import PERCENT
from cds.facts.series import day_of, newest, too_old, valid_until, where_and_when
from cds.moments import Moment
from cds.records import Drug, Result, Treatment
from cds.shapes import ValueBearer
from cds.values import Problem, Value, has_value, value_of
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

B_LINEAGE = ("cd19", "cd22", "cd20")
REPORT = "immunophenotype_report"
CAR_T = ("car_t_administration", "gene_therapy_product")
# CAR-T products of unknown target may have removed either antigen.
DIRECTED = {"cd19": ("cd19_directed_therapy", *CAR_T), "cd22": ("cd22_directed_therapy", *CAR_T)}


def on_blasts(antigen: str) -> Callable[[Inquiry], Fact]:
    """A reader of one antigen, for example "cd19": positive or negative on the malignant cells."""
    usable, every = f"{antigen}_of_blasts", f"antigen_{antigen}"

    def read(inquiry: Inquiry) -> Fact:
        label = say("{antigen} on blasts", antigen=antigen.upper())
        # A positive result of any age counts; only a negative one must be fresh.
        ageless = replace(inquiry, ask=replace(inquiry.ask, window=None))
        picked = newest(ageless, inquiry.chart.results_of(usable), label, (usable,), _says_something)
        if isinstance(picked, Unknown):
            return _instead(inquiry, picked, label, every, usable)
        stale = _older_than_treatment(inquiry, picked[0], label, DIRECTED.get(antigen, ()))
        return stale or _read(inquiry, picked, label)

    return read


def b_lineage_evidence(inquiry: Inquiry) -> tuple[Evidence, ...]:
    """Results, of any time, that show a B-lineage antigen on the blasts, or a phenotype coded as B-ALL."""
    reports = [r for r in inquiry.chart.results_of(REPORT) if "b_all_condition" in r.value_sets and not r.preliminary]
    found = [Evidence(r.reference, say("immunophenotype of B-ALL"), day_of(r)) for r in reports]
    for antigen in B_LINEAGE:
        for result in inquiry.chart.results_of(f"{antigen}_of_blasts"):
            reading, shown = _reading(inquiry, result)
            if not result.preliminary and reading is Answer.POSITIVE:
                found.append(
                    Evidence(
                        result.reference,
                        say("{antigen} on blasts {value}", antigen=antigen.upper(), value=shown),
                        day_of(result),
                    )
                )
    return tuple(found)


def _says_something(body: ValueBearer) -> bool:
    """A value, or an interpretation alone."""
    return has_value(body) or bool(body.interpretation)


def _read(inquiry: Inquiry, picked: list[Result], label: str) -> Fact:
    readings = [(result, *_reading(inquiry, result)) for result in picked]
    evidence = tuple(Evidence(r.reference, shown, day_of(r)) for r, _, shown in readings)
    answers = {answer for _, answer, _ in readings}
    if len(answers) > 1:
        return Unknown(Reason.CONFLICT, say("{label}: contradictory results within 24 hours", label=label), evidence)
    answer, shown = readings[0][1], readings[0][2]
    if isinstance(answer, Problem):
        return Unknown(
            answer.reason,
            say("{label}: the result of {day} {why}", label=label, day=day_of(picked[0]), why=answer.shown),
            evidence,
        )
    old = too_old(inquiry, picked[0], label) if answer is Answer.NEGATIVE else None
    if old is not None:
        return old
    if answer in (Answer.POSITIVE, Answer.NEGATIVE):
        until = valid_until(inquiry, picked[0]) if answer is Answer.NEGATIVE else None
        return Known(
            answer.value,
            say("{label}: {value} ({where})", label=label, value=shown, where=where_and_when(picked[0])),
            evidence,
            valid_until=until,
        )
    return Unknown(
        Reason.UNMAPPED,
        say("{label}: the result of {day} cannot be read", label=label, day=day_of(picked[0])),
        evidence,
    )


def _reading(inquiry: Inquiry, result: Result) -> tuple[Answer | Problem, str]:
    """A percentage against the configured cut-off, else a coded answer; a number and an answer must agree."""
    answer = answer_of(result.body)
    if not _has_number(result):
        return answer, answer.words
    value = value_of(result.body, PERCENT)
    if isinstance(value, Problem):
        return (answer, answer.words) if answer in (Answer.POSITIVE, Answer.NEGATIVE) else (value, value.shown)
    by_number = _against_cut_off(inquiry, value)
    if answer in (Answer.POSITIVE, Answer.NEGATIVE) and isinstance(by_number, Answer) and by_number is not answer:
        return Problem(
            Reason.CONFLICT, say("is {value} and called {answer}", value=value.shown, answer=answer.words)
        ), value.shown
    return by_number, value.shown


def _has_number(result: Result) -> bool:
    body = result.body
    return any(value is not None for value in (body.valueQuantity, body.valueRange, body.valueRatio, body.valueInteger))


def _against_cut_off(inquiry: Inquiry, value: Value) -> Answer | Problem:
    cut_off, interval = inquiry.number("antigen_positive_pct"), value.interval
    if interval.lo is not None and interval.lo >= cut_off:
        return Answer.POSITIVE
    if interval.hi is not None and (interval.hi < cut_off or (interval.hi == cut_off and interval.hi_open)):
        return Answer.NEGATIVE
    return Problem(
        Reason.IMPRECISE, say("is {value}: on neither side of {cut_off} %", value=value.shown, cut_off=f"{cut_off:f}")
    )


def _instead(inquiry: Inquiry, missing: Unknown, label: str, every: str, usable: str) -> Unknown:
    """No usable result: name what cannot stand in for it."""
    others = [result for result in inquiry.chart.results_of(every) if usable not in result.sets]
    if missing.reason is Reason.MISSING and others:
        text = say("{label}: only a share of all cells is reported, which counts normal B cells as well", label=label)
        return Unknown(Reason.NOT_SPECIFIC, text, _named(others))
    reports = inquiry.chart.results_of(REPORT)
    if missing.reason is Reason.MISSING and reports:
        note = say("An immunophenotype report is on record as text: please confirm the antigens.")
        return Unknown(
            Reason.NOT_SPECIFIC, say("{label}: reported as text only", label=label), _named(reports), (note,)
        )
    return missing


def _named(results: list[Result]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(r.reference, r.text or say("result"), r.moment.shown() if r.moment else None) for r in results
    )


def _older_than_treatment(inquiry: Inquiry, result: Result, label: str, sets: tuple[str, ...]) -> Unknown | None:
    """A result counts only when its sample is certainly younger than treatment against the antigen."""
    if not sets:
        return None
    gap = inquiry.chart.gap(sets, (OBSERVATION, PROCEDURE, *MEDICATIONS), label)
    if gap is not None:
        return gap
    given: list[Drug | Treatment] = [*inquiry.chart.drugs_of(*sets), *inquiry.chart.treatments_of(*sets)]
    for record in given:
        if not _certainly_before(record, result.moment):
            when = record.moment.shown() if record.moment else say("an unknown date")
            text = say(
                "{label}: the result of {day} is not younger than {treatment} ({when})",
                label=label,
                day=day_of(result),
                treatment=record.name or say("treatment"),
                when=when,
            )
            return Unknown(Reason.STALE, text, (Evidence(result.reference, result.text or label, day_of(result)),))
    unnamed = inquiry.chart.unmapped_of(sets)
    if unnamed is not None:
        text = say(
            "{label}: a treatment looks directed against it, but its code is not mapped ({code})",
            label=label,
            code=unnamed.code,
        )
        return Unknown(Reason.UNMAPPED, text, (Evidence(unnamed.reference, say("not mapped")),))
    return None


def _certainly_before(record: Drug | Treatment, sample: Moment | None) -> bool:
    if record.moment is None or sample is None:
        return False
    if isinstance(record, Drug) and record.ongoing:
        return False
    return record.moment.last_day < sample.first_day
