"""A suggestion before it stands on a card: its words, and the draft resources that accepting it would create."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """A new resource (plain JSON, checked by `cds.outgoing`) and what creating it does, in words."""

    description: str
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Drafts that are accepted together. `key` names the proposal within its card, in no language."""

    key: str
    label: str
    drafts: tuple[Draft, ...]
    recommended: bool = False
