"""The FHIR R4 elements of a Consent that we read, as msgspec structs; see `cds.shapes`."""

from __future__ import annotations

import msgspec

from cds.shapes import CodeableConcept, Period, Reference, Resource, Shape


class ConsentPolicy(Shape):
    uri: str | None = None


class ConsentData(Shape):
    reference: Reference | None = None


class ConsentProvision(Shape):
    type: str | None = None
    period: Period | None = None
    data: list[ConsentData] = msgspec.field(default_factory=list)


class ConsentVerification(Shape):
    verified: bool | None = None


class Consent(Resource):
    """Consent, read for trials only."""

    status: str | None = None
    scope: CodeableConcept | None = None
    category: list[CodeableConcept] = msgspec.field(default_factory=list)
    patient: Reference | None = None
    dateTime: str | None = None
    performer: list[Reference] = msgspec.field(default_factory=list)
    policy: list[ConsentPolicy] = msgspec.field(default_factory=list)
    provision: ConsentProvision | None = None
    verification: list[ConsentVerification] = msgspec.field(default_factory=list)
