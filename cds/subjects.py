"""Whose resource is it? Every resource is checked against the one patient of the chart."""

from __future__ import annotations

from enum import Enum, auto

from cds.shapes import Patient, Reference


class Owner(Enum):
    """Answer to "does this resource belong to our patient?"."""

    OURS = auto()
    ANOTHER = auto()
    UNSTATED = auto()


class Subjects:
    """Recognises references to one patient: relative, absolute, versioned, urn:uuid through fullUrl, by identifier."""

    def __init__(self, patient: Patient, full_url: str | None) -> None:
        self._names = {f"Patient/{patient.id}"} if patient.id else set()
        if full_url:
            self._names.add(full_url)
        self._identifiers = {(i.system, i.value) for i in patient.identifier if i.value}
        self._seen: dict[str, Owner] = {}
        # References as written that were found to be ours: a chart repeats one thousands of times.
        self.ours: set[str | None] = set()

    def owner(self, reference: Reference | None) -> Owner:
        """Ours, another's, or unstated (no reference at all: not usable, since it could be anybody's)."""
        if reference is None or not (reference.reference or reference.identifier):
            return Owner.UNSTATED
        if reference.reference:
            owner = self._by_reference(reference.reference.strip())
            if owner is Owner.OURS:
                self.ours.add(reference.reference)
            return owner
        wanted = reference.identifier
        ours = wanted is not None and (wanted.system, wanted.value) in self._identifiers
        return Owner.OURS if ours else Owner.ANOTHER

    def _by_reference(self, text: str) -> Owner:
        known = self._seen.get(text)
        if known is None:
            plain = text.split("/_history/")[0]
            short = "/".join(plain.split("/")[-2:]) if "/" in plain else f"Patient/{plain}"
            known = Owner.OURS if plain in self._names or short in self._names else Owner.ANOTHER
            self._seen[text] = known
        return known
