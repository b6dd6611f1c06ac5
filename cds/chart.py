"""One patient's chart: usable records by value set, and an honest list of what could not be used.

Built once per request from the sorted bytes of `cds.intake`. A resource that cannot be read makes unknown whatever its
visible codes concern; nothing is dropped without a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from cds.chart_warnings import ChartWarning
from cds.moments import Moment, parse_moment
from cds.records import Agreement, Diagnosis, Drug, OpenRequest, Person, Result, Sample, Treatment, Unmapped
from cds.study_shapes import QuestionnaireResponse, ResearchStudy, ResearchSubject
from rules.facts import Evidence, Reason, Unknown
from rules.messages import say, to_say

OBSERVATION, CONDITION, PROCEDURE = "Observation", "Condition", "Procedure"
LIST_NAMES = {
    "conditions": to_say("problem list"),
    "medications": to_say("medication list"),
    "procedures": to_say("list of procedures"),
}
MEDICATIONS = ("MedicationRequest", "MedicationAdministration", "MedicationStatement")


Held = TypeVar("Held", Result, Diagnosis, Treatment, Drug)


@dataclass(slots=True)
class _Index:
    """Of one kind of record: value set -> the places of its records in the list `of`, while it held `indexed`."""

    places: dict[str, list[int]] = field(default_factory=dict)
    indexed: int = 0
    of: object = None


def _in_sets(records: list[Held], index: _Index, sets: tuple[str, ...]) -> list[Held]:
    """The records in any of these value sets, in the chart's order; indexed anew when records were added.

    A chart with other records shares the index with the one it was made from (`dataclasses.replace`).
    """
    places = index.places
    if index.of is not records or index.indexed != len(records):
        places.clear()
        for place, record in enumerate(records):
            for name in record.sets:
                places.setdefault(name, []).append(place)
        index.indexed, index.of = len(records), records
    if places.keys().isdisjoint(sets):
        return []
    if len(sets) == 1:
        return [records[place] for place in places[sets[0]]]
    return [records[place] for place in sorted({place for name in sets for place in places.get(name, ())})]


@dataclass(slots=True)
class Chart:
    """The patient and the records of the chart, indexed by value set name.

    `written_by` is when the records were had: what is dated after it never counts, nor in a chart of a later day.
    `turns` are the days after `as_of` on which a stated end is reached: from there on the same records, which `again`
    gives, read differently; until then only `as_of` tells this chart from one of a later day.
    """

    person: Person
    as_of: Moment
    zone: ZoneInfo
    results: list[Result] = field(default_factory=list)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    drugs: list[Drug] = field(default_factory=list)
    samples: dict[str, Sample] = field(default_factory=dict)
    unmapped: list[Unmapped] = field(default_factory=list)
    unreadable: dict[str, list[str]] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()
    reconciled: dict[str, Moment] = field(default_factory=dict)
    subjects: list[tuple[str, ResearchSubject]] = field(default_factory=list)
    studies: dict[str, ResearchStudy] = field(default_factory=dict)
    answers: list[tuple[str, QuestionnaireResponse, Moment]] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    requests: list[OpenRequest] = field(default_factory=list)
    unused_signs: set[str] = field(default_factory=set)
    turns: set[date] = field(default_factory=set)
    warnings: list[ChartWarning] = field(default_factory=list)
    written_by: Moment | None = None
    again: Callable[..., Chart] | None = None
    _results_by_set: _Index = field(default_factory=_Index)
    _diagnoses_by_set: _Index = field(default_factory=_Index)
    _treatments_by_set: _Index = field(default_factory=_Index)
    _drugs_by_set: _Index = field(default_factory=_Index)

    def on(self, day: date) -> Chart:
        """The same records as a chart of a later day: as it is until the first of `turns`, read again from there on."""
        moment = parse_moment(day.isoformat(), self.zone)
        if moment is None:
            raise ValueError(f"no such day: {day}")
        if self.again is not None and any(turn <= day for turn in self.turns):
            return self.again(as_of=moment)
        return replace(self, as_of=moment)

    def with_results(self, results: list[Result]) -> Chart:
        """The same chart with other results, and so with an index of its own."""
        return replace(self, results=results, _results_by_set=_Index())

    def results_of(self, *sets: str) -> list[Result]:
        """The results in any of these value sets, in the chart's order. Charts hold thousands, so there is an index."""
        return _in_sets(self.results, self._results_by_set, sets)

    def diagnoses_of(self, *sets: str) -> list[Diagnosis]:
        return _in_sets(self.diagnoses, self._diagnoses_by_set, sets)

    def treatments_of(self, *sets: str) -> list[Treatment]:
        return _in_sets(self.treatments, self._treatments_by_set, sets)

    def drugs_of(self, *sets: str) -> list[Drug]:
        return _in_sets(self.drugs, self._drugs_by_set, sets)

    def unmapped_of(self, sets: Iterable[str], resource_type: str | None = None) -> Unmapped | None:
        """The first record whose words, not codes, suggest one of these sets."""
        if not self.unmapped:
            return None
        wanted = frozenset(sets)
        for item in self.unmapped:
            if not item.sets.isdisjoint(wanted) and (resource_type is None or item.reference.startswith(resource_type)):
                return item
        return None

    def gap(self, sets: Iterable[str], types: Iterable[str], what: str) -> Unknown | None:
        """Why nothing definite may be said about `what`: a type not fully fetched, or an unreadable resource."""
        if not self.incomplete and not self.unreadable:
            return None
        missing = sorted(self.incomplete.intersection(types))
        if missing:
            return Unknown(
                Reason.NOT_FETCHED,
                say("{what}: {types} could not be fetched completely", what=what, types=say(", ").join(missing)),
            )
        for name in sets:
            if name in self.unreadable:
                references = self.unreadable[name]
                return Unknown(
                    Reason.UNREADABLE,
                    say("{what}: a resource about it cannot be read", what=what),
                    tuple(Evidence(reference, say("cannot be read")) for reference in references),
                )
        return None

    def not_reconciled(self, domain: str, days: int, what: str) -> Unknown | None:
        """None when the domain's list was reconciled within `days` before as_of, else why absence does not count."""
        moment = self.reconciled.get(domain)
        if moment is not None and (self.as_of.last_day - moment.first_day).days <= days:
            return None
        when = (
            say("was last reconciled on {day}", day=moment.shown()) if moment else say("was never marked as reconciled")
        )
        return Unknown(
            Reason.NOT_RECONCILED,
            say(
                "{what}: none recorded, but the {list} {when}",
                what=what,
                list=say(LIST_NAMES[domain]),
                when=when,
            ),
        )


LEUKAEMIA_SIGNS = frozenset({
    "b_all_condition", "b_all_morphology", "all_lineage_unspecified", "all_in_remission", "all_in_relapse",
    "t_all_condition", "t_all_morphology", "ambiguous_lineage_leukemia", "ph_positive_condition",
    "ph_negative_condition", "leukemia_unspecified", "lymphoblastic_lymphoma", "extramedullary_leukemia",
    "cns_leukemia",
    "allo_hsct_procedure", "auto_hsct_procedure", "hsct_any_or_undetermined_type", "mrd_flow", "mrd_ngs",
})  # fmt: skip


def hints_at_leukaemia(chart: Chart, about: Iterable[str] = ()) -> bool:
    """Whether anything in the chart hints at leukaemia: a code, a morphology, words, an HSCT or an MRD result.

    `about` are value sets of Observations that were only glanced at.
    """
    signs = LEUKAEMIA_SIGNS
    if not signs.isdisjoint(about):
        return True
    coded: Iterable[frozenset[str]] = (
        record.sets for group in (chart.diagnoses, chart.treatments, chart.results) for record in group
    )
    if any(not sets.isdisjoint(signs) for sets in coded):
        return True
    if any(not item.sets.isdisjoint(signs) for item in chart.unmapped):
        return True
    return not signs.isdisjoint(chart.unreadable) or not signs.isdisjoint(chart.unused_signs)
