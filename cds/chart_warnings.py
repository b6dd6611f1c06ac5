"""Warnings about a chart's own quality."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChartWarning:
    """Something in the chart that was not used, or used with care. `text` never holds patient data."""

    code: str
    text: str
    reference: str | None = None
