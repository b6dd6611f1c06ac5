"""SVG as text: elements with escaped attributes, numbers with one decimal, and how wide words are."""

from __future__ import annotations

import re
from html import escape
from unicodedata import east_asian_width

# Width of a letter as a share of the type size, a little generous: what is said to fit must fit in any font.
NARROW_LETTER, WIDE_LETTER = 0.63, 1.0


# What XML 1.0 has no way to write: control characters and halves of surrogate pairs.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(said: str) -> str:
    """Text as content or attribute value; what XML cannot hold is left out."""
    return escape(_UNWRITABLE.sub("", said))


def number(value: float) -> str:
    """One decimal at most, never "-0"; equal input gives equal text on every machine."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def tag(name: str, *content: str, **attributes: object) -> str:
    """An element; `class_` is class, `_` in a name is `-`. None leaves an attribute out. Content is SVG already."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            shown = number(value) if isinstance(value, float) else str(value)
            parts.append(f'{key.rstrip("_").replace("_", "-")}="{escaped(shown)}"')
    inner = "".join(content)
    return f"<{' '.join(parts)}>{inner}</{name}>" if inner else f"<{' '.join(parts)}/>"


def drawing(*content: str, width: float, height: float, class_: str, role: str, labelled_by: str) -> str:
    """A whole picture in the page's own type and colour; `labelled_by` names what says what it shows."""
    return tag(
        "svg",
        *content,
        xmlns="http://www.w3.org/2000/svg",
        class_=class_,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role=role,
        aria_labelledby=labelled_by,
        font_family="system-ui, sans-serif",
        fill="currentColor",
    )


def words(x: float, y: float, said: str, class_: str | None = None, anchor: str = "start", size: int = 14) -> str:
    """A line of text with its baseline at y."""
    return tag(
        "text",
        escaped(said),
        x=float(x),
        y=float(y),
        class_=class_,
        text_anchor=None if anchor == "start" else anchor,
        font_size=size,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str, dashes: str | None = None) -> str:
    return tag(
        "line",
        x1=float(x1),
        y1=float(y1),
        x2=float(x2),
        y2=float(y2),
        class_=class_,
        stroke="currentColor",
        stroke_dasharray=dashes,
    )


def rectangle(x: float, y: float, width: float, height: float, class_: str, **more: object) -> str:
    return tag("rect", x=float(x), y=float(y), width=float(width), height=float(height), class_=class_, **more)


def breadth(said: str, size: int) -> float:
    """How wide a line of text is at most, in user units."""
    return sum(_letter(letter) for letter in said) * size


def _letter(letter: str) -> float:
    if letter in " .,:;|!'ilj()":
        return NARROW_LETTER * 0.6
    return WIDE_LETTER if east_asian_width(letter) in "WF" else NARROW_LETTER


def clipped(said: str, size: int, room: float) -> str:
    """The words, or as many letters as fit with an ellipsis."""
    if breadth(said, size) <= room:
        return said
    kept = said
    while kept and breadth(f"{kept}…", size) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def wrapped(said: str, size: int, room: float, most: int) -> list[str]:
    """Lines that fit, at most so many; the last one is clipped."""
    lines: list[str] = []
    for word in said.split():
        if lines and (len(lines) == most or breadth(f"{lines[-1]} {word}", size) <= room):
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return [clipped(each, size, room) for each in lines]
