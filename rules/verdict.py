"""What the rules say of one patient: findings per criterion and the standing of a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import msgspec

from rules.facts import Ask, Evidence, Fact, Known, Reason
from rules.trial import AnsweredBy, Criterion, Leaf


class Outcome(StrEnum):
    """pass = does not stand in the way (inclusion met, exclusion absent, not applicable)."""

    PASS = "pass"  # noqa: S105 - the contract's word, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """How a question stands for a patient. The service never says "eligible"."""

    POTENTIALLY_ELIGIBLE = "potentially_eligible"
    INDETERMINATE = "indeterminate"
    INELIGIBLE = "ineligible"
    NOT_APPLICABLE = "not_applicable"


class Considered(msgspec.Struct, frozen=True):
    """One fact as a criterion used it. `keeps_open` says that it is (one of) what leaves the criterion unknown."""

    ask: Ask
    fact: Fact
    keeps_open: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One criterion's outcome with everything a person needs to check it.

    `needs` and `reason` are set only when the outcome is unknown. `facts` are all facts that its condition mentions.
    `valid_until` is the last day on which the outcome is surely the same by time alone, `expires` names what changes
    then; both only when the outcome is not unknown.
    """

    criterion: Criterion
    outcome: Outcome
    because: str
    needs: AnsweredBy | None = None
    reason: Reason | None = None
    evidence: tuple[Evidence, ...] = ()
    valid_until: date | None = None
    review: tuple[str, ...] = ()
    facts: tuple[Considered, ...] = ()
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One comparison that would have to turn out otherwise: to hold (`wanted`), or not to hold."""

    ask: Ask
    fact: Known
    leaf: Leaf
    wanted: bool


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The criteria that fail, and the fewest comparisons that would mend them all, in the order of the pack."""

    criteria: tuple[str, ...]
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question answered for one patient at one moment. `near_miss` only when ineligible, and when it can change."""

    question: str
    standing: Standing
    findings: tuple[Finding, ...] = ()
    near_miss: NearMiss | None = None
