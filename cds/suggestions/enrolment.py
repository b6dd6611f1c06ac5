"""The suggestions of one enrolment card: few, each one step of work, together enough to know in one more look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cds.membership import on_study
from cds.suggestions.proposal import Proposal
from cds.suggestions.referral import referral
from cds.suggestions.scene import Scene
from cds.suggestions.wishes import wishes_of
from cds.suggestions.work import proposals_for
from rules.verdict import Standing


def enrolment_proposals(scene: Scene) -> tuple[Proposal, ...]:
    """What may be done next; the first is recommended, unless the study is not known to take patients.

    Nothing for whom the protocol excludes, and nothing for a subject who is on this study already. A study that is
    closed, or of which nobody knows, gets no referral and asks nobody for a consent.
    """
    settled = scene.verdict.standing in (Standing.INELIGIBLE, Standing.NOT_APPLICABLE)
    if settled or on_study(scene.chart, scene.trial_id):
        return ()
    takes_patients = scene.assessed.recruitment.may_refer
    found = [*_referred(scene), *proposals_for(scene, wishes_of(scene))]
    return tuple(replace(one, recommended=takes_patients and not number) for number, one in enumerate(found))


def _referred(scene: Scene) -> Iterator[Proposal]:
    free = scene.verdict.standing is Standing.POTENTIALLY_ELIGIBLE and scene.assessed.recruitment.may_refer
    proposal = referral(scene) if free else None
    if proposal is not None:
        yield proposal
