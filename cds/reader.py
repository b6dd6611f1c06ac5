"""Reads resources of one chart one by one: decode, refuse, own, date and classify. One bad resource costs one.

Statuses are allow-lists after stripping blanks. An unknown modifierExtension or implicitRules makes a resource
unusable (FHIR R4 §2.4.2): whatever its codes concern becomes unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from cds.chart import Chart
from cds.chart_warnings import ChartWarning
from cds.intake import Item, Material
from cds.moments import Moment, parse_moment
from cds.records import Unmapped
from cds.shapes import CodeableConcept, Coding, Period, Reference
from cds.subjects import Owner, Subjects
from cds.terminology import Terminology
from rules.messages import say

R = TypeVar("R", bound=msgspec.Struct)
# No code of theirs says what they concern: one that cannot be read leaves the whole type incomplete.
WITHOUT_CODES = frozenset({"ResearchSubject"})
NO_SETS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reader:
    """What every per-type reader needs: the chart being filled, the codes, the zone and whose records count."""

    chart: Chart
    terminology: Terminology
    material: Material
    subjects: Subjects

    def each(
        self, resource_type: str, decoder: msgspec.json.Decoder[R], items: Sequence[Item] | None = None
    ) -> list[tuple[str, R, Item]]:
        """The readable resources of one type (or the given items), de-duplicated, with their reference."""
        latest: dict[str, tuple[str, R, Item]] = {}
        for item in self.material.of(resource_type) if items is None else items:
            resource = self.decoded(item, resource_type, decoder)
            if resource is not None:
                reference = reference_of(resource_type, resource, item)
                if reference not in latest or _version(latest[reference][1]) <= _version(resource):
                    latest[reference] = (reference, resource, item)
        return list(latest.values())

    def decoded(self, item: Item, resource_type: str, decoder: msgspec.json.Decoder[R]) -> R | None:
        try:
            resource = decoder.decode(item.raw)
        except (msgspec.DecodeError, RecursionError, TypeError, ValueError, OverflowError):
            self.refuse(item, resource_type, "unreadable", say("has the wrong shape and was not used"))
            return None
        if getattr(resource, "implicitRules", None) or getattr(resource, "modifierExtension", None):
            self.refuse(
                item, resource_type, "modifier", say("carries a modifier that we do not know, so it was not used")
            )
            return None
        return resource

    def is_ours(self, subject: Reference | None, item: Item, resource_type: str, reference: str) -> bool:
        if subject is not None and subject.reference in self.subjects.ours:
            return True
        owner = self.subjects.owner(subject)
        if owner is Owner.OURS:
            return True
        if owner is Owner.ANOTHER:
            self.warn(
                "another-patient",
                say("One {type} belongs to another patient and was not used.", type=resource_type),
                reference,
            )
        else:
            self.refuse(item, resource_type, "no-subject", say("names no patient and was not used"))
        return False

    def may_be_ours(self, subject: Reference | None) -> bool:
        """False for what names another patient; a Specimen may name nobody, since the result names it."""
        return subject is None or self.subjects.owner(subject) is not Owner.ANOTHER

    def refuse(self, item: Item, resource_type: str, code: str, why: str) -> None:
        """Do not use a resource: warn, and make unknown whatever its visible codes concern (B6.16)."""
        visible = visible_codings(item.raw)
        reference = reference_of(resource_type, visible, item)
        self.warn(code, say("One {type} {why}.", type=resource_type, why=why), reference)
        if resource_type in WITHOUT_CODES:
            self.chart.incomplete |= {resource_type}
        self.chart.unused_signs |= self._signs_in(visible)
        for system, value in visible.codings:
            for name in self.terminology.sets_of(system, value):
                self.chart.unreadable.setdefault(name, []).append(reference)

    def _signs_in(self, visible: Visible) -> set[str]:
        """What the words of an unusable resource's code suggest: they decide nothing, but the chart is looked at."""
        found: set[str] = set()
        found.update(*(self.terminology.hints_of(words) for words in visible.words))
        found.update(*(self.terminology.hints_of_code(system, code) for system, code in visible.codings))
        return found

    def warn(self, code: str, text: str, reference: str | None = None) -> None:
        self.chart.warnings.append(ChartWarning(code, text, reference))

    def sets_of(self, *concepts: CodeableConcept | None) -> frozenset[str]:
        """Every value set that any coding of these concepts belongs to."""
        found, sets_of = NO_SETS, self.terminology.sets_of
        for concept in concepts:
            if concept is not None:
                for coding in concept.coding:
                    if coding.code:
                        sets = sets_of(coding.system, coding.code)
                        if sets:
                            found = found | sets if found else sets
        return found

    def hints(self, *concepts: CodeableConcept | None) -> frozenset[str]:
        """Which value sets the words of these concepts suggest. Used only to say "unmapped", never to match."""
        found, known = NO_SETS, self.terminology
        # Plain loops: every record that no criterion reads comes through here.
        for concept in concepts:
            if concept is not None:
                if concept.text:
                    found |= known.hints_of(concept.text)
                for coding in concept.coding:
                    hints = known.hints_of_coding(coding)
                    if hints:
                        found |= hints
        return found

    def note_unmapped(
        self, reference: str, concept: CodeableConcept | None, hints: frozenset[str], moment: Moment | None = None
    ) -> None:
        coding = concept.coding[0] if concept and concept.coding else Coding()
        code = f"{coding.system or 'no system'}#{coding.code}" if coding.code else say("no code, only text")
        self.chart.unmapped.append(Unmapped(reference, code, hints, moment))

    def moment(self, text: str | None) -> Moment | None:
        return parse_moment(text, self.chart.zone) if text else None

    def span(self, period: Period | None) -> Moment | None:
        """A period as one moment: its end where stated, else its start (an open period is dated by its start)."""
        return self.moment(period.end or period.start) if period else None

    def in_future(
        self, moment: Moment | None, resource_type: str, reference: str, sets: frozenset[str] = frozenset()
    ) -> bool:
        """Whether a record is dated after the assessment: not used, but what it is about stays a sign."""
        if moment is None or not moment.is_after(self.chart.written_by or self.chart.as_of):
            return False
        self.chart.unused_signs.update(sets)
        self.warn(
            "future",
            say("One {type} is dated after the day of assessment and was not used.", type=resource_type),
            reference,
        )
        return True


@dataclass(frozen=True, slots=True)
class Visible:
    """What can still be seen of a resource that does not decode."""

    id: str | None
    codings: tuple[tuple[str | None, str], ...]
    words: tuple[str, ...] = ()


def visible_codings(raw: msgspec.Raw) -> Visible:
    """Every {system, code} pair that generic JSON still shows, the id, and the words of the resource's own code."""
    try:
        tree = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return Visible(None, ())
    found: list[tuple[str | None, str]] = []
    _collect(tree, found, depth=0)
    identity = tree.get("id") if isinstance(tree, dict) else None
    words = tuple(_words(tree.get("code"), 0)) if isinstance(tree, dict) else ()
    return Visible(identity if isinstance(identity, str) else None, tuple(found), words)


def _words(node: Any, depth: int) -> Iterator[str]:
    """The texts and displays of a CodeableConcept, whatever its shape."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list | dict) and depth < 5:
        for child in node.values() if isinstance(node, dict) else node:
            yield from _words(child, depth + 1)


def _collect(node: Any, found: list[tuple[str | None, str]], depth: int) -> None:
    if depth > 12 or len(found) > 200:
        return
    if isinstance(node, dict):
        system, code = node.get("system"), node.get("code")
        if isinstance(code, str) and (system is None or isinstance(system, str)):
            found.append((system, code))
        for child in node.values():
            _collect(child, found, depth + 1)
    elif isinstance(node, list):
        for child in node:
            _collect(child, found, depth + 1)


def reference_of(resource_type: str, resource: Any, item: Item) -> str:
    """Type/id, else the entry's fullUrl, else where it stood in the input."""
    identity = getattr(resource, "id", None)
    return f"{resource_type}/{identity}" if identity else item.full_url or item.where


def _version(resource: Any) -> tuple[int, str]:
    meta = getattr(resource, "meta", None)
    version = meta.versionId if meta and meta.versionId and meta.versionId.isdecimal() else "0"
    return int(version[:9]), (meta.lastUpdated or "") if meta else ""


def concept_or_nothing(tree: Any) -> list[CodeableConcept]:
    """A CodeableConcept out of generic JSON, as a list of one; an empty list when it has another shape."""
    try:
        return [msgspec.convert(tree, CodeableConcept)]
    except msgspec.ValidationError:
        return []
