"""Input made to hurt: it is refused in a known way or harms one criterion, and never takes long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from cds.errors import CdsError, TooLargeError
from tests.criteria.rows import assess, assessor, outcomes_in
from tests.fhir import AS_OF, PATIENT, base_chart, loinc, measured, mrd, observation

BASE = base_chart()
EXPECTED = outcomes_in(assess(BASE))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Far more than a good answer needs, far less than an attack would take."""
    began = time.perf_counter()
    yield
    assert time.perf_counter() - began < seconds


def assessed(body: bytes) -> dict[str, str] | type[Exception]:
    """Outcomes, or the kind of refusal."""
    try:
        return outcomes_in(assessor().assess_bundle(body, as_of=AS_OF).as_json())
    except CdsError as refusal:
        return type(refusal)


def with_raw(*resources: bytes) -> bytes:
    """The base chart with resources given as bytes, for what no JSON writer would write."""
    entries = b"".join(b',{"resource":' + resource + b"}" for resource in resources)
    return BASE.bundle().removesuffix(b"]}") + entries + b"]}"


def newer_mrd(number: bytes) -> bytes:
    """A result of the day after the base patient's, with this text where its number belongs."""
    return orjson.dumps(mrd(measured("NUMBER"), "2026-05-27", id="newer")).replace(b'"NUMBER"', number)


def nested(depth: int) -> bytes:
    return b'{"url":"urn:x","extension":[' * depth + b"{}" + b"]}" * depth


NUMBERS = {
    "an exponent of a million in a string": b'"1e1000000"',
    "an exponent of a thousand million in a string": b'"1e999999999"',
    "an exponent of minus a thousand million": b'"1e-999999999"',
    "an exponent of a thousand million": b"1e999999999",
    "a hundred thousand digits in a string": b'"' + b"9" * 100_000 + b'"',
    "a million digits in a string": b'"' + b"9" * 1_000_000 + b'"',
    "a hundred thousand digits": b"9" * 100_000,
    "a hundred thousand decimal places": b"0." + b"3" * 100_000,
    "not a number": b'"NaN"',
    "infinity": b'"Infinity"',
    "minus infinity": b'"-Infinity"',
    "an object": b"{}",
    "true": b"true",
    "digits of another script": '"\u0660.\u0663"'.encode(),
    "an empty string": b'""',
}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_number_made_to_hurt_decides_nothing(number: bytes) -> None:
    """A newer result that cannot be read must leave I3 open: the older one is no longer the latest."""
    with within(10):
        found = assessed(with_raw(newer_mrd(number)))

    assert isinstance(found, type) or {name for name in found if found[name] != EXPECTED[name]} <= {"I3"}
    assert isinstance(found, type) or found["I3"] in ("pass", "unknown")


@pytest.mark.parametrize("depth", [100, 150, 1_000, 100_000])
def test_deep_nesting_in_one_resource_costs_at_most_that_resource(depth: int) -> None:
    bomb = b'{"resourceType":"Observation","id":"bomb","extension":[' + nested(depth) + b"]}"

    with within(10):
        found = assessed(with_raw(bomb))

    assert isinstance(found, type) or found == EXPECTED


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_where_an_element_is_read(depth: int) -> None:
    bomb = orjson.dumps(observation("bomb", {"text": "MARK"}, "2026-05-30")).replace(b'{"text":"MARK"}', nested(depth))

    with within(10):
        found = assessed(with_raw(bomb))

    assert isinstance(found, type) or found == EXPECTED


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"entry":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_a_body_of_brackets_is_refused(body: bytes) -> None:
    with within(10):
        found = assessed(body)

    assert isinstance(found, type)


def test_deep_nesting_in_a_questionnaire_answer() -> None:
    items = b'{"linkId":"I5","item":[' * 5_000 + b"]}" * 5_000
    bomb = (
        b'{"resourceType":"QuestionnaireResponse","id":"bomb","status":"completed","authored":"2026-05-30",'
        b'"questionnaire":"https://x.example/Questionnaire/NCT07441291","subject":{"reference":"Patient/1"},"item":['
        + items
        + b"]}"
    )

    with within(10):
        found = assessed(with_raw(bomb))

    assert isinstance(found, type) or found == EXPECTED


def test_fifty_thousand_entries_are_refused() -> None:
    body = with_raw(*[b'{"resourceType":"Observation"}'] * 50_000)

    with within(20), pytest.raises(TooLargeError):
        assessor().assess_bundle(body, as_of=AS_OF)


def test_fifty_thousand_patients_are_refused() -> None:
    body = with_raw(*[b'{"resourceType":"Patient"}'] * 50_000)

    with within(20):
        assert isinstance(assessed(body), type)


@pytest.mark.parametrize("element", ["category", "note", "extension"])
def test_a_hundred_thousand_pieces_in_one_resource(element: str) -> None:
    heavy = observation("heavy", loinc("8867-4"), "2026-05-25", **{element: [{"text": 7}] * 100_000})

    with within(20):
        found = assessed(with_raw(orjson.dumps(heavy)))

    assert isinstance(found, type) or found == EXPECTED


def test_a_hundred_thousand_codings_of_one_result() -> None:
    code = {"coding": [{"system": "urn:x", "code": str(number)} for number in range(100_000)]}

    with within(20):
        found = assessed(with_raw(orjson.dumps(observation("heavy", code, "2026-05-25", valueInteger=3))))

    assert isinstance(found, type) or found == EXPECTED


def test_twenty_megabytes_of_text() -> None:
    heavy = observation("heavy", loinc("8867-4"), "2026-05-25", valueString="x" * 20_000_000)

    with within(30):
        found = assessed(with_raw(orjson.dumps(heavy)))

    assert isinstance(found, type) or found == EXPECTED


def test_twenty_megabytes_where_a_number_is_read_from_text() -> None:
    """No pattern may take more than linear time."""
    heavy = mrd({"valueString": "<" + " 0" * 1_000_000}, "2026-05-27", id="newer")

    with within(30):
        found = assessed(with_raw(orjson.dumps(heavy)))

    assert isinstance(found, type) or found["I3"] == "unknown"


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(b'{"resourceType":"Patient","id":"1","gender":"female","gender":"male"', id="gender twice"),
        pytest.param(b'{"resourceType":"Patient","id":"1","birthDate":"2024-01-01"', id="birth date twice"),
    ],
)
def test_a_key_that_stands_twice_is_read_in_one_way_only(resource: bytes) -> None:
    """JSON leaves it open; what matters is that two runs agree and nothing breaks."""
    patient = resource + b',"gender":"male","birthDate":"1985-02-14"}'
    body = BASE.without("1").bundle().removesuffix(b"]}") + b',{"resource":' + patient + b"}]}"

    assert assessed(body) == assessed(body)


@pytest.mark.parametrize("text", ["\u0000", "a\u0000b", "\u001b[31m", "\ud7ff\uffff", "<script>alert(1)</script>"])
def test_control_characters_and_markup_do_no_harm(text: str) -> None:
    chart = BASE.changed("ecog", note=[{"text": text}]).having(
        {"resourceType": "Condition", "id": "odd", "code": {"text": text}, "subject": {"reference": PATIENT}}
    )

    assert {name for name, outcome in outcomes_in(assess(chart)).items() if outcome == "fail"} == set()


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b'{"resourceType":"Bundle","entry":[{"resource":"\xff"}]}', b"\x00" * 1_000]
)
def test_bytes_that_are_no_text_are_refused(body: bytes) -> None:
    assert isinstance(assessed(body), type)


def entries(value: Any) -> bytes:
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": value})


@pytest.mark.parametrize("value", [7, "text", {"resource": {}}, [7], [None], [[]], [{"resource": 7}], [{}]])
def test_entries_that_are_no_entries_are_refused(value: Any) -> None:
    """No Patient can be found in any of them."""
    assert isinstance(assessed(entries(value)), type)


@pytest.mark.parametrize("piece", [b"7", b"null", b'"text"', b"[]", b"{}", b"true"])
def test_one_entry_that_is_no_resource_costs_only_itself(piece: bytes) -> None:
    assert assessed(with_raw(piece)) == EXPECTED


def test_a_reference_to_a_file_is_never_opened() -> None:
    chart = BASE.having(observation("odd", loinc("8867-4"), "2026-05-25", specimen={"reference": "file:///etc/passwd"}))

    assert outcomes_in(assess(chart)) == EXPECTED


def test_a_refusal_never_repeats_what_was_sent() -> None:
    """No patient data in errors."""
    with pytest.raises(CdsError) as refusal:
        assessor().assess_bundle(b'{"resourceType":"Bundle","entry":"Jane Secret"}', as_of=AS_OF)

    assert "Jane" not in str(refusal.value)


def test_a_warning_never_repeats_what_was_sent() -> None:
    chart = BASE.having(observation("odd", loinc("89247-1"), "2026-05-30", valueInteger={"oops": "Jane Secret"}))

    assert "Jane" not in str(assess(chart)["warnings"])
