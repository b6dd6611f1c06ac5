"""Every catalogue is complete, says what the code asks for, and holds nothing else."""

from __future__ import annotations

import ast
import string

import pytest
from babel.messages.pofile import read_po

from rules.messages import CATALOGUES, DEFAULT, LANGUAGES
from tests.language.extracting import (
    COMPUTED,
    PACKAGES,
    ROOT,
    all_messages,
    calls,
    computed_arguments,
    literals,
    texts_of,
)

TRANSLATED = [language for language in LANGUAGES if language != DEFAULT]


def entries(language: str) -> dict[str, str]:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return {entry.id: entry.string for entry in read_po(file, locale=language) if entry.id}


def placeholders(text: str) -> list[str]:
    return sorted(f"{name}:{spec}!{how}" for _, name, spec, how in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_nothing_else_is_kept(language: str) -> None:
    known, asked = entries(language), all_messages()
    assert sorted(text for text in asked if not known.get(text)) == [], "run `make messages` and translate these"
    assert sorted(known.keys() - asked.keys()) == [], "run `make messages`: nobody says these any more"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_parts_of_its_message(language: str) -> None:
    wrong = [text for text, said in entries(language).items() if placeholders(text) != placeholders(said)]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_marked_as_doubtful(language: str) -> None:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        assert [entry.id for entry in read_po(file, locale=language) if entry.id and entry.fuzzy] == []


def test_what_is_said_is_a_literal_or_a_marked_constant_or_a_known_text() -> None:
    """A computed sentence would never reach a catalogue."""
    strange = {text: where for text, where in computed_arguments().items() if text not in COMPUTED}
    assert {text: where for text, where in strange.items() if not is_constant(text)} == {}


def is_constant(text: str) -> bool:
    """LABEL, _STATES[state] or Trouble.UNRESOLVED.value: their texts stand in the code under to_say."""
    return text.split("[")[0].split(".")[-1].strip("_").isupper() or text.endswith(".value")


def test_every_part_of_a_message_is_given_where_it_is_said() -> None:
    wrong = []
    for where, call in calls():
        given = {keyword.arg for keyword in call.keywords} | ({"count"} if call_name(call) == "say_many" else set())
        for text in (text for argument in texts_of(call) for text in literals(argument)):
            wanted = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            if call_name(call) != "to_say" and wanted != given - ({"count"} - wanted):
                wrong.append((where, text))
    assert wrong == []


def call_name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_nothing_is_said_while_a_module_is_imported() -> None:
    """A sentence said at import would stay in the language of the start."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            inside = {
                id(child)
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                for child in ast.walk(node)
            }
            for node in ast.walk(tree):
                is_call = isinstance(node, ast.Call) and call_name(node) in ("say", "say_many")
                if is_call and id(node) not in inside:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
