"""With scripts blocked, everything can be read, and a request can still be checked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.opening import opened


@pytest_asyncio.fixture(loop_scope="session")
async def plain(chromium: Browser) -> AsyncIterator[Page]:
    async with opened(chromium, java_script_enabled=False) as page:
        yield page


async def test_standing_and_criteria_can_be_read(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/?patient=cannot-tell-yet")

    await expect(plain.locator("section[aria-labelledby='NCT07441291'] .standing")).to_contain_text("Cannot tell yet")
    await expect(plain.get_by_role("row", name="ECOG 0 to 2")).to_be_visible()


async def test_folded_criteria_unfold(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/?patient=cannot-tell-yet")
    await plain.locator("#NCT07441291-enrol-pass summary").click()

    await expect(plain.get_by_role("row", name="Age 3 to under 80 years")).to_be_visible()


async def test_evidence_leads_to_its_resource_further_down(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/?patient=cannot-tell-yet")
    source = plain.locator("#resource-Observation-cannot-tell-yet-ecog")
    await expect(source).to_be_hidden()

    await plain.get_by_role("row", name="ECOG 0 to 2").get_by_role("link").click()
    await expect(source).to_be_in_viewport()
    await expect(source).to_contain_text('"id": "cannot-tell-yet-ecog"')


async def test_a_patient_is_picked_and_pasted_without_scripts(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/")
    await plain.get_by_role("link", name="ecog-three").click()

    await expect(plain.locator("h1")).to_have_text("ecog-three")


async def test_language_and_theme_are_links(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/?patient=fits")
    await plain.get_by_role("link", name="Dark").click()
    await plain.get_by_role("link", name="中文").click()

    html = plain.locator("html")
    assert [await html.get_attribute(name) for name in ("lang", "data-theme")] == ["zh", "dark"]
    assert "patient=fits" in plain.url


async def test_a_pasted_request_is_checked(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/workbench/hooks")
    await plain.get_by_label("Body (JSON)").fill('{"hook": "patient-view", "hookInstance": "7", "context": {}}')
    await plain.get_by_role("button", name="Check it").click()

    row = plain.get_by_role("row", name="hookInstance is a UUID")
    await expect(row).to_contain_text("violated")
    await expect(row).to_contain_text("Make a new UUID for every call of a hook.")


async def test_the_sandbox_says_that_it_needs_scripts(plain: Page, service: str) -> None:
    await plain.goto(f"{service}/workbench/ehr")

    await expect(plain.get_by_text("This sandbox acts in the browser and needs scripts.")).to_be_visible()
    await expect(plain.get_by_role("button", name="Open the chart")).to_be_hidden()
