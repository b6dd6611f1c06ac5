"""Observations and Conditions: which may be used, when they were true, and which value sets they belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from cds.intake import Item
from cds.moments import Moment
from cds.reader import NO_SETS, Reader, concept_or_nothing
from cds.records import UNREAD, Diagnosis, Result, Sample, name_of
from cds.shapes import CodeableConcept, Condition, Observation, Specimen, ValueBearer
from cds.values import is_sane
from rules.messages import say

USABLE = frozenset({"final", "amended", "corrected"})
NOT_YET = frozenset({"preliminary", "registered"})
RETRACTED = frozenset({"cancelled", "entered-in-error"})
ACTIVE = frozenset({"active", "recurrence", "relapse"})
INACTIVE = frozenset({"inactive", "remission", "resolved"})
AVAILABILITY = {"available": True, "unavailable": False, "unsatisfactory": False}
VARIANT = "genetic_variant_assessment"
TENTATIVE = frozenset({"provisional", "differential", "unconfirmed"})
_NUMBER_AS_TEXT = re.compile(rb'"valueQuantity"\s*:\s*\{[^}]*"value"\s*:\s*"')
HISTOLOGY = "histology-morphology-behavior"
ALL_LEUKAEMIA = frozenset({"b_all_condition", "b_all_morphology", "all_lineage_unspecified", "all_in_relapse"})

_observation = msgspec.json.Decoder(Observation)
_condition = msgspec.json.Decoder(Condition)
_specimen = msgspec.json.Decoder(Specimen)


def read_results(reader: Reader, wanted: Sequence[Item]) -> None:
    """The Observations that a first look found wanted."""
    if wanted:
        read_samples(reader)
    for reference, observation, item in reader.each("Observation", _observation, wanted):
        if reader.is_ours(observation.subject, item, "Observation", reference):
            if _NUMBER_AS_TEXT.search(item.raw):
                reader.warn(
                    "number-as-text",
                    say("An Observation's number is sent as text; it was read as a number."),
                    reference,
                )
            about = reader.sets_of(observation.code, *(component.code for component in observation.component))
            if about:
                _take_result(reader, reference, observation, about)
            else:
                _note_hints(reader, reference, observation)


def check_readable(reader: Reader, wanted: Sequence[Item]) -> None:
    """Refuse the wanted Observations, and the Specimens, that cannot be read; take nothing from the others."""
    for item in wanted:
        reader.decoded(item, "Observation", _observation)
    if wanted:
        read_samples(reader)


def _note_hints(reader: Reader, reference: str, observation: Observation) -> None:
    """A result that no criterion reads, whose words suggest one that some criterion does."""
    hints = reader.hints(observation.code, *(component.code for component in observation.component))
    if hints:
        reader.note_unmapped(reference, observation.code, hints, _when(reader, observation)[0])


def _take_result(reader: Reader, reference: str, observation: Observation, about: frozenset[str]) -> None:
    status = (observation.status or "").strip()
    if status not in USABLE | NOT_YET:
        code = status if status in RETRACTED else "status"
        reader.warn(code, say("An Observation was not used because of its status."), reference)
        return
    moment, from_issued = _when(reader, observation)
    if reader.in_future(moment, "Observation", reference, about):
        return
    if from_issued:
        reader.warn("issued", say("An Observation has no effective date; the date of issue was used."), reference)
    if moment is not None and moment.approximate:
        reader.warn("no-zone", say("An Observation's time has no zone; it was read as a span."), reference)
    specimen, sample = _specimen_of(reader, observation)
    notes = " ".join(note.text for note in observation.note if note.text) if observation.note else ""
    _warn_of_oddities(reader, reference, observation)
    siblings: tuple[ValueBearer, ...] = tuple(observation.component)
    for body in (observation, *siblings):
        sets = reader.sets_of(body.code) if siblings else about
        if VARIANT in sets:
            sets |= _fusion(reader, observation)
        if sets and not body.modifierExtension:
            mapping = reader.terminology.mapping_of(body.code)
            mapped = mapping.specimen if mapping and mapping.specimen != "unstated" else None
            chosen = mapped or specimen if specimen == UNREAD else specimen or mapped
            reader.chart.results.append(
                Result(
                    reference,
                    body,
                    sets,
                    status in NOT_YET,
                    moment,
                    from_issued,
                    chosen,
                    mapping,
                    siblings,
                    sample,
                    notes,
                    reader.sets_of(body.valueCodeableConcept) if body.valueCodeableConcept else NO_SETS,
                )
            )


def _fusion(reader: Reader, observation: Observation) -> frozenset[str]:
    """A variant assessment whose genes studied are BCR and ABL1 is a test for the fusion."""
    genes = reader.sets_of(*(component.valueCodeableConcept for component in observation.component))
    return frozenset({"bcr_abl1_lab"}) if {"gene_bcr", "gene_abl1"} <= genes else frozenset()


def _warn_of_oddities(reader: Reader, reference: str, body: ValueBearer) -> None:
    """Values that are used with care, or cannot be: said without repeating them."""
    stated = (body.valueQuantity, body.valueCodeableConcept, body.valueString, body.valueInteger, body.valueRange)
    if stated.count(None) < len(stated) - 1:
        reader.warn("two-values", say("An Observation has more than one value; the typed one was used."), reference)
    quantity = body.valueQuantity
    if quantity is not None and quantity.value is None:
        reader.warn("no-value", say("An Observation has a unit but no value."), reference)
    elif quantity is not None and quantity.value is not None and not is_sane(quantity.value):
        reader.warn("number", say("An Observation holds a number that no laboratory reports."), reference)


def _when(reader: Reader, observation: Observation) -> tuple[Moment | None, bool]:
    """effectiveDateTime or instant, else the period's end, else issued (flagged), else None."""
    stated = reader.moment(observation.effectiveDateTime or observation.effectiveInstant)
    stated = stated or reader.span(observation.effectivePeriod)
    if stated is not None or observation.issued is None:
        return stated, False
    return reader.moment(observation.issued), True


def read_samples(reader: Reader) -> None:
    """Specimens by reference and by fullUrl; one that was entered in error is none."""
    for reference, specimen, item in reader.each("Specimen", _specimen):
        status = (specimen.status or "").strip()
        if status == "entered-in-error" or not reader.may_be_ours(specimen.subject):
            continue
        kind = _kind_of(reader, specimen.type) if specimen.type else None
        sample = Sample(reference, kind, AVAILABILITY.get(status))
        for name in filter(None, (reference, item.full_url)):
            reader.chart.samples[name] = sample


def _kind_of(reader: Reader, *concepts: CodeableConcept | None) -> str:
    sets = reader.sets_of(*concepts)
    if "specimen_marrow" in sets:
        return "marrow"
    return "blood" if "specimen_blood" in sets else "other"


def _specimen_of(reader: Reader, observation: Observation) -> tuple[str | None, str | None]:
    """The kind of specimen, and the reference of the Specimen where one is named."""
    reference = observation.specimen.reference if observation.specimen else None
    if reference and reference.startswith("#"):
        for piece in observation.contained:
            if isinstance(piece, dict) and piece.get("id") == reference[1:]:
                return _kind_of(reader, *concept_or_nothing(piece.get("type"))), None
    if reference:
        short = "/".join(reference.split("/_history/")[0].split("/")[-2:])
        sample = reader.chart.samples.get(reference) or reader.chart.samples.get(short)
        if sample is None:
            return UNREAD, short
        return sample.kind or (_kind_of(reader, observation.bodySite) if observation.bodySite else None), short
    return (_kind_of(reader, observation.bodySite) if observation.bodySite else None), None


def read_diagnoses(reader: Reader) -> None:
    """Conditions: refuted and retracted ones are dropped, family history is not the patient's."""
    for reference, condition, item in reader.each("Condition", _condition):
        if not reader.is_ours(condition.subject, item, "Condition", reference) or _is_family_history(condition):
            continue
        verification = _code_of(condition.verificationStatus)
        if verification in ("refuted", "entered-in-error"):
            reader.warn(verification, say("A Condition was not used: it is refuted or entered in error."), reference)
            continue
        _take_diagnosis(reader, reference, condition, verification)


def _take_diagnosis(reader: Reader, reference: str, condition: Condition, verification: str) -> None:
    onset = reader.moment(condition.onsetDateTime)
    if onset is None and condition.onsetPeriod:
        onset = reader.moment(condition.onsetPeriod.start)
    began = onset or reader.moment(condition.recordedDate)
    morphology = [e.valueCodeableConcept for e in condition.extension if (e.url or "").endswith(HISTOLOGY)]
    sets = reader.sets_of(condition.code, *morphology)
    hints = frozenset() if sets else reader.hints(condition.code, *morphology)
    if reader.in_future(began, "Condition", reference, sets | hints):
        return
    if not sets:
        if hints:
            reader.note_unmapped(reference, condition.code, hints, began)
        return
    if _is_empty(condition.clinicalStatus) and not _has_ended(condition):
        reader.warn("no-clinical-status", say("A Condition has no clinicalStatus; it was taken as active."), reference)
    reader.chart.diagnoses.append(
        Diagnosis(
            reference=reference,
            name=name_of(condition.code) or name_of(morphology[0] if morphology else None),
            sets=sets,
            confirmed=verification in ("confirmed", ""),
            active=_is_active(condition),
            began=began,
            began_is_recorded=onset is None,
            ended=reader.moment(condition.abatementDateTime) or reader.span(condition.abatementPeriod),
            severity=reader.sets_of(condition.severity),
            stages=tuple(stage.summary for stage in condition.stage if stage.summary),
            outside_marrow=bool(sets & ALL_LEUKAEMIA) and _outside_marrow(reader, condition),
        )
    )


def _is_family_history(condition: Condition) -> bool:
    """A category for relatives' conditions; "family medicine" names a clinic, and the condition is the patient's."""
    return any("family" in (name := name_of(category).lower()) and "hist" in name for category in condition.category)


def _outside_marrow(reader: Reader, condition: Condition) -> bool:
    """A body site is coded, and it is neither marrow nor blood."""
    sites = [site for site in condition.bodySite if site.coding]
    return bool(sites) and all(_kind_of(reader, site) == "other" for site in sites)


def _is_active(condition: Condition) -> bool:
    """Missing clinicalStatus is not inactive; an abatement ends a condition whatever the status says."""
    if _has_ended(condition):
        return False
    status = _code_of(condition.clinicalStatus)
    return status not in INACTIVE


def _has_ended(condition: Condition) -> bool:
    return bool(
        condition.abatementDateTime or condition.abatementPeriod or condition.abatementAge or condition.abatementString
    )


def _is_empty(concept: CodeableConcept | None) -> bool:
    return not _code_of(concept)


def _code_of(concept: CodeableConcept | None) -> str:
    return (concept.coding[0].code or "").strip() if concept and concept.coding else ""
