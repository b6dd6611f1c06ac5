"""Consent to a study and to crossing over, for the trial that asks."""

from __future__ import annotations

from cds.consents import consent_to
from cds.facts.inquiry import Inquiry
from rules.facts import Fact


def enrolment_consent(inquiry: Inquiry) -> Fact:
    """Consent to take part in the trial that asks."""
    proxy = inquiry.flag("proxy_consent")
    return consent_to(inquiry.chart, inquiry.trial_id, "trial-enrolment", proxy_allowed=proxy)


def crossover_consent(inquiry: Inquiry) -> Fact:
    """Consent to cross over to the other arm of the trial that asks."""
    proxy = inquiry.flag("proxy_consent")
    return consent_to(inquiry.chart, inquiry.trial_id, "trial-crossover", proxy_allowed=proxy)
