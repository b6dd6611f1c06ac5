"""Assessments that outlast their call keep a bounded number of threads, whatever comes after."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from cds.assess import build_assessor
from cds.settings import Settings
from hooks import service
from hooks.app import create_app
from tests.hooks.test_doors import SERVICE, call


async def test_calls_given_up_do_not_pile_up_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = 0, threading.Event()

    def slowly(self: Any, *_: Any, **__: Any) -> None:
        nonlocal begun
        begun += 1
        may_end.wait(20)
        raise AssertionError

    monkeypatch.setattr("cds.assess.Assessor.open_material", slowly)
    monkeypatch.setattr(service, "INLINE_BYTES", 0)
    app = create_app(
        Settings(demonstration=True, answer_seconds=1, fetch_seconds=0, state=tmp_path), build_assessor(Settings())
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as http:
            body = orjson.dumps(call())
            for _ in range(3):
                headers = {"Content-Type": "application/json"}
                answers = await asyncio.gather(
                    *(http.post(SERVICE, content=body, headers=headers) for _ in range(service.THREADS + 8))
                )
                assert {answer.status_code for answer in answers} == {503}
    finally:
        may_end.set()

    assert begun <= service.THREADS, "work that waited was dropped when its call was given up"
