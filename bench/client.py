"""The load: HTTP/1.1 over kept connections, written on bare asyncio transports, so that it is not what is measured.

A general client (httpx) takes as much processor time as the floor takes to answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

PATH = "/cds-services/trial-eligibility"


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of load saw: requests, seconds, each request's seconds (sorted), and the client's processor time."""

    seconds: float
    taken: tuple[float, ...]
    client_cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.taken) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        return self.taken[min(int(len(self.taken) * share), len(self.taken) - 1)] * 1000


def request(content: bytes, path: str = PATH) -> bytes:
    """A whole POST request."""
    lines = f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(content)}"
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def load(port: int, requests: list[bytes], *, seconds: float = 0, most: int = 10**9, concurrency: int = 8) -> Run:
    """Send these requests over and over, for a time or a number. Raises RuntimeError for any answer but 200."""
    return uvloop.run(_load(port, requests, seconds or 3600.0, most, concurrency))


async def _load(port: int, requests: list[bytes], seconds: float, most: int, concurrency: int) -> Run:
    loop = asyncio.get_running_loop()
    feed, taken = _feed(requests, most, time.perf_counter() + seconds), []
    began, cpu = time.perf_counter(), time.process_time()
    connections = []
    for _ in range(concurrency):
        _, connection = await loop.create_connection(lambda: Connection(feed, taken), "127.0.0.1", port)
        connections.append(connection)
    await asyncio.gather(*(connection.done for connection in connections))
    return Run(time.perf_counter() - began, tuple(sorted(taken)), time.process_time() - cpu)


def _feed(requests: list[bytes], most: int, end: float) -> Iterator[bytes]:
    """At least one."""
    for number in range(most):
        yield requests[number % len(requests)]
        if time.perf_counter() >= end:
            return


class Connection(asyncio.Protocol):
    """One kept connection: the next request when the answer to the last one is complete."""

    def __init__(self, feed: Iterator[bytes], taken: list[float]) -> None:
        self._feed, self._taken = feed, taken
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._next()

    def _next(self) -> None:
        following = next(self._feed, None)
        if following is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._buffer, self._began = b"", time.perf_counter()
        self._transport.write(following)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        if not head.startswith(b"http/1.1 200"):
            self._fail(RuntimeError(self._buffer[:300].decode(errors="replace")))
            return
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._buffer) >= end + 4 + length:
            self._taken.append(time.perf_counter() - self._began)
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the server closed the connection"))

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self._transport.close()
