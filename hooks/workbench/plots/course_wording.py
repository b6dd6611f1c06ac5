"""The words of a subject's course: the clock, endpoints, deviations, steps."""

from __future__ import annotations

from datetime import date

from cds.follow_up.visits import Window
from rules.messages import say, say_many


def clock_words(window: Window, as_of: date) -> str:
    """How the crossover window stands today; both of its ends are inside."""
    if as_of < window.opens:
        days = (window.opens - as_of).days
        return say_many("opens tomorrow", "opens in {count} days", days)
    if as_of < window.closes:
        days = (window.closes - as_of).days
        return say_many("open; tomorrow is its last day", "open; closes in {count} days", days)
    if as_of == window.closes:
        return say("open; today is its last day")
    return say_many("closed since yesterday", "closed {count} days ago", (as_of - window.closes).days)


def clock_state(window: Window, as_of: date) -> str:
    """before, open or closed."""
    if as_of < window.opens:
        return "before"
    return "open" if as_of <= window.closes else "closed"


def endpoint_words(name: str) -> str:
    """What an endpoint asks; the id alone for one that is new here."""
    return {
        "P1": say("MRD at 3 months"),
        "Q1a": say("MRD at 12 months"),
        "Q1b": say("MRD ever positive up to 12 months"),
        "Q2": say("Relapse"),
        "Q3": say("Overall survival (OS)"),
        "Q4": say("Disease-free survival (DFS)"),
        "Q5": say("Acute GVHD, grade II to IV"),
        "Q6": say("Chronic GVHD, NIH moderate or severe"),
        "Q7": say("GVHD-free, relapse-free survival (GRFS)"),
        "Q8": say("Haematological toxicity, grade III to IV"),
    }.get(name, "")


def endpoint_state(state: str) -> str:
    return {
        "negative": say("negative"),
        "low_positive": say("low positive"),
        "positive": say("positive"),
        "not_positive": say("not positive"),
        "missing": say("missing"),
        "event": say("event"),
        "censored": say("no event so far"),
        "unknown": say("open"),
        "not_evaluable": say("not evaluable"),
        "measured": say("measured"),
    }.get(state, state)


def deviation_state(state: str) -> str:
    return {"violation": say("violation"), "review": say("to look at")}.get(state, state)


def stratum_words(stratum: str) -> str:
    return {
        "deep_negative": say("deeply negative"),
        "very_low_positive": say("very low positive"),
        "positive": say("positive"),
        "relapse": say("relapse"),
        "unclassified": say("cannot be classified"),
    }.get(stratum, stratum)


def sequence_state(state: str) -> str:
    return {
        "conformant": say("as the protocol says"),
        "incomplete": say("not complete yet"),
        "deviation": say("out of order"),
        "review": say("to look at"),
    }.get(state, state)


def persistence_words(persistent: str) -> str | None:
    return {"persistent": say("persistent"), "not_persistent": say("not persistent")}.get(persistent)
