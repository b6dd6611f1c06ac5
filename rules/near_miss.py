"""For a patient who does not fit: the fewest facts that would have to be otherwise for nothing to fail any more.

Only facts that can change count (`mutable`, `waits` of the vocabulary). A criterion that fails for anything else, or by
a clinician's answer, cannot be mended: then there is no near miss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from rules.compile import Plan
from rules.errors import EngineFault
from rules.facts import Ask, Attestation, Fact, Interval, Known
from rules.programme import Part, Truth
from rules.trial import Criterion
from rules.verdict import Finding, NearMiss, Outcome, Shortfall
from rules.vocabulary import VOCABULARY, Quantity

# Ways to mend a criterion that are looked at; protocols have a handful.
MOST_WAYS = 64
Way = frozenset[int]


def near_miss(
    plan: Plan,
    findings: Sequence[Finding],
    tests: Sequence[Truth],
    facts: Mapping[Ask, Fact],
    answers: Mapping[str, Attestation],
) -> NearMiss | None:
    """None when nothing fails, or when something fails that cannot be mended.

    Raises EngineFault when a comparison is said to be true or false of a fact that is not known.
    """
    failing = [finding.criterion for finding in findings if finding.outcome is Outcome.FAIL]
    mender = _Mender(plan, tests, facts)
    ways = [mender.ways(criterion) if criterion.id not in answers else [] for criterion in failing]
    if not failing or not all(ways):
        return None
    whole = _joined(ways)
    best = min(whole, key=lambda way: (len({mender.ask(number).fact for number in way}), sorted(way)))
    return NearMiss(tuple(c.id for c in failing), tuple(mender.shortfall(number) for number in sorted(best)))


@dataclass(frozen=True, slots=True)
class _Mender:
    plan: Plan
    tests: Sequence[Truth]
    facts: Mapping[Ask, Fact]

    def ask(self, number: int) -> Ask:
        return self.plan.asks[self.plan.tests[number].slot]

    def ways(self, criterion: Criterion) -> list[Way]:
        """Each way is a set of comparisons to turn; none when there is no way."""
        root = self.plan.roots[criterion.id]
        if root is None:
            return []
        return self._without(root, "T" if criterion.excludes else "F")

    def _without(self, part: Part, truth: Truth) -> list[Way]:
        """Ways in which this part no longer has this truth; the empty way when it has another already."""
        if part.kind == "leaf":
            if self.tests[part.index] != truth:
                return [frozenset()]
            return [frozenset({part.index})] if self._may_turn(part.index, truth) else []
        group = self.plan.groups[part.index]
        if group.how == "none":
            # None of its parts holds: false when one does, true when all are certainly false.
            truth = "T" if truth == "F" else "F"
        every_part = truth == ("T" if group.how in ("any", "none") else "F")
        ways = [self._without(child, truth) for child in group.parts]
        return _joined(ways) if every_part else list(dict.fromkeys(way for each in ways for way in each))

    def _may_turn(self, number: int, truth: Truth) -> bool:
        entry, test, fact = VOCABULARY[self.ask(number).fact], self.plan.tests[number], self.facts.get(self.ask(number))
        if isinstance(fact, Known) and fact.lasting:
            return False
        if entry.mutable or not isinstance(entry, Quantity) or entry.waits is None:
            return entry.mutable
        low = fact.value.lo if isinstance(fact, Known) and isinstance(fact.value, Interval) else None
        rises = truth == ("F" if test.leaf.op in (">", ">=") else "T")
        return rises and low is not None and 0 <= Decimal(str(test.leaf.value)) - low <= entry.waits

    def shortfall(self, number: int) -> Shortfall:
        fact = self.facts.get(self.ask(number))
        if not isinstance(fact, Known):
            raise EngineFault("the conclusion decides a fact that is not known")
        return Shortfall(self.ask(number), fact, self.plan.tests[number].leaf, wanted=self.tests[number] == "F")


def _joined(ways: Iterable[Sequence[Way]]) -> list[Way]:
    """One way of each, together."""
    found: list[Way] = [frozenset()]
    for choices in ways:
        found = list(dict.fromkeys(one | two for one, two in product(found, choices)))[:MOST_WAYS]
    return found
