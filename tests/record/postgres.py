"""A real PostgreSQL for tests: its own cluster in a temporary folder, never as root, stopped as roughly as wanted."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/bin")


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first; None when PostgreSQL is not installed."""
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/")) if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    newest = sorted(found, key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdecimal()])
    return newest[-1] if newest else Path(on_path).parent if on_path else None


class Cluster:
    """One server on a free port of 127.0.0.1."""

    def __init__(self, programs: Path) -> None:
        self._programs, self._folder = programs, Path(tempfile.mkdtemp(prefix="trial-hooks-pg-"))
        # PostgreSQL refuses to run as root; Debian's package brings the user.
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self._folder, self._user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._run("initdb", "-D", self._data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._names = 0

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def crash(self) -> None:
        """Like a power cut for the server's processes: no checkpoint, connections cut."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._names += 1
        name = f"record{self._names}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://tester@127.0.0.1:{self.port}/{name}"

    def remove(self) -> None:
        subprocess.run(  # noqa: S603 - our own cluster
            [str(self._programs / "pg_ctl"), "-D", self._data, "-w", "-m", "immediate", "stop"],
            user=self._user if os.geteuid() == 0 else None, capture_output=True, check=False, cwd="/",
        )  # fmt: skip
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own cluster
            [str(self._programs / program), *arguments],
            user=self._user if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, cwd="/",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
