"""HIV, hepatitis B and C (NCT05262673 E3): a proof at any time, or a recent negative test; in between stays open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cds.chart import CONDITION, OBSERVATION
from cds.facts.answers import Answer
from cds.facts.infection import of_diagnoses, reading_of
from cds.facts.inquiry import Inquiry
from cds.facts.series import day_of, end_of, newest, valid_until
from cds.records import Diagnosis, Result
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, to_say


@dataclass(frozen=True, slots=True)
class Virus:
    """How one infection shows: `proofs` prove it when positive; `screens` only raise the question."""

    label: str
    conditions: str
    proofs: tuple[str, ...]
    screens: tuple[str, ...] = ()

    @property
    def tests(self) -> tuple[str, ...]:
        return (*self.proofs, *self.screens)


HIV = Virus(to_say("HIV"), "hiv_condition", ("hiv_antibody", "hiv_rna"))
HBV = Virus(to_say("Hepatitis B"), "hbv_condition", ("hbv_antigen", "hbv_dna"), ("anti_hbc",))
HCV = Virus(to_say("Hepatitis C"), "hcv_condition", ("hcv_rna",), ("hcv_antibody",))
DEFINITE = (Answer.POSITIVE, Answer.NEGATIVE)
# A negative of these excludes an infection; a core antibody alone does not.
EXCLUDES = {"HIV": ("hiv_antibody", "hiv_rna"), "Hepatitis B": ("hbv_antigen", "hbv_dna"),
            "Hepatitis C": ("hcv_antibody", "hcv_rna")}  # fmt: skip
Readings = Sequence[tuple[Result, Answer]]
LITERAL = to_say('Read literally, "known" would let a patient pass who was never tested.')


def infection_with(virus: Virus) -> Callable[[Inquiry], Fact]:
    """A reader of one virus: present, absent by a recent negative test, or open with the reason."""

    kinds, concerned = virus.tests, (virus.conditions, *virus.tests)

    def read(inquiry: Inquiry) -> Fact:
        diagnoses = [d for d in inquiry.chart.diagnoses_of(virus.conditions) if d.confirmed]
        tests = inquiry.chart.results_of(*kinds)
        readings = [(r, reading_of(r)) for r in tests if not r.preliminary]
        positive = _that_read(readings, Answer.POSITIVE, virus.proofs)
        negative = _that_read(readings, Answer.NEGATIVE, EXCLUDES[virus.label])
        found = _present(inquiry, virus, diagnoses, positive, negative)
        if found is not None:
            return found
        gap = inquiry.chart.gap(concerned, (CONDITION, OBSERVATION), say(virus.label))
        if gap is not None:
            return gap
        early = [r for r in tests if r.preliminary]
        return _open(inquiry, virus, diagnoses, early, readings) or _excluded(inquiry, virus)

    return read


def _that_read(readings: Readings, wanted: Answer, sets: Sequence[str]) -> list[Result]:
    """The tests of these kinds that read so."""
    return [r for r, answer in readings if answer is wanted and not r.sets.isdisjoint(sets)]


def _present(
    inquiry: Inquiry, virus: Virus, diagnoses: list[Diagnosis], positive: list[Result], negative: list[Result]
) -> Fact | None:
    """An active diagnosis or a proof. A proof with a later negative may be cleared: for a clinician."""
    active = [d for d in diagnoses if d.active]
    if not active and not positive:
        return None
    evidence = (*of_diagnoses(active), *_tests(positive))
    if active or not positive:
        return Known(
            "present",
            say("{label}: {what}", label=say(virus.label), what=active[0].name or say("on the problem list")),
            evidence,
        )
    latest = max(positive, key=end_of)
    later = [r for r in negative if end_of(r) > end_of(latest)]
    lentiviral = virus is HIV and latest.sets & {"hiv_rna"} and _had_gene_therapy(inquiry)
    if lentiviral and any("hiv_antibody" in r.sets for r in negative):
        text = say(
            "{label}: nucleic acid found, antibody negative: a lentiviral product can do that", label=say(virus.label)
        )
        return Unknown(Reason.CONFLICT, text, (*evidence, *_tests(negative)))
    if later:
        text = say(
            "{label}: positive on {day}, negative later: cleared or not is for a clinician",
            label=say(virus.label),
            day=day_of(latest),
        )
        return Unknown(Reason.JUDGEMENT, text, (*evidence, *_tests(later)))
    return Known(
        "present",
        say(
            "{label}: {test} positive ({day})",
            label=say(virus.label),
            test=latest.text or say("test"),
            day=day_of(latest),
        ),
        evidence,
    )


def _open(
    inquiry: Inquiry, virus: Virus, diagnoses: list[Diagnosis], early: list[Result], readings: Readings
) -> Unknown | None:
    if early:
        return Unknown(
            Reason.PRELIMINARY, say("{label}: a test is only preliminary", label=say(virus.label)), _tests(early)
        )
    tentative = [d for d in inquiry.chart.diagnoses_of(virus.conditions) if not d.confirmed]
    past = [*diagnoses, *tentative]
    if past:
        text = say(
            "{label}: {diagnosis} is not confirmed as active",
            label=say(virus.label),
            diagnosis=past[0].name or say("a diagnosis"),
        )
        return Unknown(Reason.UNCONFIRMED if tentative else Reason.JUDGEMENT, text, of_diagnoses(past))
    screened = _that_read(readings, Answer.POSITIVE, virus.screens)
    if screened:
        negative = _that_read(readings, Answer.NEGATIVE, EXCLUDES[virus.label])
        said = say("the proof is negative") if negative else say("no proof is on record")
        text = say(
            "{label}: {test} positive, {said}: past or passive",
            label=say(virus.label),
            test=screened[0].text or say("antibody"),
            said=said,
        )
        return Unknown(Reason.UNCONFIRMED, text, _tests([*screened, *negative]))
    unclear = _unclear(virus, readings)
    if unclear is not None:
        text = say(
            "{label}: the result of {day} is neither positive nor negative", label=say(virus.label), day=day_of(unclear)
        )
        return Unknown(Reason.UNCONFIRMED, text, _tests([unclear]))
    return None


def _unclear(virus: Virus, readings: Readings) -> Result | None:
    """The newest result of a kind of test, when it can be read as neither."""
    if all(answer in DEFINITE for _, answer in readings):
        return None
    for name in virus.tests:
        dated = [each for each in readings if each[0].moment and name in each[0].sets]
        latest = max(dated, key=lambda each: end_of(each[0]), default=None)
        if latest is not None and latest[1] not in DEFINITE:
            return latest[0]
    return None


def _excluded(inquiry: Inquiry, virus: Virus) -> Fact:
    """A negative test inside the window; without any test the site may choose the literal reading."""
    sets, label = EXCLUDES[virus.label], say(virus.label)
    picked = newest(inquiry, inquiry.chart.results_of(*sets), say("{label} test", label=label), sets)
    if isinstance(picked, list):
        # Where the site asks for no test, an old one changes nothing.
        until = valid_until(inquiry, picked[0]) if inquiry.flag("require_serology") else None
        shown = say("{label} negative ({day})", label=label, day=day_of(picked[0]))
        return Known("absent", shown, _tests(picked), valid_until=until)
    if inquiry.flag("require_serology"):
        return Unknown(picked.reason, picked.shown, picked.evidence, (say(LITERAL),))
    return Known(
        "absent",
        say("{label}: not known", label=label),
        review=(say("No recent test; the site does not require one."),),
    )


def _had_gene_therapy(inquiry: Inquiry) -> bool:
    sets = ("car_t_administration", "gene_therapy_product")
    return bool(
        inquiry.chart.treatments_of(*sets) or inquiry.chart.drugs_of(*sets) or inquiry.chart.diagnoses_of(*sets)
    )


def _tests(results: Sequence[Result]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(r.reference, say("{label}: {what}", label=r.text or say("test"), what=reading_of(r).words), day_of(r))
        for r in results
    )
