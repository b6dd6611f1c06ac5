"""The link from a card to the workbench (CDS Hooks 2.0 §"Link": type smart, appContext)."""

from __future__ import annotations

from typing import Any

import orjson

from cds.settings import Settings
from rules.messages import say


def with_launch(cards: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    """The cards, each with a link that opens its trial, where the app is registered at an EHR; else as they are."""
    if settings.smart is None:
        return cards
    for card in cards:
        trial = card["source"]["topic"]["code"]
        link = {
            "label": say("Every criterion, with its data"),
            "url": f"{settings.public_url}/smart/launch",
            "type": "smart",
            "appContext": orjson.dumps({"trial": trial}).decode(),
        }
        card["links"] = [link, *card["links"]]
    return cards
