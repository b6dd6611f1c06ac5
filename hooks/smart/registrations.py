"""At which EHRs this app is registered (SMART App Launch 2.2, §"Registering a SMART App with an EHR"): a YAML file."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from cds.errors import SiteProfileError
from cds.queries import READ_TYPES
from cds.site_errors import places
from hooks.trust.urls import RefusedUrlError, Url, read_url
from rules.schema import Model

Texts = Annotated[tuple[str, ...], Field(strict=False)]
# Only what the queries read, and read only (SMART App Launch 2.2, §"Scopes for requesting FHIR Resources").
CLINICAL_SCOPES = " ".join(f"patient/{name}.rs" for name in sorted(READ_TYPES))
LAUNCH_SCOPES = {True: "launch", False: "launch/patient"}


class Registration(Model):
    """One EHR. `origins` are further places that its login page calls for a token, such as https://login.ehr.example.

    `private_networks` are those in which its FHIR server may stand, as for CDS clients.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    fhir_server: str
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    origins: Texts = ()
    scope: str | None = None
    private_networks: Texts = ()

    @field_validator("fhir_server")
    @classmethod
    def _readable(cls, address: str) -> str:
        _url_of(address)
        return address.rstrip("/")

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if _url_of(origin).path:
                raise ValueError(f"{origin!r} must be like https://login.ehr.example, without a path")
        return origins

    @cached_property
    def url(self) -> Url:
        return _url_of(self.fhir_server)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that we call for it; browsers call `origins` themselves."""
        return frozenset({self.url.host})

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(map(ip_network, self.private_networks))

    @property
    def called_by_browser(self) -> tuple[str, ...]:
        """Origins for the page's policy: the FHIR server (its SMART configuration) and where the token comes from."""
        server = self.fhir_server.split("/", 3)
        return tuple(dict.fromkeys(("/".join(server[:3]), *self.origins)))

    def scopes(self, *, from_ehr: bool) -> str:
        """What is asked for at the login: who the patient is, and reading what the criteria need."""
        return f"{LAUNCH_SCOPES[from_ehr]} openid fhirUser {self.scope or CLINICAL_SCOPES}"


class Registrations(Model):
    """The whole file."""

    ehrs: Annotated[tuple[Registration, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _one_each(self) -> Registrations:
        servers = [ehr.url for ehr in self.ehrs]
        if len(set(servers)) != len(servers):
            raise ValueError("a fhir_server is listed twice")
        return self

    def of(self, address: str) -> Registration | None:
        """The registration of the FHIR server that is named like this, however its address is written."""
        try:
            wanted = read_url(address)
        except RefusedUrlError:
            return None
        return next((ehr for ehr in self.ehrs if ehr.url == wanted), None)


def load_registrations(path: Path | None, *, demonstration: bool) -> Registrations:
    """The EHRs of the file; none without one. Raises SiteProfileError, which names the place and the remedy."""
    if path is None:
        return Registrations()
    try:
        found = Registrations.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        raise SiteProfileError(f"{path}: {places(error, Registrations)}") from error
    except (OSError, yaml.YAMLError) as error:
        raise SiteProfileError(f"{path}: not a usable list of EHRs: {error}") from error
    for ehr in found.ehrs:
        called = (ehr.fhir_server, *ehr.origins)
        if not demonstration and not all(address.lower().startswith("https:") for address in called):
            raise SiteProfileError(f"{path}: {ehr.name}: fhir_server and origins must be https")
    return found


def _url_of(address: str) -> Url:
    try:
        return read_url(address)
    except RefusedUrlError as error:
        raise ValueError(f"{address!r} cannot be used: {error}") from error
