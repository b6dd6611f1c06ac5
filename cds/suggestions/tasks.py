"""Draft tasks: what a person must do, about which record or Questionnaire, and until when it would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from cds.outgoing import checked, is_reference, plain
from cds.suggestions.held import task_uri
from cds.suggestions.proposal import Draft
from cds.suggestions.scene import Scene
from cds.suggestions.wishes import Action, Wish
from rules.messages import say


@dataclass(frozen=True, slots=True)
class Errand:
    """A task in words: its kind, the whole sentence, and its name in no language."""

    kind: str
    sentence: str
    name: str


def errand_of(scene: Scene, wish: Wish) -> Errand:
    """The words of a wish that a person fulfils."""
    trial = scene.trial_id
    if wish.action is Action.RECONCILE:
        return Errand(say("Reconcile a list"), _reconcile(wish.about), f"reconcile:{wish.about}")
    if wish.action is Action.ATTEST:
        ids = ", ".join(wish.criteria)
        return Errand(
            say("Answer a trial's questions"),
            say("Answer {criteria} of {trial}: yes, no or not sure", criteria=ids, trial=trial),
            f"{trial}:attest",
        )
    if wish.action is Action.CONSENT:
        return Errand(
            say("Ask for consent"), say("Ask for consent to take part in {trial}", trial=trial), f"{trial}:consent"
        )
    return Errand(_kind(wish), _sentence(wish), f"{wish.action.value}:{wish.about}")


def _reconcile(domain: str) -> str:
    if domain == "medications":
        return say("Reconcile the medication list")
    return say("Reconcile the list of procedures") if domain == "procedures" else say("Reconcile the problem list")


def _kind(wish: Wish) -> str:
    if wish.action is Action.BEDSIDE:
        return say("Assess and record")
    if wish.action is Action.COMPLETE:
        return say("Complete the record")
    if wish.action is Action.CONFIRM:
        return say("Confirm or rule out")
    if wish.action is Action.WAIT:
        return say("Look for a final result")
    return say("Map a code") if wish.action is Action.MAP else say("Clear up a record")


def _sentence(wish: Wish) -> str:
    if wish.action is Action.BEDSIDE:
        return say("Assess and record: {what}", what=wish.what)
    if wish.action is Action.COMPLETE:
        return say("Complete the record: {what}", what=wish.what)
    if wish.action is Action.CONFIRM:
        return say("Confirm or rule out: {what}", what=wish.what)
    if wish.action is Action.WAIT:
        return say("Look for the final result: {what}", what=wish.what)
    if wish.action is Action.MAP:
        return say("Add a code to the site's code map: {what}", what=wish.what)
    if wish.measured:
        return say("Ask the laboratory to correct or repeat: {what}", what=wish.what)
    return say("Clear up in the record: {what}", what=wish.what)


def questionnaire(scene: Scene) -> str:
    """Where the trial's questions are, as this service publishes them."""
    return f"{scene.asker.public_url}/fhir/Questionnaire/{scene.trial_id}"


def task_draft(scene: Scene, wish: Wish, why: Iterable[str], until: date | None) -> Draft:
    """A draft proposal that a person does something. Raises ValueError for a resource that R4 would refuse."""
    errand = errand_of(scene, wish)
    references = list(dict.fromkeys(e.reference for e in wish.evidence if is_reference(e.reference)))
    more: dict[str, Any] = {}
    if wish.action is Action.ATTEST:
        more["focus"] = {"reference": questionnaire(scene), "type": "Questionnaire"}
        more["input"] = list(_asked(scene, wish))
    elif references:
        more["focus"] = {"reference": references[0]}
        if references[1:]:
            more["input"] = [
                {"type": {"text": say("See also")}, "valueReference": {"reference": reference}}
                for reference in references[1:]
            ]
    reason = plain("; ".join(why))
    return _task(scene, errand, until, {**more, "reasonCode": {"text": reason}} if reason else more)


def _asked(scene: Scene, wish: Wish) -> Iterator[dict[str, Any]]:
    """The Questionnaire, and which of its items are still open: linkId is the criterion's id."""
    yield {"type": {"text": say("Questionnaire")}, "valueCanonical": questionnaire(scene)}
    for criterion in wish.criteria:
        yield {"type": {"text": say("Question")}, "valueString": criterion}


def plain_task(scene: Scene, errand: Errand, why: Iterable[str] = (), until: date | None = None) -> Draft:
    """A draft task that is about nothing but the patient and the trial."""
    text = plain("; ".join(why))
    return _task(scene, errand, until, {"reasonCode": {"text": text}} if text else {})


def _task(scene: Scene, errand: Errand, until: date | None, more: dict[str, Any]) -> Draft:
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "instantiatesUri": task_uri(errand.name),
        "status": "draft",
        "intent": "proposal",
        "code": {"text": errand.kind},
        "description": errand.sentence,
        "for": {"reference": scene.patient},
        "authoredOn": scene.today.isoformat(),
        **more,
    }
    if scene.asker.user:
        resource["requester"] = {"reference": scene.asker.user}
    if until is not None:
        resource["restriction"] = {"period": {"start": scene.today.isoformat(), "end": until.isoformat()}}
    return Draft(errand.sentence, checked(resource))
