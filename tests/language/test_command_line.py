"""`trial-hooks assess --language`."""

from __future__ import annotations

import orjson
import pytest
from typer.testing import CliRunner

from cds.cli import app
from tests.language.reading import FIXTURES

PATIENT = FIXTURES["cannot-tell-yet"]


def assess(*more: str) -> str:
    result = CliRunner().invoke(app, ["assess", str(PATIENT.path), "--as-of", PATIENT.as_of, *more])
    assert result.exception is None
    return result.stdout


@pytest.mark.parametrize(("language", "said"), [("en", "no result on record"), ("zh", "无结果记录")])
def test_the_sentences_are_in_the_language_asked_for(language: str, said: str) -> None:
    assert said in assess("--json", "--language", language)
    assert said[:4] in assess("--language", language)


def test_codes_stay_codes() -> None:
    found = orjson.loads(assess("--json", "--language", "zh"))
    assert found["trials"][0]["questions"][0]["standing"] == "indeterminate"


def test_a_language_without_a_catalogue_is_refused() -> None:
    result = CliRunner().invoke(app, ["assess", str(PATIENT.path), "--language", "fr"])
    assert "en, zh" in str(result.exception)
