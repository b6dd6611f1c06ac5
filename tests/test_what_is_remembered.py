"""What the terminology remembers beyond a request: codes and their names, never what somebody wrote at length."""

from __future__ import annotations

import pickle

from cds.shapes import CodeableConcept, Coding
from cds.terminology import LONGEST_REMEMBERED, Terminology

STORY = "Jane Doe, born 1980, told us that her acute lymphoblastic leukemia " + "came back " * LONGEST_REMEMBERED


def remembered(terminology: Terminology) -> bytes:
    memories = [getattr(terminology, name) for name in terminology.__slots__ if name.endswith("_memo")]
    assert len(memories) == 4
    return pickle.dumps(memories)


def test_a_name_is_remembered() -> None:
    terminology = Terminology.load()
    terminology.hints_of_coding(Coding("http://snomed.info/sct", "38341003", "Hypertension"))

    assert b"Hypertension" in remembered(terminology)


def test_a_story_is_understood_and_not_remembered() -> None:
    terminology = Terminology.load()
    concept = CodeableConcept([Coding("http://snomed.info/sct", STORY, STORY)], STORY)

    assert "b_all_condition" in terminology.hints_of(STORY) | terminology.hints_of_coding(concept.coding[0])
    terminology.sets_of("http://snomed.info/sct", STORY)
    terminology.sets_of(STORY, "38341003")
    terminology.about(STORY.encode(), lambda _: frozenset())

    assert b"Jane Doe" not in remembered(terminology)
