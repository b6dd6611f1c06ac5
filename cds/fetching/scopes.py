"""What a token's scopes allow: SMART App Launch v1 (`patient/*.read`) and v2 (`patient/Observation.rs`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCOPE = re.compile(r"(?:patient|user|system)/(\*|[A-Z][A-Za-z]+)\.([a-z*]+)(\?.*)?")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_V2 = re.compile(r"c?r?u?d?s?")


@dataclass(frozen=True, slots=True)
class Scopes:
    """Types that may be read, searched whole, or searched in part only (v2 scopes with a query); `*` is every type."""

    read: frozenset[str]
    search: frozenset[str]
    part: frozenset[str] = frozenset()

    def may_read(self, resource_type: str) -> bool:
        return not self.read.isdisjoint(("*", resource_type))

    def may_search(self, resource_type: str) -> bool:
        return self.sees_all(resource_type) or not self.part.isdisjoint(("*", resource_type))

    def sees_all(self, resource_type: str) -> bool:
        """Whether a search finds everything, not only what a narrower scope lets through."""
        return not self.search.isdisjoint(("*", resource_type))


EVERYTHING = Scopes(frozenset("*"), frozenset("*"))


def read_scopes(text: str | None) -> Scopes:
    """Read a token's scopes. None (no token, or a server that does not say) means that everything may be tried.

    Scopes that are not about resources (openid, launch) and malformed ones allow nothing.
    """
    if text is None:
        return EVERYTHING
    read: set[str] = set()
    search: set[str] = set()
    part: set[str] = set()
    for word in text.split():
        match = _SCOPE.fullmatch(word)
        if match is None:
            continue
        resource_type, letters, query = match.group(1), _letters(match.group(2)), match.group(3)
        if "r" in letters:
            read.add(resource_type)
        if "s" in letters:
            (part if query else search).add(resource_type)
    return Scopes(frozenset(read), frozenset(search), frozenset(part))


def _letters(permission: str) -> str:
    if permission in _V1:
        return _V1[permission]
    return permission if _V2.fullmatch(permission) else ""
