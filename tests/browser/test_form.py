"""The form goes round: the service gives it, LHC-Forms draws it, a person clicks, and the answers decide.

LHC-Forms is a form renderer for FHIR questionnaires. The tests do what an EHR does around it: they hand it what the
service gives, complete the response that it exports (who, when, about whom), and send that with the chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from tests.browser.conftest import HERE, missing
from tests.ehr.serving import serving

Resource = dict[str, Any]
AS_OF = "2026-06-01"
FHIR = {"Content-Type": "application/fhir+json"}
DRAW = """form => LForms.Util.addFormToPage(
    LForms.Util.convertFHIRQuestionnaireToLForms(form, "R4"), "form", {fhirVersion: "R4"})"""
EXPORT = "() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', '#form')"
TRIALS = [
    pytest.param("NCT07441291", "cannot-tell-yet", id="NCT07441291"),
    pytest.param("NCT05262673", "multi-cannot-tell-yet", id="NCT05262673"),
]


@pytest.fixture(scope="module")
def renderer() -> Iterator[str]:
    """The address of a page with LHC-Forms on it, served from this machine."""
    lforms = HERE / "node_modules" / "lforms" / "dist" / "lforms"
    if not lforms.is_dir():
        missing("lforms (npm ci --prefix tests/browser)")
    files = [("/lforms", lforms), ("/", HERE / "forms")]
    with serving(Starlette(routes=[Mount(at, StaticFiles(directory=where, html=True)) for at, where in files])) as base:
        yield base


def chart_of(name: str) -> Resource:
    chart: Resource = orjson.loads(Path(f"fhir_fixtures/patients/{name}.json").read_bytes())
    return chart


def open_form(service: str, trial: str, chart: Resource) -> Resource:
    """What is still open for the patient."""
    answer = httpx.post(f"{service}/fhir/Questionnaire/{trial}/$open?as_of={AS_OF}", json=chart, headers=FHIR)
    return dict(answer.raise_for_status().json())


def assessed(service: str, trial: str, chart: Resource) -> Resource:
    """The enrolment question of one trial: its standing, and its criteria by id."""
    upload = {"bundle": chart, "as_of": AS_OF, "trials": [trial]}
    [found] = httpx.post(f"{service}/api/assess", json=upload).raise_for_status().json()["trials"]
    [enrol] = [question for question in found["questions"] if question["question"] == "enrol"]
    return {"standing": enrol["standing"], "criteria": {found["id"]: found for found in enrol["criteria"]}}


def open_in(verdict: Resource) -> set[str]:
    return {name for name, found in verdict["criteria"].items() if found["outcome"] == "unknown"}


def links_of(form: Resource) -> list[str]:
    return [item["linkId"] for group in form.get("item", []) for item in group["item"]]


async def draw(page: Page, renderer: str, form: Resource) -> None:
    """Show the form; nothing may be loaded from elsewhere."""
    elsewhere: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(renderer) else elsewhere.append(request.url))
    await page.goto(renderer)
    await page.wait_for_function("!!(window.LForms?.FHIR?.R4 && LForms.Util.addFormToPage)")
    await page.evaluate(DRAW, form)
    await page.get_by_role("heading", name=form["title"]).wait_for()
    assert elsewhere == []


async def click(page: Page, answers: Mapping[str, str]) -> None:
    """Answer questions: criterion id -> Yes, No or Not sure. What is ticked shows on the label, not on its input."""
    for link, word in answers.items():
        choice = page.locator(f'lhc-item[id^="item-{link}/"] label.lhc-answer').filter(has_text=re.compile(f"^{word}$"))
        await choice.click()
        await expect(choice).to_have_class(re.compile("ant-radio-wrapper-checked"))


async def completed(page: Page, chart: Resource) -> Resource:
    """The chart with the form's answers in it, signed by a physician on the day."""
    [patient] = [e["resource"] for e in chart["entry"] if e["resource"]["resourceType"] == "Patient"]
    response = await page.evaluate(EXPORT)
    response |= {
        "id": "from-the-form",
        "status": "completed",
        "authored": f"{AS_OF}T09:00:00Z",
        "subject": {"reference": f"Patient/{patient['id']}"},
        "author": {"reference": "Practitioner/7", "display": "Dr. Lin"},
    }
    return {**chart, "entry": [*chart["entry"], {"resource": response}]}


def favourable(links: list[str]) -> dict[str, str]:
    return {link: "No" if link.startswith("E") else "Yes" for link in links}


@pytest.mark.parametrize(("trial", "name"), TRIALS)
async def test_answering_all_that_is_open_lets_nothing_stand_in_the_way(
    page: Page, service: str, renderer: str, trial: str, name: str
) -> None:
    chart = chart_of(name)
    before, form = assessed(service, trial, chart), open_form(service, trial, chart)
    await draw(page, renderer, form)
    await click(page, favourable(links_of(form)))

    after = assessed(service, trial, await completed(page, chart))

    assert (before["standing"], after["standing"]) == ("indeterminate", "potentially_eligible")
    assert (set(links_of(form)), open_in(after)) == (open_in(before), set())
    for link in links_of(form):
        assert "(Dr. Lin)" in "".join(item["value"] for item in after["criteria"][link]["evidence"])


@pytest.mark.parametrize(("trial", "name"), TRIALS)
async def test_yes_to_an_exclusion_shuts_the_patient_out_and_not_sure_leaves_it_open(
    page: Page, service: str, renderer: str, trial: str, name: str
) -> None:
    chart = chart_of(name)
    form = open_form(service, trial, chart)
    first, *others = [link for link in links_of(form) if link.startswith("E")]
    await draw(page, renderer, form)
    await click(page, {first: "Yes"} | dict.fromkeys(others, "Not sure"))

    after = assessed(service, trial, await completed(page, chart))

    assert (after["standing"], after["criteria"][first]["outcome"]) == ("ineligible", "fail")
    assert {after["criteria"][link]["outcome"] for link in others} == {"unknown"}


@pytest.mark.parametrize(
    ("trial", "name", "criterion"), [("NCT07441291", "fits", "I2"), ("NCT05262673", "multi-fits", "I5a")]
)
async def test_an_answer_against_the_data_is_shown_as_a_conflict(
    page: Page, service: str, renderer: str, trial: str, name: str, criterion: str
) -> None:
    """On the whole form, because what the record answers is not asked on the open one."""
    chart = chart_of(name)
    assert assessed(service, trial, chart)["criteria"][criterion]["outcome"] == "pass"
    await draw(page, renderer, httpx.get(f"{service}/fhir/Questionnaire/{trial}").raise_for_status().json())
    await click(page, {criterion: "No"})

    after = assessed(service, trial, await completed(page, chart))

    found = after["criteria"][criterion]
    assert (after["standing"], found["outcome"], found["reason"]) == ("indeterminate", "unknown", "conflict")
    assert "QuestionnaireResponse/from-the-form" in {item["reference"] for item in found["evidence"]}
    assert len(found["evidence"]) > 1
    assert criterion in links_of(open_form(service, trial, await completed(page, chart)))


async def test_the_form_tells_what_the_record_says(page: Page, service: str, renderer: str) -> None:
    await draw(page, renderer, open_form(service, "NCT07441291", chart_of("cannot-tell-yet")))
    await page.get_by_role("button", name="ECOG performance status 0-2").click()

    assert "the latest result is of 2026-03-15" in await page.get_by_role("tooltip").inner_text()


async def test_nothing_is_asked_of_a_patient_of_whom_all_is_known(page: Page, service: str, renderer: str) -> None:
    form = open_form(service, "NCT07441291", chart_of("fits-all-answered"))
    await draw(page, renderer, form)

    assert (links_of(form), await page.get_by_role("radio").count()) == ([], 0)
