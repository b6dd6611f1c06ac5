"""Feedback joined to what was shown: acceptance and override by trial, week and criterion. Counts only, no patients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cds.record.reasons import disputed
from cds.record.store import Record


@dataclass(frozen=True, slots=True)
class Tally:
    """Cards of one trial in one ISO week ("2026-W23"): shown, and of these accepted and overridden.

    The rest got no feedback, which says nothing (CDS Hooks 2.0 §"Feedback").
    """

    trial: str
    week: str
    shown: int
    accepted: int
    overridden: int

    @property
    def acceptance(self) -> float | None:
        """Accepted among those with feedback; None without any."""
        answered = self.accepted + self.overridden
        return self.accepted / answered if answered else None


@dataclass(frozen=True, slots=True)
class Reasons:
    """How often one reason was given for overriding; `criterion` where the reason names one."""

    trial: str
    code: str
    criterion: str | None
    count: int


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """`unknown_cards` got feedback but were not shown by this database; their reasons still count."""

    tallies: tuple[Tally, ...]
    reasons: tuple[Reasons, ...]
    unknown_cards: int
    unknown_suggestions: int
    comments_dropped: int

    def as_json(self) -> dict[str, Any]:
        """Plain data; the acceptance is left out where there is no feedback."""
        return {
            "weeks": [
                {
                    "trial": tally.trial,
                    "week": tally.week,
                    "shown": tally.shown,
                    "accepted": tally.accepted,
                    "overridden": tally.overridden,
                    **({} if tally.acceptance is None else {"acceptance": round(tally.acceptance, 4)}),
                }
                for tally in self.tallies
            ],
            "reasons": [
                {
                    "trial": reason.trial,
                    "code": reason.code,
                    **({"criterion": reason.criterion} if reason.criterion else {}),
                    "count": reason.count,
                }
                for reason in self.reasons
            ],
            "unknown_cards": self.unknown_cards,
            "unknown_suggestions": self.unknown_suggestions,
            "comments_dropped": self.comments_dropped,
        }


def feedback_report(shown: Iterable[Record], feedback: Sequence[Record]) -> FeedbackReport:
    """From `Store.shown_cards` and `Store.feedback`. A card counts in the week it was first shown, by its last word."""
    cards: dict[str, Record] = {}
    for card in shown:
        cards.setdefault(card["uuid"], card)
    last = {entry["card"]: entry for entry in feedback}
    weeks = Counter((card["trial"], week_of(card["at"])) for card in cards.values())
    outcomes = Counter(
        (card["trial"], week_of(card["at"]), last[uuid]["outcome"]) for uuid, card in cards.items() if uuid in last
    )
    tallies = tuple(
        Tally(trial, week, weeks[trial, week], outcomes[trial, week, "accepted"], outcomes[trial, week, "overridden"])
        for trial, week in sorted(weeks)
    )
    return FeedbackReport(
        tallies,
        _reasons(cards, last),
        unknown_cards=len(last.keys() - cards.keys()),
        unknown_suggestions=sum(_unknown_suggestions(cards[name], last[name]) for name in last.keys() & cards.keys()),
        comments_dropped=sum(entry["comment_dropped"] for entry in feedback),
    )


def week_of(moment: datetime) -> str:
    """The ISO week, such as 2026-W23."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def _reasons(cards: dict[str, Record], last: dict[str, Record]) -> tuple[Reasons, ...]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for uuid, entry in last.items():
        if entry["outcome"] != "overridden":
            continue
        named = disputed(entry["reason_system"], entry["reason_code"])
        trial = named.trial if named else cards[uuid]["trial"] if uuid in cards else "unknown"
        counts[trial, entry["reason_code"] or "no reason given", named.criterion if named else ""] += 1
    ranked = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return tuple(Reasons(trial, code, criterion or None, count) for (trial, code, criterion), count in ranked)


def _unknown_suggestions(card: Record, entry: Record) -> int:
    return len(set(entry["accepted"]) - set(card["suggestions"]))
