"""Addresses of servers, read strictly: what one parser takes for the host must be the host for every other one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hooks.trust.addresses import Address, literal

LONGEST = 2000
PORTS = {"https": 443, "http": 80}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9\-._~!$&'()*+,;=:@]*)*)"
)


class BadUrl(StrEnum):
    """Why an address is not used."""

    MALFORMED = "malformed"
    USER_INFORMATION = "user_information"
    SCHEME = "scheme"
    DISGUISED_ADDRESS = "disguised_address"
    DOT_SEGMENTS = "dot_segments"


class RefusedUrlError(ValueError):
    """An address that is not used; `why` is a code, so that it can be logged."""

    def __init__(self, why: BadUrl) -> None:
        super().__init__(why.value.replace("_", " "))
        self.why = why


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https address without user, query or fragment. `literal` is set when the host is an IP address."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None


def read_url(url: str) -> Url:
    """Case of scheme and host, default port and final slash do not matter; all else does. Raises RefusedUrlError."""
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise RefusedUrlError(BadUrl.USER_INFORMATION)
    found = _URL.fullmatch(url) if len(url) <= LONGEST else None
    if found is None:
        raise RefusedUrlError(BadUrl.MALFORMED)
    scheme, host, path = found["scheme"].lower(), found["host"].lower(), found["path"].rstrip("/")
    if scheme not in PORTS:
        raise RefusedUrlError(BadUrl.SCHEME)
    if any(segment in (".", "..") for segment in path.split("/")):
        raise RefusedUrlError(BadUrl.DOT_SEGMENTS)
    try:
        address = literal(host)
    except ValueError as error:
        raise RefusedUrlError(BadUrl.DISGUISED_ADDRESS) from error
    port = int(found["port"] or PORTS[scheme])
    if not 0 < port < 65536:
        raise RefusedUrlError(BadUrl.MALFORMED)
    return Url(scheme, host.strip("[]"), port, path, address)
