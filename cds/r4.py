"""The door of fhir.resources, whose R4B classes read R4: what we say is held to them before anybody else does it."""

from __future__ import annotations

import json
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

Resource = dict[str, Any]


def validated(resource: Resource) -> Resource:
    """The same resource, which names its type. Raises ValueError when it is none of FHIR R4."""
    _model(resource).model_validate(resource)
    return resource


def rewritten(resource: Resource) -> Resource:
    """The resource as its class writes it: members in R4's order, nothing empty. Raises ValueError as `validated`."""
    written: Resource = json.loads(_model(resource).model_validate(resource).model_dump_json(exclude_none=True))
    return written


def _model(resource: Resource) -> Any:
    return get_fhir_model_class(resource["resourceType"])
