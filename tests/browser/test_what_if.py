"""What if: a fact, another value, and which criteria flip; with scripts by the API, without by the page itself."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.opening import opened

ECOG_THREE = Path("fhir_fixtures/patients/ecog-three.json")
FITS_NOW = "NCT07441291 · Enrolment: Does not fit → Nothing on record stands in the way"
FLIPS = "NCT07441291 I2: stands in the way → does not stand in the way"
# Fact, its label, what was typed, and what is said instead of an answer.
REFUSED = [
    ("uncontrolled_infection", "Active infection (present / absent)", "perhaps", "one of the values offered."),
    ("ecog", "ECOG performance status", "99", "one of these values: 0, 1, 2, 3, 4, 5."),
    ("post_hsct_mrd_flow_cd19_pct", "Flow MRD (%)", "101", "a number from 0 to 100."),
    ("alt_xuln", "ALT (x ULN)", "many", "a number, 0 or above."),
    ("alt_xuln", "ALT (x ULN)", "1e999", "a number, 0 or above."),
    ("ecog", "ECOG performance status", "0x3", "one of these values: 0, 1, 2, 3, 4, 5."),
]


async def suppose(page: Page, fact: str, value: str) -> None:
    await page.get_by_label("Fact").select_option(label=fact)
    await page.get_by_label("Value (empty: not known)").fill(value)
    await page.get_by_role("button", name="What would change?").click()


async def test_another_value_shows_which_criteria_flip_without_loading_the_page_anew(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=ecog-three")
    async with page.expect_request("**/api/assess*") as asked:
        await suppose(page, "ECOG performance status", "2")

    answer = page.locator("#what-if-answer")
    await expect(answer).to_contain_text(FITS_NOW)
    await expect(answer).to_contain_text(FLIPS)
    await expect(answer).to_contain_text("ECOG performance status 2 (assumed), at or below 2")
    assert (await asked.value).post_data_json["what_if"] == {"ecog": 2}
    assert page.url == f"{service}/?patient=ecog-three"
    standing = page.locator("section[aria-labelledby='NCT07441291'] .standing").first
    await expect(standing).to_contain_text("Does not fit")


async def test_crossing_over_is_told_in_its_own_words_with_scripts_and_without(
    page: Page, chromium: Browser, service: str
) -> None:
    async with opened(chromium, java_script_enabled=False) as plain:
        for one in (page, plain):
            await one.goto(f"{service}/?patient=cross-may-to-car-t")
            await suppose(one, "Active infection (present / absent)", "present")
            await expect(one.locator("#what-if-answer")).to_contain_text(
                "Crossover: Nothing on record stands in the way of crossing over → No crossing over now"
            )


async def test_a_code_and_nothing_at_all_can_be_supposed(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    await suppose(page, "Active infection (present / absent)", "present")
    await expect(page.locator("#what-if-answer")).to_contain_text(
        "NCT07441291 E1: does not stand in the way → stands in the way"
    )
    await suppose(page, "Flow MRD (%)", "")
    await expect(page.locator("#what-if-answer")).to_contain_text("NCT07441291 I3: does not stand in the way → open")


async def test_a_value_that_changes_nothing_is_said_to_change_nothing(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    await suppose(page, "Flow MRD (%)", "0.4")

    await expect(page.locator("#what-if-answer")).to_have_text("No criterion changes its outcome.")


async def test_what_cannot_be_supposed_is_said_with_scripts_and_without(chromium: Browser, service: str) -> None:
    async with opened(chromium) as page, opened(chromium, java_script_enabled=False) as plain:
        await page.goto(f"{service}/?patient=fits")
        for fact, label, value, needed in REFUSED:
            await suppose(page, label, value)
            await expect(page.locator("#what-if-answer")).to_have_text(f"This fact needs {needed}")
            await plain.goto(f"{service}/?patient=fits&fact={fact}&value={value}")
            await expect(plain.locator("#what-if-answer")).to_have_text(f"This fact needs {needed}")


async def test_a_pasted_chart_can_be_supposed_upon(page: Page, service: str) -> None:
    await page.goto(f"{service}/")
    await page.get_by_label("FHIR R4 Bundle").fill(ECOG_THREE.read_text())
    await page.get_by_label("Day of assessment").fill("2026-06-01")
    await page.get_by_role("button", name="Assess").click()
    await suppose(page, "ECOG performance status", "2")

    await expect(page.locator("#what-if-answer")).to_contain_text(FLIPS)


async def test_without_scripts_the_page_answers_the_same(chromium: Browser, service: str) -> None:
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{service}/?patient=ecog-three&lang=en")
        await suppose(page, "ECOG performance status", "2")
        answer = page.locator("#what-if-answer")
        assert "fact=ecog" in page.url
        await expect(answer).to_contain_text(FITS_NOW)
        await expect(answer).to_contain_text(FLIPS)


async def test_without_scripts_a_pasted_chart_can_be_supposed_upon(chromium: Browser, service: str) -> None:
    async with opened(chromium, java_script_enabled=False) as page:
        await page.goto(f"{service}/")
        await page.get_by_label("FHIR R4 Bundle").fill(json.dumps(json.loads(ECOG_THREE.read_text())))
        await page.get_by_label("Day of assessment").fill("2026-06-01")
        await page.get_by_role("button", name="Assess").click()
        await suppose(page, "ECOG performance status", "2")

        await expect(page.locator("#what-if-answer")).to_contain_text(FLIPS)
