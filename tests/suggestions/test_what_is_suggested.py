"""What is suggested for each reason why something is open, and what is not (issue text; B5.4; NCT05262673 G0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fhir import (
    RXNORM,
    TRIAL,
    Chart,
    Resource,
    base_chart,
    concept,
    condition,
    loinc,
    measured,
    mrd,
    observation,
    order,
    snomed,
)
from tests.multi_car_t import TRIAL as T1
from tests.multi_car_t import candidate
from tests.suggestions.looking import PUBLIC, card_of, drafts, look, standing
from tests.suggestions.resources import validate

OPENED = {"version": "1", "recruitment": {T1: {"state": "open", "because": "site opened"}}}


def orders(card: Resource) -> list[str]:
    return [each["code"]["text"] for each in drafts(card) if each["resourceType"] == "ServiceRequest"]


def tasks(card: Resource) -> list[str]:
    return [each["description"] for each in drafts(card) if each["resourceType"] == "Task"]


def labels(card: Resource) -> list[str]:
    return [each["label"] for each in card.get("suggestions", [])]


async def card_for(chart: Chart, trial: str = TRIAL, **changes: Any) -> Resource:
    return card_of(await look(chart, **changes), trial)


MARROW = "Bone marrow aspirate with blast percentage"
FLOW = "Flow MRD in bone marrow: CD19+ abnormal B cells in % of nucleated cells, with detection limit"
ANSWER = "Answer I5 of NCT07441291: yes, no or not sure"
OPEN = [
    ("a missing marrow is ordered, and an MRD of its sample", base_chart().without("blasts"), [MARROW, FLOW], []),
    (
        "a missing marrow beside an MRD of this week is ordered alone",
        base_chart().without("blasts").having(mrd(measured(0.3), "2026-05-28")),
        [MARROW],
        [],
    ),
    (
        "a new MRD brings a new marrow, since they are read together",
        base_chart().having(mrd(measured(0.3), "2026-04-01")),
        [FLOW, MARROW],
        [],
    ),
    ("a marrow that is too old is ordered anew", base_chart().changed("blasts", effectiveDateTime="2026-03-01"),
     [MARROW, FLOW], []),
    ("a preliminary MRD is waited for", base_chart().changed("mrd", status="preliminary"), [],
     ["Look for the final result: flow MRD"]),
    ("an MRD without a unit goes back to the laboratory", base_chart().having(mrd({"valueQuantity": {"value": 0.3}})),
     [], ["Ask the laboratory to correct or repeat: flow MRD"]),
    (
        "an MRD that cannot be read goes back to the laboratory",
        base_chart().changed("mrd", modifierExtension=[{"url": "http://example.org/x", "valueBoolean": True}]),
        [],
        ["Ask the laboratory to correct or repeat: flow MRD"],
    ),
    (
        "an MRD with a code that nobody mapped is mapped",
        base_chart().changed("mrd", code=concept("http://lab.example", "X1", "MRD by flow cytometry, B-ALL")),
        [],
        ["Add a code to the site's code map: flow MRD"],
    ),
    ("a missing ECOG is taken at the bedside", base_chart().without("ecog"), [],
     ["Assess and record: ECOG performance status"]),
    ("a doubtful ECOG is taken again", base_chart().changed("ecog", valueInteger=7), [],
     ["Assess and record: ECOG performance status"]),
    ("a GVHD assessment of long ago is repeated", base_chart().changed("gvhd", effectiveDateTime="2026-03-01"), [],
     ["Assess and record: GVHD: present or absent, grade"]),
    ("lists that nobody reconciled are reconciled, each once", base_chart().without("problems", "medications"), [],
     ["Reconcile the problem list", "Reconcile the medication list"]),
    ("a code that tells no lineage is completed", base_chart().changed("leukaemia", code=snomed("91857003")).having(
        observation("fish", loinc("51867-0"), "2024-11-05", valueCodeableConcept={"text": "Not detected"})), [],
     ["Complete the record: the lineage of the leukaemia"]),
    ("BCR::ABL1 that was never tested is ordered",
     base_chart().changed("leukaemia", code=snomed("277571004")),
     ["BCR::ABL1 transcripts p190 and p210, or FISH t(9;22)"], []),
    (
        "a contradiction of drug and test is not the laboratory's",
        base_chart().having(order("tki", concept(RXNORM, "475342"), "2025-01-01")),
        [],
        ["Clear up in the record: BCR::ABL1"],
    ),
    ("an infection that is not confirmed is confirmed or ruled out",
     base_chart().having(condition("flu", snomed("40733004"), verified="provisional")), [],
     ["Confirm or rule out: infection: active or over"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("chart", "ordered", "asked"), [pytest.param(chart, o, t, id=sentence) for sentence, chart, o, t in OPEN]
)
async def test_each_reason_gets_what_is_right_for_it(chart: Chart, ordered: list[str], asked: list[str]) -> None:
    card = await card_for(chart)

    assert (orders(card), [task for task in tasks(card) if task != ANSWER]) == (ordered, asked)


async def test_a_haemolysed_sample_is_drawn_again() -> None:
    """T1-I5d: "hemolysed comment" """
    card = await card_for(candidate().changed("ast", note=[{"text": "Hemolysed"}]), T1)

    assert orders(card) == ["AST, with its upper limit of normal"]


async def test_a_missing_upper_limit_of_normal_is_the_laboratorys_to_state() -> None:
    card = await card_for(candidate().changed("ast", referenceRange=None), T1)

    assert orders(card) == []
    assert "Ask the laboratory to correct or repeat: AST" in tasks(card)


async def test_what_could_not_be_fetched_asks_nothing_of_the_clinician() -> None:
    chart = base_chart()
    prefetch = {key: yaml.safe_load(value) for key, value in chart.prefetch().items() if key != "observations"}

    card = await card_for(chart, prefetch=prefetch)

    assert orders(card) == []
    assert tasks(card) == [ANSWER]


async def test_the_missing_results_are_one_suggestion_and_the_steps_of_the_record_another() -> None:
    without = base_chart().without("blasts", "ecog", "problems")

    card = await card_for(without)

    assert labels(card) == ["Order the 2 missing results", "Complete the record: 2 steps", ANSWER]
    assert [one["isRecommended"] for one in card["suggestions"]] == [True, False, False]
    assert card["selectionBehavior"] == "any"


async def test_one_missing_result_is_named() -> None:
    card = await card_for(base_chart().without("blasts").having(mrd(measured(0.3), "2026-05-28")))

    assert labels(card)[0] == "Order: bone marrow"


async def test_an_attestation_points_to_the_questionnaire_and_names_the_open_questions() -> None:
    card = await card_for(candidate(), T1)

    [task] = drafts(card)
    assert task["focus"] == {"reference": f"{PUBLIC}/fhir/Questionnaire/{T1}", "type": "Questionnaire"}
    assert task["input"][0]["valueCanonical"] == f"{PUBLIC}/fhir/Questionnaire/{T1}"
    assert [each["valueString"] for each in task["input"][1:]] == ["I4b", "I7", "E1", "E7"]


async def test_nobody_in_the_way_is_a_candidate_and_is_referred_and_nothing_is_done() -> None:
    """B5.4"""
    card = await card_for(base_chart())

    assert labels(card)[0] == "Refer as a candidate for NCT07441291"
    subject, referral, *_ = drafts(card)
    assert (subject["resourceType"], subject["status"]) == ("ResearchSubject", "candidate")
    assert subject["individual"] == {"reference": "Patient/1"}
    assert subject["study"]["identifier"]["value"] == TRIAL
    assert referral["description"] == "Refer to the study team of NCT07441291"


@pytest.mark.parametrize("status", ["candidate", "screening", "off-study", "withdrawn"])
async def test_a_subject_in_whatever_state_is_not_made_a_candidate_again(status: str) -> None:
    known = {
        "resourceType": "ResearchSubject",
        "id": "s",
        "status": status,
        "study": {"identifier": {"value": TRIAL}},
        "individual": {"reference": "Patient/1"},
    }

    assert labels(await card_for(base_chart().having(known))) == [ANSWER]


async def test_a_study_that_is_closed_gets_no_referral_and_asks_for_no_consent() -> None:
    """T1-G0: "never emit a referral action"."""
    card = await card_for(candidate(), T1)

    assert labels(card) == ["Answer I4b, I7, E1, E7 of NCT05262673: yes, no or not sure"]
    assert not any(one["isRecommended"] for one in card["suggestions"])


async def test_where_the_site_says_that_it_is_open_both_are_suggested(tmp_path: Path) -> None:
    profile = tmp_path / "site.yaml"
    profile.write_text(yaml.safe_dump(OPENED), encoding="utf-8")

    card = await card_for(candidate(), T1, profile=profile)

    assert labels(card) == [
        "Refer as a candidate for NCT05262673",
        "Answer I4b, I7, E1, E7 of NCT05262673: yes, no or not sure",
        "Ask for consent to take part in NCT05262673",
    ]


async def test_who_does_not_fit_gets_no_suggestion() -> None:
    cards = await look(base_chart().changed("ecog", valueInteger=4))

    assert standing(cards, TRIAL) == "ineligible"
    assert "suggestions" not in card_of(cards, TRIAL)
    assert "selectionBehavior" not in card_of(cards, TRIAL)


async def test_karnofsky_of_a_child_is_a_question_to_the_clinician() -> None:
    """T1-I4a: KPS from 16 years; Lansky only where the site takes it."""
    girl = candidate().without("karnofsky").changed("1", birthDate="2020-02-14")

    assert "I4a" in (await card_for(girl, T1))["suggestions"][-1]["label"]


@pytest.mark.parametrize("trial", [TRIAL, T1])
async def test_every_draft_is_valid_and_about_the_patient(trial: str) -> None:
    bare = base_chart().without("blasts", "ecog", "gvhd", "problems", "medications", "procedures", "mrd")
    card = await card_for(bare, trial)

    assert len(drafts(card)) > 5
    for draft in drafts(card):
        validate(draft)
        about = draft.get("subject") or draft.get("for") or draft["individual"]
        assert about == {"reference": "Patient/1"}


async def test_a_pregnancy_test_is_ordered_within_its_window_while_the_other_results_count() -> None:
    """T2-I6: 7 days. The GVHD assessment of 28 May counts until 11 June, the ECOG of 25 May until 8 June."""
    woman = base_chart().changed("1", gender="female", birthDate="1998-02-14")

    [draft] = [each for each in drafts(await card_for(woman)) if each["resourceType"] == "ServiceRequest"]

    assert draft["code"]["text"] == "Pregnancy test (hCG)"
    # The medication list of 30 May counts until 6 June.
    assert draft["occurrencePeriod"] == {"start": "2026-06-01", "end": "2026-06-06"}
    assert draft["reasonCode"] == [{"text": "NCT07441291 I6: Pregnancy test: no result on record"}]


async def test_an_order_ends_with_the_window_of_its_criterion_when_nothing_else_runs_out_before() -> None:
    """T2-I6: 7 days."""
    woman = base_chart().changed("1", gender="female", birthDate="1998-02-14")
    for name in ("problems", "medications", "procedures"):
        woman = woman.changed(name, date="2026-06-01")
    woman = woman.changed("ecog", effectiveDateTime="2026-06-01").changed("gvhd", effectiveDateTime="2026-06-01")

    [draft] = [each for each in drafts(await card_for(woman)) if each["resourceType"] == "ServiceRequest"]

    assert draft["occurrencePeriod"] == {"start": "2026-06-01", "end": "2026-06-08"}


@pytest.mark.parametrize(
    ("taken", "ordered", "end"),
    [
        ("2026-05-28", [MARROW], "2026-06-04"),
        ("2026-05-25", [MARROW], "2026-06-01"),
        ("2026-05-24", [MARROW, FLOW], None),
    ],
)
async def test_marrow_and_mrd_are_at_most_seven_days_apart(taken: str, ordered: list[str], end: str | None) -> None:
    """`marrow_to_mrd_days` is 7: an MRD that would be 8 days from the new marrow is ordered again."""
    card = await card_for(base_chart().without("blasts").having(mrd(measured(0.3), taken)))

    assert orders(card) == ordered
    if end:
        [marrow] = [each for each in drafts(card) if each.get("code", {}).get("text") == MARROW]
        assert marrow["occurrencePeriod"]["end"] == end


async def test_a_stale_result_is_the_reason_of_its_repetition() -> None:
    card = await card_for(base_chart().changed("blasts", effectiveDateTime="2026-03-01"))

    [marrow] = [each for each in drafts(card) if each.get("code", {}).get("text") == MARROW]
    assert {"reference": "Observation/blasts"} in marrow["reasonReference"]


@pytest.mark.parametrize("user", ["Practitioner/1", "PractitionerRole/a.b-c", "Patient/1", "RelatedPerson/9"])
async def test_the_user_of_the_hook_requests_the_drafts(user: str) -> None:
    card = await card_for(base_chart().without("blasts"), context={"userId": user, "patientId": "1"})

    assert {each["requester"]["reference"] for each in drafts(card)} == {user}


async def test_the_words_of_a_chart_are_cleaned_before_they_leave() -> None:
    odd = concept("http://lab.example", "X1", "MRD\tby flow\u0000 ")
    card = await card_for(base_chart().changed("mrd", code=odd))

    for draft in drafts(card):
        validate(draft)


async def test_an_order_has_a_code_only_where_a_verified_one_names_the_test() -> None:
    """Codes of drafts are of the verified sets; without one the order is in words."""
    card = await card_for(candidate().without("haemoglobin", "lvef"), T1)

    echo, haemoglobin = (each for each in drafts(card) if each["resourceType"] == "ServiceRequest")
    assert haemoglobin["code"]["coding"][0]["code"] == "718-7"
    assert "coding" not in echo["code"]
