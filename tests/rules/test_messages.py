"""Which language is spoken, and what happens where a translation is missing."""

from __future__ import annotations

import pytest

from rules.messages import language, language_for, say, say_many, speaking


def test_english_needs_no_catalogue() -> None:
    assert say("cannot tell yet") == "cannot tell yet"
    assert say_many("{count} fact missing", "{count} facts missing", 2) == "2 facts missing"


def test_a_sentence_is_spoken_in_chinese_only_within_the_block() -> None:
    with speaking("zh"):
        assert (language(), say("cannot tell yet")) == ("zh", "尚无法判断")
    assert (language(), say("cannot tell yet")) == ("en", "cannot tell yet")


def test_what_has_no_translation_is_said_in_english() -> None:
    with speaking("zh"):
        assert say("MRD {value}, never translated", value="0.30 %") == "MRD 0.30 %, never translated"


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hans-CN", "zh"),
        ("de-DE,de;q=0.9", "en"),
        ("de, zh;q=0.5, en;q=0.4", "zh"),
        ("en-GB;q=0.3, zh;q=0.7", "zh"),
        ("zh;q=0, en", "en"),
        ("zh;q=rubbish", "en"),
        ("*", "en"),
    ],
)
def test_the_callers_preference_chooses(header: str, spoken: str) -> None:
    assert language_for(header) == spoken


def test_the_sites_language_is_spoken_when_the_caller_asks_for_none_of_ours() -> None:
    assert language_for("de", default="zh") == "zh"
