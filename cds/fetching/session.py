"""One hook's access to one FHIR server: its address, its token, its deadline, and how much is asked at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urljoin

from cds.fetching.client import FhirClient, Request, origin_of
from cds.fetching.troubles import FetchError, Trouble

AT_A_TIME = 6


@dataclass(slots=True)
class Session:
    """`base` is the server's base URL without a final slash; `until` an instant of the event loop's clock."""

    client: FhirClient
    base: str
    token: str | None
    until: float
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_A_TIME))
    _refused: bool = False

    async def get(self, request: Request) -> bytes:
        """The body of an answer from this server and no other. Raises FetchError.

        Once the token was refused, nothing more is asked with it.
        """
        if origin_of(request.url) is None or origin_of(request.url) != origin_of(self.base):
            raise FetchError(Trouble.OTHER_HOST)
        async with self._gate:
            if self._refused:
                raise FetchError(Trouble.UNAUTHORISED)
            try:
                return await self.client.send(request, self.token, until=self.until)
            except FetchError as error:
                if error.trouble is Trouble.UNAUTHORISED:
                    self._refused = True
                raise

    def absolute(self, address: str) -> str:
        """An address of the server, which may be given relative to the base."""
        return urljoin(f"{self.base}/", address)

    def local(self, reference: str) -> str | None:
        """`Type/id` of a reference to this server, without its version; None for one that points elsewhere."""
        plain = reference.strip().split("/_history/")[0]
        inside = plain.removeprefix(f"{self.base}/")
        return inside if inside.count("/") == 1 and ":" not in inside else None
