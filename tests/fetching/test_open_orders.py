"""Open orders and tasks are fetched like the rest, but nothing waits long for them and nothing is open without them."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from cds.intake import Material
from tests.fetching.ehr import Caller, Ehr, fhir, ids
from tests.fhir import Resource, base_chart

ORDER: Resource = {
    "resourceType": "ServiceRequest",
    "id": "order",
    "status": "active",
    "intent": "order",
    "code": {"text": "Echocardiogram"},
    "subject": {"reference": "Patient/1"},
}
OPTIONAL = ("ServiceRequest", "Task")
PREFETCHED = {key: value for key, value in base_chart().prefetch().items() if key not in ("serviceRequests", "tasks")}


def said(material: Material) -> list[str]:
    return [warning.text for warning in material.warnings]


async def test_orders_that_were_not_prefetched_are_fetched() -> None:
    ehr = Ehr(base_chart().having(ORDER))

    material = await Caller().fetch(ehr, PREFETCHED)

    assert ids(material, "ServiceRequest") == ["order"]
    assert sorted(path.split("?")[0] for path in ehr.paths()) == ["/ServiceRequest", "/Task"]
    assert material.unseen == set()


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_a_server_that_has_no_orders_for_us_leaves_nothing_open(status: int) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return fhir({"resourceType": "OperationOutcome"}, status)

    material = await Caller().fetch(Ehr(instead=dict.fromkeys(OPTIONAL, refuse)), PREFETCHED)

    assert (material.incomplete, said(material)) == (set(), [])
    assert material.unseen == set(OPTIONAL)


async def test_a_token_that_may_not_see_orders_asks_for_none() -> None:
    ehr = Ehr()

    material = await Caller().fetch(ehr, PREFETCHED, scopes="patient/Observation.rs patient/Specimen.rs")

    assert ehr.paths() == []
    assert (material.incomplete, said(material)) == (set(), [])


async def test_a_search_for_orders_that_hangs_takes_half_of_the_time_and_nothing_from_the_others() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200)

    loop = asyncio.get_running_loop()
    began = loop.time()
    material = await Caller().fetch(Ehr(instead=dict.fromkeys(OPTIONAL, hang)), deadline=4)

    assert loop.time() - began < 4
    assert ids(material, "Observation")
    assert ids(material, "Specimen") == ["marrow"]
    assert (material.incomplete, said(material)) == (set(), [])
