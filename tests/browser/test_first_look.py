"""The page opens in a real browser, and nobody is shut out of it."""

from __future__ import annotations

from playwright.async_api import Page


async def test_the_page_shows_both_trials_for_a_patient(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    text = await page.locator("main").inner_text()
    assert "NCT07441291" in text
    assert "NCT05262673" in text


async def test_the_page_has_no_serious_accessibility_finding(page: Page, service: str, axe: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    await page.evaluate(axe)
    found = await page.evaluate("axe.run()")
    grave = [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert grave == []
