"""When nothing stands in the way: the patient as a candidate, and the referral. Enrolment is never done from here."""

from __future__ import annotations

from typing import Any

from cds.outgoing import checked
from cds.suggestions.held import is_subject, is_tasked, task_uri
from cds.suggestions.proposal import Draft, Proposal
from cds.suggestions.scene import Scene
from cds.suggestions.tasks import Errand, plain_task
from rules.messages import say

REGISTRY = "https://clinicaltrials.gov"


def referral(scene: Scene) -> Proposal | None:
    """Candidate and referral; None for whom the chart already holds as a subject in whatever state."""
    name = f"{scene.trial_id}:refer"
    if is_subject(scene) or is_tasked(scene.chart, task_uri(name)):
        return None
    sentence = say("Refer to the study team of {trial}", trial=scene.trial_id)
    why = (say("Nothing on record stands in the way of {trial}", trial=scene.trial_id),)
    drafts = (_candidate(scene), plain_task(scene, Errand(say("Refer to a study team"), sentence, name), why))
    return Proposal("referral", say("Refer as a candidate for {trial}", trial=scene.trial_id), drafts)


def _candidate(scene: Scene) -> Draft:
    trial = scene.assessed.trial
    resource: dict[str, Any] = {
        "resourceType": "ResearchSubject",
        "status": "candidate",
        "study": {
            "type": "ResearchStudy",
            "identifier": {"system": REGISTRY, "value": trial.id},
            "display": say(trial.short_title),
        },
        "individual": {"reference": scene.patient},
    }
    return Draft(say("Note as a candidate for {trial}", trial=trial.id), checked(resource))
