"""The installed product: who owns our package names, what is pinned, what is shipped, what the image does."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = [path for package in ("rules", "cds", "hooks") for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("name", ["cds", "hooks", "rules"])
def test_nobody_else_owns_our_package_names(name: str) -> None:
    """PyPI has packages of these names; pip would merge them into ours without a word."""
    owners = set(importlib.metadata.packages_distributions().get(name, []))

    assert owners <= {"trial-hooks"}


def test_the_wheel_is_never_uploaded() -> None:
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]


@pytest.mark.parametrize("pin", ["fhir.resources==8.3.0", "fhir_core==1.1.12", "durable-rules==2.0.28"])
def test_versions_that_decide_answers_are_pinned(pin: str) -> None:
    locked = re.sub("[-_]", "-", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"))

    assert pin in PROJECT["project"]["dependencies"]
    assert re.sub("[-_]", "-", pin) in locked


def test_every_dependency_is_exact() -> None:
    assert all("==" in dependency for dependency in PROJECT["project"]["dependencies"])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_most_files_are_small() -> None:
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES)

    assert sizes[len(sizes) // 2] <= 100


def test_the_image_runs_as_a_user_and_checks_its_packages() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "USER trialhooks" in text
    assert "packages_distributions" in text
    assert 'CPPFLAGS="-O2 -fwrapv"' in text


def test_the_two_commands_of_the_readme_exist() -> None:
    readme, makefile = (ROOT / "README.md").read_text(encoding="utf-8"), (ROOT / "Makefile").read_text(encoding="utf-8")

    assert all(f"make {name}" in readme and f"\n{name}: " in makefile for name in ("run", "test"))
