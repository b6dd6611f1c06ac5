"""GET /fhir/ValueSet/{id}: the value sets of cds/codes and those that one fact can be answered with.

Sources and licences are kept. CPT and HCPCS codes stand without any words: their descriptors are the AMA's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from cds.fhir_out.addresses import Addresses
from cds.fhir_out.sought import SOUGHT
from cds.terminology import SYSTEMS, value_sets

Json = dict[str, Any]
# (system, code) -> name of the value set that a site's code map puts it in.
SiteCodes = Mapping[tuple[str, str], str]
COMMENT = "http://hl7.org/fhir/StructureDefinition/valueset-concept-comments"
WITHOUT_WORDS = frozenset({"cpt", "hcpcs"})
RIGHTS = {
    "loinc": "LOINC: copyright Regenstrief Institute, Inc. and the LOINC Committee; https://loinc.org/license.",
    "sct": "SNOMED CT: copyright SNOMED International; use requires an affiliate licence or a member country.",
    "rxnorm": "RxNorm: U.S. National Library of Medicine.",
    "icd10cm": "ICD-10-CM: NCHS and CMS.",
    "icd10pcs": "ICD-10-PCS: CMS.",
    "atc": "ATC: WHO Collaborating Centre for Drug Statistics Methodology.",
    "icdo3": "ICD-O-3: World Health Organization.",
    "cpt": "CPT: codes only, copyright American Medical Association.",
    "hcpcs": "HCPCS: codes only.",
}
NEEDED_FOR = "needed-for-"


def sets_of_fact(fact: str) -> tuple[str, ...]:
    """The value sets, of those that have codes, any of whose codes answers a fact."""
    return tuple(name for name in SOUGHT[fact].sets if value_sets()[name]["codes"])


def set_id(fact: str) -> str:
    """The id of the one value set that a fact is answered with: a set of its own where several will do."""
    sets = sets_of_fact(fact)
    return _id(sets[0]) if len(sets) == 1 else NEEDED_FOR + _id(fact)


def _id(name: str) -> str:
    return name.replace("_", "-")


@cache
def contents() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Every value set that is served: id -> title and names of the sets in cds/codes."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    found |= {_id(name): (str(entry["title"]), (name,)) for name, entry in value_sets().items() if entry["codes"]}
    for fact in SOUGHT:
        sets = sets_of_fact(fact)
        if len(sets) > 1:
            titles = "; ".join(str(value_sets()[name]["title"]) for name in sets)
            found[set_id(fact)] = (titles, sets)
    return found


def value_set(set_id: str, version: str, date: str, at: Addresses, site: SiteCodes) -> Json | None:
    """The ValueSet with this id, with a site's own codes; None when there is none."""
    if set_id not in contents():
        return None
    title, names = contents()[set_id]
    codes = [code for name in names for code in value_sets()[name]["codes"]]
    decoys = [code for name in names for decoy in value_sets()[name].get("decoys", ()) for code in _codes_of(decoy)]
    local = [key for key, name in site.items() if name in names]
    compose: Json = {"include": _parts(codes) + _site_parts(local, codes)}
    if decoys:
        compose["exclude"] = _parts(decoys)
    return {
        "resourceType": "ValueSet",
        "id": set_id,
        "url": at.value_set(set_id),
        "version": version,
        "name": "".join(word.capitalize() for word in set_id.split("-")),
        "title": title,
        "status": "active",
        "experimental": False,
        "date": date,
        "description": f"{title}. These codes are matched, and no others; each names the public source it is from.",
        "copyright": _rights([*codes, *decoys]),
        "compose": compose,
    }


def _codes_of(name: str) -> list[Mapping[str, str]]:
    return list(value_sets()[name]["codes"])


def _parts(codes: Iterable[Mapping[str, str]]) -> list[Json]:
    """One part for the codes of a system, and one for each code whose descendants count as well."""
    by_system: dict[str, dict[str, Json]] = {}
    below: dict[tuple[str, str], Json] = {}
    for code in codes:
        system = SYSTEMS[code["system"]]
        if code.get("match") == "prefix":
            is_a = {"property": "concept", "op": "is-a", "value": code["code"]}
            below[system, code["code"]] = {"system": system, "filter": [is_a]}
        else:
            by_system.setdefault(system, {})[code["code"]] = _concept(code)
    listed: list[Json] = [{"system": system, "concept": list(found.values())} for system, found in by_system.items()]
    return listed + list(below.values())


def _concept(code: Mapping[str, str]) -> Json:
    found: Json = {
        "extension": [{"url": COMMENT, "valueString": f"Source: {code['source']}"}],
        "code": code["code"],
    }
    return found if code["system"] in WITHOUT_WORDS else found | {"display": code["display"]}


def _site_parts(keys: Iterable[tuple[str, str]], codes: Iterable[Mapping[str, str]]) -> list[Json]:
    """The codes of the site's map that are not among ours."""
    ours = {(SYSTEMS[code["system"]], code["code"]) for code in codes}
    comment = [{"url": COMMENT, "valueString": "Source: the code map of this site"}]
    by_system: dict[str, list[Json]] = {}
    for system, code in sorted(set(keys) - ours):
        by_system.setdefault(system, []).append({"extension": comment, "code": code})
    return [{"system": system, "concept": found} for system, found in by_system.items()]


def _rights(codes: Iterable[Mapping[str, str]]) -> str:
    systems = dict.fromkeys(code["system"] for code in codes)
    return " ".join(RIGHTS[system] for system in systems if system in RIGHTS) or "Codes of this product."
