"""Every fixture in every language: the same answer, no leftover English, and cards that a ward can read."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path

import pytest

from cds.record.account import answer_digest
from hooks.workbench.fixtures import Fixture
from rules.messages import speaking
from tests.language.reading import FIXTURES, assessed, assessor, read, strings, words_of, words_on

GOLDEN = Path("tests/golden/zh")
SHOWN = ("fits", "cannot-tell-yet", "pregnant", "cross-may-to-dli", "course-relapse", "arm-car-t-deviations")
EVERY = pytest.mark.parametrize("fixture", FIXTURES.values(), ids=FIXTURES.keys())
# Abbreviations, scales and units as haematologists in China write them, and what identifies a source.
KEPT = frozenset(
    {
        "ALL", "ALT", "AST", "B-ALL", "BCR", "ABL", "CAR-T", "CTCAE", "CTL", "DC", "CD", "DLI", "ECOG", "GVHD", "HIV",
        "HSCT", "II", "II-IV", "III", "III-IV", "IV", "Karnofsky", "Lansky", "LVEF", "MRD", "Mosteller", "NCT", "NGS",
        "NGS-MRD", "NIH", "Ph", "ULN", "hCG", "cells", "dL", "kg", "mg",
    }
)  # fmt: skip
QUOTED = ("were randomized", "will be randomized")


@EVERY
def test_the_answer_is_the_same_in_every_language(fixture: Fixture) -> None:
    english = assessed(fixture)
    with speaking("zh"):
        chinese = assessed(fixture)
    assert answer_digest(english) == answer_digest(chinese)


@EVERY
def test_no_english_is_left_over_in_chinese(fixture: Fixture) -> None:
    assessment, cards = read(fixture, "zh")
    said = [*words_of(assessment), *(text for card in cards for text in words_on(card))]
    own = known_texts(fixture)
    assert sorted({word for text in said for word in latin(text, own)} - KEPT) == []


@EVERY
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_summary_is_one_short_line(fixture: Fixture, language: str) -> None:
    for card in read(fixture, language)[1]:
        assert 0 < len(card["summary"]) < 140
        assert card["summary"].isprintable()


def known_texts(fixture: Fixture) -> list[str]:
    """The protocols' own text and what the chart itself says: longest first."""
    quoted = {
        text for trial in assessor().trials for text in strings(trial.model_dump(mode="json", exclude={"settings"}))
    }
    chart = set(strings(json.loads(fixture.path.read_bytes())))
    return sorted((text for text in (*quoted, *chart, *QUOTED) if len(text) > 2), key=len, reverse=True)


def latin(text: str, own: list[str]) -> set[str]:
    """Words in Latin letters that come from neither the protocol nor the chart."""
    plain = html.unescape(text).replace("\\", "")
    for known in own:
        plain = plain.replace(known.replace("\\", ""), " ")
    return set(re.findall(r"[A-Za-z][A-Za-z-]*[A-Za-z]", plain))


@pytest.mark.parametrize("name", SHOWN)
def test_cards_and_assessment_in_chinese(name: str) -> None:
    """What was read and approved; `make golden` writes it anew."""
    assessment, cards = read(FIXTURES[name], "zh")
    blocks = [f"# {name}"]
    blocks += [f"## {card['summary']}\n\n{card['detail']}" for card in cards]
    blocks.append(
        "\n".join(f"- {text}" for text in dict.fromkeys(t for card in cards for t in list(words_on(card))[2:]))
    )
    blocks.append("\n".join(f"- {words}" for words in dict.fromkeys(words_of(assessment))))
    text, path = "\n\n".join(blocks) + "\n", GOLDEN / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN"):  # noqa: TID251 - only tests write golden files
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
