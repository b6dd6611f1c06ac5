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


class Author(Reference):
    """Who gave or wrote down answers: Reference.type, else what the reference itself names, says what they are."""

    type: str | None = None

    @property
    def kind(self) -> str:
        """The resource type, for example "Practitioner"; "" when nothing says it."""
        parts = (self.reference or "").split("/_history/")[0].split("/")
        return (self.type or "").strip() or (parts[-2] if len(parts) > 1 else "")

    @property
    def is_clinician(self) -> bool:
        return self.kind in ("Practitioner", "PractitionerRole")

    @property
    def shown(self) -> str:
        """The display, else Type/id; "" when neither is there."""
        short = "/".join((self.reference or "").split("/_history/")[0].split("/")[-2:])
        return " ".join((self.display or "").split()) or (short if "/" in short else "")


class QuestionnaireResponse(Resource):
    questionnaire: str | None = None
    status: str | None = None
    subject: Reference | None = None
    authored: str | None = None
    author: Author | None = None
    source: Author | None = None
    item: list[AnswerItem] = []


def answered_by(response: QuestionnaireResponse) -> Author | None:
    """Who answered the questions: `source`; where that is not said, `author`, who wrote the answers down."""
    return response.source or response.author


class WorkingList(Resource):
    """FHIR List: how a domain is said to be reconciled."""

    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    date: str | None = None
    emptyReason: CodeableConcept | None = None
