"""One audit row for each call: noted when its envelope is read, kept before its answer leaves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request

from cds.assessment import Assessment
from cds.intake import Material
from cds.record.account import answer_digest, answers_of, input_digest, shown_of
from cds.record.call_id import call_id
from cds.record.evidence import BUNDLE, MATERIAL, packed
from cds.record.rows import Call, Evidence
from hooks.service import Service
from hooks.wire import HookRequest

State = dict[str, Any]


class Asked(msgspec.Struct, frozen=True, gc=False):
    """Who asks what about whom; references only. `began` is the performance counter's seconds."""

    began: float
    door: str
    hook: str | None = None
    instance: str | None = None
    user: str | None = None
    patient: str | None = None


def asks(request: Request, door: str, call: HookRequest | None = None) -> None:
    """Note a call, so that it is kept whatever becomes of it."""
    state = _state(request)
    began = state.get("began") or time.perf_counter()
    if call is None:
        state["asked"] = Asked(began, door)
        return
    context = call.context
    state["asked"] = Asked(began, door, call.hook, call.hookInstance, context.userId, f"Patient/{context.patientId}")


def asks_about(request: Request, door: str, patient: str, issuer: str) -> None:
    """As `asks`, for a call that names its patient (an id) and is no hook; `issuer` is who accepted its token."""
    state = _state(request)
    state["issuer"] = issuer
    state["asked"] = Asked(state.get("began") or time.perf_counter(), door, patient=f"Patient/{patient}")


def digest_of(given: Material | bytes) -> Callable[[], str]:
    """The SHA-256 of what an answer is made from, worked out once, when first called.

    A good time for that is while an engine elsewhere is at work: for a chart of 400 resources both take 0.3 ms.
    """
    return cache(lambda: hashlib.sha256(given).hexdigest() if isinstance(given, bytes) else input_digest(given))


async def answered(
    request: Request,
    service: Service,
    given: Material | bytes,
    assessment: Assessment,
    cards: Iterable[Mapping[str, Any]] = (),
    digest: Callable[[], str] | None = None,
) -> None:
    """Keep an answered call. `given` is what the answer was made from: a hook's material or a Bundle's bytes.

    `digest` is `digest_of(given)`, by a caller that may have called it already.
    """
    input_sha256 = digest or digest_of(given)

    def work() -> None:
        call = _call(
            _state(request),
            service,
            status=200,
            patient=assessment.patient,
            as_of=assessment.as_of,
            input_sha256=input_sha256(),
            answer_sha256=answer_digest(assessment),
            setup_sha256=service.fingerprint.setup,
            answers=answers_of(assessment, service.fingerprint),
            cards=shown_of(cards),
        )
        service.recorder.keep(call)
        if service.settings.archive_evidence:
            kind = BUNDLE if isinstance(given, bytes) else MATERIAL
            service.recorder.keep_if_roomy(Evidence(call.id, kind, packed(given)))

    size = len(given) if isinstance(given, bytes) else given.size
    await service.run(work, size, hook=True, step="audit")
    if service.settings.sync_before_answer:
        await service.settle()


async def refused(request: Request, service: Service, status: int) -> None:
    """Keep a call that was noted and got no answer."""
    state = _state(request)
    asked = state.get("asked")
    if isinstance(asked, Asked):
        service.recorder.keep(_call(state, service, status=status, patient=asked.patient))
        if service.settings.sync_before_answer:
            await service.settle()


def _call(state: State, service: Service, *, status: int, patient: str | None, **more: Any) -> Call:
    asked: Asked = state["asked"]
    at = service.clock().astimezone(UTC)
    return Call(
        id=call_id(at),
        at=at.isoformat(),
        door=asked.door,
        status=status,
        duration_ms=round((time.perf_counter() - asked.began) * 1000, 3),
        product=service.fingerprint.product,
        hook=asked.hook,
        instance=asked.instance,
        issuer=_text(state, "issuer"),
        tenant=_text(state, "tenant"),
        user=asked.user,
        patient=patient,
        **more,
    )


def _state(request: Request) -> State:
    """What is behind `request.state`, without an object and a failed look-up for each member."""
    state: State = request.scope.setdefault("state", {})
    return state


def _text(state: State, name: str) -> str | None:
    """What the verified client token says, when the request carried one."""
    value = state.get(name)
    return value if isinstance(value, str) else None
