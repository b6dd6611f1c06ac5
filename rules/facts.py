"""What a fact reader can say: known with its evidence, or unknown with a coded reason. Never None, never False."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """Why nothing definite can be said. The values are part of the API contract."""

    MISSING = "missing"
    STALE = "stale"
    UNIT = "unit"
    IMPRECISE = "imprecise"
    IMPLAUSIBLE = "implausible"
    CONFLICT = "conflict"
    UNMAPPED = "unmapped"
    UNDATED = "undated"
    UNCONFIRMED = "unconfirmed"
    NOT_SPECIFIC = "not_specific"
    PRELIMINARY = "preliminary"
    NOT_FETCHED = "not_fetched"
    UNREADABLE = "unreadable"
    NOT_RECONCILED = "not_reconciled"
    JUDGEMENT = "judgement"
    ATTESTATION = "attestation"
    CONSENT = "consent"
    ENGINE = "engine"


class Absence(StrEnum):
    """What the absence of any record means for a criterion: nothing, or "absent" once a domain was reconciled."""

    UNKNOWN = "unknown"
    CONDITIONS = "conditions_reconciled"
    PROCEDURES = "procedures_reconciled"
    MEDICATIONS = "medications_reconciled"
    CONDITIONS_AND_MEDICATIONS = "conditions_and_medications_reconciled"


class Ask(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """One datum that a criterion needs: a fact, how old it may be (days), and what its absence means."""

    fact: str
    window: int | None = None
    absence: Absence = Absence.UNKNOWN


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One item of the patient's record: relative reference, value and date as shown to people."""

    reference: str
    value: str
    date: str | None = None


class Interval(msgspec.Struct, frozen=True, gc=False):
    """Where a quantity certainly lies, in the unit of its vocabulary entry. A missing bound means unbounded."""

    lo: Decimal | None
    hi: Decimal | None
    lo_open: bool = False
    hi_open: bool = False

    @classmethod
    def exactly(cls, value: Decimal | int) -> Interval:
        number = Decimal(value)
        return cls(number, number)


class Turn(msgspec.Struct, frozen=True, gc=False):
    """Of a quantity that grows with time: the last day on which one comparison with it says what it says today."""

    op: str
    limit: Decimal
    until: date


class Known(msgspec.Struct, frozen=True, gc=False):
    """A fact that the record answers.

    `value` is an Interval (quantity) or one of the codes its vocabulary entry lists.
    `shown` is the value as a clinician reads it, e.g. "0.30 % (marrow, 2026-05-20)" for a quantity,
    or a whole clause for a code, e.g. "Allogeneic HSCT on 2026-01-10".
    `if_undecided` says why, when a threshold falls inside the interval.
    `valid_until` is the last day on which this fact is still in its window. Then it is unknown; or, when it `fades`,
    it may say something else. `turns` (an age) name what time changes of single comparisons; others hold for ever.
    `lasting`: nothing is expected to change it, although its kind is mutable (a chronic infection).
    """

    value: Interval | str
    shown: str
    evidence: tuple[Evidence, ...] = ()
    if_undecided: Reason = Reason.IMPRECISE
    valid_until: date | None = None
    review: tuple[str, ...] = ()
    fades: bool = False
    lasting: bool = False
    turns: tuple[Turn, ...] | None = None


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """A fact that the record does not answer. `shown` is a whole clause that says why.

    `valid_until` is the last day on which that is so by time alone; None: time alone never answers it.
    """

    reason: Reason
    shown: str
    evidence: tuple[Evidence, ...] = ()
    review: tuple[str, ...] = ()
    valid_until: date | None = None


Fact = Known | Unknown


class Attestation(msgspec.Struct, frozen=True, gc=False):
    """A clinician's answer to one criterion: is the protocol's sentence true of this patient?"""

    sentence_is_true: bool
    evidence: Evidence
    valid_until: date | None = None
