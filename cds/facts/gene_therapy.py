"""Any gene-modified product ever given (NCT05262673 E6). Collection, orders and toxicities prove no treatment."""

from __future__ import annotations

from collections.abc import Iterator

from cds.chart import CONDITION, MEDICATIONS, PROCEDURE
from cds.facts.inquiry import Inquiry
from cds.records import Diagnosis, Drug, Treatment
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say, to_say

GIVEN = ("car_t_administration", "gene_therapy_product")
COLLECTED, TOXICITY, UNNAMED = "car_t_collection", "cell_therapy_toxicity", "other_cell_therapy_history"
Record = Treatment | Drug | Diagnosis
LABEL = to_say("Gene therapy")
WARNING = to_say("Strong hint of an earlier gene therapy: ask before anything else.")


def gene_therapy(inquiry: Inquiry) -> Fact:
    """Present with a product that was given; absent only in a reconciled list of procedures."""
    chart = inquiry.chart
    done: list[Record] = [t for t in chart.treatments_of(*GIVEN) if t.done]
    done += [d for d in chart.drugs_of(*GIVEN) if d.given]
    done += [d for d in chart.diagnoses_of(*GIVEN) if d.confirmed]
    if done:
        return Known(
            "present", say("Gene therapy given: {what}", what=_shown(done[0])), tuple(_evidence(item) for item in done)
        )
    sets = (*GIVEN, COLLECTED, TOXICITY, UNNAMED)
    gap = chart.gap(sets, (PROCEDURE, CONDITION, *MEDICATIONS), say(LABEL))
    return gap or next(_doubts(inquiry), None) or _absent(inquiry)


def _doubts(inquiry: Inquiry) -> Iterator[Unknown]:
    chart = inquiry.chart
    possible: list[Record] = [*chart.treatments_of(*GIVEN), *chart.drugs_of(*GIVEN), *chart.diagnoses_of(*GIVEN)]
    for item in possible:
        text = say("{what} is on record, but not that it was given", what=_shown(item))
        yield Unknown(Reason.UNCONFIRMED, text, (_evidence(item),), (say(WARNING),))
    collected: list[Record] = [*chart.treatments_of(COLLECTED), *chart.diagnoses_of(COLLECTED)]
    for item in collected:
        text = say(
            "{what}: cells were collected or prepared; whether they were given is not on record", what=_shown(item)
        )
        yield Unknown(Reason.NOT_SPECIFIC, text, (_evidence(item),))
    for item in chart.diagnoses_of(TOXICITY, UNNAMED):
        text = say("{what} hints at a cell therapy without naming the product", what=_shown(item))
        yield Unknown(Reason.NOT_SPECIFIC, text, (_evidence(item),), (say(WARNING),))
    unmapped = chart.unmapped_of(GIVEN)
    if unmapped is not None:
        text = say("A gene therapy is mentioned with a code that is not mapped ({code})", code=unmapped.code)
        yield Unknown(Reason.UNMAPPED, text, (Evidence(unmapped.reference, say("not mapped")),), (say(WARNING),))


def _absent(inquiry: Inquiry) -> Fact:
    open_world = inquiry.absence_does_not_count(say(LABEL))
    return open_world or Known(
        "absent", say("No gene therapy in a reconciled record"), valid_until=inquiry.absence_until()
    )


def _moment(item: Record) -> str | None:
    moment = item.began if isinstance(item, Diagnosis) else item.moment
    return moment.shown() if moment else None


def _shown(item: Record) -> str:
    when = _moment(item)
    name = item.name or say("a product")
    return say("{value} ({where})", value=name, where=when) if when else name


def _evidence(item: Record) -> Evidence:
    return Evidence(item.reference, item.name or say("product"), _moment(item))
