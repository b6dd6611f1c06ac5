"""FHIR R4 elements of studies, consents, clinicians' answers and lists, as msgspec structs (see cds/shapes.py)."""

from __future__ import annotations

from cds.shapes import CodeableConcept, Coding, Identifier, Period, Reference, Resource, Shape


class ResearchSubject(Resource):
    status: str | None = None
    study: Reference | None = None
    individual: Reference | None = None
    period: Period | None = None
    assignedArm: str | None = None
    actualArm: str | None = None


class ResearchStudy(Resource):
    status: str | None = None
    period: Period | None = None
    identifier: list[Identifier] = []


class Policy(Shape):
    uri: str | None = None


class Verification(Shape):
    verified: bool | None = None


class ProvisionData(Shape):
    reference: Reference | None = None


class Provision(Shape):
    type: str | None = None
    period: Period | None = None
    data: list[ProvisionData] = []


class Consent(Resource):
    status: str | None = None
    scope: CodeableConcept | None = None
    category: list[CodeableConcept] = []
    patient: Reference | None = None
    dateTime: str | None = None
    performer: list[Reference] = []
    policy: list[Policy] = []
    sourceReference: Reference | None = None
    provision: Provision | None = None
    verification: list[Verification] = []


class Answer(Shape):
    valueCoding: Coding | None = None
    valueBoolean: bool | None = None


class AnswerItem(Shape):
    linkId: str | None = None
    answer: list[Answer] = []
    item: list[AnswerItem] = []


class QuestionnaireResponse(Resource):
    questionnaire: str | None = None
    status: str | None = None
    subject: Reference | None = None
    authored: str | None = None
    item: list[AnswerItem] = []


class WorkingList(Resource):
    """FHIR List: how a domain is said to be reconciled."""

    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    date: str | None = None
    emptyReason: CodeableConcept | None = None
