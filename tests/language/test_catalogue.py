"""Every catalogue is complete, says what the code asks for, and holds nothing else."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

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

WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
NOT_FOR_PEOPLE = ("say", "say_many", "to_say", "compile", "debug", "info", "warning", "error")
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


# What is read as data (vocabulary, suggestions), and what operators read: the command line, logs, settings, errors,
# statistics, the API's own description.
OPERATORS = (
    "cds/cli", "cds/code_map.py", "cds/doctor.py", "cds/fetching/client.py", "cds/fetching/guarded.py",
    "cds/fhir_out/call.py", "cds/fhir_out/capability.py", "cds/fhir_out/value_sets.py", "cds/record/", "cds/report/",
    "cds/site_errors.py", "cds/suggestions/catalogue.py", "cds/vendors/", "hooks/app.py", "hooks/engine_metrics.py",
    "hooks/fhir_doors.py", "hooks/limits.py", "hooks/openapi.py", "hooks/problems.py", "hooks/record_metrics.py",
    "hooks/routes.py", "hooks/service.py", "hooks/trust/", "hooks/watch.py", "rules/cases.py",
    "rules/engine.py", "rules/evaluation.py",
    "rules/lint.py", "rules/pack_reading.py", "rules/packs.py", "rules/sidecars.py", "rules/trial.py",
    "rules/vocabulary.py",
)  # fmt: skip
# Names of style classes in the pictures.
CLASSES = re.compile(r"(band|edge|event|flag|on|over|plot|shape)( [a-z]*)+")
# Texts that are compared or name data.
NOT_SAID = frozenset(
    {
        "not detected", "not present", "none detected", "(qualifier value)", "not readable", "no system",
        "Hepatitis B", "Hepatitis C", "DejaVu Sans",
        "SHALL NOT", "cannot tell", " openid fhirUser ", "Not sure",
    }
)  # fmt: skip


def test_no_sentence_reaches_people_past_the_catalogues() -> None:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            where = str(path.relative_to(ROOT))
            if not where.startswith(OPERATORS):
                found += [f"{where}: {text}" for text in loose_texts(ast.parse(path.read_text(encoding="utf-8")))]
    assert found == [], "write these with say()"


def loose_texts(tree: ast.Module) -> Iterator[str]:
    """Texts of more than one word that are no argument of say, no docstring, no error and no pattern."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WORDS.search(node.value):
            above = [node]
            while above[-1] in parents:
                above.append(parents[above[-1]])
            named = node.value in NOT_SAID or CLASSES.fullmatch(node.value)
            if not named and not any(is_no_text_for_people(each) for each in above):
                yield node.value


def is_no_text_for_people(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in NOT_FOR_PEOPLE


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
