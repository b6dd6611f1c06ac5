"""The example of docs/suggestions.md is what the service answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.fhir import TRIAL, base_chart, measured, mrd
from tests.suggestions.looking import card_of, look


async def test_the_documented_suggestion_is_real() -> None:
    [block] = re.findall(r"```json\n(.*?)```", Path("docs/suggestions.md").read_text(encoding="utf-8"), re.DOTALL)
    chart = base_chart().without("blasts").having(mrd(measured(0.3), "2026-05-28"))

    suggestion = card_of(await look(chart), TRIAL)["suggestions"][0]

    assert json.loads(block) == suggestion | {"uuid": "…"}
