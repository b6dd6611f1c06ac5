"""The budgets, and whether a run met them. Ratios are to the floor, measured in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FLAT_MB = 5.0


@dataclass(frozen=True, slots=True)
class Budget:
    """One line: what was wanted (`at_least`, or at most), and what was measured (None: not measured in this run)."""

    what: str
    wanted: float
    measured: float | None
    unit: str = "× floor"
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted

    @property
    def limit(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.wanted:g} {self.unit}"


def ratio(rows: dict[str, Any], name: str, other: str = "floor") -> float | None:
    """Requests a second of ours to the other server's."""
    row = rows.get(name, {})
    return row["ours"]["rate"] / row[other]["rate"] if "ours" in row and other in row else None


def cpu_ratio(rows: dict[str, Any], name: str, other: str = "floor") -> float | None:
    """The other server's processor time per request to ours."""
    row = rows.get(name, {})
    return row[other]["cpu_ms"] / row["ours"]["cpu_ms"] if "ours" in row and other in row else None


def budgets(results: dict[str, Any]) -> list[Budget]:
    """Every budget, in the order of the table."""
    rows = results["rows"]
    wanted = {
        "s outside": 0.8,
        "s candidate": 0.8,
        "m outside": 1.5,
        "m candidate": 0.7,
        "l outside": 2.0,
        "l candidate": 1.5,
    }
    lines = [Budget(f"{name}, requests a second", limit, ratio(rows, name)) for name, limit in wanted.items()]
    lines.append(Budget("m candidate, against the naive way", 25, ratio(rows, "m candidate", "naive"), "× naive"))
    blocks = [rows[name]["ours"]["block_ms"] for name in ("l outside", "l candidate") if name in rows]
    memory = results.get("memory")
    return [
        *lines,
        Budget("longest block of the event loop at l", 50, max(blocks, default=None), "ms", at_least=False),
        Budget("two trials in the engine", 2.5, _engine_ms(results), "ms CPU", at_least=False),
        Budget("start to ready", 2, results["start"]["ours"], "s", at_least=False),
        Budget("resident memory of a worker", 150, memory and memory[-1]["server"], "MB", at_least=False),
        Budget("its growth over the second half", FLAT_MB, memory and _growth(memory), "MB", at_least=False),
    ]


def _engine_ms(results: dict[str, Any]) -> float | None:
    return results["engine"]["chart"]["m"] / 1000 if "engine" in results else None


def _growth(memory: list[dict[str, float]]) -> float:
    return memory[-1]["server"] - memory[len(memory) // 2]["server"]
