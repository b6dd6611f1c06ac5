"""A SMART launch with a real browser and a real authorization server; the token is nowhere it must not be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
import yaml
from playwright.async_api import Browser, Page

from tests.browser.conftest import started
from tests.browser.login import CLIENT, LAUNCH, Login


@dataclass
class Site:
    """The service with one registered EHR; `log` is what it wrote."""

    login: Login
    base: str
    log: Path

    def launch(self, **query: str) -> str:
        return f"{self.base}/smart/launch?{urlencode(query)}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with _site(tmp_path, Login()) as running:
        yield running


@contextmanager
def _site(folder: Path, login: Login) -> Iterator[Site]:
    with login.running():
        file = folder / "smart.yaml"
        file.write_text(
            yaml.safe_dump({"ehrs": [{"name": "Test EHR", "fhir_server": login.fhir, "client_id": CLIENT}]})
        )
        log = folder / "service.log"
        with log.open("wb") as stream, started(stderr=stream, TRIAL_HOOKS_SMART=str(file)) as base:
            yield Site(login, base, log)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page, and every address it asked for."""
    context = await chromium.new_context()
    page, asked = await context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    yield page, asked
    await context.close()


async def test_an_ehr_opens_the_app_for_the_chart_that_is_open(visit: tuple[Page, list[str]], site: Site) -> None:
    page, _ = visit
    site.login.app_context = json.dumps({"trial": "NCT07441291"})
    await page.goto(site.launch(iss=site.login.fhir, launch=LAUNCH))
    await page.wait_for_url("**/smart/view*")
    text = await page.locator("main").inner_text()

    assert "Patient/fits" in text
    assert text.index("NCT07441291") < text.index("NCT05262673"), "the card's trial comes first"
    assert "from Test EHR" in text
    assert site.login.trouble == []
    assert site.login.ehr.asked["Observation"] + site.login.ehr.asked["Observation/_search"] > 0


async def test_the_token_is_in_no_address_no_storage_and_no_log(visit: tuple[Page, list[str]], site: Site) -> None:
    page, asked = visit
    await page.goto(site.launch(iss=site.login.fhir, launch=LAUNCH))
    await page.wait_for_url("**/smart/view*")
    token = str(site.login.ehr.access_token)
    kept = await page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")

    assert len(asked) > 5
    assert not [address for address in asked if token in address]
    assert token not in kept
    assert token not in await page.content()
    assert token not in site.log.read_text()


async def test_standalone_the_user_picks_the_patient_at_the_ehr(visit: tuple[Page, list[str]], site: Site) -> None:
    page, _ = visit
    await page.goto(f"{site.base}/smart/launch")
    await page.get_by_role("link", name="Test EHR").click()
    await page.get_by_role("link", name="outside").click()
    await page.wait_for_url("**/smart/view*")

    assert "Patient/outside" in await page.locator("main").inner_text()
    assert site.login.trouble == []


async def test_a_user_who_says_no_is_told_how_to_go_on(visit: tuple[Page, list[str]], site: Site) -> None:
    page, _ = visit
    site.login.denies = True
    await page.goto(site.launch(iss=site.login.fhir, launch=LAUNCH))
    await page.get_by_text("Open the app again from the chart").wait_for()

    assert site.login.granted == 0


async def test_an_answer_that_nobody_asked_for_is_not_taken(visit: tuple[Page, list[str]], site: Site) -> None:
    page, _ = visit
    await page.goto(f"{site.base}/smart/app?code=stolen&state=forged")
    await page.get_by_text("Open the app again from the chart").wait_for()

    assert site.login.granted == 0


async def test_an_ehr_that_is_not_registered_is_not_visited(visit: tuple[Page, list[str]], site: Site) -> None:
    page, asked = visit
    answer = await page.goto(site.launch(iss="https://evil.example/fhir", launch="x"))

    assert answer is not None
    assert answer.status == 400
    assert "not registered" in await page.locator("main").inner_text()
    assert not [address for address in asked if "evil.example" in address and not address.startswith(site.base)]


async def test_a_token_that_the_ehr_refuses_shows_nothing_of_the_chart(
    visit: tuple[Page, list[str]], site: Site
) -> None:
    page, _ = visit
    form = {"fhirServer": site.login.fhir, "access_token": "made-up", "patient": "fits"}
    answer = await page.request.post(f"{site.base}/smart/view", form=form)

    assert answer.status == 403
    assert "MRD" not in await answer.text()
    assert "made-up" not in await answer.text() + site.log.read_text()


async def test_the_address_cannot_change_which_ehr_or_client_is_asked(
    visit: tuple[Page, list[str]], site: Site
) -> None:
    """The library reads iss, clientId and more from the address, and prefers them to what it is told."""
    page, asked = visit
    elsewhere = f"{site.login.base}/elsewhere"
    await page.goto(
        site.launch(iss=site.login.fhir, launch=LAUNCH, clientId="evil", fhirServiceUrl=elsewhere, patientId="outside")
    )
    await page.wait_for_url("**/smart/view*")

    assert "Patient/fits" in await page.locator("main").inner_text()
    assert site.login.trouble == []
    assert not [address for address in asked if address.startswith(elsewhere)]


async def test_a_token_without_a_patient_does_not_stay_in_the_tab(visit: tuple[Page, list[str]], site: Site) -> None:
    page, _ = visit
    site.login.launched = ""
    await page.goto(site.launch(iss=site.login.fhir, launch=LAUNCH))
    await page.get_by_text("The login names no patient").wait_for()

    assert site.login.granted == 1
    assert await page.evaluate("JSON.stringify({...sessionStorage})") == "{}"
