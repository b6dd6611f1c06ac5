"""GET /fhir/metadata and the definition of $assess: what this installation answers (FHIR R4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from cds.fhir_out.addresses import Addresses
from rules.trial import Trial

Json = dict[str, Any]
PUBLISHER = "trial-hooks"
READABLE = {
    "Group": "The criteria of a trial; the id is its NCT number.",
    "OperationDefinition": "The definition of $assess.",
    "Questionnaire": "The form of a trial; the id is its NCT number.",
    "ResearchStudy": "A trial; the id is its NCT number.",
    "ValueSet": "The codes that are matched; GuidanceResponse.dataRequirement names them.",
}
SECURITY = (
    "A call about a patient ($assess) needs a JWT of a registered CDS client in the Authorization header, as CDS Hooks "
    "2.0 has it, whose aud is the address that is called. Reading definitions needs none."
)
ASSESS = (
    "Tells for one patient and each trial how enrolment and crossing over stand: nothing stands in the way, cannot "
    "tell yet, does not fit, or not asked. Missing data are never a no: what is missing is named in dataRequirement."
)
COMMENT = (
    "The Bundle may also be the body itself, with the other parameters in the URL. One trial is answered with its "
    "GuidanceResponse; several with Parameters that hold one `return` each. Nothing is stored but an audit row."
)


def newest(trials: Iterable[Trial]) -> str:
    """The date of everything that is the same for all: the last change of a trial's source."""
    return max((trial.source.updated_on for trial in trials), default=date(2026, 1, 1)).isoformat()


def security_of(*, authenticates: bool, cors: bool) -> Json:
    """Whether browsers of other origins may call, and what a call must bring where clients are authenticated."""
    return {"cors": cors} | ({"description": SECURITY} if authenticates else {})


def capability_statement(at: Addresses, version: str, day: str, readable: Iterable[str], security: Json) -> Json:
    """`readable` are the resource types that have an address here; `day` is no clock's."""
    operation = {"name": "assess", "definition": at.operation(), "documentation": ASSESS}
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{at.base}/metadata",
        "version": version,
        "name": "TrialHooks",
        "title": "trial-hooks",
        "status": "active",
        "date": day,
        "publisher": PUBLISHER,
        "description": "Eligibility for leukaemia trials: the verdict, the trials, their criteria and codes as FHIR.",
        "kind": "instance",
        "software": {"name": "trial-hooks", "version": version},
        "implementation": {"description": "trial-hooks", "url": at.base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": security,
                "resource": [_resource(name) for name in sorted(readable)],
                "operation": [operation],
            }
        ],
    }


def _resource(name: str) -> Json:
    return {"type": name, "interaction": [{"code": "read"}], "documentation": READABLE[name]}


def operation_definition(at: Addresses, version: str, day: str) -> Json:
    return {
        "resourceType": "OperationDefinition",
        "id": "assess",
        "url": at.operation(),
        "version": version,
        "name": "Assess",
        "title": "Assess a patient for leukaemia trials",
        "status": "active",
        "kind": "operation",
        "date": day,
        "publisher": PUBLISHER,
        "description": ASSESS,
        "affectsState": False,
        "code": "assess",
        "comment": COMMENT,
        "system": True,
        "type": False,
        "instance": False,
        "parameter": [
            _parameter("bundle", "in", 1, "1", "Bundle", "The chart of one patient, in a Bundle of any type."),
            _parameter("asOf", "in", 0, "1", "dateTime", "The moment of assessment; now, when it is not given."),
            _parameter("trial", "in", 0, "*", "string", "The NCT number of a trial; all trials, when none is given."),
            _parameter("return", "out", 1, "*", "GuidanceResponse", "How each trial stands, ordered by NCT number."),
        ],
    }


def _parameter(name: str, use: str, low: int, high: str, type_: str, text: str) -> Json:
    return {"name": name, "use": use, "min": low, "max": high, "documentation": text, "type": type_}
