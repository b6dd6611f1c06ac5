"""Failures as they look on a real connection: nobody listening, a server that stalls, drips or hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from cds.fetching.breaker import Breaker
from cds.fetching.client import FhirClient
from cds.fetching.gather import fetch_missing
from cds.intake import Material
from cds.prefetch import from_prefetch
from cds.vendors import load_vendor
from tests.fetching.ehr import NOW

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n"


async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def hangs_up_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + b'{"resourceType": "Bundle"')


async def talks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")


@asynccontextmanager
async def listening(behaviour: Behaviour) -> AsyncIterator[str]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaviour(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/fhir"
    finally:
        server.close()


async def fetch(server: str, breaker: Breaker | None = None) -> tuple[Material, float]:
    """What came, and how many seconds it took, with a deadline of little more than a second."""
    started = asyncio.get_running_loop().time()
    client = FhirClient(breaker or Breaker(lambda: 0.0), lambda: NOW)
    material = await fetch_missing(
        from_prefetch({}),
        client=client,
        server=server,
        token="t",  # noqa: S106 - any token
        scopes=None,
        patient_id="1",
        deadline=1.2,
        vendor=load_vendor("generic"),
    )
    took = asyncio.get_running_loop().time() - started
    await client.close()
    return material, took


@pytest.mark.parametrize("behaviour", [stalls, drips, hangs_up, hangs_up_in_the_middle, talks_nonsense])
async def test_a_server_that_never_answers_properly_costs_no_more_than_the_deadline(behaviour: Behaviour) -> None:
    async with listening(behaviour) as server:
        material, took = await fetch(server)

    assert took < 2.5
    assert len(material.incomplete) == 12
    assert all(warning.code == "not-fetched" for warning in material.warnings)


async def test_where_nobody_listens_the_answer_is_quick() -> None:
    async with listening(stalls) as server:
        pass

    material, took = await fetch(server)

    assert took < 2.5
    assert "Condition was not fetched completely: the server cannot be reached." in [w.text for w in material.warnings]


async def test_a_stalled_server_costs_the_next_hook_nothing() -> None:
    breaker = Breaker(lambda: 0.0)
    async with listening(stalls) as server:
        await fetch(server, breaker)
        _, took = await fetch(server, breaker)

    assert took < 0.5
