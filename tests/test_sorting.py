"""A search answers with more than what was searched for; each resource counts as what it says it is."""

from __future__ import annotations

import json

import pytest

from cds.intake import Material
from cds.prefetch import from_prefetch

ORDER = '{"resourceType": "MedicationRequest", "id": "1"}'
DRUG = '{"resourceType": "Medication", "id": "2"}'
FAILURE = '{"resourceType": "OperationOutcome", "issue": []}'


def sorted_from(*resources: str) -> Material:
    """What a search for MedicationRequests answered with."""
    entries = ",".join(f'{{"resource": {resource}}}' for resource in resources)
    bundle = f'{{"resourceType": "Bundle", "type": "searchset", "entry": [{entries}]}}'
    return from_prefetch({"medicationRequests": bundle.encode()})


def ids(material: Material) -> dict[str, list[str]]:
    return {name: [json.loads(bytes(item.raw))["id"] for item in items] for name, items in material.items.items()}


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ((ORDER, DRUG), {"MedicationRequest": ["1"], "Medication": ["2"]}),
        ((DRUG, ORDER), {"MedicationRequest": ["1"], "Medication": ["2"]}),
        (('{"id": "1", "resourceType": "MedicationRequest"}',), {"MedicationRequest": ["1"]}),
        ((' {\n "resourceType" :"MedicationRequest", "id": "1"}',), {"MedicationRequest": ["1"]}),
        (('{"resourceType": "MedicationRequestX", "id": "1"}',), {}),
        (('{"contained": [' + ORDER + '], "id": "3", "resourceType": "Medication"}',), {"Medication": ["3"]}),
    ],
)
def test_a_resource_is_sorted_by_its_own_type(resources: tuple[str, ...], found: dict[str, list[str]]) -> None:
    assert ids(sorted_from(*resources)) == found


def test_an_outcome_among_the_found_says_that_some_are_missing() -> None:
    material = sorted_from(ORDER, FAILURE)

    assert ids(material) == {"MedicationRequest": ["1"]}
    assert "MedicationRequest" in material.incomplete
    assert [warning.code for warning in material.warnings] == ["not-fetched"]


def test_what_names_no_type_is_said_to_be_unreadable() -> None:
    material = sorted_from(ORDER, '{"id": "4"}')

    assert ids(material) == {"MedicationRequest": ["1"]}
    assert [warning.code for warning in material.warnings] == ["unreadable"]
