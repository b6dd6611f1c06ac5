"""Draft orders of a hook: what a clinician is about to order, as far as it can be told.

Drafts are thin in practice: no intent, no status, a Bundle without type, codings without code. Whatever is missing is
taken as not stated; only another patient's drafts, and orders not to give something, are left aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from cds.chart import Chart
from cds.doses import StatedDose, doses_in, stated_doses
from cds.errors import TooLargeError, UnreadableInputError
from cds.intake import ENTRY_LIMIT, Item, Material, decode_bundle, type_of
from cds.normalise_care import route_of, substances_of
from cds.orders.timing import planned_days
from cds.reader import Reader, reference_of
from cds.records import name_of
from cds.shapes import CodeableConcept, Coding, Entry, Medication, MedicationUse, Patient, Period, Reference, Resource
from cds.subjects import Subjects
from cds.terminology import Terminology
from rules.messages import say

KINDS = ("MedicationRequest", "ServiceRequest")
OVER = frozenset({"cancelled", "entered-in-error", "stopped", "completed", "revoked"})
MOST_WORDS = 200


class ServiceRequest(Resource):
    """An order of a procedure."""

    status: str | None = None
    doNotPerform: bool | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    quantityQuantity: Any = None


@dataclass(frozen=True, slots=True)
class OrderCall:
    """What a hook says of the orders: whose they are, when, which, and which of them were just selected (None: all)."""

    patient_id: str
    as_of: str
    draft_orders: bytes | msgspec.Raw
    selections: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft order. `sets` are its codes' value sets, `hints` those that only its words suggest.

    `route` is as in `cds.records.Drug`; `first_day` and `last_day` are of the planned doses, None when not stated.
    """

    reference: str
    name: str
    sets: frozenset[str]
    hints: frozenset[str]
    code: str = ""
    route: str | None = None
    doses: tuple[StatedDose, ...] = ()
    first_day: date | None = None
    last_day: date | None = None


_use = msgspec.json.Decoder(MedicationUse)
_service = msgspec.json.Decoder(ServiceRequest)
_medication = msgspec.json.Decoder(Medication)


def read_drafts(
    bundle: bytes | msgspec.Raw,
    selections: Sequence[str] | None,
    chart: Chart,
    terminology: Terminology,
) -> tuple[Draft, ...]:
    """The drafts that are to be looked at: the selected ones, or all when nothing selected can be found among them.

    Raises UnreadableInputError when it is not a Bundle, TooLargeError when it has too many entries.
    """
    reader, named = _sorted(bundle, chart, terminology)
    chosen = [item for item, names in named if selections is None or not names.isdisjoint(_names(selections))]
    medications = _medications(reader)
    found = []
    for item in chosen or [item for item, _ in named]:
        kind = type_of(item.raw)
        draft = _order(reader, item, medications) if kind == "MedicationRequest" else _procedure(reader, item)
        if draft is not None:
            found.append(draft)
    return tuple(found)


def _sorted(
    raw: bytes | msgspec.Raw, chart: Chart, terminology: Terminology
) -> tuple[Reader, list[tuple[Item, frozenset[str]]]]:
    """A reader for the drafts, with a chart of its own, and the drafts with the names a selection may use."""
    bundle = decode_bundle(raw)
    if bundle is None or bundle.resourceType != "Bundle":
        raise UnreadableInputError("context.draftOrders must be a FHIR Bundle.")
    if len(bundle.entry) > ENTRY_LIMIT:
        raise TooLargeError(f"More than {ENTRY_LIMIT} entries in context.draftOrders.")
    material = Material()
    named = []
    for number, entry in enumerate(bundle.entry):
        kind = type_of(entry.resource)
        item = Item(entry.resource, "draftOrders", entry.fullUrl, number)
        if kind == "Medication":
            material.items.setdefault(kind, []).append(item)
        elif kind in KINDS:
            named.append((item, _names(_own_names(kind, entry))))
    scratch = Chart(person=chart.person, as_of=chart.as_of, zone=chart.zone)
    identity = chart.person.reference.removeprefix("Patient/")
    return Reader(scratch, terminology, material, Subjects(Patient(id=identity), None)), named


class _Identity(Resource):
    pass


_identity = msgspec.json.Decoder(_Identity)


def _own_names(kind: str, entry: Entry) -> list[str]:
    try:
        identity = _identity.decode(entry.resource).id
    except (msgspec.DecodeError, RecursionError):
        identity = None
    return [name for name in (f"{kind}/{identity}" if identity else None, entry.fullUrl) if name]


def _names(texts: Sequence[str]) -> frozenset[str]:
    """A reference in the forms in which it is selected: whole, Type/id, bare id."""
    found = set()
    for text in texts:
        plain = text.strip().split("/_history/")[0]
        parts = plain.split("/")
        found |= {plain, "/".join(parts[-2:]), parts[-1]}
    return frozenset(found)


def _medications(reader: Reader) -> dict[str, Medication]:
    found = {}
    for reference, medication, item in reader.each("Medication", _medication):
        found.update({name: medication for name in (reference, item.full_url) if name})
    return found


def _order(reader: Reader, item: Item, medications: dict[str, Medication]) -> Draft | None:
    use = reader.decoded(item, "MedicationRequest", _use)
    if use is None:
        return _unreadable(reader, item)
    if use.doNotPerform or (use.status or "").strip() in OVER or _is_anothers(use.subject, reader):
        return None
    concepts = substances_of(use, medications)
    if use.medicationReference is not None and not concepts:
        concepts = [CodeableConcept(text=use.medicationReference.display)]
    first, last = planned_days([instruction.timing for instruction in use.dosageInstruction], reader)
    return Draft(
        reference=reference_of("MedicationRequest", use, item),
        name=next((name_of(concept) for concept in concepts if name_of(concept)), ""),
        sets=reader.sets_of(*concepts),
        hints=reader.hints(*concepts),
        code=_code(concepts),
        route=route_of(reader, use),
        doses=stated_doses(use),
        first_day=first,
        last_day=last,
    )


def _procedure(reader: Reader, item: Item) -> Draft | None:
    request = reader.decoded(item, "ServiceRequest", _service)
    if request is None:
        return _unreadable(reader, item)
    if request.doNotPerform or (request.status or "").strip() in OVER or _is_anothers(request.subject, reader):
        return None
    concepts = [request.code] if request.code else []
    planned = reader.moment(request.occurrenceDateTime) or reader.span(request.occurrencePeriod)
    day = planned.last_day if planned else None
    return Draft(
        reference=reference_of("ServiceRequest", request, item),
        name=name_of(request.code),
        sets=reader.sets_of(*concepts),
        hints=reader.hints(*concepts),
        code=_code(concepts),
        doses=doses_in([request.quantityQuantity]),
        first_day=day,
        last_day=day,
    )


def _unreadable(reader: Reader, item: Item) -> Draft | None:
    """A draft that cannot be read, with what its visible codes and words suggest; None when they suggest nothing."""
    reference = reader.chart.warnings[-1].reference or item.where
    hints = {name for name, where in reader.chart.unreadable.items() if reference in where}
    for word in _words(item):
        hints |= reader.terminology.hints_of(word)
    return (
        Draft(reference, "", frozenset(), frozenset(hints), say("the order cannot be read completely"))
        if hints
        else None
    )


def _words(item: Item) -> list[str]:
    """Every `text` and `display` that generic JSON still shows."""
    try:
        nodes = [msgspec.json.decode(item.raw)]
    except (msgspec.DecodeError, RecursionError):
        return []
    found: list[str] = []
    while nodes and len(found) < MOST_WORDS:
        node = nodes.pop()
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        nodes += [child for child in children if isinstance(child, dict | list)]
        if isinstance(node, dict):
            found += [word for word in (node.get("text"), node.get("display")) if isinstance(word, str)]
    return found


def _is_anothers(subject: Reference | None, reader: Reader) -> bool:
    """Whether a Patient is named who is not ours; a thin draft that names nobody is the context patient's."""
    parts = ((subject.reference if subject else None) or "").split("/_history/")[0].split("/")
    ours = reader.chart.person.reference.removeprefix("Patient/")
    return len(parts) > 1 and parts[-2] == "Patient" and parts[-1].strip() != ours


def _code(concepts: Sequence[CodeableConcept]) -> str:
    coding = next((coding for concept in concepts for coding in concept.coding if coding.code), Coding())
    return f"{coding.system or 'no system'}#{coding.code}" if coding.code else say("no code, only text")
