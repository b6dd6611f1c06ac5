"""POST …/feedback: what is taken, what is refused, and what is kept of it (CDS Hooks 2.0 §"Feedback")."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cds.record.store import Record
from cds.settings import Settings
from tests.record.doors import SERVICE, call, ehr_of, site, store_of
from tests.record.making import named

JSON = {"Content-Type": "application/json"}
FEEDBACK = f"{SERVICE}/feedback"
CARD = named("card")


@pytest.fixture
async def ehr(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with ehr_of(site(tmp_path)) as client:
        yield client


def entry(**changes: Any) -> dict[str, Any]:
    """An overridden card, with changes; None takes a member away."""
    made = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-06-01T08:30:00.123Z"} | changes
    return {name: value for name, value in made.items() if value is not None}


def kept(settings: Settings) -> list[Record]:
    with store_of(settings) as store:
        return store.feedback()


GOOD = [
    ("overridden without a reason", entry()),
    ("overridden for a reason", entry(overrideReason={"reason": {"code": "other-plan", "system": "urn:x"}})),
    ("a reason as the sandbox sends it", entry(overrideReason={"reason": {"code": "other-plan"}})),
    ("only a comment", entry(overrideReason={"userComment": "seen"})),
    ("accepted", entry(outcome="accepted", acceptedSuggestions=[{"id": named("s")}])),
    ("a card that was never shown", entry(card=named("never"))),
    ("another offset", entry(outcomeTimestamp="2026-06-01T10:30:00+02:00")),
    ("an upper-case uuid", entry(card=CARD.upper())),
    ("members that nobody knows", entry(extension={"org.example": {}}, more=1)),
]
BAD = [
    ("no card", entry(card=None)),
    ("an empty card", entry(card="")),
    ("a card with markup", entry(card="<b>")),
    ("no outcome", entry(outcome=None)),
    ("ignored", entry(outcome="ignored")),
    ("accepted without suggestions", entry(outcome="accepted")),
    ("a suggestion that is no object", entry(outcome="accepted", acceptedSuggestions=["x"])),
    ("an empty reason", entry(overrideReason={})),
    ("a reason without a code", entry(overrideReason={"reason": {"display": "x"}})),
    ("a reason with control characters", entry(overrideReason={"reason": {"code": "a\x00b"}})),
    ("no time", entry(outcomeTimestamp=None)),
    ("a day", entry(outcomeTimestamp="2020-12-11")),
    ("no zone", entry(outcomeTimestamp="2020-12-11T10:00:00")),
    ("no such day", entry(outcomeTimestamp="2026-02-30T10:00:00Z")),
    ("a time before all times", entry(outcomeTimestamp="0001-01-01T00:00:00+14:00")),
    ("digits of another script", entry(outcomeTimestamp="٢٠٢٦-06-01T10:00:00Z")),
]


@pytest.mark.parametrize("given", [pytest.param(body, id=name) for name, body in GOOD])
async def test_good_feedback_gets_200_and_is_kept(tmp_path: Path, given: dict[str, Any]) -> None:
    settings = site(tmp_path)
    async with ehr_of(settings) as ehr:
        answer = await ehr.post(FEEDBACK, json={"feedback": [given]})

    assert (answer.status_code, answer.content) == (200, b"")
    assert [row["outcome"] for row in kept(settings)] == [given["outcome"]]


@pytest.mark.parametrize("given", [pytest.param(body, id=name) for name, body in BAD])
async def test_bad_feedback_gets_400_and_nothing_of_its_post_is_kept(tmp_path: Path, given: dict[str, Any]) -> None:
    settings = site(tmp_path)
    async with ehr_of(settings) as ehr:
        answer = await ehr.post(FEEDBACK, json={"feedback": [entry(), given]})

    assert (answer.status_code, answer.json()["resourceType"]) == (400, "OperationOutcome")
    assert kept(settings) == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"{}", b'{"feedback": {}}', b'{"feedback": [1]}', b'{"feedback":"\xff"}']
)
async def test_a_body_that_is_no_feedback_is_400(ehr: httpx.AsyncClient, body: bytes) -> None:
    assert (await ehr.post(FEEDBACK, content=body, headers=JSON)).status_code == 400


async def test_wrong_doors(ehr: httpx.AsyncClient) -> None:
    body = {"feedback": [entry()]}
    assert (await ehr.post("/cds-services/other/feedback", json=body)).status_code == 404
    assert (await ehr.get(FEEDBACK)).status_code == 405
    assert (await ehr.post(FEEDBACK, content=b"{}", headers={"Content-Type": "text/plain"})).status_code == 415
    assert (await ehr.post(FEEDBACK, json={"feedback": [entry()] * 1001})).status_code == 413


async def test_the_same_post_twice_is_kept_once_and_a_second_opinion_beside_it(tmp_path: Path) -> None:
    settings = site(tmp_path)
    second = entry(outcome="accepted", acceptedSuggestions=[], outcomeTimestamp="2026-06-01T09:00:00Z")
    async with ehr_of(settings) as ehr:
        for _ in range(2):
            await ehr.post(FEEDBACK, json={"feedback": [entry(), entry(card=CARD.upper())]})
        await ehr.post(FEEDBACK, json={"feedback": [second]})

    assert [(row["outcome"], row["card"]) for row in kept(settings)] == [("overridden", CARD), ("accepted", CARD)]


async def test_what_is_kept_joins_what_was_shown(tmp_path: Path) -> None:
    settings = site(tmp_path)
    async with ehr_of(settings) as ehr:
        cards = (await ehr.post(SERVICE, json=call())).json()["cards"]
        reason = cards[0]["overrideReasons"][0]
        given = entry(card=cards[0]["uuid"], overrideReason={"reason": reason})
        await ehr.post(FEEDBACK, json={"feedback": [given]})

    [row] = kept(settings)
    with store_of(settings) as store:
        shown = {card["uuid"]: card["trial"] for card in store.shown_cards()}
    assert shown[row["card"]] == cards[0]["source"]["topic"]["code"]
    assert (row["reason_system"], row["reason_code"]) == (reason["system"], reason["code"])
    assert row["outcome_at"] == datetime(2026, 6, 1, 8, 30, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize("keeps", [False, True])
async def test_a_comment_is_kept_only_where_the_site_wants_it(tmp_path: Path, *, keeps: bool) -> None:
    settings = site(tmp_path, keep_comments=keeps)
    async with ehr_of(settings) as ehr:
        given = entry(overrideReason={"userComment": "Mrs Zebedee-Planted declines"})
        await ehr.post(FEEDBACK, json={"feedback": [given]})

    [row] = kept(settings)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (row["comment"] is not None, row["comment_dropped"], b"Zebedee" in content) == (keeps, not keeps, keeps)


async def test_feedback_that_cannot_be_kept_is_sent_again_later(tmp_path: Path) -> None:
    async with ehr_of(site(tmp_path, spool_limit=10)) as ehr:
        shown = await ehr.post(SERVICE, json=call())
        answer = await ehr.post(FEEDBACK, json={"feedback": [entry()]})
        ready = (await ehr.get("/readyz")).json()

    assert (shown.status_code, answer.status_code) == (200, 503)
    assert (ready["status"], ready["degraded"], ready["record"]["lost"]) == ("ready", True, {"call": 1, "feedback": 1})


async def test_reasons_on_a_card_name_the_criteria_that_decide_it(ehr: httpx.AsyncClient) -> None:
    [card] = [card for card in (await ehr.post(SERVICE, json=call("cannot-tell-yet"))).json()["cards"]
              if card["source"]["topic"]["code"] == "NCT07441291"]  # fmt: skip
    questions = card["extension"]["org.trialhooks.assessment"]["questions"]
    open_ones = [one["id"] for one in questions[0]["criteria"] if one["outcome"] == "unknown"]

    codes = [reason["code"] for reason in card["overrideReasons"]]

    assert {reason["system"] for reason in card["overrideReasons"]} == {"urn:trial-hooks:override"}
    assert len(set(codes)) == len(codes)
    assert codes[:4] == ["not-interested", "other-plan", "known-ineligible", "already-referred"]
    assert codes[4 : 4 + len(open_ones)] == [f"NCT07441291.{name}" for name in open_ones]
    assert len(codes) <= 4 + 8
    assert all(reason["display"] for reason in card["overrideReasons"])


async def test_feedback_is_counted_by_service_and_outcome(ehr: httpx.AsyncClient) -> None:
    await ehr.post(FEEDBACK, json={"feedback": [entry()]})

    text = (await ehr.get("/metrics")).text
    assert 'trial_hooks_feedback_total{outcome="overridden",service="trial-eligibility"} 1.0' in text
    assert orjson.dumps(CARD).decode().strip('"') not in text
