"""The CDS clients that this installation trusts: a YAML file, strict, with the nearest right key in its errors."""

from __future__ import annotations

import json
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from cds.errors import SiteProfileError
from cds.site_errors import places
from hooks.trust.jwt import ALGORITHMS, Key, UnusableKeyError, read_key
from hooks.trust.urls import RefusedUrlError, read_url
from rules.schema import Model

PUBLIC_SANDBOX = "sandbox.cds-hooks.org"
# Keys whose private half is published: the public sandbox's (github.com/cds-hooks/sandbox, keys/) and the example of
# the CDS Hooks specification (1.0 and 2.0, §"Trusting CDS Clients"). RFC 7638 thumbprints.
PUBLISHED_KEYS = frozenset(
    {"s9fOe-KDYD1myZ8YCzleUqJQgrYZL49kVijBxhnZvZc", "-UtOymI2Z0XB5SZogEZu3s5oMyQ4YaewHtR9huroTQs"}
)
# Within these lie the metadata services of clouds and a host's own neighbours.
NEVER = tuple(map(ip_network, ("169.254.0.0/16", "fe80::/10", "224.0.0.0/4", "ff00::/8", "240.0.0.0/4")))
Texts = Annotated[tuple[str, ...], Field(strict=False)]


class Client(Model):
    """One CDS client. `keys` (or `keys_file`) are used instead of fetching `jku`, which a token may still name."""

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    jku: str | None = None
    keys: dict[str, Any] | None = None
    keys_file: str | None = None
    tenants: Texts = ()
    fhir_servers: Texts = ()
    private_networks: Texts = ()
    algorithms: Texts = ALGORITHMS
    allow_public_test_key: bool = False

    @field_validator("algorithms")
    @classmethod
    def _known(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        if not algorithms or not set(algorithms) <= set(ALGORITHMS):
            raise ValueError(f"algorithms must be some of {', '.join(ALGORITHMS)}")
        return algorithms

    @field_validator("fhir_servers")
    @classmethod
    def _readable(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_readable(server) for server in servers)

    @field_validator("jku")
    @classmethod
    def _readable_jku(cls, jku: str | None) -> str | None:
        if jku is not None:
            _readable(jku.partition("?")[0])
        return jku

    @field_validator("private_networks")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for text in networks:
            network = ip_network(text)
            if any(network.version == never.version and network.overlaps(never) for never in NEVER):
                raise ValueError(f"{text} holds link-local, multicast or reserved addresses, which are never called")
        return networks

    @model_validator(mode="after")
    def _has_keys(self) -> Client:
        if self.keys is not None and self.keys_file is not None:
            raise ValueError("give keys or keys_file, not both")
        if self.jku is None and self.keys is None and self.keys_file is None:
            raise ValueError("give jku, keys or keys_file: without a key no token can be verified")
        if self.is_public_sandbox and not self.allow_public_test_key:
            raise ValueError(
                f"everybody can sign as {PUBLIC_SANDBOX}: its private key is published. For a test without real "
                "patients set allow_public_test_key: true"
            )
        return self

    @property
    def is_public_sandbox(self) -> bool:
        return any(PUBLIC_SANDBOX in text.lower() for text in (self.issuer, self.jku or ""))

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that are called for this client."""
        addresses = (*self.fhir_servers, *([self.jku.partition("?")[0]] if self.jku else []))
        return frozenset(read_url(address).host for address in addresses)

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Private networks in which this client's servers may stand."""
        return tuple(map(ip_network, self.private_networks))

    @cached_property
    def static_keys(self) -> tuple[Key, ...] | None:
        """The keys given in the file itself; None when they are fetched."""
        return None if self.keys is None else tuple(read_key(jwk) for jwk in members_of(self.keys))

    def trusts(self, key: Key) -> bool:
        """Never a key whose private half everybody has, unless the site says so."""
        return self.allow_public_test_key or key.thumbprint not in PUBLISHED_KEYS


class Clients(Model):
    """The whole file."""

    clients: Annotated[tuple[Client, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Clients:
        issuers = [client.issuer for client in self.clients]
        if len(set(issuers)) != len(issuers):
            raise ValueError("an issuer is listed twice")
        return self


def load_clients(path: Path | None) -> tuple[Client, ...]:
    """The trusted clients; none without a file. Raises SiteProfileError for a file that cannot be used as written."""
    if path is None or not path.exists():
        return ()
    try:
        listed = Clients.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        return tuple(_with_keys(client, path.parent) for client in listed.clients)
    except ValidationError as error:
        raise SiteProfileError(f"{path}: {places(error, Clients)}") from error
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise SiteProfileError(f"{path}: not a usable list of clients: {error}") from error


def _with_keys(client: Client, folder: Path) -> Client:
    """The client with its keys file read, and every key of the file looked at once, at start."""
    if client.keys_file is not None:
        keys = json.loads((folder / client.keys_file).read_text(encoding="utf-8"))
        client = client.model_copy(update={"keys": keys})
    try:
        found = client.static_keys
    except UnusableKeyError as error:
        raise ValueError(f"client {client.issuer}: {error}") from error
    if found is not None and not found:
        raise ValueError(f"client {client.issuer}: the key set is empty")
    if any(not client.trusts(key) for key in found or ()):
        raise ValueError(f"client {client.issuer}: the private half of this key is published")
    return client


def members_of(key_set: object) -> list[Any]:
    """The JWKs of a key set (RFC 7517 §5). Raises UnusableKeyError."""
    members = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(members, list):
        raise UnusableKeyError('a key set is a mapping with a list of "keys"')
    return members


def _readable(url: str) -> str:
    try:
        read_url(url)
    except RefusedUrlError as error:
        raise ValueError(f"{url!r} cannot be used: {error}") from error
    return url
