"""What the rules say of one patient: findings per criterion and the standing of a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rules.facts import Evidence, Reason
from rules.trial import AnsweredBy, Criterion


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


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion's outcome with everything a person needs to check it.

    `needs` and `reason` are set only when the outcome is unknown. `valid_until` is the last day on which the outcome is
    surely the same by time alone, and `expires` names what changes then; both only when the outcome is not unknown.
    """

    criterion: Criterion
    outcome: Outcome
    because: str
    needs: AnsweredBy | None = None
    reason: Reason | None = None
    evidence: tuple[Evidence, ...] = ()
    valid_until: date | None = None
    review: tuple[str, ...] = ()
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question answered for one patient at one moment."""

    question: str
    standing: Standing
    findings: tuple[Finding, ...] = ()
