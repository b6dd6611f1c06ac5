"""The pictures of residual disease and of visits in a real browser: by eye, keyboard, screen reader, on paper."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.async_api import Page

RECURRENCE, BOTH_METHODS = "cross-recurrence", "course-very-low-positive"
Theme = Literal["light", "dark"]


async def opened(page: Page, service: str, patient: str, width: int = 1280, theme: Theme = "light") -> Page:
    await page.set_viewport_size({"width": width, "height": 900})
    await page.emulate_media(color_scheme=theme)
    await page.goto(f"{service}/?patient={patient}")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_nobody_is_shut_out(page: Page, service: str, axe: str, theme: Theme, width: int) -> None:
    await opened(page, service, RECURRENCE, width, theme)
    await page.evaluate(axe)
    found = await page.evaluate("axe.run()")
    grave = [
        (violation["id"], node["html"])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert grave == []


async def test_every_result_is_reached_by_keyboard_and_read_out(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE)
    await page.locator(".mrd .skip").focus()
    said = []
    for _ in range(3):
        await page.keyboard.press("Tab")
        said.append(await page.evaluate("document.activeElement.querySelector('title').textContent"))
        assert await page.locator(":focus .readout").is_visible()
        assert await page.locator(".plot.wide .readout:visible").count() == 1
    assert [re.findall(r"\d{4}-\d{2}-\d{2}|[\d.]+ %", each)[:2] for each in said] == [
        ["2026-01-15", "0.3 %"],
        ["2026-03-30", "0.02 %"],
        ["2026-05-02", "0.3 %"],
    ]


async def test_the_picture_can_be_skipped(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE)
    await page.locator(".mrd .skip").focus()
    assert await page.locator(".mrd .skip").is_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert not await page.evaluate("document.activeElement.matches('.point')")


async def test_a_result_leads_to_its_row(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE)
    await page.locator(".plot.wide .point").nth(1).focus()
    await page.keyboard.press("Enter")
    assert await page.locator("tr:target .level").inner_text() == "0.02 %"


async def test_the_table_says_what_the_picture_says(page: Page, service: str) -> None:
    await opened(page, service, BOTH_METHODS)
    shown = await page.locator(".plot.wide .point title").all_text_contents()
    rows = page.locator(".mrd .twin tbody tr")
    assert await rows.count() == len(shown) == 2
    for number, said in enumerate(shown):
        cells = await rows.nth(number).locator("th, td").all_inner_texts()
        assert all(cell in said for cell in cells[:3])


async def test_the_pictures_have_a_name_and_a_description(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE)
    seen = await page.locator("main").aria_snapshot()
    assert 'img "Residual disease over time, 3 results, as of 2026-05-06' in seen
    assert 'img "Visits of this subject, as of 2026-05-06' in seen
    assert "month 1 missed, month 2 done, month 3 done, month 4 upcoming" in " ".join(
        await page.locator(".course .plot.wide desc").all_text_contents()
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_series_stand_out_and_differ_without_colour(page: Page, service: str, theme: Theme) -> None:
    await opened(page, service, BOTH_METHODS, theme=theme)
    ratios = await page.evaluate(CONTRASTS)
    assert min(ratios) >= 3
    shapes = await page.locator(".plot.wide .key").evaluate_all(
        "keys => keys.slice(0, 2).map(key => [...key.children].map(part => part.tagName).join())"
    )
    assert len(set(shapes)) == 2


CONTRASTS = """() => {
  const light = text => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(value => {
    const share = value / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (one, two) => { const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05); };
  const ground = getComputedStyle(document.querySelector('.mrd').closest('.sheet')).backgroundColor;
  return [...document.querySelectorAll('.plot.wide .point')].map(point => ratio(getComputedStyle(point).color, ground));
}"""


async def test_a_phone_gets_a_picture_of_its_own_and_nothing_runs_out(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE, width=360)
    assert await page.locator(".mrd .plot.narrow").is_visible()
    assert not await page.locator(".mrd .plot.wide").is_visible()
    assert await page.locator(".course .plot.narrow").is_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_words_of_the_picture_are_large_enough_on_a_phone(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE, width=390)
    heights = await page.locator(".plot.narrow:visible text:visible").evaluate_all(
        "texts => texts.map(text => text.getBoundingClientRect().height)"
    )
    assert min(heights) >= 9


async def test_no_word_leaves_its_picture(page: Page, service: str) -> None:
    for patient in (RECURRENCE, BOTH_METHODS, "mrd-blood-against-marrow", "cross-relapse"):
        for width in (390, 1280):
            await opened(page, service, patient, width)
            outside = await page.evaluate(OUTSIDE)
            assert outside == [], f"{patient} at {width}"


OUTSIDE = """() => [...document.querySelectorAll('.plot')].filter(plot => plot.clientWidth).flatMap(plot => {
  const edge = plot.getBoundingClientRect();
  return [...plot.querySelectorAll('text')].filter(text => { const box = text.getBoundingClientRect();
    return box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + 2; })
    .map(text => text.textContent);
})"""


async def test_words_above_the_picture_do_not_touch(page: Page, service: str) -> None:
    for patient in ("cross-relapse", "arm-car-t-deviations", "course-deep-negative"):
        await opened(page, service, patient)
        touching = await page.evaluate(TOUCHING)
        assert touching == [], patient


TOUCHING = """() => [...document.querySelectorAll('.plot.wide')].flatMap(plot => {
  const flags = [...plot.querySelectorAll('.flag, .label, .meaning')]
    .map(text => [text.textContent, text.getBoundingClientRect()]);
  return flags.flatMap(([one, a], number) => flags.slice(number + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)
    .map(([two]) => `${one} / ${two}`));
})"""


async def test_paper_gets_the_wide_picture_in_black(page: Page, service: str) -> None:
    await opened(page, service, BOTH_METHODS, width=390)
    await page.emulate_media(media="print")
    assert await page.locator(".mrd .plot.wide").is_visible()
    assert not await page.locator(".mrd .plot.narrow").is_visible()
    colours = await page.locator(".plot.wide .point").evaluate_all(
        "all => all.map(point => getComputedStyle(point).color)"
    )
    assert set(colours) == {"rgb(0, 0, 0)"}


async def test_without_results_the_page_says_so(page: Page, service: str) -> None:
    await opened(page, service, "course-out-of-order")
    assert "No MRD result on record." in await page.locator(".mrd").inner_text()
    assert await page.locator(".mrd .plot").count() == 0


async def test_the_clock_says_when_the_window_closes(page: Page, service: str) -> None:
    await opened(page, service, RECURRENCE)
    assert "open; closes in 8 days" in await page.locator(".clock").inner_text()
