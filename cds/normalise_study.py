"""Consents of the patient, as they stand in the record; what they allow is for `cds.consents` to say."""

from __future__ import annotations

import msgspec

from cds.reader import Reader
from cds.study_shapes import Consent

RETRACTED = "entered-in-error"

_consent = msgspec.json.Decoder(Consent)


def read_consents(reader: Reader) -> None:
    """Consents signed by the day of assessment; those entered in error are dropped."""
    for reference, consent, item in reader.each("Consent", _consent):
        if not reader.is_ours(consent.patient, item, "Consent", reference):
            continue
        if (consent.status or "").strip() == RETRACTED:
            reader.warn(RETRACTED, "A Consent was not used because of its status.", reference)
            continue
        signed = reader.moment(consent.dateTime)
        if not reader.in_future(signed, "Consent", reference):
            reader.chart.consents.append((reference, consent, signed))
