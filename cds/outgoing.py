"""Outgoing FHIR resources: drafts, validated with fhir.resources R4B, which reads R4. Nothing is ordered."""

from __future__ import annotations

import json
from typing import Any

from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task


def draft_order(patient: str, text: str, period: tuple[str, str] | None, reason: str) -> dict[str, Any]:
    """A draft ServiceRequest in words; no code is sent that was not verified. Raises ValueError for a bad resource."""
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"text": text},
        "subject": {"reference": patient},
        "reasonCode": [{"text": reason}],
    }
    if period is not None:
        resource["occurrencePeriod"] = {"start": period[0], "end": period[1]}
    return _validated(ServiceRequest, resource)


def draft_task(patient: str, text: str, reason: str) -> dict[str, Any]:
    """A draft Task for a person: consent, discussion, attestation. Raises ValueError for a bad resource."""
    resource = {
        "resourceType": "Task",
        "status": "draft",
        "intent": "proposal",
        "description": text,
        "for": {"reference": patient},
        "reasonCode": {"text": reason},
    }
    return _validated(Task, resource)


def checked_questionnaire(resource: dict[str, Any]) -> dict[str, Any]:
    """The Questionnaire as it may leave. Raises ValueError for a bad resource."""
    return _validated(Questionnaire, resource)


def _validated(model: Any, resource: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = json.loads(model.model_validate(resource).model_dump_json(exclude_none=True))
    return checked
