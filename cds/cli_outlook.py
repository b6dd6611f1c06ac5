"""Lines of `trial-hooks assess` under a question: what time changes, how near it is, what assumptions would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds.assessment import TrialAssessment
from cds.errors import UnreadableInputError
from cds.what_if import Raw, WhatIf
from rules.messages import say
from rules.verdict import Verdict


def outlook_lines(assessed: TrialAssessment, verdict: Verdict) -> Iterator[str]:
    """Forecast and near miss of one question; nothing where there is nothing to say."""
    outlook, missed = assessed.outlooks.get(verdict.question), assessed.misses.get(verdict.question)
    if outlook is not None and outlook.change is not None:
        to, because = outlook.change.to.value.replace("_", " "), outlook.change.because
        yield say(
            "From {day} by time alone: {standing}. {because}", day=outlook.change.on, standing=to, because=because
        )
    for criterion, day in outlook.opens.items() if outlook is not None else ():
        yield say("{criterion} will be met on {day}, by time alone.", criterion=criterion, day=day)
    if missed is not None:
        yield say("Near miss: {because}.", because=missed.because)


def what_if_lines(supposed: WhatIf) -> Iterator[str]:
    """The assumptions, each standing as it is and would be, and the criteria that flip."""
    stated = (f"{item.name} = {item.shown or 'null'}" for item in supposed.assumptions)
    yield say("What if {assumptions}:", assumptions=", ".join(stated))
    for item in supposed.standings:
        before, after = (v.standing.value.replace("_", " ") for v in (item.now, item.then))
        question = item.now.question.replace("_", " ")
        yield f"  {item.trial} {question}: {before} -> {after}"
        for flip in item.flips():
            outcomes = f"{flip.before.outcome.value} -> {flip.after.outcome.value}"
            yield f"    {flip.after.criterion.id}: {outcomes} ({flip.after.because})"


def read_assumptions(stated: Iterable[str]) -> dict[str, Raw]:
    """From "alt_xuln=2.0", "ph_status=null". Raises UnreadableInputError without a "="."""
    found: dict[str, Raw] = {}
    for text in stated:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise UnreadableInputError("--what-if must be like alt_xuln=2.0, active_infection=absent or ph_status=null")
        found[name] = _value(value)
    return found


def _value(text: str) -> Raw:
    if text in ("", "null"):
        return None
    try:
        return float(text)
    except ValueError:
        return text
