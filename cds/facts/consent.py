"""Consent to one study (NCT05262673 I8; crossover consent of NCT07441291). Silence is never a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from cds.facts.demographics import birthday, years_of_age
from cds.facts.inquiry import Inquiry
from cds.normalise_consents import CROSSOVER, ENROLMENT
from cds.records import Agreement
from rules.facts import Evidence, Fact, Known, Reason, Unknown
from rules.messages import say

RESEARCH = "consent_research"
REFUSED = frozenset({"rejected", "inactive"})


def enrolment_consent(inquiry: Inquiry) -> Fact:
    """Given, or refused, or open. The latest consent to this study decides."""
    return _consent(inquiry, ENROLMENT, say("Consent to this study"))


def crossover_consent(inquiry: Inquiry) -> Fact:
    """The separate consent to cross over."""
    return _consent(inquiry, CROSSOVER, say("Consent to cross over"))


def _consent(inquiry: Inquiry, category: str, label: str) -> Fact:
    chart = inquiry.chart
    gap = chart.gap((RESEARCH,), ("Consent",), label)
    if gap is not None:
        return Unknown(Reason.CONSENT, gap.shown)
    mine = [a for a in chart.agreements if inquiry.trial_id in a.studies and a.category == category]
    if not mine:
        others = [a for a in chart.agreements if inquiry.trial_id not in a.studies or a.category != category]
        note = say("Another research consent is on record; it is not for this.") if others else say("none on record")
        return Unknown(
            Reason.CONSENT, say("{label}: {what}", label=label, what=note), tuple(_evidence(a) for a in others)
        )
    latest = max(_signed(agreement) for agreement in mine)
    read = [_read(inquiry, a, label) for a in sorted(mine, key=lambda a: a.reference) if _signed(a) == latest]
    return _agreed(read, label)


def _signed(agreement: Agreement) -> str:
    return agreement.moment.latest.isoformat() if agreement.moment else ""


def _agreed(read: Sequence[Fact], label: str) -> Fact:
    """Consents of one moment that say different things say nothing; one that counts needs no second."""
    if len(read) > 1:
        # When one of them changes, what they say together may.
        until = min((fact.valid_until for fact in read if fact.valid_until), default=None)
        read = [replace(fact, valid_until=until) for fact in read]
    known = [fact for fact in read if isinstance(fact, Known)]
    if len({fact.value for fact in known}) > 1:
        evidence = tuple(item for fact in known for item in fact.evidence)
        text = say("{label}: given and refused at the same time", label=label)
        return Unknown(Reason.CONFLICT, text, evidence, valid_until=known[0].valid_until)
    return known[0] if known else read[0]


def _read(inquiry: Inquiry, agreement: Agreement, label: str) -> Fact:
    when = agreement.moment.shown() if agreement.moment else say("date unknown")
    evidence = (_evidence(agreement),)
    if agreement.status in REFUSED or (agreement.status == "active" and not agreement.permits):
        return Known("refused", say("{label}: refused or withdrawn ({when})", label=label, when=when), evidence)
    why = _doubt(inquiry, agreement)
    if why is not None:
        text = say("{label} ({when}): {why}", label=label, when=when, why=why)
        return Unknown(Reason.CONSENT, text, evidence, valid_until=_doubted_until(inquiry, agreement))
    until = agreement.expires.last_day if agreement.expires else None
    note = (say("Signed by a representative; the text does not mention representatives."),)
    review = note if agreement.by_representative else ()
    return Known(
        "given", say("{label}: signed {when}", label=label, when=when), evidence, valid_until=until, review=review
    )


def _doubt(inquiry: Inquiry, agreement: Agreement) -> str | None:
    """Why a consent that is not refused does not count yet."""
    if agreement.status != "active":
        return say("only {status}", status=agreement.status)
    if agreement.moment is None:
        return say("without a date of signature")
    if agreement.moment.last_day > inquiry.chart.as_of.last_day:
        return say("dated too coarsely to be before the day of assessment")
    if not agreement.verified:
        return say("marked as not verified")
    return _period_doubt(inquiry, agreement) or _age_doubt(inquiry, agreement)


def _doubted_until(inquiry: Inquiry, agreement: Agreement) -> date | None:
    """The last day before time alone may change a doubt: it is surely signed, in force, or the patient is of age."""
    birth, today = inquiry.chart.person.birth, inquiry.chart.as_of.last_day
    days = [moment.last_day for moment in (agreement.moment, agreement.begins) if moment]
    days += [birthday(birth[0], inquiry.days("adult_age"))] if birth else []
    return min((day - timedelta(days=1) for day in days if day > today), default=None)


def _period_doubt(inquiry: Inquiry, agreement: Agreement) -> str | None:
    """A period holds from all of its first day to all of its last; one that cannot be read does not hold."""
    today = inquiry.chart.as_of
    if not agreement.period_readable:
        return say("its period cannot be read")
    if agreement.begins is not None and agreement.begins.last_day > today.last_day:
        return say("not in force before {day}", day=agreement.begins.last_day)
    if agreement.expires is not None and agreement.expires.last_day < today.first_day:
        return say("expired on {day}", day=agreement.expires.last_day)
    return None


def _age_doubt(inquiry: Inquiry, agreement: Agreement) -> str | None:
    """A minor cannot sign alone; a representative's signature counts where the site allows it."""
    if agreement.by_representative:
        allowed = inquiry.flag("proxy_consent")
        return None if allowed else say("signed by a representative, which the site does not accept")
    years = years_of_age(inquiry)
    if years is not None and years[1] < inquiry.number("adult_age"):
        return say("no representative signed for a minor")
    return None


def _evidence(agreement: Agreement) -> Evidence:
    return Evidence(
        agreement.reference,
        say("consent {status}", status=agreement.status),
        agreement.moment.shown() if agreement.moment else None,
    )
