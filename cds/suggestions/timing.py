"""When something should be done: so that at one moment every result that the question needs is inside its window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from cds.suggestions.scene import Scene
from rules.facts import Fact, Known
from rules.verdict import Considered, Outcome

MRD, BLASTS = "post_hsct_mrd_flow_cd19_pct", "marrow_blast_pct"
# Flow MRD and blasts of the marrow are read together only when they are this near to each other.
APART = "marrow_to_mrd_days"


def facts_in(scene: Scene) -> Iterator[Considered]:
    """Every fact of the question."""
    for finding in scene.verdict.findings:
        yield from finding.facts


def days_since(scene: Scene, fact: Fact) -> int | None:
    """Days from the newest dated evidence of a fact until the assessment; None when no evidence has a whole date."""
    days = [day for day in (_day(evidence.date) for evidence in fact.evidence) if day is not None]
    return (scene.today - max(days)).days if days else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:  # dated by month or year only, or not at all
        return None


def last_day(scene: Scene) -> date | None:
    """The last day on which everything that is known today still counts; None when nothing known runs out."""
    ends = [item.fact.valid_until for item in facts_in(scene) if isinstance(item.fact, Known) and item.fact.valid_until]
    ends += [f.valid_until for f in scene.verdict.findings if f.valid_until and f.outcome is not Outcome.UNKNOWN]
    return max(min(ends), scene.today) if ends else None


def order_by(scene: Scene, window: int | None, order: str) -> date | None:
    """The last day for an order: inside the criterion's own window, and while the other results still count."""
    ends = [end for end in (last_day(scene), _near_the_other(scene, order)) if end is not None]
    if window is not None:
        ends.append(scene.today + timedelta(days=window))
    return min(ends, default=None)


def _near_the_other(scene: Scene, order: str) -> date | None:
    other = {"flow-mrd": BLASTS, "marrow": MRD}.get(order)
    apart = scene.days(APART)
    if other is None or apart is None:
        return None
    for item in facts_in(scene):
        age = days_since(scene, item.fact) if item.ask.fact == other and isinstance(item.fact, Known) else None
        if age is not None and age <= apart:
            return scene.today + timedelta(days=apart - age)
    return None


def too_far_apart(scene: Scene, fact: str) -> Considered | None:
    """The known fact, when a sample of today would be too far from the sample that it was read from."""
    apart = scene.days(APART)
    for item in facts_in(scene):
        if item.ask.fact == fact and isinstance(item.fact, Known) and apart is not None:
            age = days_since(scene, item.fact)
            return item if age is not None and age > apart else None
    return None
