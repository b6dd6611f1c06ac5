"""How a visit stands: a symbol and a word for each state, so that colour is never needed."""

from __future__ import annotations

from rules.messages import say

SYMBOLS = {"done": "✓", "due": "●", "overdue": "!", "missed": "✕", "upcoming": "○", "not_due": "·"}


def symbol_of(state: str) -> str:
    return SYMBOLS.get(state, "?")


def state_words(state: str) -> str:
    return {
        "done": say("done"),
        "due": say("due"),
        "overdue": say("overdue"),
        "missed": say("missed"),
        "upcoming": say("upcoming"),
        "not_due": say("not due"),
    }.get(state, state)
