"""NCT05262673 reads the response by NGS MRD: suggested while none was done since the products, and not after that."""

from __future__ import annotations

import httpx
import pytest

from tests.fhir import AS_OF, Chart, concept, measured, observation
from tests.multi_car_t_response import flow_negative, ngs, per_million, stratum, treated
from tests.suggestions.hospital import Hospital
from tests.suggestions.looking import PUBLIC, asked, drafts, site
from tests.suggestions.resources import validate
from tests.suggestions.test_held import service_request


async def suggested(chart: Chart) -> list[dict[str, object]]:
    transport = httpx.ASGITransport(app=site(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        answer = await client.post("/cds-services/trial-crossover", json=asked(chart, AS_OF))
    [card] = answer.json()["cards"]
    for draft in drafts(card):
        validate(draft)
    return list(card.get("suggestions", []))


async def test_ngs_mrd_is_suggested_and_its_result_is_read() -> None:
    chart = treated(flow_negative())

    [suggestion] = await suggested(chart)
    after = Hospital(list(chart.resources), AS_OF).accept([suggestion])

    assert suggestion["label"] == "Order: NGS MRD"
    assert (stratum(chart), stratum(after)) == ("unclassified", "deep_negative")


@pytest.mark.parametrize(
    "chart",
    [
        pytest.param(treated(ngs(per_million(5)), flow_negative()), id="a result decides"),
        pytest.param(treated(ngs(per_million(0), cells=None)), id="a result that cannot be used is not repeated"),
        pytest.param(treated(ngs(per_million(5), status="preliminary")), id="a preliminary one is waited for"),
        pytest.param(treated(service_request({"text": "NGS MRD, marrow"})), id="it is ordered"),
        pytest.param(
            treated(observation("odd", concept("http://lab.example", "N", "NGS MRD IgH"), "2026-05-20", **measured(1))),
            id="a code that nobody mapped may be one",
        ),
    ],
)
async def test_it_is_not_suggested_when(chart: Chart) -> None:
    assert await suggested(chart) == []
