"""The year of one subject as an SVG for the documentation: MRD, visits, and when the card speaks. No library needed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

LEFT, WIDTH, DAYS = 110, 780, 394
TOP, HEIGHT = 40, 130
VISITS, CARD = 215, 265
HIGHEST, LOWEST = 1.0, 0.005
# Told apart by lightness and by their words, not by hue alone.
FILL = {"done": "#2f6f4f", "overdue": "#e0a100", "missed": "#b3261e", "due": "#7fb2e5"}
STYLE = "font-family:sans-serif;font-size:12px;fill:#1c1c1c"


def drawn(day0: date, story: Sequence[tuple[date, str]], follow_up: Mapping[str, Any], mrd: Mapping[str, float]) -> str:
    """The picture's text; `mrd` maps a day to per cent, 0 for not detected."""
    numbers = {said: number for number, said in enumerate(_sentences(story), 1)}
    height = CARD + 70 + 18 * len(numbers)
    box = f"0 0 {LEFT + WIDTH + 20} {height}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" style="{STYLE}">',
        "<title>A year of one subject: residual disease, visits, and what the card says</title>",
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
        *_months(day0),
        *_levels(day0, mrd),
        *_visits(day0, follow_up),
        *_cards(day0, story, numbers),
        *_legend(numbers),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(day0: date, day: date) -> float:
    return round(LEFT + WIDTH * (day - day0).days / DAYS, 1)


def _y(percent: float) -> float:
    share = math.log(HIGHEST / max(percent, LOWEST)) / math.log(HIGHEST / LOWEST)
    return round(TOP + HEIGHT * share, 1)


def _sentences(story: Sequence[tuple[date, str]]) -> list[str]:
    return list(dict.fromkeys(said for _, said in story if said != "silent"))


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#8a8a8a"{dashed}/>'


def _months(day0: date) -> list[str]:
    first = [
        date(day0.year + (month > 12), (month - 1) % 12 + 1, 1) for month in range(day0.month + 1, day0.month + 14)
    ]
    found = []
    for day in (day for day in first if (day - day0).days < DAYS):
        x = _x(day0, day)
        found += [
            _line(x, TOP - 12, x, CARD + 22, "1 5"),
            _text(x + 2, TOP - 16, f"{day:%b %Y}" if day.month in (1, 2) else f"{day:%b}"),
        ]
    return found


def _levels(day0: date, mrd: Mapping[str, float]) -> list[str]:
    parts = [_text(LEFT - 8, TOP + 24, "flow MRD", "end")]
    for percent in (1.0, 0.1, 0.01):
        parts += [_line(LEFT, _y(percent), LEFT + WIDTH, _y(percent), "" if percent == 0.1 else "2 4")]
        parts += [_text(LEFT - 8, _y(percent) + 4, f"{percent:g} %", "end")]
    days = sorted(mrd)
    path = " ".join(f"{_x(day0, date.fromisoformat(day))},{_y(mrd[day])}" for day in days)
    parts.append(f'<polyline points="{path}" fill="none" stroke="#1f4e79" stroke-width="2"/>')
    for day in days:
        x, y, inside = _x(day0, date.fromisoformat(day)), _y(mrd[day]), "#1f4e79" if mrd[day] else "#ffffff"
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{inside}" stroke="#1f4e79" stroke-width="2"/>')
    return parts


def _visits(day0: date, follow_up: Mapping[str, Any]) -> list[str]:
    parts = [_text(LEFT - 8, VISITS + 14, "visits", "end")]
    for visit in follow_up["visits"]:
        x1, x2 = (_x(day0, date.fromisoformat(visit[end])) for end in ("opens", "closes"))
        fill = FILL.get(visit["state"], "#d0d0d0")
        parts.append(f'<rect x="{x1}" y="{VISITS}" width="{round(x2 - x1, 1)}" height="20" rx="3" fill="{fill}"/>')
        parts.append(_text((x1 + x2) / 2, VISITS + 34, f"{visit['month']}: {visit['state']}", "middle"))
    return parts


def _cards(day0: date, story: Sequence[tuple[date, str]], numbers: Mapping[str, int]) -> list[str]:
    parts = [_text(LEFT - 8, CARD + 15, "card", "end")]
    ends = [day for day, _ in story[1:]] + [day0 + timedelta(days=DAYS)]
    for (begins, said), ends_on in zip(story, ends, strict=True):
        if said != "silent":
            x1, x2 = _x(day0, begins), _x(day0, ends_on)
            width = round(x2 - x1, 1)
            parts.append(f'<rect x="{x1}" y="{CARD}" width="{width}" height="22" fill="#e8eef7" stroke="#1f4e79"/>')
            parts.append(_text((x1 + x2) / 2, CARD + 15, str(numbers[said]), "middle"))
    return parts


def _legend(numbers: Mapping[str, int]) -> list[str]:
    return [
        _text(LEFT, CARD + 48 + 18 * row, f"{number}  {said}") for row, (said, number) in enumerate(numbers.items())
    ]
