"""End to end inside a client that acts as an EHR: discovery, hooks, cards, accept or override, feedback on record."""

from __future__ import annotations

import re

import httpx
from playwright.async_api import Page, expect


def feedback_counts(service: str) -> dict[tuple[str, str], float]:
    """Service and outcome -> how many entries the service has kept."""
    text = httpx.get(f"{service}/metrics").text
    rows = re.findall(r'trial_hooks_feedback_total\{outcome="(\w+)",service="([\w-]+)"\} ([\d.]+)', text)
    return {(name, outcome): float(count) for outcome, name, count in rows}


async def opened_chart(page: Page, service: str, patient: str) -> None:
    await page.goto(f"{service}/workbench/ehr")
    await page.get_by_label("Patient", exact=True).select_option(patient)
    await page.get_by_role("button", name="Open the chart").click()


async def test_a_chart_is_opened_and_its_cards_are_shown(page: Page, service: str) -> None:
    await opened_chart(page, service, "fits")

    cards = page.get_by_role("article")
    await expect(cards).to_have_count(2)
    await expect(cards.nth(1).get_by_role("heading", level=3)).to_contain_text("Nothing on record stands in the way")
    await cards.nth(1).get_by_text("Details").click()
    await expect(cards.nth(1).get_by_role("table").first).to_be_visible()
    log = await page.locator("#log summary").all_inner_texts()
    assert [line.split(" → ")[0] for line in reversed(log)] == [
        "GET /cds-services",
        "POST /cds-services/trial-eligibility",
        "POST /cds-services/trial-crossover",
    ]


async def test_accepting_a_suggestion_puts_it_on_record_and_the_service_keeps_the_feedback(
    page: Page, service: str
) -> None:
    before = feedback_counts(service)
    await opened_chart(page, service, "cannot-tell-yet")
    card = page.get_by_role("article").filter(has_text="NCT07441291").last
    async with page.expect_request("**/cds-services/trial-eligibility/feedback") as asked:
        await card.get_by_role("button", name="Order the 2 missing results").click()

    await expect(card.get_by_role("status")).to_have_text("Accepted. Feedback was answered with 200.")
    record = page.locator("#record li")
    await expect(record).to_have_count(2)
    await expect(record.first).to_contain_text("create ServiceRequest: Bone marrow aspirate with blast percentage")
    await record.first.locator("summary").click()
    await expect(record.first).to_contain_text('"intent"')
    [entry] = (await asked.value).post_data_json["feedback"]
    assert entry["outcome"] == "accepted"
    assert set(entry) == {"card", "outcome", "acceptedSuggestions", "outcomeTimestamp"}
    assert len(entry["acceptedSuggestions"]) == 1
    key = ("trial-eligibility", "accepted")
    assert feedback_counts(service)[key] == before.get(key, 0) + 1
    await expect(card.get_by_role("button", name="Override the card")).to_be_disabled()
    await expect(card.get_by_role("button", name="Complete the record: 3 steps")).to_be_enabled()


async def test_overriding_a_card_with_a_reason_is_kept_by_the_service(page: Page, service: str) -> None:
    before = feedback_counts(service)
    await opened_chart(page, service, "fits")
    card = page.get_by_role("article").first
    await card.get_by_label("Reason").select_option("Patient does not want to take part")
    await card.get_by_label("Comment").fill("asked today")
    await card.get_by_role("button", name="Override the card").click()

    await expect(card.get_by_role("status")).to_have_text("Overridden. Feedback was answered with 200.")
    key = ("trial-eligibility", "overridden")
    assert feedback_counts(service)[key] == before.get(key, 0) + 1


async def test_an_order_that_would_close_a_trial_is_warned_of_at_its_choice_and_at_signature(
    page: Page, service: str
) -> None:
    await opened_chart(page, service, "multi-fits")
    for button in ("Choose the order", "Sign the order"):
        await page.get_by_role("button", name=button).click()
        await expect(page.locator("#drafts")).to_contain_text("MedicationRequest")
        await expect(page.locator("#ehr-cards article.warning")).to_have_count(1)


async def test_a_patient_outside_has_no_card(page: Page, service: str) -> None:
    await opened_chart(page, service, "outside")

    await expect(page.locator("#ehr-cards")).to_contain_text("No cards: the service looked and has nothing to say.")


async def test_markdown_of_a_card_never_becomes_markup_of_the_page(page: Page, service: str) -> None:
    """Another service's card, or a name in a chart, may hold HTML."""
    evil = {"uuid": "1", "summary": "<b>bold</b>", "detail": "<img src=x onerror=alert(1)> [a](javascript:alert(1))",
            "indicator": "info", "source": {"label": "<i>i</i>", "url": "javascript:alert(2)"}}  # fmt: skip
    await page.route("**/cds-services/trial-eligibility", lambda route: route.fulfill(json={"cards": [evil]}))
    await opened_chart(page, service, "fits")
    card = page.get_by_role("article").first

    await expect(card.get_by_role("heading")).to_have_text("<b>bold</b>")
    assert await card.locator("img, b, i, a").count() == 0
