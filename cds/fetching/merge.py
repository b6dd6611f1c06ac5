"""What was prefetched and what was fetched, as one material."""

from __future__ import annotations

from dataclasses import dataclass, field

from cds.chart_warnings import ChartWarning
from cds.fetching.troubles import Trouble
from cds.intake import Item, Material
from cds.queries import OPTIONAL_TYPES, TYPE_OF_KEY
from rules.messages import say

KEY_OF_TYPE = {resource_type: key for key, resource_type in TYPE_OF_KEY.items()}


@dataclass(slots=True)
class Haul:
    """What was fetched of one type, one part for each search. `trouble` says why it is not everything; None when it is.

    `whole`: everything was asked anew, so that what was prefetched of the type is replaced.
    """

    resource_type: str
    parts: list[Material] = field(default_factory=list)
    trouble: Trouble | None = Trouble.TIMEOUT
    whole: bool = True
    prefetched: tuple[Item, ...] = ()


def merged(material: Material, hauls: list[Haul]) -> Material:
    """The material with what was fetched; what still lacks something stays in `incomplete`, with a warning."""
    result = Material(
        items={kind: list(items) for kind, items in material.items.items()},
        incomplete=set(material.incomplete),
        warnings=list(material.warnings),
        size=material.size + sum(part.size for haul in hauls for part in haul.parts),
        unseen=set(material.unseen),
    )
    for haul in hauls:
        _add(result, haul)
    return result


def _add(result: Material, haul: Haul) -> None:
    kind = haul.resource_type
    if haul.trouble is None:
        result.incomplete.discard(kind)
        result.unseen.discard(kind)
        result.warnings = [warning for warning in result.warnings if not _was_a_gap(warning, kind)]
        if haul.whole:
            result.items.pop(kind, None)
    elif kind not in OPTIONAL_TYPES:
        text = say("{type} was not fetched completely: {why}.", type=kind, why=say(haul.trouble.value))
        result.warnings.append(ChartWarning("not-fetched", text))
    for part in haul.parts:
        for found, items in part.items.items():
            # Another type's search may include a Patient; only a read of the Patient says who the patient is.
            if found == kind or found != "Patient":
                result.items.setdefault(found, []).extend(items)
        result.warnings += part.warnings


def _was_a_gap(warning: ChartWarning, kind: str) -> bool:
    here = (warning.place or "").startswith(f"prefetch.{KEY_OF_TYPE[kind]}")
    return here and warning.code in ("not-fetched", "truncated")
