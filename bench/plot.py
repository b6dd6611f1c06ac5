"""The plot of `docs/performance.md`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

SERVERS = ("unparsed", "floor", "ours", "naive")
NAMES = {
    "unparsed": "no parsing at all",
    "floor": "floor: raw ASGI + orjson",
    "ours": "trial-hooks",
    "naive": "fhir.resources",
}
# Okabe and Ito's colours, told apart by everybody.
COLOURS = {"unparsed": "#999999", "floor": "#56B4E9", "ours": "#D55E00", "naive": "#CCCCCC"}


def draw(results: dict[str, Any], path: Path) -> None:
    """Requests a second and CPU per request for each body (logarithmic), the engine against criteria, memory."""
    figure, ((speed, cost), (engine, memory)) = pyplot.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    _bars(speed, results["rows"], "rate", "requests a second (higher is better)")
    _bars(cost, results["rows"], "cpu_ms", "processor ms per request (lower is better)")
    speed.legend(fontsize=8)
    _line(engine, results["engine"]["criteria"], "engine: µs per patient", "criteria, each with a fact of its own")
    server = {sample["requests"]: sample["server"] for sample in results["memory"]}
    _line(memory, server, "resident MB of the worker", "mixed requests")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _bars(axes: Axes, rows: dict[str, Any], figure: str, label: str) -> None:
    width = 0.8 / len(SERVERS)
    for place, server in enumerate(SERVERS):
        values = [row[server][figure] if server in row else 0 for row in rows.values()]
        axes.bar(
            [n + place * width for n in range(len(rows))], values, width, label=NAMES[server], color=COLOURS[server]
        )
    axes.set_xticks([n + 0.4 - width / 2 for n in range(len(rows))], [name.replace(" ", "\n") for name in rows])
    axes.set_yscale("log")
    axes.set_title(label, fontsize=10)
    axes.grid(axis="y", alpha=0.3)


def _line(axes: Axes, points: dict[Any, float], label: str, below: str) -> None:
    axes.plot([float(x) for x in points], list(points.values()), "o-", color=COLOURS["ours"])
    axes.set_ylim(bottom=0)
    axes.set_title(label, fontsize=10)
    axes.set_xlabel(below, fontsize=9)
    axes.grid(alpha=0.3)
