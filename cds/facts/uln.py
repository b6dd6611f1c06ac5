"""Which upper limit of normal applies to a result (units, section 2): that result's own, never another's."""

from __future__ import annotations

import re
from decimal import Decimal

from cds.facts.inquiry import Inquiry
from cds.moments import completed_years
from cds.records import Result, name_of
from cds.shapes import CodeableConcept, Quantity, Range, ReferenceRange
from cds.site import UpperLimit
from cds.values import Problem, Scale, Value, of_quantity
from rules.facts import Reason
from rules.messages import say

_TEXT_RANGE = re.compile(r"\s*(?:<=?|≤|[0-9]+(?:\.[0-9]+)?\s*[-–])\s*([0-9]+(?:\.[0-9]+)?)\s*(\S*)\s*")
_NORMAL = frozenset({"normal", "recommended", ""})
_SEX_WORDS = {"male": "male", "m": "male", "men": "male", "248153007": "male",
              "female": "female", "f": "female", "women": "female", "248152002": "female"}  # fmt: skip
WITHIN = frozenset({"N", "L"})
OUTSIDE = frozenset({"H", "HH", "HU", "A", "AA"})


def limits(inquiry: Inquiry, result: Result, scale: Scale) -> list[Decimal] | Problem:
    """Every upper limit that may apply, in the scale's unit; more than one when sex or age leave it open.

    An empty list means that no range is stated at all.
    """
    stated = result.body.referenceRange
    if len(stated) == 1 and _is_normal(stated[0].type) and _fits(inquiry, result, stated[0]):
        high = _high(stated[0], result, scale)
        return high if isinstance(high, Problem) else [high]
    ranges = [r for r in stated if _is_normal(r.type)]
    if not ranges:
        return []
    fitting = [r for r in ranges if _fits(inquiry, result, r)]
    if not fitting:
        return Problem(Reason.IMPRECISE, say("has reference ranges, but none for this patient"))
    highs = [_high(r, result, scale) for r in fitting]
    for high in highs:
        if isinstance(high, Problem):
            return high
    ends = sorted(high for high in highs if isinstance(high, Decimal))
    return ends[:1] if _all_for_known_patient(inquiry, fitting) else ends


def table_limits(inquiry: Inquiry, result: Result, scale: Scale) -> list[Decimal]:
    """The site's own limits for this test code and this patient, sorted; empty when the table is off or has none."""
    codes = {coding.code for coding in result.body.code.coding} if result.body.code else set()
    stated = [entry for entry in inquiry.upper_limits if entry.loinc in codes and _concerns(inquiry, result, entry)]
    values = [of_quantity(Quantity(value=entry.high, unit=entry.unit), scale) for entry in stated]
    highs = sorted(value.interval.hi for value in values if isinstance(value, Value) and value.interval.hi is not None)
    known = inquiry.chart.person.sex is not None or not any(entry.sex for entry in stated)
    return highs[:1] if known else highs


def _concerns(inquiry: Inquiry, result: Result, entry: UpperLimit) -> bool:
    """Not ruled out by sex; the age must be known and inside the band."""
    person = inquiry.chart.person
    if entry.sex is not None and person.sex is not None and entry.sex != person.sex:
        return False
    if person.birth is None or result.moment is None:
        return False
    years = completed_years(person.birth[0], result.moment.last_day)
    return years >= entry.age_from and (entry.age_below is None or years < entry.age_below)


def _is_normal(kind: CodeableConcept | None) -> bool:
    if kind is None:
        return True
    codes = {(coding.code or "").strip() for coding in kind.coding} or {(kind.text or "").strip().lower()}
    return bool(codes & _NORMAL)


def _fits(inquiry: Inquiry, result: Result, candidate: ReferenceRange) -> bool:
    """Not ruled out by sex or age; an unknown sex rules nothing out."""
    person = inquiry.chart.person
    if candidate.appliesTo and person.sex is not None:
        sexes = {_SEX_WORDS[word] for word in _words(candidate) if word in _SEX_WORDS}
        if sexes and person.sex not in sexes:
            return False
    if candidate.age is None or person.birth is None or result.moment is None:
        return True
    years = completed_years(person.birth[0], result.moment.last_day)
    return _within(candidate.age, years)


def _within(age: Range, years: int) -> bool:
    low, high = (end.value if end else None for end in (age.low, age.high))
    return (low is None or years >= low) and (high is None or years <= high)


def _words(candidate: ReferenceRange) -> set[str]:
    found: set[str] = set()
    for concept in candidate.appliesTo:
        found |= {(coding.code or "").strip().lower() for coding in concept.coding}
        found.add(name_of(concept).strip().lower())
    return found


def _all_for_known_patient(inquiry: Inquiry, fitting: list[ReferenceRange]) -> bool:
    """Several ranges fit although sex and age are known: the lowest is the cautious one."""
    person = inquiry.chart.person
    needs_sex = any(_SEX_WORDS.keys() & _words(candidate) for candidate in fitting)
    needs_age = any(candidate.age is not None for candidate in fitting)
    return not (needs_sex and person.sex is None) and not (needs_age and person.birth is None)


def _high(candidate: ReferenceRange, result: Result, scale: Scale) -> Decimal | Problem:
    high = candidate.high
    if high is None:
        text = _TEXT_RANGE.fullmatch(candidate.text or "")
        if text is None:
            return Problem(Reason.IMPRECISE, say("has a reference range without an upper limit"))
        high = Quantity(value=Decimal(text.group(1)), unit=text.group(2) or None)
    if not (high.unit or high.code) and result.body.valueQuantity is not None:
        # A range without unit is in the result's own unit (FHIR R4 Observation.referenceRange).
        own = result.body.valueQuantity
        high = Quantity(value=high.value, unit=own.unit, system=own.system, code=own.code)
    value = of_quantity(high, scale)
    if isinstance(value, Problem) or value.interval.hi is None:
        return Problem(Reason.UNIT, say("has a reference range in a unit that cannot be converted"))
    low = candidate.low.value if candidate.low else None
    if value.interval.hi <= 0 or (low is not None and high.value is not None and high.value < low):
        return Problem(Reason.IMPLAUSIBLE, say("has an impossible reference range"))
    return value.interval.hi
