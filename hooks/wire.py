"""The CDS Hooks request envelope (2.0 §"HTTP Request"), read strictly where we depend on it, freely elsewhere."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec

from hooks.problems import Problem

USER = re.compile(r"(Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9\-._]{1,64}")
IDENTIFIER = re.compile(r"[A-Za-z0-9\-._]{1,128}")


class Context(msgspec.Struct):
    """patient-view context; unknown members are allowed by the standard."""

    userId: Any = None
    patientId: Any = None


class HookRequest(msgspec.Struct):
    """The members we read. `prefetch` values stay bytes until they are needed."""

    hook: str
    hookInstance: str
    context: Context
    prefetch: dict[str, msgspec.Raw] | None = None
    fhirServer: str | None = None
    fhirAuthorization: dict[str, Any] | None = None
    extension: Any = None


_decoder = msgspec.json.Decoder(HookRequest)


def read_request(body: bytes, hook: str) -> HookRequest:
    """Raises Problem 400 naming what is wrong with the envelope, never its content."""
    try:
        request = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Problem(400, "The body is not a CDS Hooks request: hook, hookInstance and context are needed.") from error
    if request.hook != hook:
        raise Problem(400, f"This service answers the hook {hook} only.")
    _check_identity(request)
    if request.fhirAuthorization is not None and not request.fhirServer:
        raise Problem(400, "fhirAuthorization needs fhirServer.")
    if request.extension is not None and not isinstance(request.extension, dict):
        raise Problem(400, "extension must be an object.")
    return request


def _check_identity(request: HookRequest) -> None:
    try:
        UUID(request.hookInstance)
    except ValueError as error:
        raise Problem(400, "hookInstance must be a UUID.") from error
    user = request.context.userId
    if not isinstance(user, str) or USER.fullmatch(user) is None:
        raise Problem(400, "context.userId must be like Practitioner/id.")
    patient = request.context.patientId
    if isinstance(patient, str):
        request.context.patientId = patient = patient.removeprefix("Patient/")
    if not isinstance(patient, str) or IDENTIFIER.fullmatch(patient) is None:
        raise Problem(400, "context.patientId is missing or not an id.")
