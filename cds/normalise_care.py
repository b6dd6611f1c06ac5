"""Procedures, medications, and what says how complete the record is: Lists, research subjects and studies."""

from __future__ import annotations

from typing import Any

import msgspec

from cds.doses import stated_doses
from cds.intake import Item
from cds.moments import Moment
from cds.reader import Reader, concept_or_nothing
from cds.records import Drug, Treatment, name_of
from cds.shapes import CodeableConcept, Contained, Medication, MedicationUse, Procedure
from cds.study_shapes import ResearchStudy, ResearchSubject, WorkingList
from rules.messages import say

DONE = frozenset({"completed"})
POSSIBLY_DONE = frozenset({"in-progress", "preparation", "unknown", "on-hold", "stopped"})
NOT_DONE = frozenset({"not-done", "entered-in-error"})
GIVEN = {
    "MedicationAdministration": frozenset({"in-progress", "completed", "stopped"}),
    "MedicationStatement": frozenset({"active", "completed", "stopped"}),
    "MedicationRequest": frozenset({"active", "completed", "stopped", "on-hold"}),
}
ORDER_LIKE = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
RECONCILED = {
    "reconciliation_conditions": "conditions",
    "reconciliation_medications": "medications",
    "reconciliation_procedures": "procedures",
}

_procedure = msgspec.json.Decoder(Procedure)
_use = msgspec.json.Decoder(MedicationUse)
_medication = msgspec.json.Decoder(Medication)
_list = msgspec.json.Decoder(WorkingList)
_subject = msgspec.json.Decoder(ResearchSubject)
_study = msgspec.json.Decoder(ResearchStudy)


def read_treatments(reader: Reader) -> None:
    """Procedures: completed ones were done, open ones are possible, not-done and retracted ones are not counted."""
    for reference, procedure, item in reader.each("Procedure", _procedure):
        if not reader.is_ours(procedure.subject, item, "Procedure", reference):
            continue
        status = (procedure.status or "").strip()
        sets = reader.sets_of(procedure.code)
        if status not in DONE | POSSIBLY_DONE:
            reader.warn(
                status if status in NOT_DONE else "status",
                say("A Procedure was not used because of its status."),
                reference,
            )
            continue
        moment = reader.moment(procedure.performedDateTime) or reader.span(procedure.performedPeriod)
        hints = frozenset() if sets else reader.hints(procedure.code)
        if reader.in_future(moment, "Procedure", reference, sets | hints):
            continue
        if sets:
            name, used = name_of(procedure.code), reader.sets_of(*procedure.usedCode)
            reader.chart.treatments.append(Treatment(reference, name, sets, status in DONE, moment, used))
        elif hints:
            reader.note_unmapped(reference, procedure.code, hints, moment)


def read_drugs(reader: Reader) -> None:
    """Administrations and statements are exposure; orders are orders; plans, drafts and doNotPerform are neither."""
    medications = {
        name: medication
        for reference, medication, item in reader.each("Medication", _medication)
        for name in filter(None, (reference, item.full_url))
    }
    for resource_type, statuses in GIVEN.items():
        for reference, use, item in reader.each(resource_type, _use):
            if not reader.is_ours(use.subject, item, resource_type, reference):
                continue
            ordered = resource_type == "MedicationRequest"
            if use.doNotPerform or (use.status or "").strip() not in statuses:
                continue
            if ordered and (use.intent or "").strip() not in ORDER_LIKE:
                continue
            if _points_nowhere(use, medications):
                # Nobody knows which drug it is, so nobody may say that a drug is not there.
                reader.chart.incomplete |= {resource_type}
                reader.warn(
                    "unresolved",
                    say("One {type} refers to a Medication that could not be had.", type=resource_type),
                    reference,
                )
            _take_drug(reader, reference, use, medications, ordered=ordered)


def _take_drug(
    reader: Reader, reference: str, use: MedicationUse, medications: dict[str, Medication], *, ordered: bool
) -> None:
    concepts = substances_of(use, medications)
    sets = reader.sets_of(*concepts)
    if not sets:
        hints = reader.hints(*concepts)
        if hints and not _is_prophylaxis(use, concepts) and route_of(reader, use) != "local":
            reader.note_unmapped(reference, concepts[0] if concepts else None, hints, _when(reader, use))
        return
    moment, written_by = _when(reader, use), reader.chart.written_by
    # An end that was to come when the record was written is no date of the record.
    if reader.in_future(_when(reader, use, written_by), "medication", reference):
        return
    codes = frozenset((c.system or "", c.code) for concept in concepts for c in concept.coding if c.code)
    reader.chart.drugs.append(
        Drug(
            reference=reference,
            name=next((name_of(concept) for concept in concepts if name_of(concept)), ""),
            sets=sets,
            codes=codes,
            given=not ordered,
            moment=moment,
            started=(reader.moment(use.effectivePeriod.start) if use.effectivePeriod else None) or moment,
            ongoing=_is_ongoing(reader, use),
            route=route_of(reader, use),
            reasons=tuple(filter(None, _reasons(use))),
            prophylaxis=_is_prophylaxis(use, concepts),
            status=(use.status or "").strip(),
            dose=next((stated.quantity for stated in stated_doses(use)), None),
            ends=_end_to_come(reader, use),
        )
    )


def _reasons(use: MedicationUse) -> list[str]:
    return [r.reference or "" for r in use.reasonReference] + [name_of(reason) for reason in use.reasonCode]


def _when(reader: Reader, use: MedicationUse, by: Moment | None = None) -> Moment | None:
    """When it was given or ordered; a period that has not ended yet (`by`: the assessment) is dated by its start."""
    stated = reader.moment(use.effectiveDateTime) or reader.span(use.effectivePeriod)
    if use.effectivePeriod is not None and stated is not None and stated.is_after(by or reader.chart.as_of):
        stated = reader.moment(use.effectivePeriod.start) or stated
    return stated or reader.moment(use.authoredOn or use.dateAsserted)


def _is_ongoing(reader: Reader, use: MedicationUse) -> bool:
    """Active without a stated end; a period without an end, or with one that is still to come (FHIR R4 Period)."""
    period, status = use.effectivePeriod, (use.status or "").strip()
    if period is None:
        return status in ("active", "in-progress")
    end = reader.moment(period.end)
    if end is None:
        return period.end is None and bool(period.start) and status != "stopped"
    return end.is_after(reader.chart.as_of)


def _end_to_come(reader: Reader, use: MedicationUse) -> Moment | None:
    """The stated end of a drug that is still given; the record reads differently after it."""
    end = reader.moment(use.effectivePeriod.end) if use.effectivePeriod else None
    if end is None or not end.is_after(reader.chart.as_of):
        return None
    reader.chart.turns.add(end.first_day)
    return end


def substances_of(use: MedicationUse, medications: dict[str, Medication]) -> list[CodeableConcept]:
    """The medication's code and its ingredients, in place, contained or referenced."""
    if use.medicationCodeableConcept:
        return [use.medicationCodeableConcept]
    found = _referred(use, medications)
    if found is None:
        return []
    concepts = [found.code, *(ingredient.itemCodeableConcept for ingredient in found.ingredient)]
    return [concept for concept in concepts if concept]


def _referred(use: MedicationUse, medications: dict[str, Medication]) -> Medication | Contained | None:
    """The resource that medicationReference names: contained, relative, absolute or versioned."""
    target = (use.medicationReference.reference if use.medicationReference else None) or ""
    if target.startswith("#"):
        return next((piece for piece in use.contained if piece.id == target[1:]), None)
    return medications.get(target) or medications.get("/".join(target.split("/_history/")[0].split("/")[-2:]))


def _points_nowhere(use: MedicationUse, medications: dict[str, Medication]) -> bool:
    stated = use.medicationReference is not None and use.medicationReference.reference is not None
    return stated and use.medicationCodeableConcept is None and _referred(use, medications) is None


def _dosages(use: MedicationUse) -> list[dict[str, Any]]:
    """MedicationAdministration.dosage is one object, MedicationStatement.dosage a list."""
    stated = use.dosage if isinstance(use.dosage, list) else [use.dosage]
    return [dosage for dosage in stated if isinstance(dosage, dict)]


def route_of(reader: Reader, use: MedicationUse) -> str | None:
    concepts = [dosage.route for dosage in use.dosageInstruction if dosage.route]
    for dosage in _dosages(use):
        if isinstance(dosage.get("route"), dict):
            concepts.extend(concept_or_nothing(dosage["route"]))
    sets = reader.sets_of(*concepts)
    for kind in ("systemic", "intrathecal", "local"):
        if f"route_{kind}" in sets:
            return kind
    return None


def _is_prophylaxis(use: MedicationUse, concepts: list[CodeableConcept]) -> bool:
    """The stated reason tells prophylaxis from treatment; letermovir is licensed for prophylaxis only (T1-E2)."""
    words = [name_of(reason) for reason in use.reasonCode] + [dosage.text or "" for dosage in use.dosageInstruction]
    words += [str(dosage.get("text") or "") for dosage in _dosages(use)]
    if any("prophyla" in word.lower() for word in words):
        return True
    if any((c.code or "").startswith("Z29") for reason in use.reasonCode for c in reason.coding):
        return True
    return any("letermovir" in name_of(concept).lower() for concept in concepts)


def read_study_records(reader: Reader) -> None:
    """Reconciliation lists, research subjects and studies."""
    for reference, working, item in reader.each("List", _list):
        if (working.status or "").strip() == "current":
            _take_list(reader, reference, working, item)
    for reference, subject, item in reader.each("ResearchSubject", _subject):
        if reader.is_ours(subject.individual, item, "ResearchSubject", reference):
            reader.chart.subjects.append((reference, subject))
    for reference, study, _ in reader.each("ResearchStudy", _study):
        for identifier in study.identifier:
            if identifier.value:
                reader.chart.studies[identifier.value.strip()] = study
        reader.chart.studies[reference] = study


def _take_list(reader: Reader, reference: str, working: WorkingList, item: Item) -> None:
    if working.emptyReason is not None and not _is_nil_known(working.emptyReason):
        reader.warn(
            "not-asked", say("A List is empty because nobody asked; it does not count as reconciled."), reference
        )
        return
    if working.subject is not None and not reader.is_ours(working.subject, item, "List", reference):
        return
    moment = reader.moment(working.date)
    if moment is None or reader.in_future(moment, "List", reference):
        return
    for name in reader.sets_of(working.code) & RECONCILED.keys():
        domain = RECONCILED[name]
        known = reader.chart.reconciled.get(domain)
        if known is None or moment.latest > known.latest:
            reader.chart.reconciled[domain] = moment


def _is_nil_known(reason: CodeableConcept) -> bool:
    """Only "nilknown" says that somebody looked; not asked, withheld, unavailable and not started do not."""
    return any((coding.code or "").strip() == "nilknown" for coding in reason.coding)
