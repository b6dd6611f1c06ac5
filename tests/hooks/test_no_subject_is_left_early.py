"""A subject on study is followed up in full, also when nothing but the ResearchSubject says why (B6.1, B6.8)."""

from __future__ import annotations

from typing import Any

import orjson

from tests.criteria.rows import assessor, trial_in
from tests.fhir import KEY_OF_TYPE, TRIAL, Resource
from tests.follow_up.crossing import crossing

AS_OF = "2026-05-06"


def without_signs() -> list[Resource]:
    """A subject of the control arm whose leukaemia, transplant and MRD another hospital's records hold."""
    kept = [each for each in crossing().resources if each["resourceType"] not in ("Condition", "Procedure")]
    return [each for each in kept if "mrd" not in each["id"]]


def prefetch(resources: list[Resource]) -> dict[str, bytes]:
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        found.setdefault(KEY_OF_TYPE[resource["resourceType"]], []).append(resource)
    keys: dict[str, Any] = dict.fromkeys(KEY_OF_TYPE.values())
    keys |= {
        key: {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in several]}
        for key, several in found.items()
    }
    [keys["patient"]] = found["patient"]
    return {key: orjson.dumps(value) for key, value in keys.items()}


def test_the_hook_and_the_api_follow_a_subject_up_alike() -> None:
    resources = without_signs()
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}

    by_hook = assessor().assess_prefetch(prefetch(resources), patient_id="1", as_of=AS_OF)
    by_api = assessor().assess_bundle(orjson.dumps(bundle), as_of=AS_OF)

    followed = [trial_in(each.as_json(), TRIAL)["follow_up"] for each in (by_hook, by_api)]
    assert followed[0] == followed[1]
    assert followed[0]["visits"]
