"""What is publicly documented about querying each vendor's FHIR server, as data: one YAML file each, with sources."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds.errors import SiteProfileError
from cds.queries import READ_TYPES

BUILT_IN = ("generic", "hapi", "epic", "oracle")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Note(_Model):
    """A documented fact and where it is documented."""

    fact: str
    source: str


class Way(_Model):
    """One way to ask for a type: searches by patient, each with further parameters, whose results are joined.

    `complete` says whether together they find everything; if not, the type stays incomplete.
    """

    searches: Annotated[tuple[dict[str, str], ...], Field(min_length=1)] = ({},)
    complete: bool = True
    source: str


class VendorProfile(_Model):
    """How to query one kind of server. A type without `ways` is searched by patient alone."""

    vendor: str
    page_size: int | None = None
    post_search: bool = True
    longest_query: int = 1_500
    # Ways for a type, in the order in which they are tried: the next one when the server refuses the query.
    ways: dict[str, tuple[Way, ...]] = Field(default_factory=dict)
    # Types that cannot be searched by patient: no call is made, and they stay incomplete.
    not_searchable: dict[str, str] = Field(default_factory=dict)
    # Types that a site declares not to exist in its record: nothing is missing when they are not fetched.
    not_kept: dict[str, str] = Field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def ways_for(self, resource_type: str) -> tuple[Way, ...]:
        return self.ways.get(resource_type, (PLAIN,))


PLAIN = Way(source="FHIR R4: search by patient")


def load_vendor(name: str) -> VendorProfile:
    """A built-in profile by name, or a site's own by path. Raises SiteProfileError that names file and fault."""
    file = files("cds").joinpath("vendors", f"{name}.yaml") if name in BUILT_IN else Path(name)
    try:
        profile = VendorProfile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        known = f"known: {', '.join(BUILT_IN)}, or the path of a file"
        raise SiteProfileError(f"vendor profile {name!r} cannot be used ({known}): {error}") from error
    strange = (profile.ways.keys() | profile.not_searchable.keys() | profile.not_kept.keys()) - READ_TYPES
    if strange:
        raise SiteProfileError(f"vendor profile {name!r}: {', '.join(sorted(strange))}: no such type is ever asked for")
    return profile
