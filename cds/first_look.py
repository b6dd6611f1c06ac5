"""A first look at Observations: most in a chart concern no criterion and should cost next to nothing.

A chart repeats the same few codes and the same subject thousands of times. Their bytes are compared as they are; only a
code or subject that is new in this chart is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from cds.intake import Item
from cds.reader import Reader, reference_of
from cds.shapes import CodeableConcept, CodesOnly, Reference, Shape
from rules.messages import say

_NOTHING = msgspec.Raw(b"")


class Glance(Shape):
    """Enough of an Observation to leave it; code, subject and components stay bytes."""

    id: str | None = None
    code: msgspec.Raw = _NOTHING
    subject: msgspec.Raw = _NOTHING
    component: msgspec.Raw = _NOTHING


@dataclass(frozen=True, slots=True)
class Concern:
    """What one code means: whether any criterion reads it, and which value sets its words suggest."""

    concept: CodeableConcept | None
    wanted: bool
    hints: frozenset[str]


_glance = msgspec.json.Decoder(Glance)
_concept = msgspec.json.Decoder(CodeableConcept | None)
_reference = msgspec.json.Decoder(Reference | None)
_components = msgspec.json.Decoder(list[CodesOnly])


@dataclass(slots=True)
class FirstLook:
    """Sorts the Observations of one chart; remembers its codes and owners, nothing beyond this request."""

    reader: Reader
    codes: dict[bytes, Concern] = field(default_factory=dict)
    ours: set[bytes] = field(default_factory=set)

    def wants(self, item: Item) -> bool:
        """Whether the resource must be read in full; a shape that cannot be read is refused here."""
        glance = self.reader.decoded(item, "Observation", _glance)
        if glance is None:
            return False
        try:
            concern = self._concern(bytes(glance.code))
            wanted = concern.wanted or self._component_wanted(glance.component)
            if not wanted:
                self._owner(glance, item)
        except (msgspec.DecodeError, RecursionError):
            self.reader.refuse(item, "Observation", "unreadable", say("has the wrong shape and was not used"))
            return False
        return wanted or bool(concern.hints)

    def _concern(self, code: bytes) -> Concern:
        known = self.codes.get(code)
        if known is None:
            concept = _concept.decode(code) if code else None
            sets = self.reader.sets_of(concept)
            known = Concern(concept, bool(sets), frozenset() if sets else self.reader.hints(concept))
            self.codes[code] = known
        return known

    def _component_wanted(self, component: msgspec.Raw) -> bool:
        if not bytes(component):
            return False
        return any(self._of(part.code) for part in _components.decode(component))

    def _of(self, concept: CodeableConcept | None) -> bool:
        return bool(self.reader.sets_of(concept))

    def _owner(self, glance: Glance, item: Item) -> None:
        """Another patient's result is worth a warning even when no criterion reads it."""
        subject = bytes(glance.subject)
        if subject not in self.ours:
            reference = reference_of("Observation", glance, item)
            stated = _reference.decode(subject) if subject else None
            if self.reader.is_ours(stated, item, "Observation", reference):
                self.ours.add(subject)
