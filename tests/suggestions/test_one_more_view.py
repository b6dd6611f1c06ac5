"""Who cannot be told yet can be told after one more view, once the card's suggestions have been carried out."""

from __future__ import annotations

import pytest

from tests.fhir import Chart
from tests.suggestions.hospital import Hospital
from tests.suggestions.looking import card_of, look, standing
from tests.test_fixtures import AS_OF, PATIENTS, resources_of

TRIALS = ("NCT05262673", "NCT07441291")
DEFINITE = {"potentially_eligible", "ineligible"}
ON_STUDY = {"follow-up", "on-study", "on-study-intervention", "on-study-observation"}


def is_on_study(name: str, trial: str) -> bool:
    found = [each for each in resources_of(name) if each["resourceType"] == "ResearchSubject"]
    studies = {
        f"ResearchStudy/{each['id']}": [one["value"] for one in each.get("identifier", [])]
        for each in resources_of(name)
        if each["resourceType"] == "ResearchStudy"
    }
    return any(
        each["status"] in ON_STUDY
        and trial
        in (each["study"].get("identifier", {}).get("value"), *studies.get(each["study"].get("reference"), []))
        for each in found
    )


@pytest.mark.parametrize("name", PATIENTS)
@pytest.mark.parametrize("trial", TRIALS)
async def test_one_more_view_tells_a_fixture_that_could_not_be_told(name: str, trial: str) -> None:
    chart, on = Chart(tuple(resources_of(name))), AS_OF[name]
    before = await look(chart, on)
    if standing(before, trial) != "indeterminate":
        return
    card = card_of(before, trial)
    if is_on_study(name, trial):
        assert "suggestions" not in card, "who is on the study is not screened for it again"
        return

    after = await look(Hospital(list(chart.resources), on).accept(card["suggestions"]), on)

    assert standing(after, trial) in DEFINITE
