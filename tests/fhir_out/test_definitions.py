"""What everybody may read: studies, criteria, codes and capabilities, in the protocol's words and no others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds.fhir_out.sought import CODE_OF, DATE_OF, SOUGHT
from cds.queries import NEEDS
from cds.settings import Settings
from cds.terminology import value_sets
from hooks.app import create_app
from rules.vocabulary import VOCABULARY
from tests.fhir_out.asking import DLI, MULTI, client, get

Json = dict[str, Any]
PERCENT = {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}


async def read(address: str) -> Json:
    answer = await get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
    return dict(answer.json())


async def read_at(settings: Settings, address: str, day: str = "2026-06-01") -> Json:
    """What a service with other settings, or on another day, answers."""
    service = create_app(settings, clock=lambda: datetime.fromisoformat(day).replace(tzinfo=UTC))
    async with client(service) as caller:
        return dict((await caller.get(f"/fhir/{address}")).json())


def site(folder: Path, **content: Any) -> Settings:
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"version": "1", **content}), encoding="utf-8")
    return Settings(demonstration=True, site_profile=path)


async def test_a_study_is_named_by_its_number_in_the_registry() -> None:
    found = await read(f"ResearchStudy/{DLI}")

    assert found["identifier"] == [{"system": "http://clinicaltrials.gov", "value": "NCT07441291"}]
    assert found["title"] == "CD19 CAR-T vs DLI for Post-HSCT MRD in Ph- ALL: A RCT"
    assert found["enrollment"] == [{"reference": "Group/NCT07441291"}]


async def test_a_study_has_the_phase_arms_and_conditions_that_its_text_states() -> None:
    found = await read(f"ResearchStudy/{DLI}")

    assert found["phase"]["coding"][0]["code"] == "phase-3"
    assert [arm["name"] for arm in found["arm"]] == ["CD19 CAR-T", "chemotherapy + DLI"]
    assert [condition["text"] for condition in found["condition"]] == [
        "B ALL", "Allogenetic Hematopoietic Stem Cell Transplantation", "MRD-positive",
    ]  # fmt: skip


async def test_a_study_says_nothing_that_its_text_does_not() -> None:
    """The page of NCT05262673 names no phase and no arms; neither page states a primary purpose as such."""
    multi, dli = await read(f"ResearchStudy/{MULTI}"), await read(f"ResearchStudy/{DLI}")

    assert not {"phase", "arm", "category", "primaryPurposeType"} & multi.keys()
    assert not {"primaryPurposeType", "sponsor", "period"} & dli.keys()
    assert multi["sponsor"] == {"display": "Shenzhen Geno-Immune Medical Institute"}


async def test_a_study_takes_patients_as_the_recruitment_gate_says(tmp_path: Path) -> None:
    closed = site(tmp_path, recruitment={DLI: {"state": "closed"}})

    assert (await read(f"ResearchStudy/{DLI}"))["status"] == "active"
    assert (await read_at(closed, f"ResearchStudy/{DLI}"))["status"] == "closed-to-accrual"
    assert (await read(f"ResearchStudy/{MULTI}"))["status"] == "closed-to-accrual"


async def test_unverified_recruitment_is_not_claimed_to_be_active() -> None:
    """In June 2025 the registry's page of NCT05262673 had not changed for three years."""
    found = await read_at(Settings(demonstration=True), f"ResearchStudy/{MULTI}", "2025-06-01")

    assert "status" not in found
    assert found["_status"]["extension"][0]["valueCode"] == "unknown"


@pytest.mark.parametrize("trial", [MULTI, DLI])
async def test_the_group_has_every_criterion_of_enrolment(trial: str) -> None:
    found = await read(f"Group/{trial}")
    async with client() as caller:
        pack = (await caller.get(f"/api/trials/{trial}")).json()

    [asked] = [question for question in pack["questions"] if question["question"] == "enrol"]
    kinds = {criterion["id"]: criterion["kind"] == "exclusion" for criterion in asked["criteria"]}
    shown = {item["id"].split(".")[0]: item["exclude"] for item in found["characteristic"]}
    assert (found["type"], found["actual"], shown) == ("person", False, kinds)


def characteristics(found: Json) -> dict[str, Json]:
    return {item["id"]: item for item in found["characteristic"]}


async def test_a_single_limit_is_a_quantity_in_ucum() -> None:
    found = characteristics(await read(f"Group/{MULTI}"))

    assert found["I5a"]["valueQuantity"] == {"value": 50, "comparator": ">="} | PERCENT
    assert found["I1"]["valueQuantity"]["code"] == "mo"
    assert found["I5c"]["valueQuantity"] == {"value": 2.5, "comparator": "<=", "unit": "x ULN"}


async def test_limits_that_all_hold_are_characteristics_side_by_side() -> None:
    found = characteristics(await read(f"Group/{DLI}"))

    assert found["I1.1"]["valueQuantity"]["comparator"] == ">="
    assert (found["I1.2"]["valueQuantity"]["value"], found["I1.2"]["valueQuantity"]["comparator"]) == (80, "<")


async def test_what_a_group_cannot_express_stands_in_the_protocols_words() -> None:
    multi, dli = characteristics(await read(f"Group/{MULTI}")), characteristics(await read(f"Group/{DLI}"))

    assert multi["I3"]["valueCodeableConcept"]["text"].startswith("Expression of CD19, CD22, CD20, CD10 or CD123")
    assert dli["I4"]["valueCodeableConcept"] == {"text": "no hematological/extramedullary relapse"}
    assert dli["E2"]["exclude"] is True


async def test_a_value_set_keeps_codes_sources_and_rights() -> None:
    found = await read("ValueSet/lvef")

    [part] = found["compose"]["include"]
    assert part["system"] == "http://loinc.org"
    assert all(code["extension"][0]["valueString"].startswith("Source: ") for code in part["concept"])
    assert "Regenstrief" in found["copyright"]
    assert found["compose"]["exclude"]


async def test_codes_of_cpt_and_hcpcs_stand_without_words() -> None:
    found = await read("ValueSet/car-t-administration")

    bare = [p for p in found["compose"]["include"] if "ama-assn" in p["system"] or "HCPCS" in p["system"]]
    assert len(bare) == 2
    assert all("display" not in code and "designation" not in code for part in bare for code in part["concept"])


async def test_a_prefix_is_everything_below_a_code() -> None:
    found = await read("ValueSet/sepsis")

    below = [part["filter"][0] for part in found["compose"]["include"] if "filter" in part]
    assert {"property": "concept", "op": "is-a", "value": "A41"} in below


async def test_a_fact_that_several_sets_answer_has_a_value_set_of_its_own() -> None:
    found = await read("ValueSet/needed-for-hiv-infection")

    codes = {code["code"] for part in found["compose"]["include"] for code in part["concept"]}
    stated = {code["code"] for name in ("hiv_antibody", "hiv_rna") for code in value_sets()[name]["codes"]}
    assert codes == stated


async def test_a_sites_own_codes_are_in_the_value_set(tmp_path: Path) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text("version: '1'\ncodes:\n  - {system: urn:lab, code: EF1, concept: lvef}\n", encoding="utf-8")
    found = await read_at(Settings(demonstration=True, code_map=path), "ValueSet/lvef")

    assert {"urn:lab": ["EF1"]}.items() <= {
        part["system"]: [code["code"] for code in part["concept"]] for part in found["compose"]["include"]
    }.items()


async def test_the_capabilities_are_those_of_r4_and_no_clock() -> None:
    found = await read("metadata")

    assert (found["fhirVersion"], found["kind"], found["date"]) == ("4.0.1", "instance", "2026-05-13")
    assert found["implementation"]["url"] == "https://trials.example/fhir"
    [rest] = found["rest"]
    assert rest["operation"][0]["definition"] == "https://trials.example/fhir/OperationDefinition/assess"


async def test_every_type_that_can_be_read_is_listed_and_no_other() -> None:
    [rest] = (await read("metadata"))["rest"]
    async with client() as caller:
        paths = (await caller.get("/openapi.json")).json()["paths"]

    routed = {path.split("/")[2] for path in paths if path.startswith("/fhir/") and path.endswith("}")}
    assert {resource["type"] for resource in rest["resource"]} == routed


async def test_security_is_described_where_clients_are_authenticated() -> None:
    on = await read_at(Settings(authentication="required", cors_origins=("https://ehr.example",)), "metadata")
    off = await read_at(Settings(authentication="off"), "metadata")

    assert "JWT of a registered CDS client" in on["rest"][0]["security"].pop("description")
    assert (on["rest"][0]["security"], off["rest"][0]["security"]) == ({"cors": True}, {"cors": False})


async def test_the_operation_is_defined() -> None:
    found = await read("OperationDefinition/assess")

    named = [(parameter["name"], parameter["use"], parameter["type"]) for parameter in found["parameter"]]
    assert (found["code"], found["system"], found["affectsState"]) == ("assess", True, False)
    assert ("bundle", "in", "Bundle") in named
    assert ("return", "out", "GuidanceResponse") in named


@pytest.mark.parametrize(
    "address",
    ["ResearchStudy/NCT00000000", "Group/NCT00000000", "ValueSet/nothing", "ValueSet/blood_culture",
     "OperationDefinition/other", "Patient/1", "ResearchStudy"],
)  # fmt: skip
async def test_what_is_not_there_is_404(address: str) -> None:
    answer = await get(address)

    assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")


def test_for_every_fact_it_is_known_where_it_stands() -> None:
    assert SOUGHT.keys() == VOCABULARY.keys() == NEEDS.keys()
    for fact, sought in SOUGHT.items():
        assert sought.type in NEEDS[fact]
        assert set(sought.sets) <= value_sets().keys()
        assert not sought.sets or sought.type in CODE_OF
        assert sought.ageless or sought.type in DATE_OF or not sought.sets
