"""HL7's own validator, as a test asks it: a resource in, what is wrong with it out.

It runs without any network, with the definitions of FHIR R4 that HAPI brings along. So it cannot look into
terminologies that nobody may redistribute, and says so; these notes, and no others, are tolerated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx
import orjson

# What may be said of a good resource (always a warning, never an error), and why it is no fault of ours.
TOLERATED = {
    r"dom-6: 'A resource should have narrative": "a recommendation; what people read is on cards and pages",
    r"CodeSystem is unknown and can't be validated: (http://loinc\.org|http://snomed\.info/sct|"
    r"http://hl7\.org/fhir/sid/icd-10-cm|urn:trial-hooks:[a-z]+) ": "the terminology is not here, or it is our own",
    r"codeSystem 'http://loinc\.org' version 'null' is not supported": "LOINC is not here",
    r"references CodeSystem 'http://snomed\.info/sct' which has status 'not-present'": "SNOMED CT is not here",
}
COUNTED = ("fatal", "error", "warning")


class Hl7Validator:
    """Says what HL7's validator has against a resource; a test wants an empty list."""

    def __init__(self, url: str) -> None:
        self._url = url

    def issues(self, resource: Mapping[str, Any]) -> list[str]:
        """Errors, and warnings that are not tolerated, each as "severity: text (where)"."""
        answer = httpx.post(self._url, content=orjson.dumps(resource), timeout=120)
        assert answer.status_code == 200, answer.text
        found = answer.json()["issue"]
        return [_said(issue) for issue in found if issue["severity"] in COUNTED and not _tolerated(issue)]

    def issues_of_all(self, resources: Iterable[Mapping[str, Any]]) -> list[str]:
        """As `issues`, for many at once, which is faster."""
        entries = [
            {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{number:012d}", "resource": resource}
            for number, resource in enumerate(resources)
        ]
        assert entries
        return self.issues({"resourceType": "Bundle", "type": "collection", "entry": entries})


def resources_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every resource inside an answer, from the outermost on."""
    if isinstance(node, dict):
        if isinstance(node.get("resourceType"), str):
            yield node
        for child in node.values():
            yield from resources_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from resources_in(child)


def _tolerated(issue: Mapping[str, Any]) -> bool:
    text = issue.get("diagnostics", "")
    return issue["severity"] == "warning" and any(re.search(pattern, text) for pattern in TOLERATED)


def _said(issue: Mapping[str, Any]) -> str:
    return f"{issue['severity']}: {issue.get('diagnostics', '')} ({', '.join(issue.get('expression', []))})"
