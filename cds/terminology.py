"""Value sets: which named sets a code belongs to. Exact codes; ICD-10-CM and ATC by prefix where a set says so.

A code in a set and in one of its decoy sets is a decoy. Words are used only to say "this looks like it but is not
mapped" (hints), never to match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cds.code_map import Entry, Mapping, load_code_map
from cds.shapes import CodeableConcept, Coding

SYSTEMS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd10pcs": "http://www.cms.gov/Medicare/Coding/ICD10",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "icdo3": "http://terminology.hl7.org/CodeSystem/icd-o-3",
    "ncit": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "hgnc": "http://www.genenames.org/geneId",
    "interpretation": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "actreason": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "consentscope": "http://terminology.hl7.org/CodeSystem/consentscope",
    "consentcategory": "http://terminology.hl7.org/CodeSystem/consentcategorycodes",
    "researchsubject": "http://hl7.org/fhir/research-subject-status",
    "own": "urn:trial-hooks:codes",
}
ALIASES = {
    "loinc": "loinc", "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "snomed": "sct", "snomedct": "sct", "snomed-ct": "sct", "urn:oid:2.16.840.1.113883.6.96": "sct",
    "icd-10-cm": "icd10cm", "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "icd-10-pcs": "icd10pcs", "urn:oid:2.16.840.1.113883.6.4": "icd10pcs",
    "http://hl7.org/fhir/sid/icd-10-pcs": "icd10pcs",
    "cpt": "cpt", "urn:oid:2.16.840.1.113883.6.12": "cpt",
    "rxnorm": "rxnorm", "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "http://hl7.org/fhir/sid/icd-10": "icd10", "icd-10": "icd10",
    "atc": "atc", "http://www.genenames.org": "hgnc", "urn:oid:2.16.840.1.113883.6.43.1": "icdo3",
}  # fmt: skip
MEMO = 50_000
LONGEST_REMEMBERED = 1000
# Characters of an ICD-10 code up to the first decimal, such as C91.0.
CATEGORY = 4
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def canonical_system(text: str) -> str:
    """The alias of a code system, from the many ways in which real data name it; else the text itself."""
    return _canonical(text) if _is_short(text) else text


@lru_cache(maxsize=MEMO)
def _canonical(text: str) -> str:
    plain = "".join(text.split()).rstrip("/")
    if plain.lower() in ALIASES:
        return ALIASES[plain.lower()]
    bare = plain.removeprefix("https:").removeprefix("http:")
    for alias, uri in SYSTEMS.items():
        if bare == uri.removeprefix("https:").removeprefix("http:"):
            return alias
    return plain


@dataclass(slots=True)
class Terminology:
    """An index over the value sets and the site's code map. Load once, share freely: it never changes."""

    exact: dict[tuple[str, str], set[str]]
    prefixes: dict[str, dict[str, set[str]]]
    decoys: dict[str, frozenset[str]]
    hints: tuple[tuple[str, str], ...]
    mappings: dict[tuple[str, str], Mapping]
    categories: dict[str, frozenset[str]] = field(default_factory=dict)
    _memo: dict[tuple[str | None, str], frozenset[str]] = field(default_factory=dict)
    _hint_memo: dict[str, frozenset[str]] = field(default_factory=dict)
    _about_memo: dict[bytes, frozenset[str]] = field(default_factory=dict)
    _coding_memo: dict[tuple[str | None, str | None, str | None], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def load(cls, code_map: Path | None = None, site: tuple[Entry, ...] = ()) -> Terminology:
        """Read cds/codes/*.yaml and the site's codes; raises SiteProfileError for an unusable map."""
        sets = value_sets()
        index = cls({}, {}, {}, (), load_code_map(code_map, frozenset(sets), site))
        for name, definition in sets.items():
            index.decoys[name] = frozenset(definition.get("decoys", ()))
            for code in definition["codes"]:
                index._add(name, code)
        for (system, code), mapping in index.mappings.items():
            index.exact.setdefault((canonical_system(system), code), set()).add(mapping.value_set)
        index.hints = tuple((word, name) for name, d in sets.items() for word in d.get("hints", ()))
        return index

    def _add(self, name: str, code: dict[str, str]) -> None:
        if code.get("match") == "prefix":
            by_prefix = self.prefixes.setdefault(code["system"], {})
            by_prefix.setdefault(code["code"].replace(".", ""), set()).add(name)
        else:
            self.exact.setdefault((code["system"], code["code"]), set()).add(name)
        plain = code["code"].replace(".", "")
        if code["system"] == "icd10cm" and len(plain) > CATEGORY:
            category = plain[:CATEGORY]
            self.categories[category] = self.categories.get(category, frozenset()) | {name}

    def sets_of(self, system: str | None, code: str) -> frozenset[str]:
        """Names of the value sets this code is in; none without a system, since codes collide across systems."""
        key = (system, code)
        known = self._memo.get(key)
        if known is None:
            known = self._look_up(system, code.strip()) if system else frozenset()
            if len(self._memo) < MEMO and _is_short(system, code):
                self._memo[key] = known
        return known

    def _look_up(self, system: str, code: str) -> frozenset[str]:
        alias = canonical_system(system)
        found = set(self.exact.get((alias, code), ()))
        by_prefix = self.prefixes.get(alias)
        plain = code.replace(".", "").upper()
        if alias == "icd10cm" and "." not in code and len(plain) > 3:
            found |= self.exact.get((alias, f"{plain[:3]}.{plain[3:]}"), set())
        for length in range(1, len(plain) + 1) if by_prefix else ():
            found |= by_prefix.get(plain[:length], set()) if by_prefix else set()
        return frozenset(name for name in found if found.isdisjoint(self.decoys.get(name, ())))

    def about(self, written: bytes, look: Callable[[bytes], frozenset[str]]) -> frozenset[str]:
        """What `look` says of a CodeableConcept as written, remembered: charts of one place write a code alike."""
        known = self._about_memo.get(written)
        if known is None:
            known = look(written)
            if len(self._about_memo) < MEMO and len(written) <= LONGEST_REMEMBERED:
                self._about_memo[written] = known
        return known

    def known_about(self, written: bytes) -> frozenset[str] | None:
        """What `about` remembers of it; None when it was never asked."""
        return self._about_memo.get(written)

    def hints_of_coding(self, coding: Coding) -> frozenset[str]:
        """Value sets that a coding's display or code suggests."""
        key = (coding.system, coding.code, coding.display)
        known = self._coding_memo.get(key)
        if known is None:
            known = self.hints_of(coding.display) if coding.display else frozenset()
            if coding.code:
                known |= self.hints_of_code(coding.system, coding.code)
            if len(self._coding_memo) < MEMO and _is_short(*key):
                self._coding_memo[key] = known
        return known

    def hints_of_code(self, system: str | None, code: str) -> frozenset[str]:
        """Sets that a code of ICD-10 suggests: it never matches by itself.

        WHO ICD-10 is a relative of ICD-10-CM, not the same, and ends a digit earlier: C91.0 is what C91.00 to C91.02
        are there. The same holds for an ICD-10-CM code that was written without its last digit.
        """
        alias = canonical_system(system) if system else ""
        if alias not in ("icd10", "icd10cm"):
            return frozenset()
        plain = code.strip().replace(".", "").upper()
        category = plain[:CATEGORY]
        if alias == "icd10cm":
            return self.categories.get(category, frozenset()) if plain == category else frozenset()
        found = self.sets_of("icd10cm", code) | self.sets_of("icd10cm", category)
        return found | self.categories.get(category, frozenset())

    def hints_of(self, text: str) -> frozenset[str]:
        """Value sets that these words suggest."""
        known = self._hint_memo.get(text)
        if known is None:
            words = f" {text.lower()} "
            known = frozenset(name for word, name in self.hints if word in words)
            if len(self._hint_memo) < MEMO and _is_short(text):
                self._hint_memo[text] = known
        return known

    def mapping_of(self, concept: CodeableConcept | None) -> Mapping | None:
        """What the site, or the built-in map, says that this test measures."""
        for coding in concept.coding if concept else ():
            found = self.mappings.get(((coding.system or "").strip(), (coding.code or "").strip()))
            if found is not None:
                return found
        return None


def _is_short(*texts: str | None) -> bool:
    """Codes and their names are; what is written at length is a patient's, and is not remembered."""
    return sum(len(text) for text in texts if text) <= LONGEST_REMEMBERED


@lru_cache(maxsize=1)
def value_sets() -> dict[str, dict[str, Any]]:
    """Every value set of cds/codes, by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((files("cds") / "codes").iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".yaml") and path.name != "units.yaml":
            found |= yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    return found
