"""Warnings about a chart's own quality."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChartWarning:
    """Something in the chart that was not used, or used with care. `text` never holds patient data.

    `place` is where in the input it stood, for a warning that a later fetch may settle.
    """

    code: str
    text: str
    reference: str | None = None
    place: str | None = None
