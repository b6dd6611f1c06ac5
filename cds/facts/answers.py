"""Qualitative results: positive, negative, indeterminate or unreadable. Whole answers only, never substrings."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from cds.shapes import CodeableConcept, ValueBearer
from cds.terminology import value_sets
from rules.messages import say, to_say


class Answer(StrEnum):
    """How a qualitative result reads."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"
    UNREADABLE = "not readable"

    @property
    def words(self) -> str:
        """The answer in the reader's language."""
        return say(_SPOKEN[self])


_SPOKEN = {
    Answer.POSITIVE: to_say("positive"),
    Answer.NEGATIVE: to_say("negative"),
    Answer.INDETERMINATE: to_say("indeterminate"),
    Answer.UNREADABLE: to_say("not readable"),
}


@lru_cache(maxsize=1)
def _codes() -> dict[str, Answer]:
    """Answer codes of the value sets answer_*; they do not collide across their systems."""
    sets = value_sets()
    return {
        code["code"]: answer
        for answer in (Answer.POSITIVE, Answer.NEGATIVE, Answer.INDETERMINATE)
        for code in sets[f"answer_{answer.value}"]["codes"]
    }


_WORDS = {
    "positive": Answer.POSITIVE, "detected": Answer.POSITIVE, "present": Answer.POSITIVE, "reactive": Answer.POSITIVE,
    "negative": Answer.NEGATIVE, "not detected": Answer.NEGATIVE, "undetectable": Answer.NEGATIVE,
    "absent": Answer.NEGATIVE, "not present": Answer.NEGATIVE, "non-reactive": Answer.NEGATIVE,
    "nonreactive": Answer.NEGATIVE, "none detected": Answer.NEGATIVE,
    "indeterminate": Answer.INDETERMINATE, "equivocal": Answer.INDETERMINATE, "borderline": Answer.INDETERMINATE,
}  # fmt: skip


def answer_of(body: ValueBearer) -> Answer:
    """From the coded value, text or interpretation; two that contradict each other are indeterminate."""
    found: Answer | None = None
    for answer in _answers(body):
        if answer is not None and answer is not found:
            if found is not None:
                return Answer.INDETERMINATE
            found = answer
    return found or Answer.UNREADABLE


def _answers(body: ValueBearer) -> list[Answer | None]:
    answers = [_of_concept(concept) for concept in body.interpretation] if body.interpretation else []
    if body.valueCodeableConcept is not None:
        answers.append(_of_concept(body.valueCodeableConcept))
    if body.valueString is not None:
        answers.append(_of_words(body.valueString))
    if body.valueBoolean is not None:
        answers.append(Answer.POSITIVE if body.valueBoolean else Answer.NEGATIVE)
    return answers


def _of_concept(concept: CodeableConcept) -> Answer | None:
    codes = _codes()
    for coding in concept.coding:
        known = codes.get(coding.code.strip()) if coding.code else None
        if known is not None:
            return known
    words = concept.text or next((coding.display for coding in concept.coding if coding.display), None)
    return _of_words(words) if words else None


def _of_words(text: str) -> Answer | None:
    plain = _WORDS.get(text.lower())
    if plain is not None:
        return plain
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
