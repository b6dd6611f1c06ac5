"""Arms: which one a subject was assigned to, which one was received, and how many an arm takes (NCT07441291 A1, X2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cds.chart import Chart
from cds.facts.inquiry import Setting
from cds.follow_up.deviation import Deviation, State
from cds.membership import ON_STUDY, enrolled_on, left_on, starts_on_one_day, subjects_of
from cds.study_shapes import ResearchSubject
from rules.facts import Evidence
from rules.messages import say
from rules.treatment import Arm
from rules.trial import Trial

# ResearchSubject.status before anybody is found eligible.
BEFORE = frozenset({"candidate", "potential-candidate", "screening", "not-registered", "ineligible"})
AFTER = frozenset({"off-study", "withdrawn"})
ID = "A1"
# Dashes that are typed in place of a hyphen.
_DASHES = re.compile("[\u2010-\u2015\u2212]")


@dataclass(frozen=True, slots=True)
class Allocation:
    """One subject's place in the trial; `start` and `left` are the ends of the subject's period (randomisation)."""

    reference: str
    status: str
    assigned: Arm | None = None
    actual: Arm | None = None
    assigned_text: str = ""
    actual_text: str = ""
    start: date | None = None
    left: date | None = None
    start_is_exact: bool = True

    @property
    def on_study(self) -> bool:
        return self.status in ON_STUDY

    @property
    def was_enrolled(self) -> bool:
        return self.status in ON_STUDY | AFTER

    @property
    def in_force(self) -> str | None:
        """Id of the arm whose treatment is given now: the actual one where stated, else the assigned one."""
        arm = self.actual or self.assigned
        return arm.id if arm else None

    @property
    def crossed(self) -> bool:
        return self.assigned is not None and self.actual is not None and self.assigned.id != self.actual.id

    def ever_in(self, arm: str) -> bool:
        """Assigned to it, or crossed over to it."""
        return arm in {found.id for found in (self.assigned, self.actual) if found}


def arm_of(text: str | None, trial: Trial, settings: Mapping[str, Setting]) -> Arm | None:
    """The arm that this free text names, after trimming and folding; None for anything else, never a guess."""
    wanted = _folded(text or "")
    for arm in trial.arms:
        site = str(settings.get(f"{arm.id}_arm_also_written", "")).split(";")
        if wanted and wanted in {_folded(name) for name in (arm.name, *arm.also_written, *site)}:
            return arm
    return None


def _folded(text: str) -> str:
    return " ".join(_DASHES.sub("-", text).casefold().split())


def allocation_of(chart: Chart, trial: Trial, settings: Mapping[str, Setting]) -> Allocation | None:
    """The patient's record on this trial: one on study before any other, of several the one that began last."""
    found = [_allocation(chart, trial, settings, *entry) for entry in subjects_of(chart, trial.id)]
    current = [allocation for allocation in found if allocation.on_study]
    chosen = current or found
    return chosen[-1] if chosen else None


def conflicting_records(chart: Chart, trial: Trial, settings: Mapping[str, Setting]) -> tuple[Evidence, ...]:
    """X2: the records on study where they name different assigned arms; empty when they agree."""
    records = [
        (reference, subject.assignedArm or "")
        for reference, subject in subjects_of(chart, trial.id)
        if (subject.status or "").strip() in ON_STUDY
    ]
    arms = {arm.id for _, text in records if (arm := arm_of(text, trial, settings))}
    return tuple(Evidence(name, text.strip() or say("no arm")) for name, text in records) if len(arms) > 1 else ()


def _allocation(
    chart: Chart, trial: Trial, settings: Mapping[str, Setting], reference: str, subject: ResearchSubject
) -> Allocation:
    return Allocation(
        reference=reference,
        status=(subject.status or "").strip(),
        assigned=arm_of(subject.assignedArm, trial, settings),
        actual=arm_of(subject.actualArm, trial, settings),
        assigned_text=(subject.assignedArm or "").strip(),
        actual_text=(subject.actualArm or "").strip(),
        start=enrolled_on(chart, subject),
        left=left_on(chart, subject),
        start_is_exact=starts_on_one_day(chart, subject),
    )


def arm_deviation(allocation: Allocation, trial: Trial) -> Deviation:
    """A1: a subject on study has an arm that the protocol knows; nobody has one before eligibility."""
    names = say(" or ").join(say(arm.name) for arm in trial.arms)

    def said(state: State, because: str) -> Deviation:
        shown = allocation.assigned_text or say("no assigned arm")
        return Deviation(ID, state, because, (Evidence(allocation.reference, shown),))

    if allocation.status in BEFORE:
        if allocation.assigned_text:
            return said(
                State.VIOLATION, say("An arm is assigned while the subject is only {status}", status=allocation.status)
            )
        return said(State.CONFORMANT, say("No arm yet: the subject is {status}", status=allocation.status))
    if not allocation.assigned_text:
        if allocation.was_enrolled:
            return said(
                State.VIOLATION,
                say("The subject is {status} without an assigned arm ({names})", status=allocation.status, names=names),
            )
        return said(State.UNKNOWN, say("No arm is assigned yet"))
    if allocation.assigned is None:
        return said(State.VIOLATION, say("The assigned arm is none of the protocol's: {names}", names=names))
    if allocation.actual_text and allocation.actual is None:
        return said(State.VIOLATION, say("The actual arm is none of the protocol's: {names}", names=names))
    if allocation.crossed and allocation.actual:
        words = say(
            "Assigned to {assigned}, crossed over to {actual}",
            assigned=say(allocation.assigned.name),
            actual=say(allocation.actual.name),
        )
        return said(State.CONFORMANT, words)
    return said(State.CONFORMANT, say("Assigned to {assigned}", assigned=say(allocation.assigned.name)))


def over_capacity(trial: Trial, assigned: Mapping[str, int]) -> tuple[Deviation, ...]:
    """A1 for the study office: arms with more subjects assigned (arm id -> count) than the protocol plans."""
    return tuple(
        Deviation(
            ID,
            State.REVIEW,
            say(
                "{arm}: {assigned} assigned, {capacity} planned",
                arm=say(arm.name),
                assigned=assigned[arm.id],
                capacity=arm.capacity,
            ),
        )
        for arm in trial.arms
        if assigned.get(arm.id, 0) > arm.capacity
    )
