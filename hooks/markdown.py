"""Text from a chart inside Markdown: shown as it is, never as markup."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*_\[\]|~&<>]")
_WRITTEN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", **{mark: f"\\{mark}" for mark in "\\`*_[]|~"}})


def escaped(text: str) -> str:
    """No markup, no HTML, no line breaks, no automatic links."""
    flat = " ".join(text.split())
    # Most sentences hold nothing special, and looking is cheaper than replacing.
    if _SPECIAL.search(flat) is not None:
        flat = flat.translate(_WRITTEN)
    return flat.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
