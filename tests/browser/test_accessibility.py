"""Nobody is shut out: axe has no serious finding on any page, in any state, in either theme."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.browser.opening import ERROR, STATES, THEMES, grave_findings, opened


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", [*STATES, "error"])
async def test_no_serious_finding(chromium: Browser, service: str, axe: str, state: str, theme: str) -> None:
    async with opened(chromium, color_scheme=theme) as page:
        await page.goto(service + STATES.get(state, ERROR))

        assert await grave_findings(page, axe) == []


@pytest.mark.parametrize("theme", THEMES)
async def test_no_serious_finding_on_a_phone(chromium: Browser, service: str, axe: str, theme: str) -> None:
    async with opened(chromium, color_scheme=theme, viewport={"width": 390, "height": 844}) as page:
        await page.goto(service + STATES["indeterminate"])

        assert await grave_findings(page, axe) == []


@pytest.mark.parametrize("theme", THEMES)
async def test_no_serious_finding_with_a_source_open(chromium: Browser, service: str, axe: str, theme: str) -> None:
    async with opened(chromium, color_scheme=theme) as page:
        await page.goto(service + STATES["indeterminate"])
        await page.locator("a.source").first.click()

        assert await grave_findings(page, axe) == []


@pytest.mark.parametrize("theme", THEMES)
async def test_no_serious_finding_with_everything_unfolded(
    chromium: Browser, service: str, axe: str, theme: str
) -> None:
    async with opened(chromium, color_scheme=theme) as page:
        await page.goto(service + STATES["potentially eligible"])
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

        assert await grave_findings(page, axe) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("state", STATES)
async def test_nothing_has_to_be_scrolled_sideways(chromium: Browser, service: str, state: str, width: int) -> None:
    """WCAG 2.2, 1.4.10 Reflow: 320 CSS pixels are enough."""
    async with opened(chromium, viewport={"width": width, "height": 900}) as page:
        await page.goto(service + STATES[state])

        assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
