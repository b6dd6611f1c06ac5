"""Third-party scripts are the pinned ones, with their licences, and nothing else is served beside them."""

from __future__ import annotations

import hashlib

import orjson

from tests.browser.vendor import LOCK, VENDOR


def test_every_vendored_file_is_the_pinned_one_and_comes_with_a_licence() -> None:
    packages = orjson.loads(LOCK.read_bytes())
    pinned = {name: file["sha256"] for package in packages.values() for name, file in package["files"].items()}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir() if path != LOCK}

    assert there == pinned
    assert all(any("LICENSE" in name for name in package["files"]) for package in packages.values())
