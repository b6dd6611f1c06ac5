"""From several dated results to one fact: the newest decides, results within 24 hours of it are read together.

Two results within 24 hours widen the interval. When a threshold falls inside, the rules find neither answer and the
criterion is unknown because of a conflict; when it does not, the answer stands (section 0, "Conflict").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter

from msgspec.structs import replace

from cds.facts.inquiry import Inquiry
from cds.records import Result
from cds.shapes import ValueBearer
from cds.values import Problem, Value, has_value
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown
from rules.messages import say, to_say

TOGETHER = timedelta(hours=24)
SPECIMENS = {"marrow": to_say("marrow"), "blood": to_say("blood")}
Says = Callable[[ValueBearer], bool]
ReadValue = Callable[[Result], Value | Problem]


def newest_quantity(
    inquiry: Inquiry, results: Sequence[Result], read: ReadValue, label: str, sets: Sequence[str]
) -> Fact:
    """The newest usable value among `results`, inside the window, as an interval."""
    picked = newest(inquiry, results, label, sets)
    if isinstance(picked, Unknown):
        return _with_values(picked, results, read) if picked.reason is Reason.STALE else picked
    values = [(result, read(result)) for result in picked]
    intervals: list[Interval] = []
    shown: list[str] = []
    for result, value in values:
        if isinstance(value, Problem):
            text = say("{label}: the result of {day} {why}", label=label, day=day_of(result), why=value.shown)
            note = (text,) if value.reason is Reason.JUDGEMENT else ()
            return Unknown(value.reason, text, evidence_of(values), note)
        intervals.append(value.interval)
        shown.append(say("{value} ({where})", value=value.shown, where=where_and_when(result)))
    return Known(
        hull(intervals),
        shown[0] if len(shown) == 1 else say(" and ").join(shown),
        evidence_of(values),
        Reason.CONFLICT if len(values) > 1 else Reason.IMPRECISE,
        valid_until(inquiry, picked[0]),
        notes(results, picked[0]),
    )


def _with_values(stale: Unknown, results: Sequence[Result], read: ReadValue) -> Unknown:
    """What was measured does not count any more, but whoever may repeat it wants to see it."""
    evidence = []
    for item in stale.evidence:
        values = [read(result) for result in results if result.reference == item.reference]
        known = [value.shown for value in values if isinstance(value, Value)]
        evidence.append(replace(item, value=known[0]) if len(known) == 1 else item)
    return replace(stale, evidence=tuple(evidence))


def newest(
    inquiry: Inquiry, results: Sequence[Result], label: str, sets: Sequence[str], says: Says = has_value
) -> list[Result] | Unknown:
    """The newest result that `says` something and those within 24 hours of it, newest first; or why there is none."""
    gap = inquiry.chart.gap(sets, ("Observation",), label)
    if gap is not None:
        return gap
    picked = _latest(results, says)
    if not picked:
        usable = [result for result in results if not result.preliminary and says(result.body)]
        return _nothing(inquiry, results, usable, label, sets)
    latest = picked[0]
    unmapped = inquiry.chart.unmapped_of(sets, "Observation")
    if unmapped is not None and (unmapped.moment is None or unmapped.moment.latest > end_of(latest)):
        return _nothing(inquiry, results, [], label, sets)
    if len(results) == 1:
        return too_old(inquiry, latest, label) or picked
    pending = [r for r in results if r.preliminary and r.moment and end_of(r) > end_of(latest) - TOGETHER]
    if pending:
        text = say("{label}: the result of {day} is only preliminary", label=label, day=day_of(pending[0]))
        return Unknown(Reason.PRELIMINARY, text, _bare(pending))
    return too_old(inquiry, latest, label) or picked


def _latest(results: Sequence[Result], says: Says) -> list[Result]:
    """The newest final result that is dated and says something, and those within 24 hours of it; newest first."""
    if len(results) == 1:
        only = results[0]
        return [] if only.moment is None or only.preliminary or not says(only.body) else [only]
    found: list[tuple[datetime, str, Result]] = []
    after = datetime.min  # noqa: DTZ901 - naive, in the site's zone
    for result in results:
        moment = result.moment
        # What is a day older than one already found need not be looked at.
        if moment is None or result.preliminary or moment.latest <= after or not says(result.body):
            continue
        found.append((moment.latest, result.reference, result))
        after = max(after, moment.latest - TOGETHER)
    if len(found) > 1:
        found = sorted((each for each in found if each[0] > after), key=itemgetter(0, 1), reverse=True)
    return [each[2] for each in found]


def _nothing(
    inquiry: Inquiry, results: Sequence[Result], usable: Sequence[Result], label: str, sets: Sequence[str]
) -> Unknown:
    if usable:
        return Unknown(
            Reason.UNDATED, say("{label}: a result without a date cannot be used", label=label), _bare(usable)
        )
    early = [result for result in results if result.preliminary]
    if early:
        return Unknown(Reason.PRELIMINARY, say("{label}: only a preliminary result", label=label), _bare(early))
    unmapped = inquiry.chart.unmapped_of(sets, "Observation")
    if unmapped is not None:
        return Unknown(
            Reason.UNMAPPED,
            say(
                "{label}: a result looks like it, but its code is not in the site's code map ({code})",
                label=label,
                code=unmapped.code,
            ),
            (Evidence(unmapped.reference, say("not mapped")),),
        )
    return Unknown(Reason.MISSING, say("{label}: no result on record", label=label), _bare(results))


def too_old(inquiry: Inquiry, result: Result, label: str) -> Unknown | None:
    """Freshness is inclusive: age in days <= window. A partial date may leave it open."""
    moment, window = result.moment, inquiry.ask.window
    if moment is None or window is None:
        return None
    today = inquiry.chart.as_of.last_day
    if (today - moment.first_day).days <= window:
        return None
    if (today - moment.last_day).days > window:
        text = say(
            "{label}: the latest result is of {day}, more than {window} days ago",
            label=label,
            day=day_of(result),
            window=window,
        )
        return Unknown(Reason.STALE, text, _bare([result]))
    return Unknown(
        Reason.IMPRECISE,
        say("{label}: dated only {day}, too coarse to tell its age", label=label, day=day_of(result)),
        _bare([result]),
    )


def notes(results: Sequence[Result], used: Result) -> tuple[str, ...]:
    """What a clinician should look at although the answer stands: newer entries that could not be used."""
    found, end = [], end_of(used)
    for result in results:
        moment = result.moment
        if moment is None:
            if not result.preliminary:
                found.append(say("A result without a date could not be put in order."))
        elif moment.latest > end and not has_value(result.body):
            found.append(say("A newer entry of {day} holds no value.", day=day_of(result)))
    if used.from_issued:
        found.append(say("The date is the date of issue; the sample's date is not stated."))
    return tuple(dict.fromkeys(found)) if found else ()


def hull(intervals: Sequence[Interval]) -> Interval:
    """The smallest interval that holds all of them."""
    if len(intervals) == 1 and intervals[0].lo is not None and intervals[0].hi is not None:
        return intervals[0]
    los = [(i.lo, i.lo_open) for i in intervals]
    his = [(i.hi, not i.hi_open) for i in intervals]
    lo, lo_open = (None, False) if any(v is None for v, _ in los) else min((v, o) for v, o in los if v is not None)
    hi, closed = (None, True) if any(v is None for v, _ in his) else max((v, c) for v, c in his if v is not None)
    return Interval(lo, hi, lo_open, not closed)


def valid_until(inquiry: Inquiry, result: Result) -> date | None:
    """The last day on which the result is still inside the window."""
    if result.moment is None or inquiry.ask.window is None:
        return None
    return result.moment.first_day + timedelta(days=inquiry.ask.window)


def day_of(result: Result) -> str:
    return result.moment.words if result.moment else say("an unknown date")


def where_and_when(result: Result) -> str:
    day = day_of(result)
    specimen = SPECIMENS.get(result.specimen) if result.specimen else None
    return say("{specimen}, {day}", specimen=say(specimen), day=day) if specimen else day


def evidence_of(values: Sequence[tuple[Result, Value | Problem]]) -> tuple[Evidence, ...]:
    if len(values) == 1:
        result, value = values[0]
        return (Evidence(result.reference, value.shown, _date(result)),)
    return tuple(Evidence(result.reference, value.shown, _date(result)) for result, value in values)


def _bare(results: Sequence[Result]) -> tuple[Evidence, ...]:
    return tuple(Evidence(result.reference, result.text or say("result"), _date(result)) for result in results)


def _date(result: Result) -> str | None:
    return result.moment.words if result.moment else None


def end_of(result: Result) -> datetime:
    """When a result ends, to put results in order; an undated one comes before all others."""
    return result.moment.latest if result.moment else datetime.min  # noqa: DTZ901 - naive, in the site's zone
