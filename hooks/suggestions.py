"""From proposals to the suggestions of a card (CDS Hooks 2.0 §"Suggestion"). Only `create`, never a system action."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds.suggestions.proposal import Proposal


def with_suggestions(card: dict[str, Any], proposals: Iterable[Proposal]) -> dict[str, Any]:
    """The card with its suggestions, of which any number may be taken; unchanged where there are none."""
    suggestions = [_suggestion(proposal, card["uuid"]) for proposal in proposals]
    if suggestions:
        card["selectionBehavior"] = "any"
        card["suggestions"] = suggestions
    return card


def _suggestion(proposal: Proposal, card: str) -> dict[str, Any]:
    return {
        "label": proposal.label,
        "uuid": str(uuid5(NAMESPACE_URL, f"{card}/{proposal.key}")),
        "isRecommended": proposal.recommended,
        "actions": [
            {"type": "create", "description": draft.description, "resource": draft.resource}
            for draft in proposal.drafts
        ],
    }
