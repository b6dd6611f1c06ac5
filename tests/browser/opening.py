"""Pages opened in other ways than the `page` fixture opens them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page

WIDTHS, THEMES = (390, 1280, 1920), ("light", "dark")
# State -> the address that shows it.
STATES = {
    "nobody chosen": "/",
    "potentially eligible": "/?patient=fits",
    "indeterminate": "/?patient=cannot-tell-yet",
    "ineligible": "/?patient=relapse",
    "not applicable": "/?patient=outside",
    "enrolled with a visit due": "/?patient=cross-mrd-missing",
    "may cross over": "/?patient=cross-may-to-car-t",
    "after the products": "/?patient=course-persistent",
    "in Chinese": "/?patient=cannot-tell-yet&lang=zh",
    "integrator": "/workbench/hooks?sample=multi-fits.order-select",
    "EHR": "/workbench/ehr",
}
ERROR = "/?patient=nobody"


@asynccontextmanager
async def opened(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    """A page in a browser context with these options, thrown away afterwards."""
    context = await browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def grave_findings(page: Page, axe: str) -> list[str]:
    """What axe calls serious or critical, each with the first element that it is about."""
    await page.evaluate(axe)
    found = await page.evaluate("axe.run()")
    grave = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in grave]
