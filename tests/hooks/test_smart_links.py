"""A card leads to the workbench where an EHR can open it, and its trial goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cds.errors import SiteProfileError
from cds.settings import Settings
from hooks.app import create_app
from tests.hooks.test_doors import SERVICE, call


async def links(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Each card's links, by its trial."""
    transport = httpx.ASGITransport(app=create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as ehr:
        cards = (await ehr.post(SERVICE, json=call())).json()["cards"]
    return {card["source"]["topic"]["code"]: card["links"] for card in cards}


async def test_a_card_opens_its_own_trial_in_the_registered_app(tmp_path: Path) -> None:
    file = tmp_path / "smart.yaml"
    file.write_text("ehrs: [{name: EHR, fhir_server: 'https://ehr.example/fhir', client_id: x}]")
    found = await links(Settings(demonstration=True, smart=file, public_url="https://cds.example"))

    assert len(found) == 2
    for trial, (first, *_) in found.items():
        assert (first["type"], first["url"]) == ("smart", "https://cds.example/smart/launch")
        assert orjson.loads(first["appContext"]) == {"trial": trial}


async def test_without_a_registered_ehr_no_card_offers_the_app() -> None:
    found = await links(Settings(demonstration=True))

    assert {link["type"] for each in found.values() for link in each} == {"absolute"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ehrs: [{name: EHR, fhir_server: 'https://ehr.example/fhir', client: x}]", "did you mean 'client_id'"),
        ("ehrs: [{name: EHR, fhir_server: 'http://ehr.example/fhir', client_id: x}]", "must be https"),
        (
            "ehrs: [{name: EHR, fhir_server: 'https://ehr.example', client_id: x, origins: ['http://l.example']}]",
            "must be https",
        ),
        ("ehrs: [{name: EHR, fhir_server: 'https://a@evil.example', client_id: x}]", "cannot be used"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_and_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "smart.yaml"
    file.write_text(text)
    with pytest.raises(SiteProfileError, match=says):
        create_app(Settings(smart=file, authentication="required"))
