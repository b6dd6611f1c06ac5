"""Consents: to which study, of which category, by whom, and whether they hold (design B4, "consent")."""

from __future__ import annotations

import re

import msgspec

from cds.reader import Reader
from cds.records import Agreement
from cds.shapes import Period
from cds.study_shapes import Consent
from rules.messages import say

NCT = re.compile(r"NCT[0-9]{8}$")
ENROLMENT, CROSSOVER, OTHER = "trial-enrolment", "trial-crossover", "other"
OWN = "urn:trial-hooks:codes"
KNOWN_STATUSES = frozenset({"draft", "proposed", "active", "rejected", "inactive"})

_consent = msgspec.json.Decoder(Consent)


def read_consents(reader: Reader) -> None:
    """Research consents of this patient; entered in error and signed after the assessment they are none."""
    for reference, consent, item in reader.each("Consent", _consent):
        if not reader.is_ours(consent.patient, item, "Consent", reference) or not _is_research(consent):
            continue
        status = (consent.status or "").strip()
        if status not in KNOWN_STATUSES:
            reader.warn(status or "status", say("A Consent was not used because of its status."), reference)
            continue
        moment = reader.moment(consent.dateTime)
        if not reader.in_future(moment, "Consent", reference):
            reader.chart.agreements.append(_agreement(reader, reference, consent, status))


def _is_research(consent: Consent) -> bool:
    return consent.scope is not None and any((c.code or "").strip() == "research" for c in consent.scope.coding)


def _agreement(reader: Reader, reference: str, consent: Consent, status: str) -> Agreement:
    provision = consent.provision
    period = provision.period if provision and provision.period else Period()
    begins, expires = reader.moment(period.start), reader.moment(period.end)
    return Agreement(
        reference=reference,
        status=status,
        studies=frozenset(_studies(reader, consent)),
        category=_category(consent),
        moment=reader.moment(consent.dateTime),
        permits=provision is None or (provision.type or "permit").strip() == "permit",
        verified=all(verification.verified is not False for verification in consent.verification),
        by_representative=any((p.reference or "").startswith("RelatedPerson") for p in consent.performer),
        begins=begins,
        expires=expires,
        period_readable=bool(period.start) == bool(begins) and bool(period.end) == bool(expires),
    )


def _studies(reader: Reader, consent: Consent) -> list[str]:
    """NCT ids from the policies' ends and from the ResearchStudies that the provision names."""
    found = [match.group() for policy in consent.policy if (match := NCT.search((policy.uri or "").rstrip("/")))]
    data = consent.provision.data if consent.provision else []
    references = [part.reference for part in data if part.reference]
    if consent.sourceReference is not None:
        references.append(consent.sourceReference)
    for stated in references:
        study = reader.chart.studies.get(stated.reference or "")
        identifiers = [*(study.identifier if study else []), *([stated.identifier] if stated.identifier else [])]
        found += [value for i in identifiers if NCT.fullmatch(value := (i.value or "").strip())]
    return found


def _category(consent: Consent) -> str:
    """Our own category where one is named; none at all means enrolment; anything else is something else."""
    codings = [coding for category in consent.category for coding in category.coding]
    own = {(coding.code or "").strip() for coding in codings if (coding.system or "").strip() == OWN}
    for category in (CROSSOVER, ENROLMENT):
        if category in own:
            return category
    return OTHER if codings else ENROLMENT
