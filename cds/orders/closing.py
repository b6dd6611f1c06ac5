"""Orders that would bring about an exclusion: a systemic glucocorticoid, a gene therapy product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from cds.assessment import TrialAssessment
from cds.chart import Chart
from cds.follow_up.products import CELLS, PRODUCT
from cds.membership import on_study
from cds.orders.concern import Concern
from cds.orders.drafts import Draft
from rules.lint import leaves
from rules.messages import say
from rules.trial import Criterion
from rules.verdict import Standing

STEROID = "systemic_glucocorticoid"
GENE_THERAPY = (PRODUCT, *CELLS)
OPEN = frozenset({Standing.POTENTIALLY_ELIGIBLE, Standing.INDETERMINATE})


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One exclusion of a trial that is open for the patient; `elsewhere`: the patient is on study in another trial."""

    chart: Chart
    assessed: TrialAssessment
    criterion: Criterion
    window: int | None
    elsewhere: bool

    @property
    def trial_id(self) -> str:
        return self.assessed.trial.id

    def concern(self, draft: Draft, *, certain: bool, effect: str, because: str) -> Concern:
        if self.elsewhere:
            because = say("{one} {two}", one=because, two=say("The patient is on study in another trial."))
        return Concern(self.assessed, draft, self.criterion.id, self.criterion.quote, certain, effect, because)


def closing(chart: Chart, assessed: TrialAssessment, draft: Draft, *, elsewhere: bool) -> Iterator[Concern]:
    """Exclusions that the order itself would bring about."""
    verdict = assessed.verdict("enrol")
    if verdict is None or verdict.standing not in OPEN or on_study(chart, assessed.trial.id):
        return
    for criterion in assessed.trial.question("enrol").criteria:
        for leaf in leaves(criterion.when) if criterion.excludes else ():
            check = CLOSERS.get(leaf.fact)
            if check is not None:
                yield from check(Exclusion(chart, assessed, criterion, leaf.window, elsewhere), draft)


def _steroid(exclusion: Exclusion, draft: Draft) -> Iterator[Concern]:
    """Systemic unless a local route is coded. The day of entry must lie after the window of the last dose."""
    window, today = exclusion.window, exclusion.chart.as_of.last_day
    coded = STEROID in draft.sets
    worded = STEROID in draft.hints and not draft.sets
    if draft.route == "local" or not (coded or worded) or window is None:
        return
    last = max(draft.last_day or today, today)
    until = last + timedelta(days=window)
    if not coded:
        because = say("It looks like a glucocorticoid, but its code is not mapped ({code}).", code=draft.code)
    elif draft.route == "intrathecal":
        because = say("Given intrathecally: whether that is systemic is for a clinician.")
    elif draft.route is None:
        because = say("The route is not stated; a local route would not count.")
    else:
        because = say("Given by a systemic route.")
    known = say("as planned") if draft.last_day else say("the end is not stated, so this is the earliest")
    window_words = say(
        "Any dose from {window} days before entry to the day of entry excludes: with the last dose on {last} "
        "({known}), entry is possible from {day}.",
        window=window,
        last=last,
        known=known,
        day=until + timedelta(days=1),
    )
    because = say("{one} {two}", one=because, two=window_words)
    certain = coded and draft.route != "intrathecal" and not exclusion.elsewhere
    until_when = say("until {day}", day=until) if draft.last_day else say("at least until {day}", day=until)
    effect = (
        say("would close {trial} {until}", trial=exclusion.trial_id, until=until_when)
        if certain
        else say("may close {trial} {until}", trial=exclusion.trial_id, until=until_when)
    )
    yield exclusion.concern(draft, certain=certain, effect=effect, because=because)


def _gene_therapy(exclusion: Exclusion, draft: Draft) -> Iterator[Concern]:
    """Any gene-modified product, once given, excludes for life."""
    coded = not draft.sets.isdisjoint(GENE_THERAPY)
    # Words count only where no code says what it is: collection of cells and unmodified cells have their own.
    if not coded and (draft.sets or draft.hints.isdisjoint(GENE_THERAPY)):
        return
    if coded:
        because = say("Once given, a gene therapy product excludes for good.")
    else:
        because = say("It looks like a gene therapy product, but its code is not mapped ({code}).", code=draft.code)
    certain = coded and not exclusion.elsewhere
    effect = (
        say("would close {trial} for good", trial=exclusion.trial_id)
        if certain
        else say("may close {trial} for good", trial=exclusion.trial_id)
    )
    yield exclusion.concern(draft, certain=certain, effect=effect, because=because)


CLOSERS: dict[str, Callable[[Exclusion, Draft], Iterator[Concern]]] = {
    "systemic_glucocorticoid": _steroid,
    "gene_therapy": _gene_therapy,
}
