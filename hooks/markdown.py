"""Text from a chart inside Markdown: shown as it is, never as markup."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_\[\]|~])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: str) -> str:
    """No markup, no HTML, no line breaks, no automatic links."""
    flat = " ".join(text.split()).translate(_ENTITIES)
    return _MARKUP.sub(r"\\\1", flat).replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
