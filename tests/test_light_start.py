"""What a worker holds in memory before anybody asked for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CREATE = "from hooks.app import create_app; from cds.settings import Settings; import sys; create_app(Settings()); "
# With their largest parts: each costs megabytes in every worker.
NOT_AT_ONCE = (
    "alembic", "babel.messages", "jinja2", "jwt", "markdown_it", "opentelemetry.sdk", "sqlalchemy.dialects.postgresql",
    "lifelines", "matplotlib", "pandas",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a process that has the service ready."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", CREATE + "print(*sys.modules)"],
        cwd=tmp_path_factory.mktemp("state"), env={"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


@pytest.mark.parametrize("library", NOT_AT_ONCE)
def test_a_library_is_imported_where_it_is_used(loaded: set[str], library: str) -> None:
    assert library not in loaded
