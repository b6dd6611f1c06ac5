"""Rows and recorders for the tests of the record."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds.clock import now
from cds.record.recorder import Recorder, build_recorder
from cds.record.rows import Answer, Call, Feedback, ShownCard
from cds.settings import Settings

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def named(name: object) -> str:
    return str(uuid5(NAMESPACE_URL, str(name)))


def a_call(name: object = "one", **changes: Any) -> Call:
    """An answered call with one answer and one card."""
    fields: dict[str, Any] = {
        "id": named(name),
        "at": NOON.isoformat(),
        "door": "trial-eligibility",
        "status": 200,
        "duration_ms": 5.0,
        "product": "0.1.0",
        "patient": "Patient/1",
        "answers": (Answer("NCT07441291", "enrol", "2026.1", "0" * 64, "indeterminate", {"I1": "pass"}),),
        "cards": (ShownCard(named(f"{name}/card"), "NCT07441291"),),
    }
    return Call(**{**fields, **changes})


def a_feedback(card: str, outcome: str = "overridden", **changes: Any) -> Feedback:
    fields: dict[str, Any] = {
        "id": named(f"{card}/{outcome}/{sorted(changes.items())}"),
        "received_at": NOON.isoformat(),
        "service": "trial-eligibility",
        "card": card,
        "outcome": outcome,
        "outcome_at": NOON.isoformat(),
    }
    return Feedback(**{**fields, **changes})


def a_recorder(state: Path, database: str = "", **changes: Any) -> Recorder:
    """A recorder that is not started: tests turn its wheel with `writer.cycle()`."""
    return build_recorder(Settings(state=state, database=database, **changes), now)
