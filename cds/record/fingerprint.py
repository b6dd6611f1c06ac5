"""What an answer was made with, as digests: each trial pack, and everything else of this installation that decides."""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import dataclass
from importlib.resources import files

from cds.assess import Assessor
from cds.settings import Settings


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256 in hex of every pack by trial, and of site profile, codes and zone together; the product's version."""

    packs: dict[str, str]
    setup: str
    product: str


def fingerprint_of(assessor: Assessor, settings: Settings) -> Fingerprint:
    """Computed once at the start; reads the code tables again, so that a changed file changes the digest."""
    packs = {trial.id: _digest(trial.model_dump_json().encode()) for trial in assessor.trials}
    tables = sorted((files("cds") / "codes").iterdir(), key=lambda table: table.name)
    parts = [assessor.site.model_dump_json().encode(), settings.timezone.key.encode()]
    parts += [table.read_bytes() for table in tables if table.name.endswith(".yaml")]
    if settings.code_map is not None:
        parts.append(settings.code_map.read_bytes())
    return Fingerprint(packs, _digest(*parts), _version())


def _digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()


def _version() -> str:
    try:
        return importlib.metadata.version("trial-hooks")
    except importlib.metadata.PackageNotFoundError:
        return "source"
