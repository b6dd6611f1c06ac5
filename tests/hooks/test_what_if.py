"""`what_if` and `forecast` of POST /api/assess, GET /api/facts, the command line: what is assumed is no evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from cds.cli import app as command_line
from cds.facts import READERS
from cds.settings import Settings
from hooks.app import create_app
from tests.fhir import TRIAL, Chart
from tests.forecast.days import question_in
from tests.multi_car_t import TRIAL as MULTI
from tests.suggestions.looking import asked
from tests.test_fixtures import AS_OF, resources_of

PATIENTS = Path("fhir_fixtures/patients")
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = Settings(demonstration=True, show_ineligible=True, state=tmp_path_factory.mktemp("state"))
    return create_app(settings, clock=lambda: datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.fixture
async def api(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
        yield client


async def ask(api: httpx.AsyncClient, patient: str, **more: Any) -> httpx.Response:
    bundle = orjson.loads((PATIENTS / f"{patient}.json").read_bytes())
    return await api.post("/api/assess", json={"bundle": bundle, "as_of": "2026-06-01", **more})


async def suppose(api: httpx.AsyncClient, patient: str, **facts: Any) -> Answer:
    answer = await ask(api, patient, what_if=facts)
    assert answer.status_code == 200
    return dict(answer.json())


def standings(answer: Answer) -> dict[tuple[str, str], tuple[str, str]]:
    found = answer["what_if"]["standings"]
    return {(item["trial"], item["question"]): (item["from"], item["to"]) for item in found}


async def test_an_assumed_value_flips_its_criterion_and_the_standing(api: httpx.AsyncClient) -> None:
    answer = await suppose(api, "multi-bilirubin", bilirubin_total_mg_dl=1.9)

    assert answer["what_if"]["facts"] == [
        {"fact": "bilirubin_total_mg_dl", "label": "Total bilirubin", "value": 1.9, "unit": "mg/dL"}
    ]
    assert answer["what_if"]["flips"] == [
        {
            "trial": MULTI,
            "question": "enrol",
            "criterion": "I5e",
            "from": "fail",
            "to": "pass",
            "because": "Total bilirubin 1.9 mg/dL (assumed), at or below 2 mg/dL",
        }
    ]
    assert standings(answer)[MULTI, "enrol"] == ("ineligible", "potentially_eligible")


async def test_the_assessment_itself_stays_the_records(api: httpx.AsyncClient) -> None:
    real = (await ask(api, "multi-bilirubin")).json()
    supposed = await suppose(api, "multi-bilirubin", bilirubin_total_mg_dl=1.9, ph_status=None)

    assert supposed.pop("what_if")
    assert supposed == real


async def test_an_assumption_is_no_evidence(api: httpx.AsyncClient) -> None:
    answer = await suppose(api, "fits", active_infection="present", ecog=None)
    flips = {flip["criterion"]: flip for flip in answer["what_if"]["flips"] if flip["trial"] == TRIAL}

    assert flips["E1"]["because"] == "Active infection: present (assumed)"
    assert flips["I2"] | {"because": ""} == {
        "trial": TRIAL, "question": "enrol", "criterion": "I2", "from": "pass", "to": "unknown", "because": "",
    }  # fmt: skip
    assert flips["I2"]["because"] == "ECOG performance status: assumed to be unknown"
    assert "evidence" not in orjson.dumps(answer["what_if"]).decode()


async def test_a_fact_is_assumed_for_every_criterion_that_asks_it_whatever_its_window(api: httpx.AsyncClient) -> None:
    answer = await suppose(api, "multi-fits", uncontrolled_infection="present")

    assert [flip["criterion"] for flip in answer["what_if"]["flips"]] == ["E1", "E2"]


async def test_a_patient_without_any_sign_of_the_disease_stays_outside(api: httpx.AsyncClient) -> None:
    """Only who assumes the disease puts the question (B6.1)."""
    assert (await suppose(api, "outside", alt_xuln=2.0))["what_if"]["standings"] == []
    assert standings(await suppose(api, "outside", b_lineage_all="present")) == {
        (MULTI, "enrol"): ("not_applicable", "indeterminate"),
        (TRIAL, "enrol"): ("not_applicable", "ineligible"),
    }


async def test_nothing_is_assumed_of_the_dead(api: httpx.AsyncClient) -> None:
    assert (await suppose(api, "deceased", b_lineage_all="present", ecog=1))["what_if"]["standings"] == []


WRONG = [
    pytest.param({"alt_xul": 2}, "did you mean 'alt_xuln'?", id="a name that is nearly right"),
    pytest.param({"ph_status": "negativ"}, "did you mean 'negative'?", id="a code that is nearly right"),
    pytest.param({"alt_xuln": "one"}, "alt_xuln must be a number from 0 to", id="a word for a number"),
    pytest.param({"alt_xuln": -1}, "alt_xuln must be a number from 0 to", id="a number below zero"),
    pytest.param({"alt_xuln": 1e300}, "alt_xuln must be a number from 0 to", id="a number beyond all measure"),
    pytest.param({"ecog": 6}, "ecog must be one of 0, 1, 2, 3, 4, 5, or null", id="above the end of a scale"),
    pytest.param({"ecog": 1.5}, "ecog must be one of 0, 1, 2, 3, 4, 5, or null", id="between two steps of a scale"),
    pytest.param({"ecog": "one"}, "ecog must be one of 0, 1, 2, 3, 4, 5, or null", id="a word for a score"),
    pytest.param({"karnofsky": 85}, "karnofsky must be one of 0, 10, 20,", id="no step of Karnofsky's"),
    pytest.param({"lvef_pct": 100.1}, "lvef_pct must be a number from 0 to 100 in %", id="more than all"),
    pytest.param({"ph_status": 1}, "ph_status must be a code", id="a number for a code"),
    pytest.param({"ecog": True}, "The body must be JSON like", id="a boolean"),
    pytest.param(["ecog"], "The body must be JSON like", id="a list"),
]


@pytest.mark.parametrize(("facts", "said"), WRONG)
async def test_what_cannot_be_assumed_is_refused_with_what_can(api: httpx.AsyncClient, facts: Any, said: str) -> None:
    answer = await ask(api, "fits", what_if=facts)

    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert said in answer.json()["issue"][0]["diagnostics"]


async def test_a_forecast_comes_with_every_assessment_unless_it_is_declined(api: httpx.AsyncClient) -> None:
    with_it = question_in((await ask(api, "fits")).json())
    without = question_in((await ask(api, "fits", forecast=False)).json())

    assert (with_it["valid_until"], with_it["changes_on"], with_it["changes_to"]) == (
        "2026-06-06",
        "2026-06-07",
        "indeterminate",
    )
    assert not {"valid_until", "changes_on", "changes_to", "changes_because"} & without.keys()


async def test_a_bundle_alone_declines_it_by_query(api: httpx.AsyncClient) -> None:
    body, fhir = (PATIENTS / "fits.json").read_bytes(), {"Content-Type": "application/fhir+json"}
    found = await api.post("/api/assess?as_of=2026-06-01&forecast=false", content=body, headers=fhir)

    assert "changes_on" not in question_in(found.json())


async def test_every_fact_is_listed_for_a_form(api: httpx.AsyncClient) -> None:
    facts = {fact["name"]: fact for fact in (await api.get("/api/facts")).json()}

    assert facts.keys() == READERS.keys()
    assert facts["alt_xuln"] == {
        "name": "alt_xuln",
        "label": "ALT",
        "kind": "quantity",
        "unit": "x ULN",
        "question": "How many times its upper limit of normal is ALT?",
        "trials": [MULTI],
    }
    assert facts["ecog"]["values"] == [0, 1, 2, 3, 4, 5]
    assert facts["karnofsky"]["values"] == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert facts["b_lineage_all"]["codes"] == ["present", "absent"]
    assert facts["b_lineage_all"]["trials"] == [MULTI, TRIAL]


async def card(api: httpx.AsyncClient, patient: str, trial: str) -> str:
    request = orjson.loads((PATIENTS.parent / "requests" / f"{patient}.patient-view.json").read_bytes())
    return await detail_of(api, request, trial)


async def detail_of(api: httpx.AsyncClient, request: dict[str, Any], trial: str) -> str:
    cards = (await api.post("/cds-services/trial-eligibility", json=request)).json()["cards"]
    [found] = [card for card in cards if card["source"]["topic"]["code"] == trial]
    return str(found["detail"])


async def test_a_card_says_what_expires_first(api: httpx.AsyncClient) -> None:
    expires = "E1: Active infection must be checked again after 2026-06-06."
    answered = asked(Chart(tuple(resources_of("fits-all-answered"))), AS_OF["fits-all-answered"])

    assert "Could enrol today; " in await detail_of(api, answered, TRIAL)
    left_to_answer = await card(api, "fits", TRIAL)
    assert f"First to end: {expires}" in left_to_answer
    assert "Could enrol" not in left_to_answer, "the clinician's word on organ function is missing"


async def test_a_card_of_a_closed_study_does_not_say_that_anybody_could_enrol(api: httpx.AsyncClient) -> None:
    detail = await card(api, "multi-fits", MULTI)

    assert "First to end: I6: Haemoglobin expires 2026-06-04." in detail
    assert "Could enrol" not in detail


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


def test_the_command_line_prints_forecast_near_miss_and_flips(shell: CliRunner) -> None:
    bundle, day = str(PATIENTS / "multi-bilirubin.json"), "2026-06-01"
    printed = shell.invoke(
        command_line, ["assess", bundle, "--as-of", day, "--what-if", "bilirubin_total_mg_dl=1.9", "--what-if", "ecog="]
    ).output

    assert "From 2026-06-12 by time alone: indeterminate. I5e: Total bilirubin expires 2026-06-11" in printed
    assert "Near miss: Total bilirubin 2.05 mg/dL (35 umol/L, 2026-05-28), limit 2." in printed
    assert "What if bilirubin_total_mg_dl = 1.9 mg/dL, ecog = null:" in printed
    assert "NCT05262673 enrol: ineligible -> potentially eligible" in printed
    assert "I5e: fail -> pass (Total bilirubin 1.9 mg/dL (assumed), at or below 2 mg/dL)" in printed


def test_the_command_line_says_on_which_day_a_criterion_is_met(shell: CliRunner) -> None:
    printed = shell.invoke(
        command_line, ["assess", str(PATIENTS / "both-steroid.json"), "--as-of", "2026-06-01"]
    ).output

    assert "E5 will be met on 2026-06-06, by time alone." in printed


def test_the_command_line_gives_the_same_json_as_the_api(shell: CliRunner) -> None:
    printed = shell.invoke(
        command_line,
        ["assess", str(PATIENTS / "fits.json"), "--as-of", "2026-06-01", "--json", "--what-if", "ecog=3"],
    ).output
    found = orjson.loads(printed)

    assert found["what_if"]["flips"][0]["criterion"] == "I2"
    assert question_in(found)["changes_on"] == "2026-06-07"
