"""Evaluates an archived call again, and says whether the answer is the same and, if not, what has changed since."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

import msgspec

from cds.assess import Assessor
from cds.assessment import Assessment
from cds.errors import CdsError
from cds.record.account import answer_digest, answers_of, input_digest
from cds.record.evidence import BUNDLE, material_of, unpacked
from cds.record.fingerprint import Fingerprint
from cds.record.store import Record, Store


class ReplayError(CdsError):
    """This call cannot be evaluated again: unknown, refused, or without archived evidence."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether input and answer have the same digests as then, and what differs, in words without patient data."""

    call: str
    same_input: bool
    same_answer: bool
    differences: tuple[str, ...]


def replay(store: Store, assessor: Assessor, fingerprint: Fingerprint, call_id: str) -> Replay:
    """Raises ReplayError, which says what is missing, or StoreDownError."""
    call, evidence = store.call(call_id), store.evidence(call_id)
    if call is None:
        raise ReplayError(f"no call {call_id}; `trial-hooks audit list` shows them")
    if call["status"] != 200:
        raise ReplayError(f"call {call_id} was refused with {call['status']}; there is no answer to prove")
    if evidence is None:
        raise ReplayError(f"call {call_id} has no evidence; it is archived only with TRIAL_HOOKS_ARCHIVE_EVIDENCE=1")
    digest, again = _evaluate(assessor, call, *evidence)
    return Replay(
        call=call_id,
        same_input=digest == call["input_sha256"],
        same_answer=answer_digest(again) == call["answer_sha256"],
        differences=tuple(_differences(call, again, fingerprint)),
    )


def _evaluate(assessor: Assessor, call: Record, kind: str, content: bytes) -> tuple[str, Assessment]:
    trials = tuple(sorted({answer["trial"] for answer in call["answers"]}))
    try:
        body = unpacked(content)
        if kind == BUNDLE:
            digest = hashlib.sha256(body).hexdigest()
            return digest, assessor.assess_bundle(body, as_of=call["as_of"], trials=trials)
        material = material_of(body)
        digest, patient = input_digest(material), call["patient"].removeprefix("Patient/")
        return digest, assessor.assess_material(material, patient_id=patient, as_of=call["as_of"])
    except (zlib.error, msgspec.DecodeError) as error:
        raise ReplayError(f"the evidence of call {call['id']} is damaged") from error


def _differences(call: Record, again: Assessment, fingerprint: Fingerprint) -> list[str]:
    found = []
    if call["setup_sha256"] != fingerprint.setup:
        found.append("site profile, code tables or time zone differ from those of the call")
    if call["product"] != fingerprint.product:
        found.append(f"product {fingerprint.product}, then {call['product']}")
    before = {(answer["trial"], answer["question"]): answer for answer in call["answers"]}
    now = {(answer.trial, answer.question): answer for answer in answers_of(again, fingerprint)}
    for name in sorted(before.keys() ^ now.keys()):
        found.append(f"{' '.join(name)} is answered only {'now' if name in now else 'then'}")
    for name in sorted(before.keys() & now.keys()):
        found += _between(" ".join(name), before[name], msgspec.to_builtins(now[name]))
    return found


def _between(name: str, then: Record, now: Record) -> list[str]:
    found = []
    if then["pack_version"] != now["pack_version"]:
        found.append(f"{name}: pack version {now['pack_version']}, then {then['pack_version']}")
    if then["pack_sha256"] != now["pack_sha256"]:
        found.append(f"{name}: pack content {now['pack_sha256'][:12]}, then {then['pack_sha256'][:12]}")
    if then["standing"] != now["standing"]:
        found.append(f"{name}: {now['standing']}, then {then['standing']}")
    old, new = then["outcomes"], now["outcomes"]
    changed = [f"{key} {new.get(key, '-')}, then {old.get(key, '-')}" for key in sorted(old | new)
               if old.get(key) != new.get(key)]  # fmt: skip
    return found + [f"{name}: {change}" for change in changed]
