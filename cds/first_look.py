"""A first look at Observations: most in a chart concern no criterion and should cost next to nothing.

A chart repeats the same few codes and the same subject thousands of times. Their bytes are compared as they are; only a
code or subject that is new in this chart is decoded. All are decoded without a fence around each; only when one has the
wrong shape are they decoded again one by one, to find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from cds.intake import Item
from cds.reader import NO_SETS, Reader, reference_of
from cds.shapes import CodeableConcept, CodesOnly, Reference, Shape
from rules.messages import say

_NOTHING = msgspec.Raw(b"")


class Glance(Shape):
    """Enough of an Observation to leave it; code, subject and components stay bytes."""

    id: str | None = None
    code: msgspec.Raw = _NOTHING
    subject: msgspec.Raw = _NOTHING
    component: msgspec.Raw = _NOTHING


_glance = msgspec.json.Decoder(Glance)
_concept = msgspec.json.Decoder(CodeableConcept | None)
_reference = msgspec.json.Decoder(Reference | None)
_components = msgspec.json.Decoder(list[CodesOnly])


@dataclass(slots=True)
class FirstLook:
    """Sorts the Observations of one chart; remembers its owners, nothing beyond this request.

    `about` holds every value set that some Observation is in, or sounds like, wherever it belongs.
    """

    reader: Reader
    ours: set[bytes] = field(default_factory=set)
    about: set[str] = field(default_factory=set)

    def wanted(self, items: Sequence[Item]) -> list[Item]:
        """Those that must be read in full; one whose shape cannot be read is refused here."""
        glances = _together(items)
        if glances is None:
            return [item for item in items if self._wants_alone(item)]
        known, ours, found = self.reader.terminology.known_about, self.ours, []
        for item, glance in zip(items, glances, strict=True):
            # As most are: a code known to concern nobody, of a patient seen before, without components.
            if known(bytes(glance.code)) == NO_SETS and glance.component is _NOTHING and bytes(glance.subject) in ours:
                continue
            if self._wants(item, glance):
                found.append(item)
        return found

    def _wants_alone(self, item: Item) -> bool:
        glance = self.reader.decoded(item, "Observation", _glance)
        return glance is not None and self._wants(item, glance)

    def _wants(self, item: Item, glance: Glance) -> bool:
        try:
            sets = self.reader.terminology.about(bytes(glance.code), self._look)
            self.about |= sets
            # The components are looked at whatever the code says: the only sign of the disease may be one of them.
            component_wanted = self._component_wanted(glance.component)
            if sets or component_wanted:
                return True
            if bytes(glance.subject) not in self.ours:
                self._owner(glance, item)
        except (msgspec.DecodeError, RecursionError):
            self.reader.refuse(item, "Observation", "unreadable", say("has the wrong shape and was not used"))
        return False

    def _look(self, code: bytes) -> frozenset[str]:
        concept = _concept.decode(code) if code else None
        return self.reader.sets_of(concept) or self.reader.hints(concept)

    def _component_wanted(self, component: msgspec.Raw) -> bool:
        if not bytes(component):
            return False
        concepts = [part.code for part in _components.decode(component)]
        sets = self.reader.sets_of(*concepts) or self.reader.hints(*concepts)
        self.about |= sets
        return bool(sets)

    def _owner(self, glance: Glance, item: Item) -> None:
        """Another patient's result is worth a warning even when no criterion reads it."""
        subject = bytes(glance.subject)
        reference = reference_of("Observation", glance, item)
        stated = _reference.decode(subject) if subject else None
        if self.reader.is_ours(stated, item, "Observation", reference):
            self.ours.add(subject)


def _together(items: Sequence[Item]) -> list[Glance] | None:
    decode = _glance.decode
    try:
        return [decode(item.raw) for item in items]
    except (msgspec.DecodeError, RecursionError, TypeError, ValueError, OverflowError):
        return None
