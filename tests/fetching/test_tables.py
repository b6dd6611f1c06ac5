"""The table of queries, what each fact needs, and the vendor profiles."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cds.assess import build_assessor
from cds.errors import SiteProfileError
from cds.facts import READERS
from cds.facts.inquiry import Inquiry
from cds.intake import from_bundle
from cds.moments import parse_moment
from cds.normalise import read_chart
from cds.queries import NEEDED_TYPES, NEEDS, PREFETCH, QUERIES, READ_TYPES
from cds.settings import Settings
from cds.terminology import Terminology
from cds.vendors import BUILT_IN, load_vendor
from rules.facts import Absence, Ask, Reason, Unknown
from rules.lint import leaves
from rules.trial import Criterion, Trial
from tests.fhir import AS_OF, Chart, base_chart

UTC = ZoneInfo("UTC")
TERMS = Terminology.load(None)
TRIALS = build_assessor(Settings()).trials
# CDS Hooks 2.0: an instance read, or a type search with plain parameters, _count and _sort.
RESTRICTED = re.compile(
    r"[A-Z][A-Za-z]+(/\{\{context\.patientId\}\}|\?patient=\{\{context\.patientId\}\}(&_sort=-?[a-z]+)?)"
)


@pytest.mark.parametrize("template", PREFETCH.values(), ids=PREFETCH.keys())
def test_a_template_stays_in_the_restricted_query_subset(template: str) -> None:
    assert RESTRICTED.fullmatch(template)


def test_every_type_is_asked_for_once() -> None:
    assert len({query.resource_type for query in QUERIES}) == len({query.key for query in QUERIES}) == len(QUERIES)


def test_every_fact_has_its_needs_and_nothing_else_has() -> None:
    assert NEEDS.keys() == READERS.keys()
    assert all(kinds and kinds <= NEEDED_TYPES for kinds in NEEDS.values())


def trial_that_asks(fact: str) -> Trial:
    """One trial whose criteria use the fact, so that its settings fit the reader."""
    return next(t for t in TRIALS if fact in {name for q in t.questions for c in q.criteria for name in names(c)})


def names(criterion: Criterion) -> set[str]:
    return {leaf.fact for leaf in leaves(criterion.when)} | set(criterion.context)


CHARTS = {"a full chart": base_chart(), "a patient without records": Chart(base_chart().resources[:1])}


@pytest.mark.parametrize("fact", READERS)
@pytest.mark.parametrize("chart", CHARTS)
def test_a_type_without_which_a_fact_is_open_is_among_its_needs(chart: str, fact: str) -> None:
    blind = set()
    for kind in READ_TYPES - {"Patient"}:
        material = from_bundle(CHARTS[chart].bundle())
        material.items.pop(kind, None)
        material.incomplete.add(kind)
        moment = parse_moment(AS_OF, UTC)
        assert moment is not None
        records = read_chart(material, as_of=moment, terminology=TERMS, zone=UTC)
        trial = trial_that_asks(fact)
        found = READERS[fact](Inquiry(records, Ask(fact, 7, Absence.UNKNOWN), trial.settings, trial))
        if isinstance(found, Unknown) and found.reason is Reason.NOT_FETCHED:
            blind.add(kind)

    assert blind <= NEEDS[fact]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_statement_about_a_vendor_names_its_source(name: str) -> None:
    profile = load_vendor(name)

    assert profile.vendor == name
    stated = [way.source for ways in profile.ways.values() for way in ways] + [note.source for note in profile.notes]
    stated += list(profile.not_searchable.values())
    assert all("http" in source or source.startswith("FHIR R4") for source in stated)


def test_no_vendor_claims_that_a_category_search_finds_everything() -> None:
    for name in BUILT_IN:
        for way in (way for ways in load_vendor(name).ways.values() for way in ways):
            assert not way.complete or all(search.keys() <= {"_count"} for search in way.searches)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("vendor: x\nwasy: {}", "wasy"),
        ("vendor: x\nnot_kept: {Observatoin: y}", "Observatoin"),
        ("- x", "cannot be used"),
        ("a: [", "cannot be used"),
    ],
)
def test_a_sites_own_profile_is_read_strictly(tmp_path: Path, text: str, remedy: str) -> None:
    file = tmp_path / "vendor.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SiteProfileError, match=remedy):
        load_vendor(str(file))


def test_an_unknown_vendor_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SiteProfileError, match="generic, hapi, epic, oracle"):
        load_vendor("epik")
