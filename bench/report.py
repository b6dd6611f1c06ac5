"""What a run found: a table on the terminal, `bench-results.json`, and `docs/performance.md` with its plot."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.budgets import Budget, budgets, cpu_ratio, ratio

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench-results.json"
PAGE, PLOT = ROOT / "docs" / "performance.md", "performance.png"
VERDICTS = {True: "met", False: "NOT met", None: "not measured"}
HEAD = (
    "body",
    "unparsed /s",
    "floor /s",
    "ours /s",
    "× floor",
    "floor CPU ms",
    "ours CPU ms",
    "CPU ×",
    "p50 ms",
    "p99 ms",
    "block ms",
)


def show(results: dict[str, Any]) -> None:
    """Both tables on the terminal, and the JSON file."""
    console = Console()
    console.width = max(console.width, 130)
    for title, head, rows in (("Side by side", HEAD, speeds(results)), ("Budgets", BUDGET_HEAD, limits(results))):
        table = Table(*head, title=title)
        for row in rows:
            table.add_row(*row)
        console.print(table)
    RESULTS.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


def speeds(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """One line for each body."""
    rows, lines = results["rows"], []
    for name, row in rows.items():
        ours, floor = row["ours"], row["floor"]
        unparsed = f"{row['unparsed']['rate']:.0f}" if "unparsed" in row else ""
        lines.append((
            name, unparsed, f"{floor['rate']:.0f}", f"{ours['rate']:.0f}", f"{ratio(rows, name) or 0:.2f}",
            f"{floor['cpu_ms']:.2f}", f"{ours['cpu_ms']:.2f}", f"{cpu_ratio(rows, name) or 0:.2f}",
            f"{ours['p50_ms']:.1f}", f"{ours['p99_ms']:.1f}", f"{ours['block_ms']:.1f}",
        ))  # fmt: skip
    return lines


BUDGET_HEAD = ("budget", "wanted", "measured", "")


def limits(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """One line for each budget."""
    return [(line.what, line.limit, _measured(line), VERDICTS[line.met]) for line in budgets(results)]


def _measured(line: Budget) -> str:
    return "" if line.measured is None else f"{line.measured:.2f}"


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} × {model}, CPython {platform.python_version()}"


def write_page(results: dict[str, Any]) -> None:
    """docs/performance.md; all of it is generated."""
    engine, decoder, isolation = results["engine"], results["decoder"], results["isolation"]
    memory = results["memory"]
    parts = [
        "# Performance",
        "",
        "Written by `make bench`; change `bench/report.py`, not this page. Only what was measured side by side in one run",
        "can be compared: machines differ, and are shared.",
        "",
        f"Measured on {results['day']}: {results['machine']}. One worker each, 8 connections, {results['rounds']} rounds of",
        f"{results['seconds']:g} s in turn, medians. The load comes from `bench/client.py`, which took at most",
        f"{100 * results['client_cpu_share']:.0f} % of a processor.",
        *_busy(results["load"]),
        "",
        f"![Requests a second and processor time against the reference servers]({PLOT})",
        "",
        "Bodies are patient-view requests of 50 (s), 400 (m) and 3,000 (l) resources, made from a fixed seed; an *outside*",
        "patient has no sign of leukaemia, a *candidate* goes through every criterion of both trials, with data for each.",
        "`unparsed` answers without looking at the body, `floor` is raw ASGI with `orjson.loads`, `naive` validates the",
        "prefetch with fhir.resources. Ours is the whole service: decoding, facts, the engine in a process of its own",
        "(counted in CPU), cards, and an audit row written before the answer leaves.",
        "",
        "## Budgets",
        "",
        *_markdown(BUDGET_HEAD, limits(results)),
        "",
        f"A small candidate takes {engine['chart']['s'] / 1000:.2f} ms in the engine and its sentences alone, the floor",
        f"{results['rows']['s candidate']['floor']['cpu_ms']:.2f} ms in all: no service that asks an engine can be as fast there.",
        f"25 × naive, for the candidate at m, is here {25 / _over_naive(results):.2f} × floor.",
        "",
        "## Side by side",
        "",
        *_markdown(HEAD, speeds(results)),
        "",
        f"The naive way: {_naive(results)}.",
        "",
        "## The engine alone",
        "",
        "Processor time for one patient in µs, of compiling facts into a question, the engine, and the sentences that",
        "explain it. It grows with the criteria, hardly with how much is known, and not with the chart.",
        "",
        *_markdown(("criteria, each with a fact", *engine["criteria"]), [("µs", *_rounded(engine["criteria"]))]),
        "",
        *_markdown(("facts known, of 40", *engine["facts"]), [("µs", *_rounded(engine["facts"]))]),
        "",
        *_markdown(("chart, both trials", *engine["chart"]), [("µs", *_rounded(engine["chart"]))]),
        "",
        "Where the engine runs, both trials of a candidate:",
        "",
        *_markdown(
            ("", "CPU of the service, µs", "wall, µs"),
            [(name, f"{row['cpu_us']:.0f}", f"{row['wall_us']:.0f}") for name, row in isolation.items()],
        ),
        "",
        "## Decoding alone",
        "",
        "Processor time for one body in µs: parsing all of it with orjson, sorting it into what is needed, and the whole",
        "assessment (decoding included, engine in the same process).",
        "",
        *_markdown(
            ("body", "orjson", "decoder", "assessment"), [(name, *_rounded(row)) for name, row in decoder.items()]
        ),
        "",
        "## Where a candidate's time goes (m)",
        "",
        "The service's own share, from `cProfile`, which makes Python look dearer than C.",
        "",
        *_markdown(("function", "share of the time, with what it calls"), results["profile"]),
        "",
        "## Memory and start",
        "",
        f"Start to ready: {results['start']['ours']:.2f} s. Resident memory of the worker over {memory[-1]['requests']:.0f}",
        f"mixed requests, in MB: {', '.join(_rounded({str(n): sample['server'] for n, sample in enumerate(memory)}))}.",
        f"The engine's two processes together: {memory[-1]['below']:.0f} MB resident, a third of it shared.",
        "",
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _busy(load: float) -> list[str]:
    """A warning where others were at work: then only the processor times say something."""
    if load <= (os.cpu_count() or 1):
        return []
    return [
        "",
        f"**The machine was busy with other work (load {load:.0f}): requests a second and waiting times say nothing here.**",
    ]


def _over_naive(results: dict[str, Any]) -> float:
    """How many times as fast as the naive way the floor answers a middle candidate."""
    row = results["rows"]["m candidate"]
    return float(row["floor"]["rate"] / row["naive"]["rate"])


def _naive(results: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {row['naive']['cpu_ms']:.0f} ms of processor"
        for name, row in results["rows"].items()
        if "naive" in row
    )


def _rounded(figures: dict[str, float]) -> list[str]:
    return [f"{value:.0f}" for value in figures.values()]


def _markdown(head: tuple[str, ...], rows: list[Any]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
