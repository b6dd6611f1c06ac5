"""Every test run keeps its record in a folder of its own, never in the user's; HL7's validator for any test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from tests.servers.sharing import common_folder, needs_java, shared_server
from tests.servers.validator import Hl7Validator

STATE = tempfile.mkdtemp(prefix="trial-hooks-tests-")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["TRIAL_HOOKS_STATE"] = STATE  # noqa: TID251 - what the settings read must be set somewhere


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(STATE, ignore_errors=True)


@pytest.fixture(scope="session")
def hl7_validator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hl7Validator]:
    """`hl7_validator.issues(resource)` is empty for a good one. One validator for all workers."""
    needs_java()
    with shared_server(common_folder(tmp_path_factory), "validator", "Validator") as url:
        yield Hl7Validator(url)
