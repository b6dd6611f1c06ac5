"""How every figure of ours looks and is written: matplotlib with a set font, no frame, no time stamp."""

from __future__ import annotations

from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.figure import Figure

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "trial-hooks",
}


def styled() -> AbstractContextManager[None]:
    """Figures made inside look alike."""
    return rc_context(_STYLE)


def file_of(figure: Figure, kind: Literal["svg", "png"]) -> bytes:
    """The figure as a file; the same figure gives the same bytes."""
    written = BytesIO()
    unsigned = {"Date": None} if kind == "svg" else {"Software": None}
    figure.savefig(written, format=kind, dpi=150, metadata=unsigned, facecolor="white")
    return written.getvalue()
