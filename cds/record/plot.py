"""The feedback report as a figure: outcomes by week, and reasons for overriding. SVG or PNG without a time stamp."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cds.figures import file_of, styled
from cds.record.report import FeedbackReport

# Told apart with any colour vision; hatching tells them apart in print.
_LOOK = {
    "accepted": ("#0072B2", ""),
    "overridden": ("#D55E00", "//"),
    "no feedback": ("#CCCCCC", ".."),
}
MOST_REASONS = 15


def draw(report: FeedbackReport, kind: Literal["svg", "png"]) -> bytes:
    """One figure of two panels. The same report gives the same SVG."""
    with styled():
        figure = Figure(figsize=(8, 7), layout="constrained")
        weeks, reasons = figure.subplots(2, 1)
        _weeks(weeks, report)
        _reasons(reasons, report)
        return file_of(figure, kind)


def _weeks(axes: Axes, report: FeedbackReport) -> None:
    counts: dict[str, Counter[str]] = {}
    for tally in report.tallies:
        week = counts.setdefault(tally.week, Counter())
        week["accepted"] += tally.accepted
        week["overridden"] += tally.overridden
        week["no feedback"] += tally.shown - tally.accepted - tally.overridden
    names, places = sorted(counts), range(len(counts))
    below = [0] * len(names)
    for outcome, (colour, hatch) in _LOOK.items():
        heights = [counts[name][outcome] for name in names]
        axes.bar(places, heights, bottom=below, color=colour, hatch=hatch, edgecolor="white", label=outcome)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    axes.set_xticks(list(places), names, rotation=45, ha="right")
    axes.set_ylabel("Cards shown")
    axes.set_title("What became of cards, by the week in which they were shown", loc="left")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def _reasons(axes: Axes, report: FeedbackReport) -> None:
    ranked = sorted(report.reasons, key=lambda reason: -reason.count)[:MOST_REASONS]
    names = [f"{reason.trial} {reason.criterion or reason.code}" for reason in ranked]
    axes.barh(range(len(ranked)), [reason.count for reason in ranked], color=_LOOK["overridden"][0])
    axes.set_yticks(range(len(ranked)), names)
    axes.invert_yaxis()
    axes.set_xlabel("Overridden cards")
    axes.set_title("Why cards were overridden (a criterion where the reason names one)", loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
