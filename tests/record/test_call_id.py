"""Ids of calls: new each time, and in the order of time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cds.record.call_id import call_id
from tests.record.making import NOON


def test_ids_of_one_moment_differ() -> None:
    assert len({call_id(NOON) for _ in range(1000)}) == 1000


def test_an_id_is_a_uuid_of_version_7_that_begins_with_its_milliseconds() -> None:
    found = UUID(call_id(NOON))
    assert (found.version, found.variant) == (7, UUID(int=0b10 << 62).variant)
    assert found.int >> 80 == int(NOON.timestamp() * 1000)


def test_a_later_call_comes_later() -> None:
    ids = [call_id(NOON + timedelta(milliseconds=n)) for n in range(100)]
    assert ids == sorted(ids)
