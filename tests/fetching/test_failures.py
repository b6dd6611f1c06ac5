"""Each way a FHIR server can fail: the type stays incomplete for a stated reason, everything else is still had."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from tests.fetching.ehr import BASE, TOKEN, Answer, Caller, Ehr, fhir, ids, searchset
from tests.fhir import condition, icd

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def status(code: int, **headers: str) -> Answer:
    return lambda _: fhir(OUTCOME, code, **headers)


def raises(error: Callable[[str], Exception]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error(f"failed for {request.url}")

    return answer


def redirect(target: str) -> Answer:
    return lambda _: httpx.Response(302, headers={"Location": target})


def text(body: str, kind: str) -> Answer:
    return lambda _: httpx.Response(200, text=body, headers={"Content-Type": kind})


async def never(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(60)
    return fhir(searchset([]))


def pages_of(*pages: dict[str, Any]) -> Answer:
    """The pages in turn, the last one for ever."""
    left = list(pages)
    return lambda _: fhir(left.pop(0) if len(left) > 1 else left[0])


ONE = condition("leukaemia", icd("C91.01"))
FAILURES: list[tuple[str, Answer, str]] = [
    ("401", status(401), "the token was refused"),
    ("403", status(403), "access was denied"),
    ("404", status(404), "not found"),
    ("410", status(410), "not found"),
    ("400", status(400), "the query was refused"),
    ("429 for longer than the deadline", status(429, **{"Retry-After": "120"}), "the server is busy"),
    ("500", status(500), "the server failed"),
    ("503 for longer than the deadline", status(503, **{"Retry-After": "120"}), "the server is busy"),
    ("a read that times out", raises(httpx.ReadTimeout), "no answer in time"),
    ("connection refused", raises(httpx.ConnectError), "the server cannot be reached"),
    ("a broken connection", raises(httpx.RemoteProtocolError), "the server cannot be reached"),
    ("a silent server", never, "no answer in time"),
    ("not JSON", text("{'resourceType'", "application/fhir+json"), "the answer is not FHIR"),
    ("HTML", text("<html>login</html>", "text/html"), "the answer is not FHIR"),
    ("JSON of another kind", lambda _: fhir([1, 2]), "the answer is not FHIR"),
    ("an OperationOutcome with 200", lambda _: fhir(OUTCOME), "the query was refused"),
    ("an OperationOutcome among the entries", pages_of(searchset([ONE, OUTCOME | {"id": "o"}])), "only part of it"),
    ("a broken gzip", lambda _: httpx.Response(200, content=b"xx", headers={"Content-Encoding": "gzip"}), "not FHIR"),
    ("a next link to itself", pages_of(searchset([ONE], f"{BASE}/Condition?patient=1")), "the pages never end"),
    ("a next link without an address", pages_of({**searchset([ONE]), "link": [{"relation": "next"}]}), "never end"),
    ("a next link to another host", pages_of(searchset([ONE], "https://evil.example/p2")), "another host"),
    ("a next link to http", pages_of(searchset([ONE], "http://ehr.example/fhir/p2")), "another host"),
    ("a redirect to another host", redirect("https://evil.example/fhir/Condition"), "another host"),
    ("a redirect to itself", redirect(f"{BASE}/Condition?patient=1"), "the pages never end"),
    ("more announced than sent", pages_of(searchset([ONE], total=7)), "announced more than it sent"),
    (
        "the same page twice under another address",
        pages_of(searchset([ONE], f"{BASE}/Condition?start=1", total=2), searchset([ONE], total=2)),
        "announced more than it sent",
    ),
]


@pytest.mark.parametrize(("answer", "reason"), [pytest.param(a, r, id=name) for name, a, r in FAILURES])
async def test_a_failure_leaves_one_type_incomplete_with_its_reason(answer: Answer, reason: str) -> None:
    material = await Caller().fetch(Ehr(instead={"Condition": answer}), deadline=0.5)

    [warning] = [w for w in material.warnings if w.text.startswith("Condition")]
    assert "Condition" in material.incomplete
    assert reason in warning.text


@pytest.mark.parametrize(
    "answer", [pytest.param(a, id=name) for name, a, _ in FAILURES if name not in ("401", "connection refused")]
)
async def test_a_failure_costs_no_other_type(answer: Answer) -> None:
    material = await Caller().fetch(Ehr(instead={"Condition": answer}), deadline=0.5)

    assert material.incomplete == {"Condition"}
    assert ids(material, "Patient") == ["1"]


@pytest.mark.parametrize("answer", [pytest.param(a, id=name) for name, a, _ in FAILURES])
async def test_no_failure_shows_an_address_a_token_or_an_id(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    material = await Caller().fetch(Ehr(instead={"Condition": answer}), deadline=0.5)

    said = " ".join(warning.text for warning in material.warnings) + caplog.text
    assert not any(word in said for word in (TOKEN, "ehr.example", "evil.example", "patient=1", "Patient/1"))


@pytest.mark.parametrize("name", ["a next link to another host", "a redirect to another host", "a next link to http"])
async def test_the_token_goes_to_the_fhir_server_and_nowhere_else(name: str) -> None:
    [answer] = [a for n, a, _ in FAILURES if n == name]
    ehr = Ehr(instead={"Condition": answer})

    await Caller().fetch(ehr, deadline=0.5)

    assert {(request.url.scheme, request.url.host) for request in ehr.asked} == {("https", "ehr.example")}
    assert {request.headers["authorization"] for request in ehr.asked} == {f"Bearer {TOKEN}"}


async def test_after_a_refused_token_nothing_more_is_asked() -> None:
    ehr = Ehr(instead={kind: status(401) for kind in ("Condition", "Observation", "Patient", "Procedure")})

    material = await Caller().fetch(ehr)

    assert len(ehr.asked) <= 7  # what was under way at the same time, not the whole list of twelve
    assert {"Consent", "List"} <= material.incomplete


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("wait", ["0", "Mon, 01 Jun 2026 12:00:00 GMT"], ids=["seconds", "a date"])
async def test_a_busy_server_is_asked_again_when_it_said(code: int, wait: str) -> None:
    answers = [fhir(OUTCOME, code, **{"Retry-After": wait}), fhir(searchset([ONE], total=1))]

    material = await Caller().fetch(Ehr(instead={"Condition": lambda _: answers.pop(0)}))

    assert (material.incomplete, ids(material, "Condition")) == (set(), ["leukaemia"])


async def test_a_server_that_asks_for_patience_beyond_the_deadline_is_not_waited_for() -> None:
    started = asyncio.get_running_loop().time()

    await Caller().fetch(Ehr(instead={"Condition": status(429, **{"Retry-After": "60"})}), deadline=5)

    assert asyncio.get_running_loop().time() - started < 2


async def test_a_lost_connection_is_tried_again() -> None:
    answers: list[Any] = [httpx.ConnectError("gone"), fhir(searchset([ONE]))]

    def answer(request: httpx.Request) -> httpx.Response:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    material = await Caller().fetch(Ehr(instead={"Condition": answer}))

    assert ids(material, "Condition") == ["leukaemia"]


async def test_a_failure_of_the_server_itself_is_not_tried_again() -> None:
    ehr = Ehr(instead={"Condition": status(500)})

    await Caller().fetch(ehr)

    assert len([path for path in ehr.paths() if path.startswith("/Condition")]) == 1


async def test_the_deadline_holds_for_everything_and_keeps_what_came_before() -> None:
    ehr = Ehr(instead=dict.fromkeys(("Condition", "List", "Specimen"), never))
    started = asyncio.get_running_loop().time()

    material = await Caller().fetch(ehr, deadline=0.5)

    assert asyncio.get_running_loop().time() - started < 1.5
    assert material.incomplete == {"Condition", "List", "Specimen"}
    assert "ecog" in ids(material, "Observation")


async def test_the_pages_before_the_deadline_are_kept_but_are_not_everything() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        return await never(request) if "start" in str(request.url) else ehr.answer(request)

    ehr = Ehr(page_size=2, instead={"Observation": slow})
    material = await Caller().fetch(ehr, deadline=0.5)

    assert len(ids(material, "Observation")) == 2
    assert "Observation" in material.incomplete


async def test_gzip_is_read() -> None:
    body = gzip.compress(orjson.dumps(searchset([ONE])))

    material = await Caller().fetch(
        Ehr(instead={"Condition": lambda _: httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"})})
    )

    assert ids(material, "Condition") == ["leukaemia"]


async def test_a_page_beyond_the_limit_of_bytes_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds.fetching.client.PAGE_BYTES", 100_000)
    bomb = gzip.compress(b" " * 10_000_000)

    material = await Caller().fetch(
        Ehr(instead={"Condition": lambda _: httpx.Response(200, content=bomb, headers={"Content-Encoding": "gzip"})})
    )

    assert "Condition was not fetched completely: too much data." in [w.text for w in material.warnings]


async def test_too_many_entries_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds.intake.ENTRY_LIMIT", 3)

    material = await Caller().fetch(Ehr())

    assert "Observation" in material.incomplete


async def test_an_empty_bundle_means_that_there_is_nothing() -> None:
    material = await Caller().fetch(Ehr(instead={"Condition": lambda _: fhir(searchset([], total=0))}))

    assert (material.of("Condition"), material.incomplete) == ([], set())
