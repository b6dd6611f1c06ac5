"""What a FHIR server says it supports, held against what the facts of each criterion need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

import msgspec

from cds.queries import NEEDS, REFERRED_FROM, TYPE_OF_KEY
from cds.shapes import Shape
from cds.vendors import VendorProfile
from rules.packs import children_of
from rules.trial import Condition, Leaf, ProfileTests, Trial


class _Coded(Shape):
    code: str | None = None


class _Named(Shape):
    name: str | None = None


class _Supported(Shape):
    type: str | None = None
    interaction: tuple[_Coded, ...] = ()
    searchParam: tuple[_Named, ...] = ()


class _Rest(Shape):
    mode: str | None = None
    resource: tuple[_Supported, ...] = ()


class CapabilityStatement(Shape):
    """The elements of a server's /metadata that matter here."""

    resourceType: str | None = None
    fhirVersion: str | None = None
    rest: tuple[_Rest, ...] = ()


_statement = msgspec.json.Decoder(CapabilityStatement)


class Support(Enum):
    """Whether everything of a type can be had."""

    WHOLE = "yes"
    PART = "in part"
    NONE = "no"


@dataclass(frozen=True, slots=True)
class TypeReport:
    """One resource type: what can be had, and in words why not more."""

    resource_type: str
    support: Support
    why: str = ""


@dataclass(frozen=True, slots=True)
class CriterionReport:
    """A criterion that lacks something. `never`: not one of its facts can be computed from this server."""

    trial: str
    criterion: str
    title: str
    never: bool
    lacking: tuple[str, ...]


def read_statement(body: bytes) -> CapabilityStatement:
    """Raises ValueError when it is not the CapabilityStatement of an R4 server."""
    try:
        statement = _statement.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError("its /metadata is not a FHIR CapabilityStatement in JSON") from error
    if statement.resourceType != "CapabilityStatement":
        raise ValueError("its /metadata is not a FHIR CapabilityStatement in JSON")
    if not (statement.fhirVersion or "").startswith("4.0"):
        raise ValueError(f"it speaks FHIR {statement.fhirVersion or '(not stated)'}; R4 (4.0.1) is needed")
    return statement


def report_types(statement: CapabilityStatement, vendor: VendorProfile) -> tuple[TypeReport, ...]:
    """One report for each type that the service asks for, in the order of the table of queries."""
    known = {r.type: r for rest in statement.rest if rest.mode != "client" for r in rest.resource if r.type}
    searched = [_searched(kind, known.get(kind), vendor) for kind in TYPE_OF_KEY.values()]
    referred = [_readable(kind, known.get(kind)) for kind in REFERRED_FROM if kind not in TYPE_OF_KEY.values()]
    return (*searched, *referred)


def _searched(kind: str, supported: _Supported | None, vendor: VendorProfile) -> TypeReport:
    if kind in vendor.not_kept:
        return TypeReport(kind, Support.WHOLE, f"declared not to exist here: {vendor.not_kept[kind]}")
    if kind in vendor.not_searchable:
        return TypeReport(kind, Support.NONE, vendor.not_searchable[kind])
    if supported is None:
        return TypeReport(kind, Support.NONE, "the server does not list this type")
    if kind == "Patient":
        return _readable(kind, supported)
    if "search-type" not in _codes(supported):
        return TypeReport(kind, Support.NONE, "the type cannot be searched")
    return _by_parameters(kind, {p.name for p in supported.searchParam if p.name}, vendor)


def _by_parameters(kind: str, stated: set[str], vendor: VendorProfile) -> TypeReport:
    if "patient" not in stated:
        return TypeReport(kind, Support.NONE, "the search parameter `patient` is not listed")
    ways = vendor.ways_for(kind)
    possible = [way for way in ways if {p for search in way.searches for p in search if p[0] != "_"} <= stated]
    if not possible:
        return TypeReport(kind, Support.NONE, "the search parameters that this vendor demands are not listed")
    if possible[0].complete:
        return TypeReport(kind, Support.WHOLE)
    return TypeReport(kind, Support.PART, "only searches that may leave something out are possible")


def _readable(kind: str, supported: _Supported | None) -> TypeReport:
    if supported is not None and "read" in _codes(supported):
        return TypeReport(kind, Support.WHOLE)
    return TypeReport(kind, Support.NONE, "the type cannot be read")


def _codes(supported: _Supported) -> set[str | None]:
    return {interaction.code for interaction in supported.interaction}


def report_criteria(trials: Iterable[Trial], types: Iterable[TypeReport]) -> tuple[CriterionReport, ...]:
    """Every criterion of which a fact can never be fully computed from a server that supports these types."""
    lacking = {report.resource_type for report in types if report.support is not Support.WHOLE}
    reports = []
    for trial in trials:
        for criterion in (criterion for question in trial.questions for criterion in question.criteria):
            facts = set(facts_of(criterion.when))
            blind = {fact for fact in facts if NEEDS[fact] & lacking}
            if blind:
                missing = tuple(sorted({kind for fact in blind for kind in NEEDS[fact] & lacking}))
                reports.append(CriterionReport(trial.id, criterion.id, criterion.title, blind == facts, missing))
    return tuple(reports)


def facts_of(condition: Condition | None) -> Iterator[str]:
    """The facts that a condition compares."""
    if isinstance(condition, Leaf):
        yield condition.fact
    elif condition is not None and not isinstance(condition, ProfileTests):
        for child in children_of(condition):
            yield from facts_of(child)
