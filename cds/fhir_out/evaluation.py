"""Warnings about a chart as an OperationOutcome (FHIR R4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cds.chart_warnings import ChartWarning

CODES = "urn:trial-hooks:warnings"
# Some warnings carry a record's own status as their code; one that is no code of FHIR stays in the text.
_CODE = re.compile(r"[a-z][a-z0-9-]*")
# Our warnings by R4's issue types; what is not listed tells something only.
TYPES = {
    "another-patient": "business-rule",
    "modifier": "extension",
    "no-subject": "required",
    "not-fetched": "incomplete",
    "number": "value",
    "truncated": "incomplete",
    "two-values": "structure",
    "unmapped": "code-invalid",
    "unreadable": "structure",
    "unresolved": "not-found",
}


def evaluation_outcome(warnings: Iterable[ChartWarning], id_: str) -> dict[str, Any]:
    """One issue for each warning; `diagnostics` is the resource it is about."""
    return {"resourceType": "OperationOutcome", "id": id_, "issue": [_issue(warning) for warning in warnings]}


def _issue(warning: ChartWarning) -> dict[str, Any]:
    details: dict[str, Any] = {"text": warning.text}
    if _CODE.fullmatch(warning.code):
        details["coding"] = [{"system": CODES, "code": warning.code}]
    found = {"severity": "warning", "code": TYPES.get(warning.code, "informational"), "details": details}
    return found | ({"diagnostics": warning.reference} if warning.reference else {})
