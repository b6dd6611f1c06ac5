"""The CDS Hooks request envelope (2.0 §"HTTP Request"), read strictly where we depend on it, freely elsewhere."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

import msgspec

from cds.intake import Material
from cds.prefetch import Prefetch, from_bundles, from_prefetch
from hooks.problems import Problem

USER = re.compile(r"(Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9\-._]{1,64}")
IDENTIFIER = re.compile(r"[A-Za-z0-9\-._]{1,128}")


REFERENCE = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*:[^\s]{1,300}|(?:[A-Z][A-Za-z]+/)?[A-Za-z0-9\-._]{1,128}(?:/_history/[A-Za-z0-9\-._]{1,64})?)"
)
ORDER_HOOKS = frozenset({"order-select", "order-sign"})
ORDERING = ("Practitioner/", "PractitionerRole/")
NOTHING = msgspec.Raw(b"")
NO_BUNDLES = Prefetch()


class Context(msgspec.Struct):
    """The context members that we read; unknown ones are allowed by the standard.

    `selections` and `draftOrders` belong to order-select and order-sign; the Bundle stays bytes.
    """

    userId: Any = None
    patientId: Any = None
    encounterId: Any = None
    selections: Any = None
    draftOrders: msgspec.Raw = NOTHING


class HookRequest(msgspec.Struct):
    """The members we read, but for the prefetch."""

    hook: str
    hookInstance: str
    context: Context
    fhirServer: str | None = None
    fhirAuthorization: dict[str, Any] | None = None
    extension: Any = None


class _WithBundles(HookRequest):
    prefetch: Prefetch | None = None  # type: ignore[valid-type]


class _WithBytes(HookRequest):
    prefetch: dict[str, msgspec.Raw] | None = None


_bundles = msgspec.json.Decoder(_WithBundles)
_bytes = msgspec.json.Decoder(_WithBytes)


def read_request(body: bytes, hook: str) -> HookRequest:
    """Raises Problem 400 naming what is wrong with the envelope, never its content."""
    request = _in_one_pass(body) or _key_by_key(body)
    _check(request, hook)
    return request


def prefetch_of(request: HookRequest, body: bytes) -> Material:
    """The prefetch of a request that was read from this body. Raises TooLargeError."""
    if isinstance(request, _WithBundles):
        material = from_bundles(cast(Any, request).prefetch or NO_BUNDLES, len(body))
        if material is not None:
            return material
        request = _key_by_key(body)
    return from_prefetch(request.prefetch or {} if isinstance(request, _WithBytes) else {})


def _in_one_pass(body: bytes) -> HookRequest | None:
    """Most requests hold Bundles under all keys; None for the others, and for what cannot be read at all."""
    try:
        return _bundles.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _key_by_key(body: bytes) -> HookRequest:
    try:
        return _bytes.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Problem(400, "The body is not a CDS Hooks request: hook, hookInstance and context are needed.") from error


def _check(request: HookRequest, hook: str) -> None:
    if request.hook != hook:
        raise Problem(400, f"This service answers the hook {hook} only.")
    _check_identity(request)
    if hook in ORDER_HOOKS:
        _check_orders(request.context, hook)
    if request.fhirAuthorization is not None and not request.fhirServer:
        raise Problem(400, "fhirAuthorization needs fhirServer.")
    if request.extension is not None and not isinstance(request.extension, dict):
        raise Problem(400, "extension must be an object.")


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


def _check_orders(context: Context, hook: str) -> None:
    if not context.userId.startswith(ORDERING):
        raise Problem(400, "context.userId of an order must be a Practitioner or PractitionerRole.")
    if context.encounterId is not None and (
        not isinstance(context.encounterId, str) or IDENTIFIER.fullmatch(_bare(context.encounterId)) is None
    ):
        raise Problem(400, "context.encounterId is not an id.")
    if bytes(memoryview(context.draftOrders)[:16]).strip() in (b"", b"null"):
        raise Problem(400, "context.draftOrders is missing.")
    if hook == "order-select" and not _are_references(context.selections):
        raise Problem(400, "context.selections must be a list of references such as MedicationRequest/id.")


def _bare(text: str) -> str:
    return text.removeprefix("Encounter/")


def _are_references(selections: Any) -> bool:
    if not isinstance(selections, list) or not selections:
        return False
    return all(isinstance(one, str) and REFERENCE.fullmatch(one.strip()) is not None for one in selections)
