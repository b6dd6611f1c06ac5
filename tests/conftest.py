"""Every test run keeps its record in a folder of its own, never in the user's."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

STATE = tempfile.mkdtemp(prefix="trial-hooks-tests-")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["TRIAL_HOOKS_STATE"] = STATE  # noqa: TID251 - what the settings read must be set somewhere


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(STATE, ignore_errors=True)
