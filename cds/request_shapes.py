"""FHIR R4 ServiceRequest and Task as far as they are read: what has been asked for already (see cds/shapes.py)."""

from __future__ import annotations

import msgspec

from cds.shapes import CodeableConcept, Period, Reference, Resource


class ServiceRequest(Resource):
    status: str | None = None
    doNotPerform: bool | None = None
    instantiatesUri: list[str] = msgspec.field(default_factory=list)
    code: CodeableConcept | None = None
    subject: Reference | None = None
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    authoredOn: str | None = None


class Task(Resource, rename={"for_": "for"}):
    status: str | None = None
    instantiatesUri: str | None = None
    code: CodeableConcept | None = None
    description: str | None = None
    focus: Reference | None = None
    for_: Reference | None = None
    authoredOn: str | None = None
