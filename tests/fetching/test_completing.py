"""Completing a prefetch: the five states, pages, duplicates, other patients' records, and what is referred to."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from cds.assess import build_assessor
from cds.intake import Material
from cds.settings import Settings
from cds.vendors import Way, load_vendor
from tests.fetching.ehr import BASE, Caller, Ehr, fhir, ids, searchset
from tests.fhir import AS_OF, Chart, atc, base_chart, condition, given, icd, loinc, measured, observation

EVERYTHING = base_chart().prefetch()
OUTCOME = {"resourceType": "OperationOutcome"}
OBSERVATIONS = [r for r in base_chart().resources if r["resourceType"] == "Observation"]


def without(*keys: str, **instead: object) -> dict[str, bytes]:
    """The complete prefetch without some keys, or with something else under them."""
    kept = {key: value for key, value in EVERYTHING.items() if key not in keys}
    return kept | {key: orjson.dumps(value) for key, value in instead.items()}


async def test_a_complete_prefetch_asks_for_nothing() -> None:
    ehr = Ehr()

    material = await Caller().fetch(ehr, EVERYTHING)

    assert (ehr.asked, material.incomplete) == ([], set())


STATES = [
    ("a missing key is searched", without("conditions"), ["/Condition?patient=1"]),
    ("null means that the client looked", without(conditions=None), []),
    ("an empty Bundle means that the client looked", without(conditions=searchset([])), []),
    ("an OperationOutcome is searched", without(conditions=OUTCOME), ["/Condition?patient=1"]),
    (
        "an OperationOutcome among the entries is searched",
        without(conditions=searchset([{**OUTCOME, "id": "o"}])),
        ["/Condition?patient=1"],
    ),
    (
        "a next page is followed",
        without(conditions=searchset([], f"{BASE}/Condition?start=0")),
        ["/Condition?start=0"],
    ),
    (
        "the pages that follow are counted together with those that were sent",
        without(observations=searchset(OBSERVATIONS[:1], f"{BASE}/Observation?start=1", total=len(OBSERVATIONS))),
        ["/Observation?start=1"],
    ),
    (
        "a relative next page is followed",
        without(conditions=searchset([], "Condition?start=0")),
        ["/Condition?start=0"],
    ),
    (
        "a next page elsewhere is not followed; the search is made anew",
        without(conditions=searchset([], "https://evil.example/2")),
        ["/Condition?patient=1"],
    ),
    (
        "a total above the entries is searched",
        without(conditions=searchset([], total=3)),
        ["/Condition?patient=1"],
    ),
    ("a null Patient is read", without(patient=None), ["/Patient/1"]),
    ("a missing Patient is read", without("patient"), ["/Patient/1"]),
    ("an outcome for the Patient", without(patient=OUTCOME), ["/Patient/1"]),
]


@pytest.mark.parametrize(("prefetch", "paths"), [pytest.param(p, asked, id=name) for name, p, asked in STATES])
async def test_only_what_is_missing_is_asked_for(prefetch: dict[str, bytes], paths: list[str]) -> None:
    ehr = Ehr()

    material = await Caller().fetch(ehr, prefetch)

    assert (ehr.paths(), material.incomplete) == (paths, set())


@pytest.mark.parametrize("state", [name for name, _, asked in STATES if asked])
async def test_once_completed_the_answer_is_that_of_a_whole_prefetch(state: str) -> None:
    [prefetch] = [p for name, p, _ in STATES if name == state]
    assessor = build_assessor(Settings())

    material = await Caller().fetch(Ehr(), prefetch)

    whole = assessor.assess_prefetch(EVERYTHING, patient_id="1", as_of=AS_OF)
    assert assessor.assess_material(material, patient_id="1", as_of=AS_OF).as_json() == whole.as_json()


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_without_any_prefetch_the_answer_is_the_same(size: int) -> None:
    assessor = build_assessor(Settings())

    material = await Caller().fetch(Ehr(page_size=size))

    whole = assessor.assess_prefetch(EVERYTHING, patient_id="1", as_of=AS_OF)
    assert assessor.assess_material(material, patient_id="1", as_of=AS_OF).as_json() == whole.as_json()


async def test_a_resource_that_stands_on_two_pages_counts_once() -> None:
    twice = base_chart().having(condition("crohn", icd("K50.90")))
    records = [r for r in twice.resources if r["resourceType"] == "Condition"]
    pages = [searchset(records, f"{BASE}/Condition?start=9"), searchset(records[1:])]
    assessor = build_assessor(Settings())

    material = await Caller().fetch(Ehr(twice, instead={"Condition": lambda _: fhir(pages.pop(0))}))

    once = assessor.assess_prefetch(twice.prefetch(), patient_id="1", as_of=AS_OF)
    assert assessor.assess_material(material, patient_id="1", as_of=AS_OF).as_json() == once.as_json()


async def test_another_patients_record_among_the_results_is_not_used() -> None:
    theirs = condition("crohn", icd("K50.90"), subject={"reference": "Patient/2"})
    ehr = Ehr(base_chart().having(theirs))
    assessor = build_assessor(Settings())

    found = assessor.assess_material(await Caller().fetch(ehr), patient_id="1", as_of=AS_OF).as_json()

    assert "another-patient" in [warning["code"] for warning in found["warnings"]]
    clean = assessor.assess_prefetch(EVERYTHING, patient_id="1", as_of=AS_OF).as_json()
    assert found["trials"] == clean["trials"]


async def test_another_patient_is_not_taken_for_ours() -> None:
    other = {"resourceType": "Patient", "id": "2"}

    material = await Caller().fetch(Ehr(instead={"Patient": lambda _: fhir(other)}))

    assert material.of("Patient") == []
    assert "Patient" in material.incomplete


async def test_a_patient_that_a_search_brings_along_is_not_taken_for_ours() -> None:
    bundle = searchset([{"resourceType": "Patient", "id": "2"}])
    ehr = Ehr(instead={"Condition": lambda _: fhir(bundle), "Patient": lambda _: fhir(OUTCOME, 404)})

    material = await Caller().fetch(ehr)

    assert material.of("Patient") == []


DRUG = {"resourceType": "Medication", "id": "m", "code": atc("L04AD02", "tacrolimus")}
TAKEN = given("drug", atc("x"), "2026-05-30")
TAKEN.pop("medicationCodeableConcept")


@pytest.mark.parametrize(
    "reference",
    ["Medication/m", "Medication/m/_history/3", f"{BASE}/Medication/m"],
    ids=["relative", "versioned", "absolute"],
)
async def test_a_medication_that_is_referred_to_is_read(reference: str) -> None:
    chart = base_chart().having({**TAKEN, "medicationReference": {"reference": reference}})
    ehr = Ehr(chart.having(DRUG))

    material = await Caller().fetch(ehr, chart.prefetch())

    assert (ehr.paths(), ids(material, "Medication")) == (["/Medication/m"], ["m"])
    assert e2_reason(material) == e2_reason_of(base_chart().having(TAKEN | {"medicationCodeableConcept": DRUG["code"]}))


async def test_a_medication_that_cannot_be_read_leaves_open_whether_a_drug_is_taken() -> None:
    chart = base_chart().having({**TAKEN, "medicationReference": {"reference": "Medication/m"}})

    material = await Caller().fetch(Ehr(chart), chart.prefetch())

    assert e2_reason(material) == ("unknown", "not_fetched")


async def test_a_medication_elsewhere_is_not_asked_for() -> None:
    chart = base_chart().having({**TAKEN, "medicationReference": {"reference": "https://evil.example/Medication/m"}})
    ehr = Ehr(chart)

    material = await Caller().fetch(ehr, chart.prefetch())

    assert ehr.asked == []
    assert e2_reason(material) == ("unknown", "not_fetched")


async def test_a_specimen_that_no_search_finds_is_read_where_a_result_refers_to_it() -> None:
    caller, ehr = Caller(vendor=load_vendor("epic")), Ehr()

    material = await caller.fetch(ehr, without("specimens"))

    assert (ehr.paths(), ids(material, "Specimen")) == (["/Specimen/marrow"], ["marrow"])


@pytest.mark.parametrize(
    ("specimen", "outcome"),
    [("marrow", ("fail", None)), ("elsewhere", ("unknown", "not_fetched"))],
    ids=["a marrow that is read", "a specimen that cannot be read"],
)
async def test_blasts_count_as_marrow_only_once_the_specimen_is_known(
    specimen: str, outcome: tuple[str, str | None]
) -> None:
    blasts = observation("new", loinc("74850-9"), "2026-05-29", **measured(60))
    chart = base_chart().having({**blasts, "specimen": {"reference": f"Specimen/{specimen}"}})
    prefetch = chart.without("marrow").prefetch()

    material = await Caller().fetch(Ehr(chart), prefetch)

    found = build_assessor(Settings()).assess_material(material, patient_id="1", as_of=AS_OF).as_json()
    assert _criterion(found, "I4") == outcome


def e2_reason(material: Material) -> tuple[str, str | None]:
    found = build_assessor(Settings()).assess_material(material, patient_id="1", as_of=AS_OF).as_json()
    return _criterion(found, "E2")


def e2_reason_of(chart: Chart) -> tuple[str, str | None]:
    return _criterion(build_assessor(Settings()).assess_bundle(chart.bundle(), as_of=AS_OF).as_json(), "E2")


def _criterion(found: dict[str, Any], name: str) -> tuple[str, str | None]:
    [trial] = [t for t in found["trials"] if t["id"] == "NCT07441291"]
    [one] = [c for q in trial["questions"] if q["question"] == "enrol" for c in q["criteria"] if c["id"] == name]
    return one["outcome"], one.get("reason")


async def test_a_server_that_demands_a_category_is_asked_by_category_and_stays_incomplete() -> None:
    def only_by_category(request: httpx.Request) -> httpx.Response:
        return ehr.answer(request) if "category=" in str(request.url) else fhir(OUTCOME, 400)

    ehr = Ehr(instead={"Observation": only_by_category})
    material = await Caller().fetch(ehr, without("observations"))

    assert len([path for path in ehr.paths() if "category=" in path]) == 9
    assert material.incomplete == {"Observation"}
    assert "ecog" in ids(material, "Observation")


async def test_a_site_may_state_that_its_categories_are_everything() -> None:
    way = Way(searches=({"category": "laboratory"},), complete=True, source="the site")
    vendor = load_vendor("epic").model_copy(update={"ways": {"Observation": (way,)}})

    material = await Caller(vendor=vendor).fetch(Ehr(), without("observations"))

    assert material.incomplete == set()


async def test_a_type_that_the_site_does_not_keep_is_not_missing() -> None:
    vendor = load_vendor("generic").model_copy(update={"not_kept": {"MedicationStatement": "the site"}})
    ehr = Ehr()

    material = await Caller(vendor=vendor).fetch(ehr, without("medicationStatements"))

    assert (ehr.asked, material.incomplete) == ([], set())


async def test_a_long_query_is_posted_as_a_form() -> None:
    codes = ",".join(f"http://loinc.org|{number}-0" for number in range(500))
    way = Way(searches=({"code": codes},), source="the site")
    vendor = load_vendor("generic").model_copy(update={"ways": {"Observation": (way,)}})
    ehr = Ehr()

    material = await Caller(vendor=vendor).fetch(ehr, without("observations"))

    [request] = ehr.asked
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/Observation/_search")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert material.incomplete == set()


async def test_every_request_asks_for_fresh_fhir_json() -> None:
    ehr = Ehr()

    await Caller().fetch(ehr)

    assert {request.headers["accept"] for request in ehr.asked} == {"application/fhir+json"}
    assert {request.headers["cache-control"] for request in ehr.asked} == {"no-cache"}


async def test_a_redirect_on_the_same_server_is_followed() -> None:
    moved = httpx.Response(307, headers={"Location": f"{BASE}/moved"})
    ehr = Ehr(instead={"Condition": lambda _: moved, "moved": lambda _: fhir(searchset([]))})

    material = await Caller().fetch(ehr, without("conditions"))

    assert (ehr.paths(), material.incomplete) == (["/Condition?patient=1", "/moved"], set())


async def test_a_server_address_that_is_no_address_is_never_called() -> None:
    ehr = Ehr()

    material = await Caller().fetch(ehr, without("conditions"), server="not an address")

    assert (ehr.asked, material.incomplete) == ([], {"Condition"})
