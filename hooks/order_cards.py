"""From concerns about draft orders to CDS Hooks cards: short, one for each order and trial sentence, no suggestions.

The protocols state no alternative to an order, so none is suggested; the clinician decides.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds.assessment import trial_as_json
from cds.orders.concern import Concern
from cds.record.reasons import coded, override_reasons
from hooks.cards import EXTENSION, LABEL, LONGEST_SUMMARY
from hooks.markdown import escaped
from rules.messages import say, sentence

LONGEST_NAME = 50


def order_cards(concerns: tuple[Concern, ...], hook_instance: str) -> list[dict[str, Any]]:
    """One card for each concern, in the order of trials and drafts; the same sentence twice is one card."""
    cards: dict[str, dict[str, Any]] = {}
    for concern in concerns:
        trial, draft = concern.trial.trial, concern.draft
        name = f"{hook_instance.lower()}/{trial.id}/{concern.criterion}/{draft.reference}"
        cards.setdefault(name, _card(concern, str(uuid5(NAMESPACE_URL, name))))
    return list(cards.values())


def _card(concern: Concern, uuid: str) -> dict[str, Any]:
    trial = concern.trial.trial
    return {
        "uuid": uuid,
        "summary": _summary(concern),
        "detail": _detail(concern),
        "indicator": "warning" if concern.certain else "info",
        "source": {
            "label": LABEL,
            "url": trial.source.url,
            "topic": {"system": "https://clinicaltrials.gov", "code": trial.id, "display": say(trial.short_title)},
        },
        "overrideReasons": coded(override_reasons().order),
        "links": [{"label": say("Study page of {trial}", trial=trial.id), "url": trial.source.url, "type": "absolute"}],
        "extension": {EXTENSION: trial_as_json(concern.trial)},
    }


def _summary(concern: Concern) -> str:
    """One sentence under 140 characters: the order, what it would do, to which trial, until when."""
    name = " ".join(concern.draft.name.split()) or say("This order")
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    text = say("{order} {effect}", order=sentence(short), effect=concern.effect)
    return text if len(text) <= LONGEST_SUMMARY else f"{text[: LONGEST_SUMMARY - 1]}…"


def _detail(concern: Concern) -> str:
    """GitHub Markdown: what is known of the order, the protocol's sentence, the state of the study."""
    trial = concern.trial.trial
    blocks = [
        escaped(concern.because),
        f"> {escaped(concern.quote)}\n>\n> {trial.id}, {concern.criterion}",
    ]
    if not concern.trial.recruitment.may_refer:
        because = escaped(concern.trial.recruitment.because)
        blocks.append(say("**Recruitment status unverified.** {because}.", because=because))
    blocks.append(say("For review by a physician: the patient's care comes first. Nothing was changed."))
    return "\n\n".join(blocks)
