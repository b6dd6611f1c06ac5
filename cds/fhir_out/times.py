"""Times as FHIR's dateTime has them."""

from __future__ import annotations

import re

_DATE_TIME = re.compile(
    r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?",
)


def date_time(text: str) -> str:
    """The moment as it was given, or its day where it was not given as FHIR's dateTime asks."""
    words = text.strip()
    return words if _DATE_TIME.fullmatch(words) else words[: len("2026-06-01")]


def is_date(text: str) -> bool:
    """Whether a shown date is one of FHIR: 2026, 2026-05 or 2026-05-20."""
    return len(text) <= len("2026-06-01") and _DATE_TIME.fullmatch(text) is not None
