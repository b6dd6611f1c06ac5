"""Text from a chart stays text in a card's Markdown."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hooks.markdown import escaped

PIECES = [
    "&",
    "<",
    ">",
    "\\",
    "`",
    "*",
    "_",
    "[",
    "]",
    "|",
    "~",
    "://",
    "www.",
    "\n",
    "\u2028",
    "\u3000",
    " ",
    "0.3 %",
    "白血病",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_every_special_mark_is_written_as_itself(text: str) -> None:
    flat = " ".join(text.split())
    for mark, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        flat = flat.replace(mark, written)
    marked = re.sub(r"([\\`*_\[\]|~])", r"\\\1", flat)

    assert escaped(text) == marked.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
