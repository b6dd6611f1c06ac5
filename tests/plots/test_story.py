"""What the picture of residual disease is told: each result once, with its level, its use, or why it has none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cds.story.marks import Band
from cds.story.points import Kind, Method
from cds.story.story import mrd_story
from tests.criteria.rows import configured
from tests.fhir import (
    CPT,
    PATIENT,
    Resource,
    amount,
    base_chart,
    concept,
    condition,
    local,
    measured,
    procedure,
    specimen,
)
from tests.follow_up.subjects import car_t_subject
from tests.plots.charts import fixture, limit, point, result, story_of, with_results

NEGATIVE = {"valueString": "negative"}


@pytest.mark.parametrize(
    ("value", "kind", "percent"),
    [
        pytest.param(measured(0.3), Kind.MEASURED, "0.3", id="a number stands at its level"),
        pytest.param(measured("0.003", "1"), Kind.MEASURED, "0.3", id="a fraction stands in per cent"),
        pytest.param(measured(3000, "/10*6"), Kind.MEASURED, "0.3", id="cells in a million stand in per cent"),
        pytest.param(measured("0.01", comparator="<"), Kind.BELOW, "0.01", id="less than a limit stands at the limit"),
        pytest.param(NEGATIVE | limit("0.01"), Kind.BELOW, "0.01", id="negative stands at the detection limit"),
        pytest.param(
            measured("0.002") | limit("0.01"), Kind.BELOW, "0.01", id="a number below the limit stands at the limit"
        ),
        pytest.param(measured(20, comparator=">"), Kind.ABOVE, "20", id="more than a number stands at that number"),
        pytest.param(
            {"valueRange": {"low": amount("0.02"), "high": amount("0.5")}}, Kind.BETWEEN, "0.02", id="a range is a span"
        ),
        pytest.param(
            {"valueRatio": {"numerator": {"value": 5}, "denominator": {"value": 4000}}},
            Kind.BELOW,
            "0.25",
            id="few events are only bounded from above",
        ),
        pytest.param(NEGATIVE, Kind.UNPLACED, None, id="negative without a limit has no place"),
        pytest.param(measured(0), Kind.UNPLACED, None, id="zero without a limit has no place"),
        pytest.param({"valueQuantity": {"value": 0.3}}, Kind.UNPLACED, None, id="a number without a unit has no place"),
    ],
)
def test_where_a_level_stands(value: Resource, kind: Kind, percent: str | None) -> None:
    level = point(story_of(with_results(result("m", "2026-05-20", value))), "m").measured.level

    assert level.kind is kind
    assert level.percent == (Decimal(percent) if percent else None)


def test_ngs_is_bounded_by_the_cells_evaluated() -> None:
    cells = {"component": [{"code": local("cells-evaluated"), "valueQuantity": amount(4000000, "{cells}")}]}
    ngs = result("m", "2026-05-20", NEGATIVE | cells, "mrd-ngs")

    found = point(story_of(with_results(ngs)), "m").measured

    assert (found.method, found.level.kind, found.level.high) == (Method.NGS, Kind.BELOW, Decimal("0.000075"))


def test_a_percentage_of_b_cells_has_no_place_on_a_scale_of_nucleated_cells(tmp_path: Path) -> None:
    mapped = {"system": "urn:lab", "code": "B", "concept": "mrd-flow-cd19", "denominator": "b-cells"}
    service = configured(tmp_path, codes={"version": "1", "codes": [mapped]})
    chart = with_results(result("m", "2026-05-20", measured(8)) | {"code": concept("urn:lab", "B")})

    level = point(story_of(chart, service=service), "m").measured.level

    assert level.kind is Kind.UNPLACED
    assert "nucleated" in (level.why or "")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (result("m", "2026-05-20", measured(0.3), status="preliminary"), "preliminary"),
        (result("m", None, measured(0.3)), "without a date"),
        (result("m", "2026-05-20", measured(0.3), "mrd-ngs"), "asks for flow"),
        (result("m", "2025-12-01", measured(0.3)), "not after the HSCT"),
    ],
)
def test_a_result_that_decides_nothing_says_why(found: Resource, why: str) -> None:
    shown = point(story_of(with_results(found)), "m")

    assert not shown.decides
    assert why in (shown.why_not or "")


def test_beside_a_deciding_result_the_others_say_why_they_do_not() -> None:
    story = story_of(
        with_results(
            result("now", "2026-05-20", measured(0.3)),
            result("older", "2026-03-01", measured(0.5)),
            result("before", "2025-12-01", measured(2)),
            result("clone", "2026-05-20", measured(0.2), "mrd-flow-cd19neg"),
        )
    )

    assert [use.words() for use in point(story, "now").uses] == ["NCT07441291 I3"]
    assert point(story, "older").why_not == "A newer result is read instead."
    assert point(story, "before").why_not == "Sampled before the transplant of 2026-01-10."
    assert "CD19-negative clone" in (point(story, "clone").why_not or "")


def test_a_conflict_is_left_open_on_both_of_its_results() -> None:
    story = mrd_story(*fixture("mrd-blood-against-marrow"))

    assert [each.decides for each in story.points] == [False, False]
    assert {each.measured.specimen for each in story.points} == {"marrow", "blood"}


def test_the_crossover_names_the_entry_and_the_three_month_result() -> None:
    first, last = mrd_story(*fixture("cross-may-to-car-t")).points

    assert "X1d" in {use.what for use in first.uses}
    assert {"X1c", "P1", "visit of month 3"} <= {use.what for use in last.uses}


def test_persistence_rests_on_the_earlier_result_too() -> None:
    first, last = mrd_story(*fixture("course-persistent")).points

    assert [use.what for use in first.uses] == ["persistence"]
    assert [use.what for use in last.uses] == ["response", "persistence"]


def test_undated_results_come_last_and_are_told_apart() -> None:
    story = story_of(with_results(result("undated", None, measured(4)), result("dated", "2026-05-20", measured(0.3))))

    assert [each.measured.reference for each in story.points] == ["Observation/dated", "Observation/undated"]
    assert len(story.undated) == 1


def test_a_result_dated_by_its_month_is_a_span() -> None:
    found = point(story_of(with_results(result("m", "2026-03", measured(1.2)))), "m").measured

    assert (str(found.first), str(found.last), found.when) == ("2026-03-01", "2026-03-31", "2026-03")


def test_limits_are_those_of_the_packs() -> None:
    limits = {str(limit.percent): limit.meanings for limit in story_of(base_chart()).thresholds}

    assert limits == {
        "0.1": ("NCT07441291 positive",),
        "0.01": ("NCT05262673 positive", "NCT07441291 negative below"),
        "0.0001": ("NCT05262673 NGS floor",),
    }


def test_the_deciding_result_counts_until_its_window_ends() -> None:
    [window] = story_of(base_chart()).windows

    assert (window.band, str(window.opens), str(window.closes)) == (Band.VALIDITY, "2026-05-20", "2026-06-17")


def test_without_a_usable_result_the_window_says_since_when_one_would_count() -> None:
    [window] = story_of(with_results(result("old", "2026-02-01", measured(0.3)))).windows

    assert (str(window.opens), str(window.closes)) == ("2026-05-04", "2026-06-01")


def test_a_subject_has_visits_and_the_crossover_window() -> None:
    windows = mrd_story(*fixture("cross-may-to-car-t")).windows

    assert [window.short for window in windows if window.band is Band.VISIT] == [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "9",
        "12",
    ]
    [crossing] = [window for window in windows if window.band is Band.CROSSOVER]
    assert (str(crossing.opens), str(crossing.closes)) == ("2026-04-16", "2026-05-14")


def test_transplants_cells_and_relapse_are_events() -> None:
    chart = base_chart().having(
        procedure("dli", concept(CPT, "38242"), "2026-03-10"),
        procedure("planned", concept(CPT, "38242"), "2026-04-10", status="preparation"),
        condition("relapse", concept("http://hl7.org/fhir/sid/icd-10-cm", "C91.02"), onsetDateTime="2026-05-22"),
    )

    events = [(event.words, event.when) for event in story_of(chart).events]

    assert events == [("Allogeneic HSCT", "2026-01-10"), ("DLI", "2026-03-10"), ("Relapse diagnosed", "2026-05-22")]


def test_blasts_after_the_transplant_are_a_relapse_blasts_before_it_are_not() -> None:
    relapsed = mrd_story(*fixture("relapse")).events

    assert "Relapse: marrow blasts 38 %" in {event.words for event in relapsed}
    assert not [event for event in mrd_story(*fixture("fits")).events if event.kind.value == "relapse"]


def test_procedure_and_administration_of_one_infusion_are_one_event() -> None:
    events = story_of(car_t_subject(), "2026-07-06").events

    assert [event.words for event in events] == [
        "Allogeneic HSCT",
        "On study NCT07441291",
        "Lymphodepletion begins",
        "CAR-T infusion",
    ]
    assert len(events[-1].evidence) == 2


def test_a_result_whose_code_is_not_mapped_is_a_doubt_and_no_point() -> None:
    chart = with_results(
        {
            "resourceType": "Observation",
            "id": "m",
            "status": "final",
            "code": concept("urn:lab", "X", "MRD by flow"),
            "subject": {"reference": PATIENT},
            "effectiveDateTime": "2026-05-20",
        }
        | measured(0.3)
    ).having(specimen("blood", "119297000"))

    story = story_of(chart)

    assert story.points == ()
    assert len(story.doubts) == 1
    assert "code map" in story.doubts[0]
