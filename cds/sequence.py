"""The order of a protocol's products in one subject (NCT05262673 N1, N2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cds.chart import PROCEDURE, Chart
from cds.facts.antigens import on_blasts
from cds.facts.inquiry import Inquiry
from cds.records import Treatment
from rules.facts import Evidence, Known, Unknown
from rules.messages import say
from rules.treatment import Sequence, Step

TARGETS = ("cd19", "cd22", "cd20", "cd10", "cd123")
DENDRITIC = "dcvac_injection"


@dataclass(frozen=True, slots=True)
class Course:
    """Products given to one subject since enrolment, by step; dated and done ones only."""

    by_step: tuple[tuple[Step, tuple[Treatment, ...]], ...]

    @property
    def first_product(self) -> date | None:
        days = [given.moment.first_day for _, all_given in self.by_step for given in all_given if given.moment]
        return min(days, default=None)

    @property
    def last_step(self) -> date | None:
        """The first day of the sequence's last product."""
        return min((given.moment.first_day for given in self.by_step[-1][1] if given.moment), default=None)


@dataclass(frozen=True, slots=True)
class SequenceState:
    """How the products stand to the protocol's order; `next` names the step that is due."""

    state: Literal["conformant", "incomplete", "deviation", "review"]
    because: str
    evidence: tuple[Evidence, ...] = ()
    next: str | None = None
    review: tuple[str, ...] = ()


def course_of(chart: Chart, sequence: Sequence, since: date | None) -> Course:
    """Products since the subject was enrolled; earlier ones are prior therapy."""
    found = []
    for step in sequence.steps:
        given = [t for t in chart.treatments_of(step.product) if t.done and t.moment]
        own = [t for t in given if since is None or (t.moment and t.moment.first_day >= since)]
        found.append((step, tuple(sorted(own, key=lambda t: (str(t.moment and t.moment.earliest), t.reference)))))
    return Course(tuple(found))


def sequence_of(inquiry: Inquiry, course: Course) -> SequenceState:
    """Every later product must follow every earlier one; the same day is the site's decision."""
    gap = inquiry.chart.gap((), (PROCEDURE,), say("Products"))
    if gap is not None:
        return SequenceState("review", gap.shown, gap.evidence)
    evidence = tuple(
        Evidence(t.reference, say(step.name), t.moment.shown() if t.moment else None)
        for step, all_ in course.by_step
        for t in all_
    )
    review = (*_targets(inquiry, course), *_specimen(inquiry, course))
    wrong, same_day = out_of_order(course)
    if wrong:
        return SequenceState("deviation", wrong, evidence, None, review)
    missing = next((step for step, given in course.by_step if not given), None)
    if same_day:
        state: Literal["deviation", "review"] = (
            "review" if inquiry.settings["same_day_products"] == "review" else "deviation"
        )
        return SequenceState(state, same_day, evidence, missing.name if missing else None, review)
    if missing is not None:
        done = [say(step.name) for step, given in course.by_step if given]
        return SequenceState(
            "incomplete",
            say("Given: {given}; next: {next}", given=say(", ").join(done), next=say(missing.name)),
            evidence,
            missing.name,
            review,
        )
    words = say(", then ").join(
        say("{value} ({where})", value=say(step.name), where=_span(given)) for step, given in course.by_step
    )
    return SequenceState("review" if review else "conformant", words, evidence, None, review)


def out_of_order(course: Course) -> tuple[str | None, str | None]:
    """What contradicts the order, and what falls on the same day. A step that is missing makes it incomplete only."""
    same_day = None
    for position, (step, given) in enumerate(course.by_step):
        for later, after in course.by_step[position + 1 :]:
            last, first = _last(given), _first(after)
            if last is not None and first is not None and first < last:
                return say(
                    "{later} ({first}) before {step} ({last})",
                    later=say(later.name),
                    first=first,
                    step=say(step.name),
                    last=last,
                ), None
            if last is not None and first == last:
                same_day = say(
                    "{step} and {later} on the same day ({last})", step=say(step.name), later=say(later.name), last=last
                )
    return None, same_day


def _first(given: tuple[Treatment, ...]) -> date | None:
    return min((t.moment.first_day for t in given if t.moment), default=None)


def _last(given: tuple[Treatment, ...]) -> date | None:
    return max((t.moment.last_day for t in given if t.moment), default=None)


def _span(given: tuple[Treatment, ...]) -> str:
    first, last = _first(given), _last(given)
    return str(first) if first == last else say("{first} to {last}", first=first, last=last)


def _targets(inquiry: Inquiry, course: Course) -> tuple[str, ...]:
    """N2: a product's target must be among the antigens that the blasts express."""
    aimed = {a for _, given in course.by_step for t in given for a in TARGETS if f"target_{a}" in t.used}
    notes = []
    for antigen in sorted(aimed):
        fact = on_blasts(antigen)(inquiry)
        if isinstance(fact, Known) and fact.value == "negative":
            notes.append(
                say("A product against {antigen} was given, but the blasts do not express it.", antigen=antigen.upper())
            )
        elif isinstance(fact, Unknown):
            notes.append(
                say("A product against {antigen} was given; its expression is not on record.", antigen=antigen.upper())
            )
    return tuple(notes)


def _specimen(inquiry: Inquiry, course: Course) -> tuple[str, ...]:
    """N2: the dendritic cells are fused with leukaemic cells, so a used-up specimen stops the vaccine."""
    samples = {id(sample): sample for sample in inquiry.chart.samples.values()}.values()
    known = [sample.available for sample in samples if sample.available is not None]
    waits = any(step.product == DENDRITIC and not given for step, given in course.by_step)
    if waits and known and not any(known):
        return (say("The specimen is used up: the DC vaccine needs leukaemic cells."),)
    return ()
