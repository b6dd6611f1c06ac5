"""From sorted bytes to the Chart of the one patient they concern."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from cds.chart import Chart, hints_at_leukaemia
from cds.errors import NoPatientError
from cds.first_look import FirstLook
from cds.intake import Item, Material
from cds.moments import Moment, parse_moment
from cds.normalise_answers import read_answers
from cds.normalise_care import read_drugs, read_study_records, read_treatments
from cds.normalise_consents import read_consents
from cds.normalise_findings import check_readable, read_diagnoses, read_results
from cds.normalise_requests import read_requests
from cds.reader import Reader, reference_of
from cds.records import Person
from cds.shapes import Patient
from cds.subjects import Subjects
from cds.terminology import Terminology

BIRTH_SEX = ("us-core-birthsex", "patient-birthSex")
_SEX = {"female": "female", "F": "female", "male": "male", "M": "male"}


_patient = msgspec.json.Decoder(Patient)


def read_chart(
    material: Material,
    *,
    as_of: Moment,
    terminology: Terminology,
    zone: ZoneInfo,
    patient_id: str | None = None,
    gate_first: bool = False,
    written_by: Moment | None = None,
) -> Chart:
    """Build the chart of the one patient in the material; `written_by` as in Chart, by default `as_of`.

    With `gate_first`, a chart without any sign of leukaemia and without any ResearchSubject is left once that is clear:
    most charts that a hospital opens are such, and nothing more would be said of them.

    Raises NoPatientError when there is none, more than one, one that cannot be read, or another than `patient_id`.
    """
    patient, item = _the_patient(material, patient_id)
    if patient_id is not None and patient.id != patient_id:
        raise NoPatientError("The prefetched Patient is not the patient of the request's context.")
    chart = Chart(
        person=_person(patient, item, written_by or as_of, zone),
        as_of=as_of,
        written_by=written_by or as_of,
        zone=zone,
        incomplete=frozenset(material.incomplete),
        warnings=list(material.warnings),
        again=partial(
            read_chart,
            material,
            terminology=terminology,
            zone=zone,
            patient_id=patient_id,
            gate_first=gate_first,
            written_by=written_by or as_of,
        ),
    )
    reader = Reader(chart, terminology, material, Subjects(patient, item.full_url))
    read_diagnoses(reader)
    read_treatments(reader)
    look = FirstLook(reader)
    wanted = look.wanted(material.of("Observation"))
    if gate_first and not (hints_at_leukaemia(chart, look.about) or material.of("ResearchSubject")):
        # What is left may still show a sign: words of a drug, or the codes of a resource that cannot be read.
        check_readable(reader, wanted)
        _read_the_rest(reader)
        return chart.again(as_of=as_of, gate_first=False) if hints_at_leukaemia(chart) and chart.again else chart
    read_results(reader, wanted)
    _read_the_rest(reader)
    return chart


def _read_the_rest(reader: Reader) -> None:
    """What few charts have much of, and what seldom tells of the disease."""
    read_drugs(reader)
    read_study_records(reader)
    read_answers(reader)
    read_consents(reader)
    read_requests(reader)


def _the_patient(material: Material, patient_id: str | None) -> tuple[Patient, Item]:
    found: dict[str, tuple[Patient, Item]] = {}
    for item in material.of("Patient"):
        try:
            patient = _patient.decode(item.raw)
        except (msgspec.DecodeError, RecursionError):
            continue
        if patient.implicitRules or patient.modifierExtension:
            raise NoPatientError("The Patient carries a modifier that we do not know.")
        found.setdefault(patient.id or item.full_url or item.where, (patient, item))
    if patient_id is not None and patient_id in found:
        return found[patient_id]
    if len(found) > 1:
        raise NoPatientError("There is more than one Patient; exactly one is needed.")
    if not found:
        raise NoPatientError("There is no readable Patient.")
    return next(iter(found.values()))


def _person(patient: Patient, item: Item, as_of: Moment, zone: ZoneInfo) -> Person:
    born = parse_moment(patient.birthDate, zone) if patient.birthDate else None
    died = parse_moment(patient.deceasedDateTime, zone) if patient.deceasedDateTime else None
    return Person(
        reference=reference_of("Patient", patient, item),
        sex=_birth_sex(patient) or _SEX.get((patient.gender or "").strip()),
        birth=(born.first_day, born.last_day) if born else None,
        # A dateTime that cannot be read still says that the patient died.
        deceased=bool(patient.deceasedBoolean) or _has_died(patient, died, as_of),
        died=died if died is not None and not died.is_after(as_of) else None,
        merged_away=patient.active is False,
    )


def _has_died(patient: Patient, died: Moment | None, as_of: Moment) -> bool:
    return bool(patient.deceasedDateTime) and (died is None or not died.is_after(as_of))


def _birth_sex(patient: Patient) -> str | None:
    for extension in patient.extension:
        if extension.url and extension.url.endswith(BIRTH_SEX):
            code = extension.valueCode
            if code is None and extension.valueCodeableConcept and extension.valueCodeableConcept.coding:
                code = extension.valueCodeableConcept.coding[0].code
            return _SEX.get((code or "").strip())
    return None
