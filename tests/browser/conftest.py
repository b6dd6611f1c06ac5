"""A real browser (Debian's Chromium, driven by Playwright) against the real service in a process of its own.

Playwright keeps its event loop for the whole session, so every test here runs in that one:
`pytest_collection_modifyitems` sees to it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

HERE = Path(__file__).parent
# Without these, Chromium calls home, which a closed network answers with noise.
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def missing(what: str) -> None:
    """Skip here with the reason; where nothing may be skipped (CI), fail."""
    if os.environ.get("CI"):  # noqa: TID251 - the tests' own switch
        pytest.fail(f"{what} is needed for the browser tests and may not be missing here")
    pytest.skip(f"{what} is not installed")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page of its own; the test fails when the page logged an error or broke its security policy."""
    context = await chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    opened = await context.new_page()
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    yield opened
    await context.close()
    assert trouble == []


@contextmanager
def started(stderr: IO[bytes] | None = None, **environment: str) -> Iterator[str]:
    """The base address of the service as `make run` starts it, with its record in a folder that is thrown away."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="trial-hooks-browser-") as state:
        ours = {"TRIAL_HOOKS_DEMONSTRATION": "1", "TRIAL_HOOKS_STATE": state, "PORT": str(port), **environment}
        command = [sys.executable, "-c", "from cds.cli import main; main()", "serve"]
        process = subprocess.Popen(  # noqa: S603
            command,
            env={**os.environ, **ours},  # noqa: TID251
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            yield _ready(process, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(15)


def _ready(process: subprocess.Popen[bytes], base: str) -> str:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{base}/readyz").is_success:
                return base
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the service did not start")


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """One service for all browser tests of this process."""
    with started() as base:
        yield base


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to be run inside a page."""
    script = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        missing("axe-core (npm ci --prefix tests/browser)")
    return script.read_text()
