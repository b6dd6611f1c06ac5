"""The form over HTTP: the same for everybody with an ETag, and for a patient behind the gate, audited and limited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from cds.settings import Settings
from tests.ehr.signing import token
from tests.hooks.trust.site import PUBLIC, app_of, client_entry, clients_file, site, speaking_to
from tests.record.doors import ehr_of, store_of
from tests.record.doors import site as recorded

FHIR = {"Content-Type": "application/fhir+json"}
FORM = "/fhir/Questionnaire/NCT07441291"
OPEN = f"{FORM}/$open"
PATIENT = Path("fhir_fixtures/patients/cannot-tell-yet.json").read_bytes()
NO_SUCH = "/fhir/Questionnaire/NCT00000000"


async def called(method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
    async with speaking_to(app_of(Settings(demonstration=True, public_url=PUBLIC, body_limit=500_000))) as client:
        return await client.request(method, path, content=content, headers=headers)


def is_outcome(answer: httpx.Response) -> bool:
    fhir = answer.headers["content-type"] == "application/fhir+json"
    return fhir and answer.json()["resourceType"] == "OperationOutcome"


async def test_the_form_is_fhir_and_names_its_public_address() -> None:
    answer = await called("GET", FORM)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
    assert answer.json()["url"] == f"{PUBLIC}{FORM}"


async def test_who_has_the_form_already_is_told_so() -> None:
    first = await called("GET", FORM)
    again = await called("GET", FORM, **{"If-None-Match": f'"other", {first.headers["etag"]}'})
    other = await called("GET", FORM, **{"If-None-Match": '"other"'})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.content) == (200, first.content)


async def test_another_language_has_another_etag() -> None:
    english, chinese = [await called("GET", FORM, **{"Accept-Language": language}) for language in ("en", "zh")]

    assert english.headers["etag"] != chinese.headers["etag"]
    assert "Accept-Language" in chinese.headers["vary"]


async def test_head_answers_as_get_without_a_body() -> None:
    got, head = await called("GET", FORM), await called("HEAD", FORM)

    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", got.headers["etag"])
    assert (await called("HEAD", NO_SUCH)).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", NO_SUCH), ("POST", f"{NO_SUCH}/$open")])
async def test_a_trial_that_is_not_there_is_an_outcome(method: str, path: str) -> None:
    answer = await called(method, path, PATIENT, **FHIR)

    assert answer.status_code == 404
    assert is_outcome(answer)


async def test_the_open_form_is_of_the_day_that_is_asked_for() -> None:
    """The haematopoietic work-up of June is out of date in August: more is open."""
    june, august = [await called("POST", f"{OPEN}?as_of=2026-{day}", PATIENT, **FHIR) for day in ("06-01", "08-01")]

    assert (june.status_code, june.headers["content-type"]) == (200, "application/fhir+json")
    assert len(august.content) > len(june.content)
    assert "Questions still open on 2026-06-01" in june.json()["description"]


async def test_the_same_chart_gives_the_same_bytes() -> None:
    first, second = [await called("POST", f"{OPEN}?as_of=2026-06-01", PATIENT, **FHIR) for _ in range(2)]

    assert first.content == second.content


TWO = orjson.dumps(
    {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": i}} for i in "ab"]}
)
REFUSED: list[Any] = [
    pytest.param(400, OPEN, b"[]", FHIR, id="no Bundle"),
    pytest.param(400, OPEN, b"{", FHIR, id="no JSON"),
    pytest.param(400, OPEN, b'{"resourceType": "Bundle"}', FHIR, id="no Patient"),
    pytest.param(400, OPEN, TWO, FHIR, id="two Patients"),
    pytest.param(400, f"{OPEN}?as_of=soon", PATIENT, FHIR, id="no date"),
    pytest.param(415, OPEN, PATIENT, {"Content-Type": "application/json"}, id="another media type"),
    pytest.param(413, OPEN, PATIENT + b" " * 500_000, FHIR, id="too large"),
]


@pytest.mark.parametrize(("status", "path", "body", "headers"), REFUSED)
async def test_what_cannot_be_read_is_refused(status: int, path: str, body: bytes, headers: dict[str, str]) -> None:
    answer = await called("POST", path, body, **headers)

    assert answer.status_code == status
    assert is_outcome(answer)


async def test_the_form_is_open_to_all_and_a_patients_form_is_not(tmp_path: Path) -> None:
    app = site(clients_file(tmp_path, client_entry()))
    path = f"{OPEN}?as_of=2026-06-01"
    signed = {"Authorization": f"Bearer {token(aud=f'{PUBLIC}{OPEN}')}"}
    async with speaking_to(app) as client:
        form, head = await client.get(FORM), await client.head(FORM)
        without = await client.post(path, content=PATIENT, headers=FHIR)
        reading = await client.get(path)
        with_token = await client.post(path, content=PATIENT, headers=FHIR | signed)

    assert (form.status_code, head.status_code, with_token.status_code) == (200, 200, 200)
    assert (without.status_code, without.headers["www-authenticate"]) == (401, "Bearer")
    assert "item" not in without.json()
    assert reading.status_code == 405


async def test_a_patients_form_is_audited_counted_and_leaves_no_trace_in_the_log(tmp_path: Path) -> None:
    settings = recorded(tmp_path)
    with capture_logs() as logs:
        async with ehr_of(settings) as ehr:
            await ehr.post(f"{OPEN}?as_of=2026-06-01", content=PATIENT, headers=FHIR)
            await ehr.post(OPEN, content=b"[]", headers=FHIR)
            metrics = (await ehr.get("/metrics")).text

    with store_of(settings) as store:
        kept = {found["status"]: store.call(found["id"]) for found in store.calls(limit=10)}
    assert {status: call["door"] for status, call in kept.items() if call} == {
        200: "/fhir/Questionnaire/$open",
        400: "/fhir/Questionnaire/$open",
    }
    assert kept[200] is not None
    assert kept[200]["patient"] == "Patient/cannot-tell-yet"
    assert {answer["trial"] for answer in kept[200]["answers"]} == {"NCT07441291"}
    assert 'door="/fhir/Questionnaire/$open",status="200"' in metrics
    assert "cannot-tell-yet" not in metrics + str(logs)
