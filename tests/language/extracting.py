"""Every sentence that people read: from the code, the page's templates, the trial packs and the override reasons.

`python -m tests.language.extracting` (`make messages`) brings the catalogues up to date with them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from cds.record.reasons import override_reasons
from rules.messages import CATALOGUES, DEFAULT, LANGUAGES
from rules.packs import built_in_folders
from rules.vocabulary import VOCABULARY, Coded, Quantity

ROOT = Path(__file__).parents[2]
PACKAGES = ("rules", "cds", "hooks")
# Without dates: the same messages always make the same file.
HEADER = """# {name}.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
# Arguments that are not literals: constants and data, whose texts `to_say` or the functions below find.
COMPUTED = frozenset(
    {
        # Texts of trial packs.
        "t.title", "trial.title", "assessed.trial.title", "t.short_title", "trial.short_title",
        "trial.trial.short_title", "assessed.trial.short_title", "criterion.title", "criterion.reading",
        "finding.criterion.title", "first.criterion.title", "f.criterion.title", "arm.name", "assigned.name",
        "allocation.assigned.name", "allocation.actual.name", "course.allocation.assigned.name", "step.name",
        "later.name", "missing.name", "sequence.next", "stated.caveat",
        # Labels and units of the vocabulary; override reasons.
        "unit", "label", "reason.display", "form.display", "override.because",
        # Marked with to_say where they are made.
        "wording", "warning", "words", "specimen", "self.method", "virus.label",
    }
)  # fmt: skip
Found = dict[str, list[str]]


def code_messages() -> Found:
    """Message -> where it stands, from calls of say, say_many and to_say with literals."""
    found: Found = {}
    for where, call in calls():
        for argument in texts_of(call):
            for text in literals(argument):
                found.setdefault(text, []).append(where)
    return found


def computed_arguments() -> dict[str, list[str]]:
    """What else `say` is called with, as source text -> where. Constants in capitals are marked with to_say."""
    found: dict[str, list[str]] = {}
    for where, call in calls():
        for argument in texts_of(call):
            if not list(literals(argument)):
                found.setdefault(ast.unparse(argument), []).append(where)
    return found


def calls() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                if name in ("say", "say_many", "to_say") and path.name != "messages.py":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node  # type: ignore[misc]


def texts_of(call: ast.Call) -> list[ast.expr]:
    return call.args[: 2 if isinstance(call.func, ast.Name) and call.func.id == "say_many" else 1]


def literals(argument: ast.expr) -> Iterator[str]:
    """The texts that an argument may be: a literal, or one of two."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from literals(argument.body)
        yield from literals(argument.orelse)


def template_messages() -> Found:
    """From {{ say("…") }} and {{ say_many("…", "…", …) }} in the page's templates."""
    found: Found = {}
    for path in sorted((ROOT / "hooks").rglob("*.html")):
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            name = call.node.name if isinstance(call.node, nodes.Name) else ""
            for argument in call.args[: {"say": 1, "say_many": 2}.get(name, 0)]:
                if isinstance(argument, nodes.Const):
                    found.setdefault(argument.value, []).append(f"{path.relative_to(ROOT)}:{call.lineno}")
    return found


def data_messages() -> Found:
    """From the vocabulary, the trial packs and the override reasons."""
    found: Found = {}
    for entry in VOCABULARY.values():
        found.setdefault(entry.label, []).append("rules/vocabulary.py")
        if isinstance(entry, Quantity) and entry.unit in ("years", "months", "x ULN"):
            found.setdefault(entry.unit, []).append("rules/vocabulary.py")
        for code in entry.codes if isinstance(entry, Coded) else ():
            found.setdefault(code.replace("_", " "), []).append("rules/vocabulary.py")
    for folder in built_in_folders():
        pack = yaml.safe_load((folder / "trial.yaml").read_text(encoding="utf-8"))
        for text in _pack_texts(pack):
            found.setdefault(text, []).append(f"rules/trials/{folder.name}/trial.yaml")
    reasons = override_reasons()
    displays = [r.display for r in (*reasons.eligibility, *reasons.order, *reasons.course)]
    for text in (*displays, reasons.disagreement.display):
        found.setdefault(text, []).append("cds/record/override_reasons.yaml")
    return found


def _pack_texts(pack: dict) -> Iterator[str]:
    yield from (pack["title"], pack["short_title"])
    if "caveat" in pack["recruitment"]:
        yield pack["recruitment"]["caveat"]
    yield from (arm["name"] for arm in pack.get("arms", ()))
    yield from (step["name"] for step in pack.get("sequence", {}).get("steps", ()))
    for question in pack["questions"]:
        for criterion in question["criteria"]:
            yield from (criterion["title"], criterion["reading"])


def all_messages() -> Found:
    found: Found = {}
    for part in (code_messages(), template_messages(), data_messages()):
        for text, places in part.items():
            found.setdefault(text, []).extend(places)
    return found


def update(language: str) -> tuple[int, int]:
    """Write the catalogue anew: translations kept, new messages empty, old ones dropped. (messages, still empty)."""
    path = CATALOGUES / f"{language}.po"
    with path.open("rb") as file:
        old = read_po(file, locale=language)
    new = Catalog(locale=language, fuzzy=False)
    for text, places in sorted(all_messages().items(), key=lambda item: (item[1][0].split(":")[0], item[0])):
        known = old.get(text)
        files = sorted({place.split(":")[0] for place in places})
        new.add(text, known.string if known else "", locations=[(name, None) for name in files])
    with path.open("wb") as file:
        file.write(HEADER.format(name=Locale(language).english_name, language=language).encode())
        write_po(file, new, width=120, ignore_obsolete=True, omit_header=True)
    return len(new), sum(not message.string for message in new if message.id)


def main() -> None:
    for language in LANGUAGES:
        if language != DEFAULT:
            total, empty = update(language)
            sys.stdout.write(f"{language}: {total} messages, {empty} without translation\n")


if __name__ == "__main__":
    main()
