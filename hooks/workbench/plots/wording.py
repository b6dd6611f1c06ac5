"""The words of the MRD picture and its table: methods, levels, specimens. Said in the reader's language."""

from __future__ import annotations

from decimal import Decimal

from cds.story.points import Kind, Level, Measurement, Method
from cds.story.story import Point
from rules.messages import say

DIGITS, SHORT_DIGITS, LEAST_EXPONENT = 6, 3, -9


def method_words(method: Method) -> str:
    return {
        Method.FLOW_CD19: say("Flow, CD19+ cells"),
        Method.FLOW_CD19_NEGATIVE: say("Flow, CD19-negative clone"),
        Method.FLOW_UNSTATED: say("Flow, cells not stated"),
        Method.NGS: say("NGS"),
    }[method]


def specimen_words(specimen: str | None) -> str:
    known = {"marrow": say("marrow"), "blood": say("blood"), "other": say("other specimen")}
    return known.get(specimen or "", say("specimen not stated"))


def plain(percent: Decimal, digits: int = DIGITS) -> str:
    """A number without an exponent; one that was rounded says so with "≈", since a limit may lie between."""
    stated = percent.normalize()
    if len(stated.as_tuple().digits) <= digits and stated.adjusted() >= LEAST_EXPONENT:
        return f"{stated:f}"
    rounded = Decimal(f"{percent:.{digits - 1}e}").normalize()
    return f"≈{rounded:f}" if rounded.adjusted() >= LEAST_EXPONENT else f"≈{rounded:e}"


def level_words(level: Level, digits: int = DIGITS) -> str:
    """In per cent: "0.3 %", "< 0.01 %", "≥ 0.1 %", "0.1 to 0.2 %"; "?" for what is not on the scale."""
    low, high = (plain(end, digits) if end is not None else "" for end in (level.low, level.high))
    return {
        Kind.MEASURED: f"{low} %",
        Kind.BELOW: f"< {high} %",
        Kind.ABOVE: f"≥ {low} %",
        Kind.BETWEEN: say("{low} to {high} %", low=low, high=high),
        Kind.UNPLACED: "?",
    }[level.kind]


def short_label(measured: Measurement) -> str:
    """Beside the point: the level, and the specimen where it is not marrow."""
    parts = [level_words(measured.level, SHORT_DIGITS)]
    if measured.specimen not in ("marrow", None):
        parts.append(specimen_words(measured.specimen))
    if measured.preliminary:
        parts.append(say("preliminary"))
    return " ".join(parts)


def heading_of(measured: Measurement) -> str:
    """What a point is, in one line: day, method, level, specimen."""
    parts = [measured.when or say("no date"), method_words(measured.method), level_words(measured.level)]
    return " · ".join([*parts, specimen_words(measured.specimen)])


def use_words(point: Point) -> str:
    """What it was used for, or why it decided nothing."""
    if point.why_not is not None:
        left_open = say("Left open: {why}", why=point.why_not)
        return left_open if point.uses else say("Not used: {why}", why=point.why_not)
    by_trial: dict[str, list[str]] = {}
    for use in point.uses:
        if use.decided:
            by_trial.setdefault(use.trial, []).append(use.what)
    return "; ".join(f"{trial} {', '.join(what)}" for trial, what in by_trial.items())


def letters(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA: the names of events."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
