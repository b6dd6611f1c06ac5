"""The reader's language over HTTP."""

from __future__ import annotations

import httpx
import pytest

from cds.settings import Settings
from hooks.app import create_app


@pytest.mark.parametrize(
    ("default", "query", "header", "spoken"),
    [
        ("en", "", "zh-CN,zh;q=0.9", "zh"),
        ("en", "?lang=zh", "en", "zh"),
        ("en", "?lang=xx", "", "en"),
        ("zh", "", "", "zh"),
        ("zh", "", "en-US", "en"),
    ],
)
async def test_an_answer_names_its_language(default: str, query: str, header: str, spoken: str) -> None:
    transport = httpx.ASGITransport(app=create_app(Settings(demonstration=True, language=default)))
    async with httpx.AsyncClient(transport=transport, base_url="http://cds.example") as client:
        answer = await client.get(f"/api/trials{query}", headers={"Accept-Language": header})
    assert answer.headers["content-language"] == spoken
    assert "Accept-Language" in answer.headers["vary"]


def test_a_language_that_is_not_spoken_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="TRIAL_HOOKS_LANGUAGE must be one of en, zh"):
        Settings.from_environment({"TRIAL_HOOKS_LANGUAGE": "fr"})
