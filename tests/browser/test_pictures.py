"""Golden pictures: the first screen of two states at three widths in both themes, compared with a tolerance.

Patients and days of the fixtures are fixed, so nothing has to be masked. The fonts are Debian's fonts-dejavu-core, the
first of the page's fonts that a build machine has; another Chromium may smooth edges in another way, so single pixels
may differ. `make golden` writes the pictures anew: look at them before you commit.
"""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Browser

from tests.browser.conftest import missing
from tests.browser.opening import STATES, THEMES, WIDTHS, opened

PICTURES = Path(__file__).parent / "pictures"
# A channel may be off by this much (of 255) before a pixel differs, and this share of pixels may differ.
STEP, SHARE = 48, 0.01
COLOURS = 64


def differing(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ by more than a step in any channel."""
    red, green, blue = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(most.histogram()[STEP + 1 :]) / (one.width * one.height)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", ["indeterminate", "may cross over"])
async def test_a_page_looks_as_it_did(chromium: Browser, service: str, state: str, width: int, theme: str) -> None:
    if not list(Path("/usr/share/fonts").rglob("DejaVuSans.ttf")):
        missing("fonts-dejavu-core")
    async with opened(chromium, viewport={"width": width, "height": 1000}, color_scheme=theme) as page:
        await page.goto(service + STATES[state], wait_until="networkidle")
        taken = Image.open(BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")
    golden = PICTURES / f"{state.replace(' ', '-')}-{width}-{theme}.png"
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - the tests' own switch
        PICTURES.mkdir(exist_ok=True)
        taken.quantize(COLOURS).save(golden, optimize=True)
    kept = Image.open(golden)

    assert kept.size == taken.size
    assert differing(kept, taken) <= SHARE


def test_a_changed_colour_or_a_moved_line_is_noticed() -> None:
    plain = Image.new("RGB", (400, 400), "white")
    moved = plain.copy()
    moved.paste((157, 31, 39), (0, 200, 400, 210))

    assert differing(plain, plain) == 0
    assert differing(plain, moved) > SHARE
