"""Charts with a course of residual disease, and the story and figures of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cds.assess import Assessor
from cds.assessment import Assessment
from cds.chart import Chart as ReadChart
from cds.story.story import MrdStory, Point, mrd_story
from hooks.workbench.fixtures import fixtures_in
from tests.criteria.rows import assessor
from tests.fhir import AS_OF, Chart, Resource, amount, base_chart, local, observation

ROOT = Path(__file__).parents[2]
FIXTURES = fixtures_in(ROOT / "fhir_fixtures")


def result(name: str, on: str | None, value: Resource, code: str = "mrd-flow-cd19", **elements: Any) -> Resource:
    """One MRD result of the marrow."""
    return observation(name, local(code), on, **{"specimen": {"reference": "Specimen/marrow"}, **value, **elements})


def limit(percent: float | str) -> Resource:
    """A component with the detection limit."""
    return {"component": [{"code": local("lod"), "valueQuantity": amount(percent)}]}


def with_results(*results: Resource) -> Chart:
    """The base patient with these MRD results only."""
    return base_chart().without("mrd").having(*results)


def read(chart: Chart, as_of: str = AS_OF, service: Assessor | None = None) -> tuple[ReadChart, Assessment]:
    return (service or assessor()).read_bundle(chart.bundle(), as_of=as_of)


def story_of(chart: Chart, as_of: str = AS_OF, service: Assessor | None = None) -> MrdStory:
    return mrd_story(*read(chart, as_of, service))


def fixture(name: str) -> tuple[ReadChart, Assessment]:
    """A synthetic patient of fhir_fixtures on its day."""
    found = FIXTURES[name]
    return assessor().read_bundle(found.path.read_bytes(), as_of=found.as_of)


def point(story: MrdStory, name: str) -> Point:
    [found] = [each for each in story.points if each.measured.reference == f"Observation/{name}"]
    return found
