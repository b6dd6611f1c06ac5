"""The visits of a subject as one image: on a line of days for a page, down a column for a phone."""

from __future__ import annotations

from hooks.workbench.plots.course_across import across
from hooks.workbench.plots.course_down import down
from hooks.workbench.plots.course_shown import Shown
from hooks.workbench.plots.frames import Frame
from hooks.workbench.plots.mrd_back import pattern
from hooks.workbench.plots.svg import drawing, escaped, tag


def course_svg(shown: Shown, frame: Frame, prefix: str, title: str, description: str) -> str:
    """Nothing in it needs to be reached: the table beside it holds the same. `prefix` makes ids unique in the page."""
    name = f"{prefix}-{frame.name}"
    drawn, height = (down if frame.is_narrow else across)(shown, frame, f"{name}-hatch")
    return drawing(
        tag("title", escaped(title), id=f"{name}-title"),
        tag("desc", escaped(description), id=f"{name}-desc"),
        pattern(f"{name}-hatch"),
        *drawn,
        width=frame.width,
        height=height,
        class_=f"plot course {frame.name}",
        role="img",
        labelled_by=f"{name}-title {name}-desc",
    )
