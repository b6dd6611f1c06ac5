"""What the audit keeps of a call, what it never keeps, and the proof that the answer was so."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml

from cds.assess import Assessor, build_assessor
from cds.record.evidence import MATERIAL, packed, unpacked
from cds.record.fingerprint import fingerprint_of
from cds.record.replay import Replay, ReplayError, replay
from cds.record.rows import Evidence
from cds.record.store import Record, Store
from cds.settings import Settings
from rules.trial import Criterion, Trial
from tests.record.doors import REQUESTS, SERVICE, call, ehr_of, site, store_of
from tests.record.making import NOON, a_call

PATIENT = Path("fhir_fixtures/patients/fits.json")


async def asked(settings: Settings, *requests: dict[str, Any]) -> list[httpx.Response]:
    async with ehr_of(settings) as ehr:
        return [await ehr.post(SERVICE, json=request) for request in requests]


def only_call(store: Store) -> Record:
    [listed] = store.calls(limit=10)
    found = store.call(listed["id"])
    assert found is not None
    return found


def proof(settings: Settings, assessor: Assessor | None = None) -> Replay:
    chosen = assessor or build_assessor(settings)
    with store_of(settings) as store:
        return replay(store, chosen, fingerprint_of(chosen, settings), store.calls(limit=1)[0]["id"])


async def test_an_answered_call_says_who_what_whom_and_with_which_packs(tmp_path: Path) -> None:
    settings = site(tmp_path)
    [answer] = await asked(settings, call())

    with store_of(settings) as store:
        kept = only_call(store)
    assert (kept["door"], kept["hook"], kept["status"], kept["at"]) == ("trial-eligibility", "patient-view", 200, NOON)
    assert (kept["user"], kept["patient"], kept["as_of"]) == ("Practitioner/example", "Patient/fits", "2026-06-01")
    assert kept["instance"] == call()["hookInstance"]
    assert kept["duration_ms"] > 0
    shown = {card["uuid"]: card["extension"]["org.trialhooks.assessment"] for card in answer.json()["cards"]}
    assert {card["uuid"]: card["trial"] for card in kept["cards"]} == {u: trial["id"] for u, trial in shown.items()}
    for trial in shown.values():
        for question in trial["questions"]:
            [row] = [r for r in kept["answers"] if (r["trial"], r["question"]) == (trial["id"], question["question"])]
            assert (row["standing"], row["pack_version"]) == (question["standing"], trial["pack_version"])
            assert row["outcomes"] == {one["id"]: one["outcome"] for one in question["criteria"]}
    digests = [kept["input_sha256"], kept["answer_sha256"], kept["setup_sha256"], kept["answers"][0]["pack_sha256"]]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


async def test_a_patient_outside_is_audited_too(tmp_path: Path) -> None:
    settings = site(tmp_path)
    await asked(settings, call("outside"))

    with store_of(settings) as store:
        kept = only_call(store)
    assert (kept["status"], kept["cards"]) == (200, [])
    assert {answer["standing"] for answer in kept["answers"]} == {"not_applicable"}


async def test_a_refused_call_is_audited_with_its_status(tmp_path: Path) -> None:
    settings = site(tmp_path)
    refused = call()
    del refused["prefetch"]["patient"]
    await asked(settings, refused)

    with store_of(settings) as store:
        kept = only_call(store)
    assert (kept["status"], kept["patient"], kept["answers"], kept["answer_sha256"]) == (412, "Patient/fits", [], None)


async def test_orders_uploads_and_the_page_are_audited_by_their_door(tmp_path: Path) -> None:
    settings = site(tmp_path)
    orders = orjson.loads((REQUESTS / "multi-fits.order-sign.json").read_bytes())
    async with ehr_of(settings) as ehr:
        await ehr.post("/cds-services/trial-order-check", json=orders)
        await ehr.post("/api/assess?as_of=2026-06-01", content=PATIENT.read_bytes(),
                       headers={"Content-Type": "application/fhir+json"})  # fmt: skip
        await ehr.get("/", params={"patient": "fits"})

    with store_of(settings) as store:
        doors = sorted(found["door"] for found in store.calls(limit=10))
    assert doors == ["/", "/api/assess", "trial-order-check"]


async def test_without_the_archive_nothing_of_the_chart_is_on_the_disk(tmp_path: Path) -> None:
    request = call(fhirServer="https://ehr.example/fhir",
                   fhirAuthorization={"access_token": "planted-token", "token_type": "Bearer", "expires_in": 300,
                                      "scope": "patient/*.read", "subject": "planted-subject"})  # fmt: skip
    request["prefetch"]["patient"]["name"] = [{"family": "Zebedee-Planted"}]
    text = orjson.dumps(request).decode().replace('"value":0.3,', '"value":0.31415,')
    settings = site(tmp_path)

    await asked(settings, orjson.loads(text))

    assert "0.31415" in text
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Patient/fits" in content
    for planted in (b"Zebedee", b"planted-token", b"planted-subject", b"0.31415", b"bone marrow", b"birthDate"):
        assert planted not in content
    with store_of(settings) as store:
        assert store.evidence(only_call(store)["id"]) is None


@pytest.mark.parametrize("name", ["fits", "cannot-tell-yet", "relapse", "outside"])
async def test_an_archived_call_gives_the_same_answer_again(tmp_path: Path, name: str) -> None:
    settings = site(tmp_path, archive_evidence=True)
    await asked(settings, call(name))

    found = proof(settings)

    assert (found.same_input, found.same_answer, found.differences) == (True, True, ())


async def test_incomplete_prefetch_is_archived_as_incomplete(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    request = call()
    del request["prefetch"]["lists"]
    request["prefetch"]["specimens"] = {"resourceType": "OperationOutcome"}
    await asked(settings, request)

    assert proof(settings).same_answer


async def test_an_archived_upload_gives_the_same_answer_again(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    async with ehr_of(settings) as ehr:
        bundle = orjson.loads(PATIENT.read_bytes())
        await ehr.post("/api/assess", json={"bundle": bundle, "as_of": "2026-06-01", "trials": ["NCT07441291"]})

    assert proof(settings).same_answer


async def test_orders_replay_what_they_were_judged_by(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    orders = orjson.loads((REQUESTS / "multi-fits.order-sign.json").read_bytes())
    async with ehr_of(settings) as ehr:
        await ehr.post("/cds-services/trial-order-check", json=orders)

    assert proof(settings).same_answer


async def test_another_pack_is_named_with_what_it_changes(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    await asked(settings, call())
    trials = [_with_other_threshold(trial) for trial in build_assessor(settings).trials]
    original = build_assessor(settings)

    found = proof(settings, Assessor(tuple(trials), original.site, original._terminology, settings.timezone))

    assert (found.same_input, found.same_answer) == (True, False)
    assert "NCT07441291 enrol: pack version other, then 2026.1" in found.differences
    assert any(text.startswith("NCT07441291 enrol: pack content ") for text in found.differences)
    assert "NCT07441291 enrol: I3 fail, then pass" in found.differences


async def test_another_site_profile_is_named(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    await asked(settings, call())
    profile = tmp_path / "site.yaml"
    profile.write_text(yaml.safe_dump({"version": "2"}))

    found = proof(replace(settings, site_profile=profile))

    assert found.differences == ("site profile, code tables or time zone differ from those of the call",)
    assert found.same_answer


async def test_tampered_evidence_is_found_out(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    await asked(settings, call())
    with store_of(settings) as store:
        kept = only_call(store)
        evidence = store.evidence(kept["id"])
        assert evidence is not None
        other = packed(unpacked(evidence[1]).replace(b'"value":0.3,', b'"value":0.4,'))
        store.insert([a_call("forged", **{name: kept[name] for name in ("patient", "as_of", "input_sha256",
                             "answer_sha256")}), Evidence(a_call("forged").id, MATERIAL, other)])  # fmt: skip
        assessor = build_assessor(settings)
        found = replay(store, assessor, fingerprint_of(assessor, settings), a_call("forged").id)

    assert (found.same_input, found.same_answer) == (False, False)


async def test_what_cannot_be_replayed_is_said(tmp_path: Path) -> None:
    settings = site(tmp_path)
    await asked(settings, call())
    assessor = build_assessor(settings)
    with store_of(settings) as store:
        store.insert([a_call("refused", status=412), a_call("broken"), Evidence(a_call("broken").id, MATERIAL, b"x")])
        unarchived = next(found["id"] for found in store.calls(limit=9) if found["user"])
        cannot = {
            "nobody": "no call",
            a_call("refused").id: "refused with 412",
            a_call("broken").id: "damaged",
            unarchived: "TRIAL_HOOKS_ARCHIVE_EVIDENCE",
        }
        for call_id, why in cannot.items():
            with pytest.raises(ReplayError, match=why):
                replay(store, assessor, fingerprint_of(assessor, settings), call_id)


def _with_other_threshold(trial: Trial) -> Trial:
    """The pack with a flow MRD threshold that no patient meets."""
    if trial.id != "NCT07441291":
        return trial
    questions = []
    for question in trial.questions:
        criteria = [_raised(one) if one.id == "I3" else one for one in question.criteria]
        questions.append(question.model_copy(update={"criteria": tuple(criteria)}))
    return trial.model_copy(update={"version": "other", "questions": tuple(questions)})


def _raised(criterion: Criterion) -> Criterion:
    assert criterion.when is not None
    return criterion.model_copy(update={"when": criterion.when.model_copy(update={"value": Decimal(99)})})
