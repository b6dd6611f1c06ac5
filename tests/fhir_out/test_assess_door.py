"""POST /fhir/$assess: what is asked in which form, what is refused, and that it is an assessment like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from cds.assess import build_assessor
from cds.record.fingerprint import fingerprint_of
from cds.record.replay import replay
from hooks.app import create_app
from tests.fhir_out.asking import ASSESS, DLI, FHIR, MULTI, client, detail, get, post, value
from tests.record.doors import site, store_of
from tests.record.making import NOON
from tests.test_fixtures import bundle_of

BUNDLE = bundle_of("fits")


def parameters(*more: dict[str, Any], bundle: bytes = BUNDLE) -> bytes:
    inside: list[dict[str, Any]] = [{"name": "bundle", "resource": orjson.loads(bundle)}, *more]
    return orjson.dumps({"resourceType": "Parameters", "parameter": inside})


AS_OF = {"name": "asOf", "valueDateTime": "2026-06-01"}
ONE = {"name": "trial", "valueString": DLI}


async def test_one_trial_is_answered_with_its_guidance_response() -> None:
    answer = await post(BUNDLE, {"as_of": "2026-06-01", "trial": DLI})

    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["resourceType"] == "GuidanceResponse"


async def test_several_trials_are_answered_with_one_return_each_in_order() -> None:
    answer = (await post(BUNDLE, {"as_of": "2026-06-01"})).json()

    assert answer["resourceType"] == "Parameters"
    assert [part["name"] for part in answer["parameter"]] == ["return", "return"]
    modules = [part["resource"]["moduleCanonical"] for part in answer["parameter"]]
    assert [f"https://trials.example/fhir/ResearchStudy/{name}|2026.1" for name in (MULTI, DLI)] == modules


async def test_every_way_of_asking_gives_the_same_bytes() -> None:
    answers = [
        await post(BUNDLE, {"as_of": "2026-06-01", "trial": DLI}),
        await post(BUNDLE, {"asOf": "2026-06-01", "trial": DLI}),
        await post(parameters(AS_OF, ONE)),
        await post(parameters({"name": "asOf", "valueDate": "2026-06-01"}, {"name": "trial", "valueCode": DLI})),
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1


async def test_trials_are_named_by_repeating_the_parameter() -> None:
    both = await post(parameters(AS_OF, ONE, {"name": "trial", "valueString": MULTI}))

    assert both.content == (await post(BUNDLE, {"as_of": "2026-06-01"})).content


async def test_without_a_moment_the_clock_is_asked() -> None:
    found = (await post(BUNDLE, {"trial": DLI})).json()

    assert found["occurrenceDateTime"] == "2026-06-01T12:00:00+00:00"


async def test_the_verdict_is_that_of_the_other_door() -> None:
    async with client() as caller:
        other = await caller.post("/api/assess?as_of=2026-06-01", content=BUNDLE, headers=FHIR)
    found = (await post(BUNDLE, {"as_of": "2026-06-01", "trial": DLI})).json()

    [asked] = [trial for trial in other.json()["trials"] if trial["id"] == DLI]
    assert value(detail(found), "standing") == asked["questions"][0]["standing"]


REFUSED = [
    ("not JSON", b"x", {}, 400),
    ("a patient alone", b'{"resourceType": "Patient", "id": "1"}', {}, 400),
    ("a list", b"[]", {}, 400),
    ("a depth bomb", b'{"resourceType":"Parameters","parameter":' + b"[" * 100_000, {}, 400),
    ("no patient", b'{"resourceType": "Bundle", "type": "collection"}', {}, 400),
    ("Parameters without a Bundle", b'{"resourceType": "Parameters"}', {}, 400),
    (
        "a Bundle as a value",
        b'{"resourceType":"Parameters","parameter":[{"name":"bundle","valueString":"x"}]}',
        {},
        400,
    ),
    ("two Bundles", parameters({"name": "bundle", "resource": {"resourceType": "Bundle"}}), {}, 400),
    ("two moments", parameters(AS_OF, AS_OF), {}, 400),
    ("two moments in the URL", BUNDLE, {"as_of": "2026-06-01", "asOf": "2026-06-01"}, 400),
    ("a moment in both places", parameters(AS_OF), {"as_of": "2026-06-01"}, 400),
    ("a moment without a value", parameters({"name": "asOf"}), {}, 400),
    ("a moment that is none", BUNDLE, {"as_of": "soon"}, 400),
    ("a trial that is not known", BUNDLE, {"trial": "NCT00000000"}, 400),
    ("a parameter that is not known", parameters({"name": "patient", "valueString": "1"}), {}, 400),
    ("too large a body", b" " * 3_000_000, {}, 413),
]


@pytest.mark.parametrize(("body", "query", "status"), [pytest.param(b, q, s, id=name) for name, b, q, s in REFUSED])
async def test_what_cannot_be_assessed_is_refused_with_an_operation_outcome(
    body: bytes, query: dict[str, Any], status: int
) -> None:
    answer = await post(body, query)

    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


async def test_plain_json_is_not_fhir() -> None:
    answer = await post(BUNDLE, **{"Content-Type": "application/json"})

    assert answer.status_code == 415


WANTED = [
    ("application/fhir+json", 200), ("application/json", 200), ("*/*", 200), ("application/fhir+xml", 406),
    ("text/html", 406), ("application/fhir+xml, application/fhir+json;q=0.5", 200),
    ("application/fhir+json;q=0, application/fhir+xml", 406), ("application/fhir+json; fhirVersion=4.0", 200),
]  # fmt: skip


@pytest.mark.parametrize(("accept", "status"), WANTED)
async def test_answers_are_json_and_xml_is_406(accept: str, status: int) -> None:
    posted, read = await post(BUNDLE, {"as_of": "2026-06-01"}, Accept=accept), await get("metadata", Accept=accept)

    assert (posted.status_code, read.status_code) == (status, status)
    if status == 406:
        assert posted.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(("format_", "status"), [("json", 200), ("application/fhir+json", 200), ("xml", 406)])
async def test_the_format_in_the_url_weighs_more_than_accept(format_: str, status: int) -> None:
    async with client() as caller:
        answer = await caller.get(
            "/fhir/metadata", params={"_format": format_}, headers={"Accept": "application/fhir+xml"}
        )

    assert answer.status_code == status


async def test_the_sentences_are_in_the_language_of_the_reader() -> None:
    found = (await post(BUNDLE, {"as_of": "2026-06-01", "trial": DLI, "lang": "zh"})).json()

    assert found["language"] == "zh"


async def test_an_answered_call_is_audited_and_can_be_replayed(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    service = create_app(settings, clock=lambda: NOON)
    async with service.router.lifespan_context(service), client(service) as caller:
        answer = await caller.post(ASSESS, content=parameters(AS_OF, ONE), headers=FHIR)
        refused = await caller.post(ASSESS, content=b"x", headers=FHIR)

    assert (answer.status_code, refused.status_code) == (200, 400)
    assessor = build_assessor(settings)
    with store_of(settings) as store:
        kept = {call["status"]: call for call in store.calls(limit=3)}
        found = replay(store, assessor, fingerprint_of(assessor, settings), kept[200]["id"])
    assert {call["door"] for call in kept.values()} == {ASSESS}
    assert kept[200]["patient"] == "Patient/fits"
    assert (found.same_input, found.same_answer) == (True, True)
