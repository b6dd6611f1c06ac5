"""What people read, in their language: English in the code, other languages from gettext catalogues.

`say("Flow MRD {value}", value=…)` looks the sentence up and fills it in. `language` is set around one piece of work by
`speaking`; it is a context variable, so that requests served at the same time do not disturb each other.

A sentence is translated when it is used, never when a module is imported: a constant is marked with `to_say` and used
with `say(THE_CONSTANT)`. docs/languages.md says how catalogues are made and checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.core import negotiate_locale

CATALOGUES = Path(__file__).parent / "catalogues"
DEFAULT = "en"
LANGUAGES = (DEFAULT, *sorted(path.stem for path in CATALOGUES.glob("*.po")))
_NONE: Mapping[str, str] = {}
_catalogue: ContextVar[Mapping[str, str]] = ContextVar("catalogue", default=_NONE)
_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def say(message: str, /, **parts: object) -> str:
    """The sentence in the language spoken, with its {parts}; English where no translation is."""
    found = _catalogue.get().get(message, message)
    return found.format_map(parts) if parts else found


def say_many(one: str, many: str, count: int, /, **parts: object) -> str:
    """As `say`, with the wording for `count` things; {count} is among the parts."""
    return say(one if count == 1 else many, count=count, **parts)


def to_say(message: str) -> str:
    """Marks a constant for the catalogues; it comes back as it is, to be said where it is used."""
    return message


def sentence(text: str) -> str:
    """A clause made a sentence's beginning: the first letter is a capital in English."""
    return text[:1].upper() + text[1:] if _language.get() == DEFAULT else text


def language() -> str:
    """The language spoken here and now, as in LANGUAGES."""
    return _language.get()


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak this language, one of LANGUAGES, within the block."""
    catalogue, spoken = _catalogue.set(_NONE if name == DEFAULT else catalogue_of(name)), _language.set(name)
    try:
        yield
    finally:
        _catalogue.reset(catalogue)
        _language.reset(spoken)


@cache
def catalogue_of(name: str) -> Mapping[str, str]:
    """Message -> translation. Raises FileNotFoundError for a language that has no catalogue."""
    # Where everybody reads English, Babel's reader of catalogues is not needed.
    from babel.messages.pofile import read_po

    with (CATALOGUES / f"{name}.po").open("rb") as file:
        read = read_po(file, locale=name)
    return {str(entry.id): str(entry.string) for entry in read if entry.id and entry.string and not entry.fuzzy}


def language_for(wanted: str, default: str = DEFAULT) -> str:
    """The best of LANGUAGES for an Accept-Language header (RFC 9110 §12.5.4); `default` when it names none of ours."""
    offers = []
    for part in wanted.split(","):
        tag, _, quality = part.strip().partition(";")
        offers.append((_quality(quality), tag.strip().lower()))
    ranked = [tag.replace("-", "_") for weight, tag in sorted(offers, key=lambda offer: -offer[0]) if weight > 0]
    asked = [name for tag in ranked for name in (tag, tag.partition("_")[0])]
    return negotiate_locale(asked, LANGUAGES) or default


def _quality(text: str) -> float:
    name, _, number = text.strip().partition("=")
    try:
        return float(number) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
