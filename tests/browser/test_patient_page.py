"""What a clinician does on the patient page, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

FIXTURES = Path("fhir_fixtures/patients")
MULTI, POST_HSCT = "NCT05262673", "NCT07441291"
CRITERIA = f"{POST_HSCT}-enrol"


def sheet(page: Page, trial: str) -> Locator:
    """The sheet that says how a trial stands."""
    return page.locator(f"section[aria-labelledby='{trial}']")


@pytest.mark.parametrize(
    ("patient", "trial", "words"),
    [
        ("fits", "NCT07441291", "✓ Nothing on record stands in the way"),
        ("cannot-tell-yet", "NCT07441291", "? Cannot tell yet"),
        ("relapse", "NCT07441291", "✕ Does not fit"),
        ("outside", "NCT07441291", "– Not a patient of this trial"),
        ("multi-fits", "NCT05262673", "✓ Nothing on record stands in the way"),
    ],
)
async def test_a_trials_standing_is_said_in_words_and_a_symbol(
    page: Page, service: str, patient: str, trial: str, words: str
) -> None:
    await page.goto(f"{service}/?patient={patient}")

    standing = sheet(page, trial).locator(".standing").first
    assert " ".join((await standing.inner_text()).split()) == words


async def test_both_trials_stand_side_by_side_on_a_screen_and_one_below_the_other_on_a_phone(
    page: Page, service: str
) -> None:
    await page.goto(f"{service}/?patient=fits")
    sheets = page.locator(".side-by-side > section")

    async def tops() -> list[float]:
        boxes = [await sheets.nth(number).bounding_box() for number in range(2)]
        return [box["y"] for box in boxes if box]

    first, second = await tops()
    assert first == second
    await page.set_viewport_size({"width": 390, "height": 844})
    first, second = await tops()
    assert first < second


async def test_the_matrix_has_a_column_for_each_question_one_asks(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=relapse")
    table = page.get_by_role("table", name="NCT07441291 · Enrolment · Stands in the way")

    assert await table.get_by_role("columnheader").all_inner_texts() == [
        "Protocol",
        "This patient",
        "Date",
        "Limit",
        "Outcome",
        "What would change it",
    ]
    row = " ".join((await table.get_by_role("row").nth(1).inner_text()).split())
    assert row.startswith("I4 No haematological or extramedullary relapse no hematological/extramedullary relapse")
    assert " 38 % " in row
    assert "Marrow blasts at or above 5 %" in row
    assert "stands in the way" in row


async def test_what_decides_comes_first_and_the_rest_is_folded(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=relapse")
    groups = page.get_by_role("region", name=CRITERIA.replace("-enrol", " · Enrolment")).locator("details.group")

    assert [await group.get_attribute("open") for group in await groups.all()] == ["", None, None]
    assert "Stands in the way" in await groups.first.inner_text()


async def test_a_group_unfolds_by_the_keyboard(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=cannot-tell-yet")
    group = page.locator(f"#{CRITERIA}-pass")
    row = group.get_by_role("row", name="Age 3 to under 80 years")
    await expect(row).to_be_hidden()

    await group.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(row).to_be_visible()
    await page.keyboard.press("Space")
    await expect(row).to_be_hidden()


async def test_a_count_on_the_sheet_leads_to_its_rows(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    await page.get_by_role("link", name="13 Does not stand in the way").click()

    await expect(page.get_by_role("row", name="Flow MRD at or above 0.1 % after HSCT")).to_be_in_viewport()


async def test_evidence_opens_the_resource_it_comes_from_and_gives_the_focus_back(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    await page.locator(f"#{CRITERIA}-pass summary").click()
    link = page.get_by_role("row", name="Flow MRD at or above 0.1 % after HSCT").get_by_role("link", name="0.3 %")

    await link.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text('"id": "fits-mrd"')
    await expect(dialog).to_contain_text('"resourceType": "Observation"')
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(link).to_be_focused()


async def test_what_is_missing_names_who_must_answer(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=cannot-tell-yet")

    async def first_after(title: str) -> str:
        heading = sheet(page, MULTI).get_by_role("heading", name=title, exact=True)
        return await heading.locator("xpath=following-sibling::ul[1]/li[1]").inner_text()

    assert "Specimen with at least 30 % blasts" in await first_after("Missing: order or record")
    assert "Life expectancy above 3 months" in await first_after("A clinician answers")
    assert "Written informed consent" in await first_after("Consent")


async def test_what_expires_is_listed_soonest_first(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    days = await sheet(page, POST_HSCT).locator(".expiries time").all_inner_texts()

    assert days[:3] == ["2026-06-06", "2026-06-08", "2026-06-11"]
    assert days == sorted(days)


async def test_the_recruitment_gate_and_warnings_are_shown(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=deceased")

    assert "Not recruiting." in await sheet(page, MULTI).inner_text()
    assert "The patient is deceased." in await page.get_by_role("region", name="About the data").inner_text()


async def test_a_subject_sees_the_visit_that_is_due(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=cross-mrd-missing")
    text = await sheet(page, POST_HSCT).inner_text()

    assert "Visit at month 3" in text
    assert "due now" in text


async def test_a_pasted_bundle_is_assessed(page: Page, service: str) -> None:
    await page.goto(f"{service}/")
    await page.get_by_label("FHIR R4 Bundle").fill((FIXTURES / "ecog-three.json").read_text())
    await page.get_by_label("Day of assessment").fill("2026-06-01")
    await page.get_by_role("button", name="Assess").click()

    assert "ECOG 0 to 2: ECOG performance status 3" in await sheet(page, POST_HSCT).inner_text()


async def test_the_theme_that_one_chooses_stays(page: Page, service: str) -> None:
    await page.goto(f"{service}/")
    await page.get_by_role("link", name="Dark").click()
    await page.goto(f"{service}/?patient=fits")

    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 21, 28)"


async def test_the_page_changes_to_chinese_and_keeps_the_patient(page: Page, service: str) -> None:
    await page.goto(f"{service}/?patient=fits")
    await page.get_by_role("link", name="中文").click()

    assert await page.locator("html").get_attribute("lang") == "zh"
    assert "patient=fits" in page.url
    await page.get_by_role("link", name="English").click()
    assert await page.locator("html").get_attribute("lang") == "en"
