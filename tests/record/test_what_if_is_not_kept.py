"""An assumption leaves no trace in the audit: what is kept, and what a replay proves, is the record's assessment."""

from __future__ import annotations

from pathlib import Path

import orjson

from cds.assess import build_assessor
from cds.record.fingerprint import fingerprint_of
from cds.record.replay import replay
from tests.record.doors import ehr_of, site, store_of


async def test_an_assumption_is_not_kept_and_the_call_can_be_replayed(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    bundle = orjson.loads(Path("fhir_fixtures/patients/multi-bilirubin.json").read_bytes())
    body = {"bundle": bundle, "as_of": "2026-06-01"}
    async with ehr_of(settings) as ehr:
        await ehr.post("/api/assess", json=body)
        await ehr.post("/api/assess", json=body | {"what_if": {"bilirubin_total_mg_dl": 1.9}, "forecast": False})

    assessor = build_assessor(settings)
    with store_of(settings) as store:
        calls = [found for kept in store.calls(limit=3) if (found := store.call(kept["id"])) is not None]
        proofs = [replay(store, assessor, fingerprint_of(assessor, settings), call["id"]) for call in calls]

    assert len(calls) == 2
    assert len({call["answer_sha256"] for call in calls}) == 1
    assert {answer["standing"] for call in calls for answer in call["answers"] if answer["trial"] == "NCT05262673"} == {
        "ineligible"
    }
    assert all(proof.same_input and proof.same_answer for proof in proofs)
