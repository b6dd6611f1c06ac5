"""The synthetic subjects and draft orders: adherence and cards as tests/golden/orders.yaml states them by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from tests.fhir import Chart
from tests.follow_up.subjects import deviations
from tests.hooks.ordering import CHECK, SELECT, post, shown

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fhir_fixtures"
REQUESTS = sorted(path.name.removesuffix(".json") for path in (FIXTURES / "requests").glob("*.order-*.json"))
LINES = re.findall(
    r"^\| ([a-z0-9-]+\.order-[a-z]+) \|", (FIXTURES / "README.md").read_text(encoding="utf-8"), re.MULTILINE
)
GOLDEN: dict[str, Any] = yaml.safe_load((ROOT / "tests/golden/orders.yaml").read_text(encoding="utf-8"))


def request_of(name: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((FIXTURES / "requests" / f"{name}.json").read_bytes())
    return content


def test_every_request_has_a_line_in_the_readme_and_golden_cards_and_there_are_none_besides() -> None:
    assert sorted(LINES) == REQUESTS
    assert sorted(GOLDEN["cards"]) == REQUESTS


@pytest.mark.parametrize("name", REQUESTS)
async def test_the_cards_are_the_ones_of_the_protocols(name: str) -> None:
    answer = await post(request_of(name), SELECT if name.endswith("order-select") else CHECK)

    assert answer.status_code == 200
    assert [" | ".join(line) for line in shown(answer.json()["cards"])] == GOLDEN["cards"][name]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_holds_the_patients_own_resources(name: str) -> None:
    patient, hook = name.split(".")
    request = request_of(name)
    stored = orjson.loads((FIXTURES / "patients" / f"{patient}.json").read_bytes())["entry"]
    sent = [entry["resource"] for found in request["prefetch"].values() for entry in (found or {}).get("entry", [])]

    assert (request["hook"], request["context"]["patientId"]) == (hook, patient)
    assert all(resource in [entry["resource"] for entry in stored] for resource in sent)


@pytest.mark.parametrize("name", sorted(GOLDEN["adherence"]))
def test_the_adherence_is_the_one_of_the_protocol(name: str) -> None:
    stored = orjson.loads((FIXTURES / "patients" / f"{name}.json").read_bytes())
    chart = Chart(tuple(entry["resource"] for entry in stored["entry"]))

    found = deviations(chart, as_of=stored["timestamp"][:10])

    assert {part: deviation.state.value for part, deviation in found.items()} == GOLDEN["adherence"][name]
