"""The door of what leaves: valid R4, codes of the required value sets, allowed references; each shape once."""

from __future__ import annotations

from typing import Any

import pytest

from cds import outgoing
from cds.outgoing import BINDINGS, checked, plain, shape_of
from tests.suggestions.resources import REQUIRED

ORDER: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "status": "draft",
    "intent": "proposal",
    "code": {"text": "Haemoglobin"},
    "subject": {"reference": "Patient/1"},
    "occurrencePeriod": {"start": "2026-06-01", "end": "2026-06-08"},
    "reasonReference": [{"reference": "Observation/1"}],
}
TASK: dict[str, Any] = {
    "resourceType": "Task",
    "status": "draft",
    "intent": "proposal",
    "for": {"reference": "Patient/1"},
    "requester": {"reference": "Practitioner/1"},
}
SUBJECT: dict[str, Any] = {
    "resourceType": "ResearchSubject",
    "status": "candidate",
    "study": {"identifier": {"value": "NCT07441291"}},
    "individual": {"reference": "Patient/1"},
}


@pytest.mark.parametrize("resource", [ORDER, TASK, SUBJECT])
def test_a_sound_resource_leaves_as_it_is(resource: dict[str, Any]) -> None:
    assert checked(resource) is resource


def test_the_required_value_sets_are_those_of_the_specification() -> None:
    assert {key: codes for key, codes in BINDINGS.items() if key in REQUIRED} == REQUIRED


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(ORDER | {"status": "planned"}, id="a status of another version"),
        pytest.param(ORDER | {"intent": "wish"}, id="an intent that R4 does not know"),
        pytest.param(ORDER | {"priority": "soon"}, id="a priority that R4 does not know"),
        pytest.param({k: v for k, v in ORDER.items() if k != "intent"}, id="no intent"),
        pytest.param({k: v for k, v in ORDER.items() if k != "subject"}, id="no subject"),
        pytest.param(ORDER | {"colour": "red"}, id="an element that R4 does not know"),
        pytest.param(ORDER | {"code": {"text": " "}}, id="a blank text"),
        pytest.param(ORDER | {"code": {}}, id="an empty element"),
        pytest.param(ORDER | {"reasonReference": []}, id="an empty list"),
        pytest.param(ORDER | {"authoredOn": "1 June"}, id="a date in words"),
        pytest.param(ORDER | {"subject": {"reference": "the patient"}}, id="a reference in words"),
        pytest.param(ORDER | {"reasonReference": [{"reference": "Procedure/1"}]}, id="a reason of a wrong type"),
        pytest.param(TASK | {"requester": {"reference": "Observation/1"}}, id="a requester of a wrong type"),
        pytest.param(TASK | {"status": "active"}, id="a Task with the status of an order"),
        pytest.param(SUBJECT | {"status": "enrolled"}, id="a subject's status that R4 does not know"),
        pytest.param({"resourceType": "MedicationRequest"}, id="a type that is never sent out"),
    ],
)
def test_what_r4_would_refuse_does_not_leave(resource: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - ours, or fhir.resources' own with many lines
        checked(resource)


def test_a_shape_is_validated_once_and_another_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(outgoing, "_valid_shapes", set())
    monkeypatch.setattr(outgoing, "validated", seen.append)
    other = ORDER | {"code": {"text": "Bilirubin"}, "occurrencePeriod": {"start": "2027-01-01", "end": "2027-01-02"}}

    for resource in (ORDER, other, ORDER | {"authoredOn": "2026-06-01"}, ORDER | {"status": "active"}):
        checked(resource)

    assert len(seen) == 3


def test_a_refused_shape_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="colour"):
            checked(ORDER | {"colour": "red"})


def test_two_lists_of_the_same_kind_of_element_have_one_shape() -> None:
    one, two = ({"reasonCode": [{"text": str(number)} for number in range(count)]} for count in (1, 3))

    assert shape_of(one) == shape_of(two)


def test_words_lose_control_characters_and_outer_blanks() -> None:
    assert plain(" MRD\tby\u0000 flow\n") == "MRD by flow"
