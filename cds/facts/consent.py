"""Consent to one study (NCT05262673 I8; crossover consent of NCT07441291). Silence is never a refusal."""

from __future__ import annotations

from cds.facts.demographics import age_years
from cds.facts.inquiry import Inquiry
from cds.normalise_consents import CROSSOVER, ENROLMENT
from cds.records import Agreement
from rules.facts import Evidence, Fact, Interval, Known, Reason, Unknown

REFUSED = frozenset({"rejected", "inactive"})


def enrolment_consent(inquiry: Inquiry) -> Fact:
    """Given, or refused, or open. The latest consent to this study decides."""
    return _consent(inquiry, ENROLMENT, "Consent to this study")


def crossover_consent(inquiry: Inquiry) -> Fact:
    """The separate consent to cross over."""
    return _consent(inquiry, CROSSOVER, "Consent to cross over")


def _consent(inquiry: Inquiry, category: str, label: str) -> Fact:
    chart = inquiry.chart
    gap = chart.gap((), ("Consent",), label)
    if gap is not None:
        return Unknown(Reason.CONSENT, gap.shown)
    mine = [a for a in chart.agreements if inquiry.trial_id in a.studies and a.category == category]
    if not mine:
        others = [a for a in chart.agreements if inquiry.trial_id not in a.studies or a.category != category]
        note = "Another research consent is on record; it is not for this." if others else "none on record"
        return Unknown(Reason.CONSENT, f"{label}: {note}", tuple(_evidence(a) for a in others))
    dated = sorted(mine, key=lambda a: (a.moment.latest.isoformat() if a.moment else "", a.reference))
    return _of_latest(inquiry, dated[-1], label)


def _of_latest(inquiry: Inquiry, agreement: Agreement, label: str) -> Fact:
    when = agreement.moment.shown() if agreement.moment else "date unknown"
    evidence = (_evidence(agreement),)
    if agreement.status in REFUSED or (agreement.status == "active" and not agreement.permits):
        return Known("refused", f"{label}: refused or withdrawn ({when})", evidence)
    why = _doubt(inquiry, agreement)
    if why is not None:
        return Unknown(Reason.CONSENT, f"{label} ({when}): {why}", evidence)
    until = agreement.expires.last_day if agreement.expires else None
    note = ("Signed by a representative; the text does not mention representatives.",)
    review = note if agreement.by_representative else ()
    return Known("given", f"{label}: signed {when}", evidence, valid_until=until, review=review)


def _doubt(inquiry: Inquiry, agreement: Agreement) -> str | None:
    """Why a consent that is not refused does not count yet."""
    if agreement.status != "active":
        return f"only {agreement.status}"
    if agreement.moment is None:
        return "without a date of signature"
    if not agreement.verified:
        return "marked as not verified"
    if agreement.expires is not None and agreement.expires.last_day < inquiry.chart.as_of.first_day:
        return f"expired on {agreement.expires.last_day}"
    return _age_doubt(inquiry, agreement)


def _age_doubt(inquiry: Inquiry, agreement: Agreement) -> str | None:
    """A minor cannot sign alone; a representative's signature counts where the site allows it."""
    age = age_years(inquiry)
    hi = age.value.hi if isinstance(age, Known) and isinstance(age.value, Interval) else None
    if agreement.by_representative:
        allowed = inquiry.flag("proxy_consent")
        return None if allowed else "signed by a representative, which the site does not accept"
    if hi is not None and hi < inquiry.number("adult_age"):
        return "no representative signed for a minor"
    return None


def _evidence(agreement: Agreement) -> Evidence:
    return Evidence(
        agreement.reference, f"consent {agreement.status}", agreement.moment.shown() if agreement.moment else None
    )
