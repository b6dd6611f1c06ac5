"""`make vendor`: fetch the third-party scripts that the pages load from npm, as the lock file names them."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import orjson

VENDOR = Path(__file__).parents[2] / "hooks" / "workbench" / "static" / "vendor"
LOCK = VENDOR / "lock.json"


def fetch(name: str, entry: dict[str, Any]) -> None:
    """Copy the listed files of one package. Raises ValueError when the package is not the one that was pinned."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{name}@{entry['version']}"]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
        packed = Path(folder, done.stdout.strip())
        found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
        if entry["integrity"] != f"sha512-{found}":
            raise ValueError(f"{name} {entry['version']}: the registry gives another package than the one pinned")
        with tarfile.open(packed) as archive:
            for target, source in entry["files"].items():
                member = archive.extractfile(f"package/{source['from']}")
                if member is None:
                    raise ValueError(f"{name}: no file {source['from']}")
                (VENDOR / target).write_bytes(member.read())


if __name__ == "__main__":
    for package, pinned in orjson.loads(LOCK.read_bytes()).items():
        fetch(package, pinned)
