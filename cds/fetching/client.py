"""The only door to httpx: one request to a FHIR server, tried again where that is safe, never past its deadline.

Redirects are followed on the same origin only, and the token goes to that origin only. Nothing that is raised or
logged holds an address or a token.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx

from cds.fetching.breaker import Breaker
from cds.fetching.troubles import FetchError, Trouble

TRIES, REDIRECTS = 3, 3
PAGE_BYTES = 20_000_000
FIRST_PAUSE = 0.2
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30.0)
SLOW = 1.0
HEADERS = {"Accept": "application/fhir+json", "Cache-Control": "no-cache", "User-Agent": "trial-hooks"}
STATUS_TROUBLES = {
    401: Trouble.UNAUTHORISED,
    403: Trouble.FORBIDDEN,
    404: Trouble.NOT_FOUND,
    410: Trouble.NOT_FOUND,
    429: Trouble.BUSY,
    503: Trouble.BUSY,
}
# These loggers would write addresses with patient ids (httpx, at INFO) and tokens (the others, at DEBUG).
TALKATIVE = ("httpx", "httpcore", "hpack")
REDIRECT = frozenset({301, 302, 303, 307, 308})
AGAIN = frozenset({Trouble.BUSY, Trouble.UNREACHABLE})
# What counts against a server; a refusal does not, since the server works.
FAULTS = frozenset({Trouble.SERVER, Trouble.TIMEOUT, Trouble.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Request:
    """A GET of an address, or with `form` a POST of form parameters (only ever a search, so it may be repeated)."""

    url: str
    form: Mapping[str, str] | None = None
    accept: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    location: str | None
    retry_after: str | None


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None when the address has none or cannot be read."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


class FhirClient:
    """Shared by all hooks of one process. `now` is the wall clock, for Retry-After dates."""

    def __init__(
        self, breaker: Breaker, now: Callable[[], datetime], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._breaker, self._now = breaker, now
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(
            http2=True,
            headers=HEADERS,
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(10.0, connect=3.0),
            limits=LIMITS,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, request: Request, token: str | None, *, until: float) -> bytes:
        """The body of a 200 answer. `until` is an instant of the event loop's clock. Raises FetchError."""
        before: Trouble | None = None
        number = 0
        while True:
            number += 1
            answer, trouble = await self._tried(request, token)
            if trouble is None and answer is not None:
                return answer.body
            # When others' failures have opened the breaker meanwhile, our own reason says more.
            before = trouble = before if before and trouble is Trouble.RESTING else trouble
            pause = self._pause(answer, number)
            late = asyncio.get_running_loop().time() + pause >= until
            if trouble not in AGAIN or number == TRIES or late:
                raise FetchError(trouble or Trouble.SERVER)
            await asyncio.sleep(pause)

    async def _tried(self, request: Request, token: str | None) -> tuple[_Answer | None, Trouble | None]:
        server = str(origin_of(request.url))
        if not self._breaker.allows(server):
            return None, Trouble.RESTING
        started = asyncio.get_running_loop().time()
        try:
            answer, trouble = await self._followed(request, token)
        except BaseException:
            # Cancelled: the hook's deadline has passed. A server that used much of it is held to be stalled.
            slow = asyncio.get_running_loop().time() - started >= SLOW
            (self._breaker.failed if slow else self._breaker.unknown)(server)
            raise
        if trouble in FAULTS or (answer is not None and answer.status == httpx.codes.SERVICE_UNAVAILABLE):
            self._breaker.failed(server)
        else:
            self._breaker.worked(server)
        return answer, trouble

    async def _followed(self, request: Request, token: str | None) -> tuple[_Answer | None, Trouble | None]:
        origin = origin_of(request.url)
        for _ in range(REDIRECTS + 1):
            answer, trouble = await self._once(request, token)
            if answer is None or trouble is not None:
                return answer, trouble
            if answer.status not in REDIRECT:
                return answer, _trouble_of(answer)
            target = urljoin(request.url, answer.location or "")
            if origin is None or origin_of(target) != origin:
                return None, Trouble.OTHER_HOST
            request = replace(request, url=target, form=request.form if answer.status in (307, 308) else None)
        return None, Trouble.ENDLESS

    async def _once(self, request: Request, token: str | None) -> tuple[_Answer | None, Trouble | None]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Accept": request.accept} if request.accept else {}
        method, data = ("GET", None) if request.form is None else ("POST", dict(request.form))
        try:
            async with self._http.stream(method, request.url, headers=headers, data=data) as response:
                return await _read(response)
        except httpx.TimeoutException as error:
            return None, Trouble.UNREACHABLE if isinstance(error, httpx.ConnectTimeout) else Trouble.TIMEOUT
        except httpx.DecodingError:
            return None, Trouble.NOT_FHIR
        except (httpx.NetworkError, httpx.RemoteProtocolError, OSError):
            return None, Trouble.UNREACHABLE
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None, Trouble.REFUSED

    def _pause(self, answer: _Answer | None, number: int) -> float:
        """Seconds until the next try: what Retry-After says (seconds or a date), else doubling."""
        stated = answer.retry_after.strip() if answer and answer.retry_after else ""
        if stated.isascii() and stated.isdecimal():
            return float(stated[:9])
        try:
            return max(0.0, (parsedate_to_datetime(stated) - self._now()).total_seconds())
        except (ValueError, TypeError):
            return FIRST_PAUSE * 2.0 ** (number - 1)


async def _read(response: httpx.Response) -> tuple[_Answer | None, Trouble | None]:
    """The answer with its decoded body; only the body of a 200 is read, up to PAGE_BYTES."""
    pieces, size = [], 0
    if response.status_code == httpx.codes.OK:
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > PAGE_BYTES:
                return None, Trouble.TOO_LARGE
            pieces.append(piece)
    headers = response.headers
    return _Answer(response.status_code, b"".join(pieces), headers.get("location"), headers.get("retry-after")), None


def _trouble_of(answer: _Answer) -> Trouble | None:
    if answer.status == httpx.codes.OK:
        return None
    return STATUS_TROUBLES.get(answer.status, Trouble.SERVER if answer.status >= 500 else Trouble.REFUSED)
