"""GET /fhir/Group/{id}: the criteria of a trial as the characteristics of a Group that is only defined.

All characteristics of an R4 Group hold together; it knows no "or". So a criterion of one number, or of several that
must all hold, becomes numbers; any other stands in the protocol's own words, which nobody can compute with, and which
nobody can compute wrongly.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rules.trial import AllOf, Condition, Criterion, Leaf, Trial
from rules.vocabulary import VOCABULARY, Quantity

Json = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
# The vocabulary's units in UCUM; scores and multiples of a limit have no unit there.
UNITS = {"%": "%", "g/L": "g/L", "mg/dL": "mg/dL", "10*9/L": "10*9/L", "months": "mo", "years": "a"}


def group(trial: Trial) -> Json:
    """Who may enrol. The ids of the characteristics are those of the criteria, with a number where one has several."""
    criteria = trial.question("enrol").criteria
    return {
        "resourceType": "Group",
        "id": trial.id,
        "identifier": [{"system": "http://clinicaltrials.gov", "value": trial.id}],
        "type": "person",
        "actual": False,
        "name": trial.title,
        "characteristic": [found for criterion in criteria for found in _characteristics(criterion)],
    }


def _characteristics(criterion: Criterion) -> list[Json]:
    leaves = _numbers(criterion.when)
    if not leaves or (criterion.excludes and len(leaves) > 1):
        return [_characteristic(criterion, criterion.id, {"valueCodeableConcept": {"text": criterion.quote}})]
    if len(leaves) == 1:
        return [_characteristic(criterion, criterion.id, {"valueQuantity": _quantity(leaves[0])})]
    return [
        _characteristic(
            criterion, f"{criterion.id}.{number}", {"valueQuantity": _quantity(leaf)}, VOCABULARY[leaf.fact].label
        )
        for number, leaf in enumerate(leaves, 1)
    ]


def _characteristic(criterion: Criterion, id_: str, value: Json, label: str | None = None) -> Json:
    text = f"{criterion.title} ({label})" if label else criterion.title
    return {"id": id_, "code": {"text": text}, **value, "exclude": criterion.excludes}


def _numbers(condition: Condition | None) -> tuple[Leaf, ...]:
    """The comparisons of a criterion that says nothing but numbers that must all hold; else none."""
    parts = condition.all if isinstance(condition, AllOf) else (condition,)
    leaves = tuple(part for part in parts if isinstance(part, Leaf) and isinstance(part.value, Decimal))
    return leaves if len(leaves) == len(parts) else ()


def _quantity(leaf: Leaf) -> Json:
    """The limit with its comparator, as a number of JSON with the digits of the pack."""
    entry = VOCABULARY[leaf.fact]
    unit = entry.unit if isinstance(entry, Quantity) else ""
    value = Decimal(str(leaf.value))
    found: Json = {"value": int(value) if value == value.to_integral_value() else float(value), "comparator": leaf.op}
    if unit:
        found["unit"] = unit
    if unit in UNITS:
        found |= {"system": UCUM, "code": UNITS[unit]}
    return found
