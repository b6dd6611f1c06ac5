"""Databases for the record: SQLite always, a real PostgreSQL where it is installed (which CI must have)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.record.postgres import Cluster, binaries


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    programs = binaries()
    if programs is None:
        assert os.environ.get("CI") != "true", "CI must have PostgreSQL"  # noqa: TID251 - the one switch of CI
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    server = Cluster(programs)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/record.sqlite3"
    server: Cluster = request.getfixturevalue("cluster")
    return server.database()
