"""Nothing is suggested that the chart already asks for; and what the chart asks for decides nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.fhir import TRIAL, Chart, Resource, base_chart, concept, loinc
from tests.multi_car_t import TRIAL as T1
from tests.multi_car_t import candidate
from tests.suggestions.looking import asked, card_of, drafts, enrolment, look

WORDS = "Echocardiogram with left ventricular ejection fraction"


def service_request(code: Resource, status: str = "active", **elements: Any) -> Resource:
    found: Resource = {
        "resourceType": "ServiceRequest",
        "id": "order",
        "status": status,
        "intent": "order",
        "code": code,
        "subject": {"reference": "Patient/1"},
    }
    return found | elements


def a_task(status: str = "requested", **elements: Any) -> Resource:
    found: Resource = {
        "resourceType": "Task",
        "id": "task",
        "status": status,
        "intent": "order",
        "for": {"reference": "Patient/1"},
    }
    return found | elements


ECHO = {"text": "Transthoracic echocardiography"} | {"coding": [{"display": "Echocardiogram"}]}
NEEDS_ECHO = candidate().without("lvef")


async def texts(chart: Chart, trial: str = T1) -> list[str]:
    """The words of every draft that is suggested."""
    found = drafts(card_of(await look(chart), trial))
    return [each.get("description") or each.get("code", {}).get("text") or each["resourceType"] for each in found]


async def test_without_an_order_the_test_is_suggested() -> None:
    assert WORDS in await texts(NEEDS_ECHO)


@pytest.mark.parametrize("status", ["draft", "active", "on-hold"])
@pytest.mark.parametrize(
    "code",
    [loinc("10230-1"), {"text": "Echocardiography, ECHOCARDIOGRAM complete"}, ECHO],
    ids=["code", "words", "display"],
)
async def test_an_open_order_by_anybody_is_not_suggested_again(status: str, code: Resource) -> None:
    assert WORDS not in await texts(NEEDS_ECHO.having(service_request(code, status)))


async def test_an_accepted_suggestion_of_ours_is_not_suggested_again_in_any_language() -> None:
    [draft] = [each for each in drafts(card_of(await look(NEEDS_ECHO), T1)) if each["resourceType"] == "ServiceRequest"]
    kept = draft | {"id": "kept", "code": {"text": "心脏超声"}}

    assert await texts(NEEDS_ECHO.having(kept)) == ["Answer I4b, I7, E1, E7 of NCT05262673: yes, no or not sure"]


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(service_request(ECHO, "completed"), id="done"),
        pytest.param(service_request(ECHO, "revoked"), id="revoked"),
        pytest.param(service_request(ECHO, "entered-in-error"), id="an error"),
        pytest.param(service_request(ECHO, doNotPerform=True), id="a prohibition"),
        pytest.param(service_request(ECHO, subject={"reference": "Patient/2"}), id="another patient's"),
        pytest.param(service_request(ECHO, occurrenceDateTime="2026-03-01"), id="one whose day has passed"),
        pytest.param(service_request({"text": "Archived marrow, HIVE study"}), id="another test"),
        pytest.param({"resourceType": "ServiceRequest", "id": "order", "status": 7}, id="one that cannot be read"),
    ],
)
async def test_what_is_no_open_order_for_it_keeps_nothing_away(order: Resource) -> None:
    assert WORDS in await texts(NEEDS_ECHO.having(order))


async def test_an_order_that_was_answered_by_an_old_result_is_not_waited_for() -> None:
    """The echocardiogram of 1 March answered the order of January; it is too old now."""
    stale = candidate().changed("lvef", effectiveDateTime="2026-03-01")

    assert WORDS in await texts(stale.having(service_request(ECHO, authoredOn="2026-01-15")))
    assert WORDS not in await texts(stale.having(service_request(ECHO, authoredOn="2026-05-15")))


@pytest.mark.parametrize(
    ("task", "open_"),
    [
        pytest.param(a_task(focus={"reference": f"http://ehr.example/fhir/Questionnaire/{T1}"}), False, id="same form"),
        pytest.param(a_task(instantiatesUri=f"urn:trial-hooks:task:{T1}:attest"), False, id="ours"),
        pytest.param(a_task("completed", instantiatesUri=f"urn:trial-hooks:task:{T1}:attest"), True, id="done"),
        pytest.param(a_task(focus={"reference": f"Questionnaire/{TRIAL}"}), True, id="another trial's"),
    ],
)
async def test_a_clinician_who_is_asked_already_is_not_asked_again(task: Resource, *, open_: bool) -> None:
    found = await texts(candidate().having(task))

    assert ("Answer I4b, I7, E1, E7 of NCT05262673: yes, no or not sure" in found) is open_


async def test_a_referral_that_is_under_way_is_not_suggested_again() -> None:
    under_way = a_task(instantiatesUri=f"urn:trial-hooks:task:{TRIAL}:refer")

    assert await texts(base_chart().having(under_way), TRIAL) == ["Answer I5 of NCT07441291: yes, no or not sure"]


@pytest.mark.parametrize("key", ["serviceRequests", "tasks"])
@pytest.mark.parametrize("value", ["missing", None, {"resourceType": "OperationOutcome"}])
async def test_orders_that_could_not_be_had_open_nothing(key: str, value: Any) -> None:
    whole = asked(base_chart(), "2026-06-01")["prefetch"]
    prefetch = {name: found for name, found in whole.items() if name != key}
    if value != "missing":
        prefetch[key] = value

    before, after = await look(base_chart()), await look(base_chart(), prefetch=prefetch)

    assert enrolment(card_of(before, TRIAL)) == enrolment(card_of(after, TRIAL))


async def test_an_order_whose_test_cannot_be_read_makes_no_result_unknown() -> None:
    """Its code is that of the haemoglobin; the haemoglobin on record stays what it is."""
    odd = service_request(loinc("718-7"), modifierExtension=[{"url": "http://example.org/x", "valueBoolean": True}])

    before, after = await look(candidate()), await look(candidate().having(odd))

    assert enrolment(card_of(before, T1)) == enrolment(card_of(after, T1))


async def test_an_order_says_nothing_about_the_patient() -> None:
    """An order for a transplant is no transplant."""
    planned = service_request(concept("http://www.ama-assn.org/go/cpt", "38240"))
    chart = base_chart().without("hsct").having(planned)
    cards = orjson.dumps(enrolment(card_of(await look(chart), TRIAL)))

    assert cards == orjson.dumps(enrolment(card_of(await look(base_chart().without("hsct")), TRIAL)))
