"""The few FHIR R4 elements we read, as msgspec structs. Everything else in a resource is skipped unparsed.

`modifierExtension` and `implicitRules` are read everywhere, because FHIR forbids ignoring them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec


class Shape(msgspec.Struct, gc=False):
    """A FHIR element; absent members keep their default."""


class Coding(Shape):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Shape):
    coding: list[Coding] = []
    text: str | None = None


class Quantity(Shape):
    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Identifier(Shape):
    system: str | None = None
    value: str | None = None


class Reference(Shape):
    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Shape):
    start: str | None = None
    end: str | None = None


class Range(Shape):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Shape):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class ReferenceRange(Shape):
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    appliesTo: list[CodeableConcept] = []
    age: Range | None = None
    text: str | None = None


class Extension(Shape):
    url: str | None = None
    valueCode: str | None = None
    valueCodeableConcept: CodeableConcept | None = None


class Meta(Shape):
    versionId: str | None = None
    lastUpdated: str | None = None


class Resource(Shape):
    """What every resource may carry; `id` is opaque (underscores and long ids occur)."""

    id: str | None = None
    meta: Meta | None = None
    implicitRules: str | None = None
    modifierExtension: list[Any] = []


class ValueBearer(Shape):
    """The value[x] forms we can read, shared by an Observation and its components."""

    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueInteger: int | None = None
    valueRange: Range | None = None
    valueRatio: Ratio | None = None
    dataAbsentReason: CodeableConcept | None = None
    interpretation: list[CodeableConcept] = []
    referenceRange: list[ReferenceRange] = []
    modifierExtension: list[Any] = []


class Annotation(Shape):
    text: str | None = None


class Observation(ValueBearer):
    id: str | None = None
    meta: Meta | None = None
    implicitRules: str | None = None
    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    effectiveInstant: str | None = None
    issued: str | None = None
    component: list[ValueBearer] = []
    bodySite: CodeableConcept | None = None
    specimen: Reference | None = None
    note: list[Annotation] = []
    contained: list[Any] = []


class CodesOnly(Shape):
    """A component as far as its code."""

    code: CodeableConcept | None = None


class Stage(Shape):
    summary: CodeableConcept | None = None


class Condition(Resource):
    clinicalStatus: CodeableConcept | None = None
    verificationStatus: CodeableConcept | None = None
    category: list[CodeableConcept] = []
    severity: CodeableConcept | None = None
    code: CodeableConcept | None = None
    bodySite: list[CodeableConcept] = []
    subject: Reference | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    abatementAge: Quantity | None = None
    abatementString: str | None = None
    recordedDate: str | None = None
    stage: list[Stage] = []
    extension: list[Extension] = []


class Procedure(Resource):
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    usedCode: list[CodeableConcept] = []


class Dosage(Shape):
    """`doseAndRate` and `timing` stay generic JSON, so that a strange one harms nothing else; see `cds.doses`."""

    text: str | None = None
    route: CodeableConcept | None = None
    doseAndRate: Any = None
    timing: Any = None


class Ingredient(Shape):
    itemCodeableConcept: CodeableConcept | None = None


class Medication(Resource):
    code: CodeableConcept | None = None
    ingredient: list[Ingredient] = []


class Contained(Shape):
    """A contained Medication or Specimen, read through one shape."""

    resourceType: str | None = None
    id: str | None = None
    code: CodeableConcept | None = None
    type: CodeableConcept | None = None
    ingredient: list[Ingredient] = []


class MedicationUse(Resource):
    """MedicationRequest, MedicationAdministration and MedicationStatement, read through one shape."""

    status: str | None = None
    intent: str | None = None
    doNotPerform: bool | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    authoredOn: str | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    dateAsserted: str | None = None
    reasonCode: list[CodeableConcept] = []
    reasonReference: list[Reference] = []
    dosage: Any = None
    dosageInstruction: list[Dosage] = []
    contained: list[Contained] = []


class Specimen(Resource):
    status: str | None = None
    type: CodeableConcept | None = None
    subject: Reference | None = None


class Patient(Resource):
    active: bool | None = None
    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
    identifier: list[Identifier] = []
    extension: list[Extension] = []


class Entry(Shape):
    fullUrl: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")


class BundleLink(Shape):
    relation: str | None = None
    url: str | None = None


class Bundle(Shape):
    resourceType: str | None = None
    type: str | None = None
    total: int | None = None
    entry: list[Entry] = []
    link: list[BundleLink] = []
