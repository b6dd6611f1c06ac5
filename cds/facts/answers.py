"""Qualitative results: positive, negative, indeterminate or unreadable. Negation is looked for first, never substrings."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from cds.shapes import CodeableConcept, ValueBearer


class Answer(StrEnum):
    """How a qualitative result reads."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"
    UNREADABLE = "not readable"


# Codes: value set `variant_present_absent` plus the positive answers seen in mCODE data.
_CODES = {
    "LA9633-4": Answer.POSITIVE, "52101004": Answer.POSITIVE, "10828004": Answer.POSITIVE, "LA6576-8": Answer.POSITIVE,
    "POS": Answer.POSITIVE, "DET": Answer.POSITIVE,
    "LA9634-2": Answer.NEGATIVE, "2667000": Answer.NEGATIVE, "NEG": Answer.NEGATIVE, "ND": Answer.NEGATIVE,
    "IND": Answer.INDETERMINATE, "E": Answer.INDETERMINATE,
}  # fmt: skip
_WORDS = {
    "positive": Answer.POSITIVE, "detected": Answer.POSITIVE, "present": Answer.POSITIVE, "reactive": Answer.POSITIVE,
    "negative": Answer.NEGATIVE, "not detected": Answer.NEGATIVE, "undetectable": Answer.NEGATIVE,
    "absent": Answer.NEGATIVE, "not present": Answer.NEGATIVE, "non-reactive": Answer.NEGATIVE,
    "nonreactive": Answer.NEGATIVE, "none detected": Answer.NEGATIVE,
    "indeterminate": Answer.INDETERMINATE, "equivocal": Answer.INDETERMINATE, "borderline": Answer.INDETERMINATE,
}  # fmt: skip


def answer_of(body: ValueBearer) -> Answer:
    """From the coded value, text or interpretation; two that contradict each other are indeterminate."""
    found = {answer for answer in _answers(body) if answer is not None}
    if len(found) > 1:
        return Answer.INDETERMINATE
    return found.pop() if found else Answer.UNREADABLE


def _answers(body: ValueBearer) -> list[Answer | None]:
    concepts = [concept for concept in (body.valueCodeableConcept, *body.interpretation) if concept]
    answers = [_of_concept(concept) for concept in concepts]
    if body.valueString is not None:
        answers.append(_of_words(body.valueString))
    if body.valueBoolean is not None:
        answers.append(Answer.POSITIVE if body.valueBoolean else Answer.NEGATIVE)
    return answers


def _of_concept(concept: CodeableConcept) -> Answer | None:
    for coding in concept.coding:
        known = _CODES.get((coding.code or "").strip())
        if known is not None:
            return known
    words = concept.text or next((coding.display for coding in concept.coding if coding.display), None)
    return _of_words(words) if words else None


def _of_words(text: str) -> Answer | None:
    words = " ".join(text.lower().replace("(qualifier value)", "").split()).strip(" .")
    return _WORDS.get(words)


def detected_number(body: ValueBearer) -> bool | None:
    """For a viral load or a cell count: True above zero, False at exactly zero without a comparator, else None."""
    quantity = body.valueQuantity
    if quantity is None or quantity.value is None:
        return None
    if quantity.comparator:
        return None
    return quantity.value > Decimal(0)
