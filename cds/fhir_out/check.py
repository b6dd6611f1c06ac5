"""fhir.resources (R4B classes, which read R4) has a look at what we say of ourselves, before anybody else does."""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B import get_fhir_model_class


def checked(resource: dict[str, Any]) -> dict[str, Any]:
    """The same resource. Raises ValueError when it is none of FHIR R4."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    return resource
