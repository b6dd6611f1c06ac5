"""`trial-crossover` asks for what is missing too: carried out, one more view tells whether the subject may cross."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fhir import TRIAL, Chart, Resource
from tests.follow_up.crossing import AS_OF, CONTROL, DAY_91, crossing, question
from tests.suggestions.hospital import Hospital
from tests.suggestions.looking import PUBLIC, asked, drafts, site
from tests.suggestions.resources import validate
from tests.suggestions.test_held import a_task, service_request

WOMAN = {"gender": "female", "birthDate": "1990-02-14"}
OPEN = [
    ("no marrow of these days", crossing().without("blasts")),
    ("no MRD and no marrow of these days", crossing().without(f"mrd-{DAY_91}", "blasts")),
    ("GVHD was assessed long ago", crossing().changed("gvhd", effectiveDateTime="2026-03-01")),
    ("nobody reconciled the lists", crossing().without("problems", "medications")),
    ("organ function was never judged", crossing().without("answers")),
    ("a woman without a pregnancy test", crossing().changed("1", **WOMAN)),
    ("everything at once",
     crossing().without("blasts", "gvhd", "problems", "answers", "crossover").changed("1", **WOMAN)),
]  # fmt: skip


async def card_of(chart: Chart) -> Resource:
    transport = httpx.ASGITransport(app=site(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        answer = await client.post("/cds-services/trial-crossover", json=asked(chart, AS_OF))
    [card] = answer.json()["cards"]
    found: dict[str, Any] = card
    return found


@pytest.mark.parametrize("chart", [pytest.param(chart, id=sentence) for sentence, chart in OPEN])
async def test_one_more_view_tells_whether_the_subject_may_cross(chart: Chart) -> None:
    assert question(chart)["standing"] == "indeterminate"
    card = await card_of(chart)
    for draft in drafts(card):
        validate(draft)

    after = Hospital(list(chart.resources), AS_OF).accept(card["suggestions"])

    assert question(after)["standing"] == "potentially_eligible"


async def test_only_the_first_is_recommended() -> None:
    card = await card_of(crossing().without("blasts", "gvhd", "crossover"))

    assert [one["isRecommended"] for one in card["suggestions"]] == [True, False, False]
    assert card["suggestions"][0]["label"] == "Ask for consent to cross over (NCT07441291)"


async def test_an_mrd_that_is_ordered_already_is_not_suggested() -> None:
    ordered = service_request({"text": "Flow MRD, bone marrow"})

    assert "suggestions" not in await card_of(crossing(CONTROL).without(f"mrd-{DAY_91}", "blasts").having(ordered))


async def test_a_consent_that_is_asked_for_already_is_not_suggested() -> None:
    under_way = a_task(instantiatesUri=f"urn:trial-hooks:task:{TRIAL}:crossover-consent")

    assert "suggestions" not in await card_of(crossing().without("crossover").having(under_way))
