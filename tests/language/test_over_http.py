"""Languages over HTTP: callers of different languages at the same time, in threads as well; the record knows none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cds.assess import build_assessor
from cds.record.fingerprint import fingerprint_of
from cds.record.replay import replay
from cds.settings import Settings
from hooks import service
from hooks.app import create_app
from tests.language.reading import FIXTURES
from tests.record.doors import ehr_of, site, store_of

PATIENT = FIXTURES["cannot-tell-yet"]
SAID = {"en": "ECOG performance status: the latest result is of", "zh": "ECOG 评分：最近结果为"}  # noqa: RUF001 - Chinese
FHIR = {"Content-Type": "application/fhir+json"}


def client() -> httpx.AsyncClient:
    app = create_app(Settings(demonstration=True))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cds.example")


async def assessed(ehr: httpx.AsyncClient, language: str) -> dict[str, Any]:
    answer = await ehr.post(
        f"/api/assess?as_of={PATIENT.as_of}",
        content=PATIENT.path.read_bytes(),
        headers={**FHIR, "Accept-Language": language},
    )
    assert answer.headers["content-language"] == language
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


def because(assessment: dict[str, Any], trial: str = "NCT07441291", criterion: str = "I2") -> str:
    [found] = [t for t in assessment["trials"] if t["id"] == trial]
    return next(str(c["because"]) for c in found["questions"][0]["criteria"] if c["id"] == criterion)


@pytest.mark.parametrize("inline", [200_000, 0], ids=["in the event loop", "in worker threads"])
async def test_callers_of_two_languages_at_once_each_get_their_own(
    inline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "INLINE_BYTES", inline)
    wanted = ["en", "zh"] * 8
    async with client() as ehr:
        answers = await asyncio.gather(*(assessed(ehr, language) for language in wanted))
    for language, answer in zip(wanted, answers, strict=True):
        assert because(answer).startswith(SAID[language])


async def test_codes_are_the_same_in_every_language() -> None:
    async with client() as ehr:
        english, chinese = [await assessed(ehr, language) for language in ("en", "zh")]
    for one, two in zip(english["trials"], chinese["trials"], strict=True):
        for question, frage in zip(one["questions"], two["questions"], strict=True):
            assert question["standing"] == frage["standing"]
            assert [codes(c) for c in question["criteria"]] == [codes(c) for c in frage["criteria"]]


def codes(criterion: dict[str, Any]) -> list[Any]:
    return [criterion.get(name) for name in ("id", "kind", "quote", "outcome", "needs", "reason", "valid_until")]


async def test_discovery_is_in_the_language_of_the_site_for_clients_that_name_none() -> None:
    app = create_app(Settings(demonstration=True, language="zh"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cds.example") as ehr:
        found = (await ehr.get("/cds-services")).json()["services"]
    assert found[0]["title"] == "白血病临床试验入组资格"
    assert [each["id"] for each in found] == [
        "trial-eligibility", "trial-crossover", "trial-order-select", "trial-order-check"
    ]  # fmt: skip


async def test_an_answer_given_in_chinese_is_proven_by_a_replay_in_english(tmp_path: Path) -> None:
    settings = site(tmp_path, archive_evidence=True)
    async with ehr_of(settings) as ehr:
        assert because(await assessed(ehr, "zh")).startswith(SAID["zh"])
    assessor = build_assessor(settings)
    with store_of(settings) as store:
        call = store.calls(limit=1)[0]["id"]
        found = replay(store, assessor, fingerprint_of(assessor, settings), call)
    assert (found.same_input, found.same_answer, found.differences) == (True, True, ())
