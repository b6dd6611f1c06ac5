"""What /openapi.json says of each route: bodies, media types, answers. Data only; the doors themselves decide.

Every value is keyword arguments of a FastAPI route. The bodies name the elements that are read; further ones are
allowed, as FHIR and CDS Hooks have it. Errors are OperationOutcomes (FHIR R4), which never hold patient data.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from cds.assess import PREFETCH
from hooks.problems import FHIR_JSON

Schema = dict[str, Any]
Route = dict[str, Any]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
FHIR_ID = r"^[A-Za-z0-9\-.]{1,64}$"
TEXT: Schema = {"type": "string"}


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | {"required": list(required)} if required else schema


def _list(items: Schema, **more: int) -> Schema:
    return {"type": "array", "items": items, **more}


def _content(schema: Schema, *media_types: str) -> dict[str, Any]:
    return {media_type: {"schema": schema} for media_type in media_types}


CODING = _object(system=TEXT, code=TEXT, display=TEXT)
CONCEPT = _object(coding=_list(CODING), text=TEXT)
REFERENCE = _object(reference=TEXT)
QUANTITY = _object(value={"type": "number"}, unit=TEXT, system=TEXT, code=TEXT)
ID: Schema = {"type": "string", "pattern": FHIR_ID}
PATIENT = _object(
    ("resourceType",), resourceType={"const": "Patient"}, id=ID, birthDate=TEXT, gender=TEXT, deceasedDateTime=TEXT
)
RESOURCE = _object(
    ("resourceType",),
    resourceType=TEXT | {"examples": ["Condition", "Observation"]},
    id=ID,
    status=TEXT,
    subject=REFERENCE,
    code=CONCEPT,
    effectiveDateTime=TEXT,
    valueQuantity=QUANTITY,
    valueCodeableConcept=CONCEPT,
)
BUNDLE = _object(
    ("resourceType",),
    resourceType={"const": "Bundle"},
    type=TEXT,
    total={"type": "integer"},
    entry=_list(_object(fullUrl=TEXT, resource={"anyOf": [PATIENT, RESOURCE]})),
)
OUTCOME = _object(
    ("resourceType", "issue"),
    resourceType={"const": "OperationOutcome"},
    issue=_list(_object(("severity", "code"), severity=TEXT, code=TEXT, diagnostics=TEXT), minItems=1),
)
CARDS = _object(("cards",), cards=_list({"type": "object"}))

TEXTS = {
    400: "The request is not as it should be",
    401: "No valid token of a registered CDS client",
    404: "There is no such thing",
    406: "Another format was asked for",
    408: "The body did not arrive in time",
    412: "The Patient is missing, and could not be fetched",
    413: "The body is too large",
    415: "The body has another media type",
    500: "A fault of the service",
    503: "Too busy, or no answer in time: try again",
}
OF_A_BODY = (400, 401, 408, 413, 415, 503)


def _answers(good: dict[str, Any] | None, *errors: int) -> dict[int | str, Any]:
    """The responses of a route; `default` says that any other error looks the same."""
    found: dict[int | str, Any] = {200: {"description": "The answer", **({"content": good} if good else {})}}
    content = _content(OUTCOME, FHIR_JSON)
    found |= {status: {"description": TEXTS[status], "content": content} for status in errors}
    return found | {"default": {"description": "Any other error", "content": content}}


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


def _hook(hook: str, user: str, needed: tuple[str, ...] = (), **context: Schema) -> Route:
    known: Schema = {name: {"anyOf": [BUNDLE, {"type": "null"}]} for name in PREFETCH if name != "patient"}
    call = _object(
        ("hook", "hookInstance", "context"),
        hook={"const": hook},
        hookInstance={"type": "string", "format": "uuid"},
        context=_object(
            ("userId", "patientId", *needed),
            userId={"type": "string", "pattern": rf"^({user})/[A-Za-z0-9\-.]{{1,64}}$"},
            patientId=ID,
            encounterId=ID,
            **context,
        ),
        prefetch=_object(patient=PATIENT, **known),
        fhirServer={"type": "string", "format": "uri"},
        fhirAuthorization=_object(access_token=TEXT, token_type={"const": "Bearer"}, scope=TEXT, subject=TEXT),
        extension={"type": "object"},
    )
    return {
        "responses": _answers(_content(CARDS, JSON), *OF_A_BODY, 412, 500),
        "openapi_extra": _body(_content(call, JSON)),
    }


ORDERING = "Practitioner|PractitionerRole"
PATIENT_VIEW = _hook("patient-view", f"{ORDERING}|Patient|RelatedPerson")
ORDER_SELECT = _hook(
    "order-select",
    ORDERING,
    ("selections", "draftOrders"),
    selections=_list({"type": "string", "pattern": r"^[A-Z][a-z]{1,30}/[A-Za-z0-9\-.]{1,64}$"}, minItems=1),
    draftOrders=BUNDLE,
)
ORDER_SIGN = _hook("order-sign", ORDERING, ("draftOrders",), draftOrders=BUNDLE)

_ENTRY = _object(
    ("card", "outcome", "outcomeTimestamp"),
    card={"type": "string", "format": "uuid"},
    outcome={"enum": ["accepted", "overridden"]},
    outcomeTimestamp={"type": "string", "format": "date-time"},
    acceptedSuggestions=_list(_object(("id",), id={"type": "string", "format": "uuid"})),
    overrideReason=_object(reason=_object(("code",), code=TEXT, system=TEXT), userComment=TEXT),
)
FEEDBACK: Route = {
    "response_class": Response,
    "responses": _answers(None, *OF_A_BODY, 404, 500),
    "openapi_extra": _body(_content(_object(("feedback",), feedback=_list(_ENTRY)), JSON)),
}

AS_OF: Schema = {"type": "string", "examples": ["2026-06-01"]}
FORECAST: Schema = {"type": "boolean", "default": True, "description": "false: without valid_until of the standing"}
_ASSUMED: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["number", "string", "null"]},
    "description": "Fact (GET /api/facts) -> number, one of a scale's values, code or null (unknown)",
    "examples": [{"alt_xuln": 2.0, "active_infection": "absent", "ph_status": None}],
}
_UPLOAD = _object(("bundle",), bundle=BUNDLE, as_of=AS_OF, trials=_list(TEXT), forecast=FORECAST, what_if=_ASSUMED)
_IN_QUERY = [
    {"name": "as_of", "in": "query", "schema": AS_OF, "description": "With application/fhir+json only"},
    {"name": "forecast", "in": "query", "schema": FORECAST, "description": "With application/fhir+json only"},
    {"name": "trial", "in": "query", "schema": _list(TEXT), "description": "With application/fhir+json only"},
]
ASSESS: Route = {
    "responses": _answers(_content({"type": "object"}, JSON), *OF_A_BODY, 500),
    "openapi_extra": _body(_content(_UPLOAD, JSON) | _content(BUNDLE, FHIR_JSON)) | {"parameters": _IN_QUERY},
}

_PARAMETER = _object(("name",), name={"enum": ["bundle", "asOf", "trial"]}, resource=BUNDLE, valueString=TEXT)
_PARAMETERS = _object(("resourceType",), resourceType={"const": "Parameters"}, parameter=_list(_PARAMETER))
_GUIDANCE: Schema = _object(("resourceType",), resourceType={"enum": ["GuidanceResponse", "Parameters"]})
FHIR_ASSESS: Route = {
    "responses": _answers(_content(_GUIDANCE, FHIR_JSON), *OF_A_BODY, 406, 500),
    "openapi_extra": _body(_content({"anyOf": [BUNDLE, _PARAMETERS]}, FHIR_JSON))
    | {"parameters": [asked | {"description": "With a Bundle as the body"} for asked in _IN_QUERY]},
}
_RESOURCE = _content(_object(("resourceType",), resourceType=TEXT), FHIR_JSON)
FHIR_METADATA: Route = {"responses": _answers(_RESOURCE, 406)}
FHIR_READ: Route = {"responses": _answers(_RESOURCE, 404, 406)}

DISCOVERY: Route = {"responses": _answers(_content(_object(("services",), services=_list({"type": "object"})), JSON))}
TRIALS: Route = {"responses": _answers(_content(_list({"type": "object"}), JSON))}
FACTS = TRIALS
TRIAL: Route = {"responses": _answers(_content({"type": "object"}, JSON), 404)}
_QUESTIONS = _content(_object(("resourceType",), resourceType={"const": "Questionnaire"}), FHIR_JSON)
QUESTIONNAIRE: Route = {"responses": _answers(_QUESTIONS, 404)}
OPEN_QUESTIONS: Route = {
    "responses": _answers(_QUESTIONS, *OF_A_BODY, 404, 500),
    "openapi_extra": _body(_content(BUNDLE, FHIR_JSON)) | {"parameters": _IN_QUERY[:1]},
}
HEALTH: Route = {"responses": _answers(_content(_object(("status",), status=TEXT), JSON))}
_UNREADY = {
    "description": "Nobody could get an answer now",
    "content": _content(_object(("status",), status=TEXT), JSON),
}
READINESS: Route = {"responses": HEALTH["responses"] | {503: _UNREADY}}
METRICS: Route = {"response_class": PlainTextResponse, "responses": {"default": HEALTH["responses"]["default"]}}

# The page answers a refusal as a page too.
_PAGE: Route = {
    "response_class": HTMLResponse,
    "responses": {"default": {"description": "The page, with what is wrong"}},
}
PICK = _PAGE
PASTE: Route = _PAGE | {"openapi_extra": _body(_content(_object(("bundle",), bundle=TEXT, as_of=AS_OF), FORM))}

HOOK_PAGE = EHR_PAGE = _PAGE
_ROWS = _object(("checks", "coverage"), checks=_list({"type": "object"}), coverage=_list({"type": "object"}))
CHECK_REQUEST: Route = {
    "responses": _answers(_content(_ROWS, JSON) | _content(TEXT, "text/html"), *OF_A_BODY, 500),
    "openapi_extra": _body(_content({"type": "object"}, JSON) | _content(_object(("request",), request=TEXT), FORM)),
}
SAMPLE: Route = {"responses": _answers(_content({"type": "object"}, JSON), 404)}
_TEXTS = {"type": "array", "items": TEXT, "maxItems": 50}
MARKDOWN: Route = {
    "responses": _answers(_content(_object(("html",), html=_list(TEXT)), JSON), *OF_A_BODY, 500),
    "openapi_extra": _body(_content(_object(("texts",), texts=_TEXTS), JSON)),
}

SMART_LAUNCH = SMART_APP = _PAGE
SMART_VIEW: Route = _PAGE | {
    "openapi_extra": _body(
        _content(
            _object(
                ("fhirServer", "access_token", "patient"),
                fhirServer=TEXT,
                access_token=TEXT,
                patient=ID,
                scope=TEXT,
                trial=TEXT,
            ),
            FORM,
        )
    )
}
