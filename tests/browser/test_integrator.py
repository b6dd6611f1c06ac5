"""What an integrator does: send a request, read the answer and its timing, take it along as a command, check it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.opening import opened

SAMPLE = "fits.patient-view"
REQUEST = Path(f"fhir_fixtures/requests/{SAMPLE}.json")


async def test_a_request_is_sent_and_its_answer_and_timing_are_shown(page: Page, service: str) -> None:
    await page.goto(f"{service}/workbench/hooks?sample={SAMPLE}")
    await page.get_by_role("button", name="Send it").click()

    await expect(page.locator("#status")).to_have_text("200")
    await expect(page.locator("#card-count")).to_have_text("2")
    cards = json.loads(await page.locator("#answer-body").inner_text())["cards"]
    assert cards[0]["source"]["label"] == "trial-hooks"
    in_service, round_trip = [
        float(await page.locator(f"#{name}").inner_text()) for name in ("server-time", "round-trip")
    ]
    assert 0 < in_service <= round_trip


async def test_a_refusal_is_shown_as_it_came(chromium: Browser, service: str) -> None:
    async with opened(chromium) as page:
        await page.goto(f"{service}/workbench/hooks?sample={SAMPLE}")
        await page.locator("#service-id").select_option("trial-order-check")
        await page.get_by_role("button", name="Send it").click()

        await expect(page.locator("#status")).to_have_text("400")
        await expect(page.locator("#answer-body")).to_contain_text("This service answers the hook order-sign only.")


async def test_the_prefetch_coverage_tells_null_from_empty_and_from_there(page: Page, service: str) -> None:
    await page.goto(f"{service}/workbench/hooks?sample={SAMPLE}")
    table = page.get_by_role("table", name="Prefetch coverage")

    async def row(key: str) -> str:
        return await table.locator("tr", has=page.locator("th > code", has_text=key)).first.inner_text()

    assert "there" in await row("observations")
    assert "looked, nothing there (null)" in await row("consents")
    assert "looked, nothing there (empty Bundle)" in await row("researchSubjects")


async def test_the_command_that_is_copied_gives_the_same_answer(chromium: Browser, service: str) -> None:
    async with opened(chromium, permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.goto(f"{service}/workbench/hooks?sample={SAMPLE}")
        await page.get_by_role("button", name="Copy as curl").click()
        await expect(page.locator("#copied")).to_have_text("Copied: a curl command with this request.")
        command = await page.evaluate("navigator.clipboard.readText()")

    first, *body, end, last = command.split("\n")
    assert first == (
        "curl -s -H 'Content-Type: application/json' --data-binary @- "
        f"'{service}/cds-services/trial-eligibility' <<'TRIAL_HOOKS_REQUEST'"
    )
    assert json.loads("\n".join(body)) == json.loads(REQUEST.read_text())
    assert (end, last) == ("TRIAL_HOOKS_REQUEST", "")
    answer = subprocess.run(["bash", "-c", command], capture_output=True, check=True)  # noqa: S603, S607
    assert len(json.loads(answer.stdout)["cards"]) == 2


async def test_without_a_clipboard_the_command_is_shown(page: Page, service: str) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.goto(f"{service}/workbench/hooks?sample={SAMPLE}")
    await page.get_by_role("button", name="Copy as curl").click()

    await expect(page.locator("#curl")).to_contain_text("<<'TRIAL_HOOKS_REQUEST'")


async def test_a_request_that_is_changed_is_checked_as_changed(page: Page, service: str) -> None:
    request = json.loads(REQUEST.read_text())
    request["context"]["patientId"] = "Patient/fits"
    del request["prefetch"]["lists"]
    await page.goto(f"{service}/workbench/hooks")
    await page.get_by_label("Body (JSON)").fill(json.dumps(request))
    await page.get_by_role("button", name="Check it").click()

    table = page.get_by_role("table", name="Held against the standard")
    violated = await table.locator("tr", has=page.locator(".mark.fail")).all_inner_texts()
    assert [" ".join(row.split()[:2]) for row in violated] == ["CX-01p SHALL", "CX-11 SHALL", "PF-06 SHOULD"]
    assert await page.get_by_label("Body (JSON)").input_value() == json.dumps(request)
