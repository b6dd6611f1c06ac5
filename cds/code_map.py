"""A site's own test codes: what each one measures. YAML, strict; errors name the entry and the nearest right word."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from cds.errors import SiteProfileError

BUILT_IN = "urn:trial-hooks:codes"
MRD_CONCEPTS = {
    "mrd-flow": ("mrd_flow", "unstated"),
    "mrd-flow-cd19": ("mrd_flow", "cd19+"),
    "mrd-flow-cd19neg": ("mrd_flow", "cd19-"),
    "mrd-ngs": ("mrd_ngs", "unstated"),
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a test code measures. `lod` is the detection limit in per cent."""

    value_set: str
    population: str = "unstated"
    denominator: str = "unstated"
    specimen: str = "unstated"
    lod: Decimal | None = None


def _percent(raw: object) -> object:
    """ "0.01 %" -> 0.01."""
    if isinstance(raw, str) and raw.strip().endswith("%"):
        return Decimal(raw.strip().removesuffix("%").strip())
    return raw


class Entry(BaseModel):
    """One line of the site's map."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    code: str
    concept: str
    population: Literal["cd19+", "cd19-", "unstated"] | None = None
    denominator: Literal["nucleated", "mononuclear", "cd45", "b-cells", "unstated"] = "unstated"
    specimen: Literal["marrow", "blood", "unstated"] = "unstated"
    lod: Annotated[Decimal | None, BeforeValidator(_percent)] = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    codes: tuple[Entry, ...]


DEFAULTS = {
    (BUILT_IN, "mrd-flow-cd19"): Mapping("mrd_flow", "cd19+", "nucleated", "marrow"),
    (BUILT_IN, "mrd-flow-cd19neg"): Mapping("mrd_flow", "cd19-", "nucleated", "marrow"),
    (BUILT_IN, "mrd-ngs"): Mapping("mrd_ngs", "unstated", "nucleated", "marrow"),
}


def load_code_map(
    path: Path | None, value_sets: frozenset[str], site: tuple[Entry, ...] = ()
) -> dict[tuple[str, str], Mapping]:
    """The built-in codes, the site profile's and the map's; raises SiteProfileError naming file, entry and remedy."""
    known = {**DEFAULTS, **{(e.system, e.code): _mapping("site profile", e, value_sets) for e in site}}
    if path is None:
        return known
    try:
        stated = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SiteProfileError(f"{path}: not a usable code map: {error}") from error
    return {**known, **{(e.system, e.code): _mapping(path, e, value_sets) for e in stated.codes}}


def _mapping(path: Path | str, entry: Entry, value_sets: frozenset[str]) -> Mapping:
    if entry.concept in MRD_CONCEPTS:
        value_set, population = MRD_CONCEPTS[entry.concept]
        return Mapping(value_set, entry.population or population, entry.denominator, entry.specimen, entry.lod)
    if entry.concept not in value_sets:
        known = (*MRD_CONCEPTS, *sorted(value_sets))
        near = get_close_matches(entry.concept, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(MRD_CONCEPTS)} or a value set"
        raise SiteProfileError(f"{path}: code {entry.code!r} maps to {entry.concept!r}, which is not known; {hint}")
    return Mapping(entry.concept, specimen=entry.specimen)
