"""The body of POST /fhir/$assess: the Bundle itself, or a Parameters resource with the Bundle in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from cds.errors import UnreadableInputError

_T = TypeVar("_T")
REMEDY = "Send a Bundle, or Parameters with `bundle` (a Bundle), `asOf` (a date or dateTime) and `trial` (repeats)."
WORDS = ("valueString", "valueCode", "valueId", "valueUri")
TIMES = ("valueDateTime", "valueDate", "valueInstant")


class _Parameter(msgspec.Struct):
    name: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"")
    valueString: str | None = None
    valueCode: str | None = None
    valueId: str | None = None
    valueUri: str | None = None
    valueDateTime: str | None = None
    valueDate: str | None = None
    valueInstant: str | None = None


class _Body(msgspec.Struct):
    """As much of the body as tells which of the two it is."""

    resourceType: str | None = None
    parameter: msgspec.Raw = msgspec.Raw(b"")


_body = msgspec.json.Decoder(_Body)
_parameters = msgspec.json.Decoder(list[_Parameter])


@dataclass(frozen=True, slots=True)
class AssessCall:
    """What is asked: the Bundle's bytes, the moment and the trials, where they are stated."""

    bundle: bytes
    as_of: str | None = None
    trials: tuple[str, ...] | None = None


def read_call(body: bytes, as_of: tuple[str, ...] = (), trials: tuple[str, ...] = ()) -> AssessCall:
    """The call of a body with what its URL states. Raises UnreadableInputError for what cannot be one.

    What is stated twice, in the URL and in Parameters, is refused rather than chosen from.
    """
    found = _decoded(_body, body)
    if found.resourceType != "Parameters":
        return AssessCall(body, _single(as_of), trials or None)
    if as_of or trials:
        raise UnreadableInputError("With a Parameters resource, asOf and trial stand in it and not in the URL.")
    parts = _decoded(_parameters, bytes(found.parameter)) if bytes(found.parameter) else []
    unknown = sorted({part.name or "" for part in parts} - {"bundle", "asOf", "trial"})
    if unknown:
        raise UnreadableInputError(f"A parameter is not known. {REMEDY}")
    bundles = [bytes(part.resource) for part in parts if part.name == "bundle"]
    if len(bundles) != 1 or not bundles[0]:
        raise UnreadableInputError(f"Exactly one Bundle is needed. {REMEDY}")
    moments = tuple(_value(part, TIMES) for part in parts if part.name == "asOf")
    wanted = tuple(_value(part, WORDS) for part in parts if part.name == "trial")
    return AssessCall(bundles[0], _single(moments), wanted or None)


def _decoded(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableInputError(REMEDY) from error


def _value(part: _Parameter, names: tuple[str, ...]) -> str:
    values = [value for name in names if (value := getattr(part, name)) is not None]
    if len(values) != 1:
        raise UnreadableInputError(REMEDY)
    return str(values[0])


def _single(stated: tuple[str, ...]) -> str | None:
    if len(stated) > 1:
        raise UnreadableInputError("asOf is stated more than once.")
    return stated[0] if stated else None
