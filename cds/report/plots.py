"""Curves with numbers at risk, and month-3 rates, as SVG and PNG.

Arms differ by colour (blue and vermilion, told apart with any colour vision) and by line style and marker.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cds.figures import file_of, styled
from cds.report.analysis import Analysis, ArmSurvival, Survival
from cds.report.design import CONTROL, EXPERIMENTAL
from cds.report.wording import comparison, rate

NAMES = {
    "mrd": "Month-3 MRD negativity by arm, with 95 % intervals",
    "os": "Kaplan-Meier curves of overall survival by assigned arm",
    "dfs": "Kaplan-Meier curves of disease-free survival by assigned arm",
}
_LOOK = {EXPERIMENTAL: ("#0072B2", "-", "o"), CONTROL: ("#D55E00", "--", "s")}
_GREY = "#555555"
KINDS: tuple[Literal["svg", "png"], ...] = ("svg", "png")


def write_plots(analysis: Analysis, folder: Path) -> None:
    """`mrd`, `os` and `dfs`, each .svg and .png, into an existing folder."""
    for name, content in draw(analysis).items():
        (folder / name).write_bytes(content)


def draw(analysis: Analysis) -> dict[str, bytes]:
    """File name → content of every figure."""
    with styled():
        figures = {"mrd": _rates(analysis)}
        figures |= {name: _curves(result) for name, result in zip(("os", "dfs"), analysis.survival, strict=True)}
        return {f"{name}.{kind}": file_of(figure, kind) for name, figure in figures.items() for kind in KINDS}


def _curves(result: Survival) -> Figure:
    figure = Figure(figsize=(7.2, 5.2))
    axes = figure.add_axes((0.11, 0.30, 0.86, 0.575))
    for arm in result.arms:
        if arm.curve:
            _curve(axes, arm)
    days = [mark.day for mark in result.arms[0].marks]
    end = max([days[-1], *(arm.curve[-1].days for arm in result.arms if arm.curve)])
    axes.set_xlim(0, end * 1.02)
    axes.set_ylim(0, 1.03)
    axes.set_xticks(days, [str(mark.month) for mark in result.arms[0].marks])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.grid(visible=True, axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_xlabel("months since randomisation", labelpad=3)
    axes.set_title(f"{result.definition.title}, by assigned arm", loc="left", fontweight="bold", fontsize=12, pad=20)
    axes.text(0, 1.025, f"log-rank test: {comparison(result.log_rank)}", transform=axes.transAxes, color=_GREY)
    axes.legend(loc="lower left", handlelength=3.2, facecolor="white", edgecolor="none", framealpha=0.8)
    _numbers_at_risk(figure, axes, result)
    return figure


def _curve(axes: Axes, arm: ArmSurvival) -> None:
    colour, line, _ = _LOOK[arm.arm]
    days = [step.days for step in arm.curve]
    label = f"{arm.arm} ({arm.events} events in {arm.patients})"
    axes.step(
        days, [s.survival for s in arm.curve], where="post", color=colour, linestyle=line, linewidth=2, label=label
    )
    low = [s.survival if s.low is None else s.low for s in arm.curve]
    high = [s.survival if s.high is None else s.high for s in arm.curve]
    axes.fill_between(days, low, high, step="post", color=colour, alpha=0.12, linewidth=0)
    censored = [step for step in arm.curve if step.censored]
    axes.plot(
        [s.days for s in censored], [s.survival for s in censored], linestyle="", marker="|", color=colour, markersize=7
    )


def _numbers_at_risk(figure: Figure, axes: Axes, result: Survival) -> None:
    """Below the axis: the heading, and per arm its name on one line with the counts under the ticks below it."""
    box = axes.get_position()
    figure.text(box.x0, 0.185, "Number at risk", fontsize=9, fontweight="bold", ha="left")
    left, right = axes.get_xlim()
    for line, arm in enumerate(result.arms):
        colour = _LOOK[arm.arm][0]
        height = 0.145 - 0.075 * line
        figure.text(box.x0, height, arm.arm, fontsize=9, color=colour, ha="left")
        for mark in arm.marks:
            x = box.x0 + box.width * (mark.day - left) / (right - left)
            figure.text(x, height - 0.035, str(mark.at_risk), fontsize=9, ha="center")


def _rates(analysis: Analysis) -> Figure:
    figure = Figure(figsize=(7.2, 2.6))
    axes = figure.add_axes((0.25, 0.24, 0.69, 0.60))
    arms = analysis.negativity
    for place, arm in enumerate(reversed(arms)):
        if arm.rate is None:
            continue
        colour, line, marker = _LOOK[arm.arm]
        axes.plot([arm.rate.low, arm.rate.high], [place, place], color=colour, linestyle=line, linewidth=2)
        axes.plot([arm.rate.value], [place], color=colour, marker=marker, markersize=9)
        text = f"{rate(arm.rate)}, {arm.counts['negative']} of {arm.randomised}"
        middle = min(max(arm.rate.value, 0.2), 0.8)
        axes.text(middle, place + 0.17, text, ha="center", va="bottom", fontsize=9, color=_GREY)
    axes.set_yticks(range(len(arms)), [arm.arm for arm in reversed(arms)])
    axes.set_ylim(-0.4, len(arms) - 0.4)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.grid(visible=True, axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_xlabel("MRD negative at month 3, of all randomised (Wilson 95 % interval)")
    axes.set_title("Month-3 MRD negativity, by assigned arm", loc="left", fontweight="bold", fontsize=12)
    return figure
