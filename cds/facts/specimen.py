"""How many blasts the specimens hold that can still be had (NCT05262673 I2): burden and availability together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from cds.chart import OBSERVATION
from cds.facts.inquiry import Inquiry
from cds.facts.mrd import PERCENT
from cds.facts.series import TOGETHER, day_of, newest_quantity
from cds.records import Result
from cds.values import Problem, Value, of_text, value_of
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown
from rules.messages import say, to_say

MARROW, IF_MARROW, BLOOD = "marrow_blast_pct", "marrow_blast_pct_if_marrow", "blood_blast_pct"
LABEL = to_say("Blasts in an available specimen")
_AT_LEAST = re.compile(r"\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%\s*\+\s*")
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?(?=\s*%)")


def obtainable_blast_pct(inquiry: Inquiry) -> Fact:
    """The most blasts in a specimen that is documented as available.

    Without one, and with the archive documented as used up, the marrow of today is what could be had.
    """
    chart = inquiry.chart
    burdens = [(result, _burden(result)) for result in _sources(inquiry) if not result.preliminary and result.moment]
    readable = [(result, value) for result, value in burdens if isinstance(value, Value)]
    available = [(result, value) for result, value in readable if _availability(inquiry, result) is True]
    best = max(available, key=lambda pair: pair[1].interval.lo or Decimal(0), default=None)
    gap = chart.gap((MARROW, BLOOD), (OBSERVATION, "Specimen"), say(LABEL))
    if best is not None:
        return _available(best, [pair for pair in available if _together(pair[0], best[0])], gap)
    if gap is not None:
        return gap
    unreadable = [(result, value) for result, value in burdens if isinstance(value, Problem)]
    if unreadable and not readable:
        result, problem = unreadable[0]
        text = say("{label}: the result of {day} {why}", label=say(LABEL), day=day_of(result), why=problem.shown)
        return Unknown(problem.reason, text, _evidence([result], problem.shown))
    used_up = [result for result, _ in readable if _availability(inquiry, result) is False]
    return _without_archive(inquiry, readable, used_up)


def _sources(inquiry: Inquiry) -> list[Result]:
    """Marrow results; blood only when the site confirms that blood is a source."""
    chart = inquiry.chart
    found = [r for r in chart.results_of(MARROW) if r.specimen not in ("blood", "other")]
    found += [r for r in chart.results_of(IF_MARROW) if r.specimen == "marrow"]
    if inquiry.flag("blood_is_specimen_source"):
        found += chart.results_of(BLOOD)
        found += [r for r in chart.results_of(MARROW) if r.specimen == "blood"]
    return list({id(result): result for result in found}.values())


def _burden(result: Result) -> Value | Problem:
    """ "30%+" reads as at least 30 %."""
    text = _AT_LEAST.fullmatch(result.body.valueString or "")
    return of_text(f">={text.group(1)}%", PERCENT) if text else value_of(result.body, PERCENT)


def _availability(inquiry: Inquiry, result: Result) -> bool | None:
    sample = inquiry.chart.samples.get(result.specimen_reference or "")
    return sample.available if sample else None


def _together(one: Result, two: Result) -> bool:
    """Results of one specimen within 24 hours are read together."""
    if one.specimen_reference != two.specimen_reference or one.moment is None or two.moment is None:
        return False
    return abs(one.moment.latest - two.moment.latest) < TOGETHER


def _available(best: tuple[Result, Value], together: Sequence[tuple[Result, Value]], gap: Unknown | None) -> Fact:
    """Another, richer specimen may exist elsewhere: an available one bounds the burden from below only."""
    result, value = best
    conflict = _note_conflict(result, value)
    if conflict is not None:
        return conflict
    lo = min(each.interval.lo or Decimal(0) for _, each in together)
    if gap is not None and lo == 0:
        return gap
    numbers = say(" and ").join(dict.fromkeys(each.shown for _, each in together))
    shown = say("{numbers} ({day}, specimen available)", numbers=numbers, day=day_of(result))
    interval = Interval(lo, None, value.interval.lo_open)
    reason = Reason.CONFLICT if len(together) > 1 else Reason.NOT_SPECIFIC
    return Known(interval, shown, _evidence([each for each, _ in together], numbers), if_undecided=reason)


def _note_conflict(result: Result, value: Value) -> Unknown | None:
    """A comment that names another percentage than the number contradicts it."""
    numbers = {Decimal(number) for number in _NUMBER.findall(result.notes)}
    if not numbers or value.interval.lo in numbers:
        return None
    text = say(
        "{label}: the result of {day} says {value}, its comment says otherwise",
        label=say(LABEL),
        day=day_of(result),
        value=value.shown,
    )
    return Unknown(Reason.CONFLICT, text, _evidence([result], value.shown))


def _without_archive(inquiry: Inquiry, readable: Sequence[tuple[Result, Value]], used_up: Sequence[Result]) -> Fact:
    if used_up:
        return _of_today(inquiry, used_up)
    if readable:
        result, value = max(readable, key=lambda pair: pair[1].interval.lo or Decimal(0))
        text = say(
            "Blasts {value} ({day}), but no record that the specimen is available",
            value=value.shown,
            day=day_of(result),
        )
        return Unknown(Reason.MISSING, text, _evidence([result], value.shown))
    blood = inquiry.chart.results_of(BLOOD)
    if blood:
        text = say("{label}: only blood is on record; the site has not said that blood is a source", label=say(LABEL))
        return Unknown(Reason.NOT_SPECIFIC, text, _evidence(blood, say("blood blasts")))
    return newest_quantity(inquiry, _sources(inquiry), _burden, say(LABEL), (MARROW,))


def _of_today(inquiry: Inquiry, used_up: Sequence[Result]) -> Fact:
    """The archive is used up: a new marrow would hold what the latest one in the window holds."""
    found = newest_quantity(inquiry, _sources(inquiry), _burden, say("Marrow blasts"), (MARROW,))
    gone = _evidence(used_up, say("specimen not available"))
    if isinstance(found, Unknown):
        return Unknown(
            found.reason,
            say("The archived specimen is not available; {found}", found=found.shown),
            (*gone, *found.evidence),
        )
    # A new marrow could hold at most what the disease of today does; whether it can be taken is not documented.
    hi = found.value.hi if isinstance(found.value, Interval) else None
    return Known(
        Interval(Decimal(0), hi),
        say("{found}; the archived specimen is not available", found=found.shown),
        (*gone, *found.evidence),
        if_undecided=Reason.MISSING,
        valid_until=found.valid_until,
    )


def _evidence(results: Sequence[Result], shown: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(r.reference, shown, r.moment.shown() if r.moment else None) for r in results)
