"""Which network addresses a client may make us connect to (server-side request forgery)."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
# (host, port) -> every address the host has now, as text. Raises OSError when there is none.
Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]

# Cloud metadata services outside the link-local range: Azure's WireServer, Oracle's, Alibaba's, and EC2's over IPv6.
METADATA = frozenset(map(ip_address, ("168.63.129.16", "192.0.0.192", "100.100.100.200", "fd00:ec2::254")))
# Carrier-grade NAT (RFC 6598): neither private nor global to the ipaddress module.
SHARED = IPv4Network("100.64.0.0/10")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address of the outside world in its last 32 bits
TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("::/96"), IPv6Network("64:ff9b:1::/48"))
# A host whose last label looks like a number is an IPv4 address to many resolvers (decimal, octal, hexadecimal).
NUMBER_LIKE = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?")


class Reach(StrEnum):
    """What kind of address it is."""

    PUBLIC = "public"
    PRIVATE = "private"
    NEVER = "never"


def reach_of(address: Address) -> Reach:
    """PRIVATE includes loopback; NEVER are link-local, metadata, multicast, unspecified and tunnelled ones."""
    plain = _unwrapped(address)
    if plain is None or plain in METADATA:
        return Reach.NEVER
    if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        return Reach.NEVER
    if plain.is_global:
        return Reach.PUBLIC
    local = plain.is_loopback or plain.is_private or plain in SHARED
    return Reach.PRIVATE if local and not _is_reserved(plain) else Reach.NEVER


def _unwrapped(address: Address) -> Address | None:
    """The IPv4 address inside a mapped or NAT64 one; None for forms that only hide one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.is_loopback or address.is_unspecified:
        return address
    return None if any(address in tunnel for tunnel in TUNNELS) else address


def _is_reserved(address: Address) -> bool:
    """0.0.0.0/8 ("this network") and 240.0.0.0/4 with the broadcast address; IPv6 that is not assigned."""
    if isinstance(address, IPv4Address):
        return int(address) >> 24 == 0 or int(address) >> 28 == 0xF
    return address.is_reserved and not address.is_loopback


def literal(host: str) -> Address | None:
    """The address that a host is written as; None for a name. Raises ValueError for disguised addresses."""
    bare = host[1:-1] if host.startswith("[") else host
    if "%" in bare:
        raise ValueError("an address with a zone is not used")
    if host.startswith("[") or NUMBER_LIKE.fullmatch(bare):
        return ip_address(bare)
    return None


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Every address of the host, from the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
