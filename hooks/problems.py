"""Our errors as HTTP: one table, and OperationOutcomes that never hold patient data."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from cds.errors import CdsError, NoPatientError, TooLargeError, UnreadableInputError

FHIR_JSON = "application/fhir+json"
CODES = {
    400: "invalid",
    401: "login",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    408: "timeout",
    412: "required",
    413: "too-long",
    415: "not-supported",
    503: "transient",
}


class Problem(Exception):  # noqa: N818 - it is a problem, as in problems.py
    """A request that gets an OperationOutcome; `text` names positions and remedies, never values."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


def problem_of(error: CdsError, *, hook: bool) -> Problem:
    """The status an error of `cds` has at this door: without a usable Patient a hook is 412, an upload 400."""
    if isinstance(error, TooLargeError):
        return Problem(413, str(error))
    if isinstance(error, NoPatientError):
        return Problem(412 if hook else 400, str(error))
    if isinstance(error, UnreadableInputError):
        return Problem(400, str(error))
    return Problem(500, "The service is not configured correctly.")


def outcome(status: int, text: str) -> Response:
    """An OperationOutcome response."""
    body: dict[str, Any] = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": CODES.get(status, "exception"), "diagnostics": text}],
    }
    return Response(orjson.dumps(body), status, media_type=FHIR_JSON)
