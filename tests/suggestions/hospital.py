"""A hospital that does what accepted suggestions ask for: each draft becomes the record that would come back.

It knows the shapes of clinical records from the contract (B4) and reads the drafts as people do, by their words. What
it measures is favourable and of the day of assessment; what it corrects keeps its id and date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tests.fhir import (
    CPT,
    Chart,
    Resource,
    amount,
    concept,
    condition,
    local,
    loinc,
    measured,
    observation,
    procedure,
    snomed,
    specimen,
)

Maker = Callable[[str, str], Resource]
NEGATIVE: Resource = {"valueCodeableConcept": {"text": "Not detected"}}
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"


MANY_CELLS = [{"code": local("cells-evaluated"), "valueQuantity": amount(4_000_000, "{cells}")}]


def _limit(high: float, unit: str) -> Resource:
    return {"referenceRange": [{"high": amount(high, unit)}]}


# Words of an order or of a thing to correct -> the result, given its id and day.
RESULTS: dict[str, Maker] = {
    "flow mrd": lambda name, on: observation(name, local("mrd-flow-cd19"), on, **measured(0.3)),
    "ngs mrd": lambda name, on: observation(name, local("mrd-ngs"), on, **measured(0, "/10*6"), component=MANY_CELLS),
    "bcr::abl1": lambda name, on: observation(name, loinc("51867-0"), on, **NEGATIVE),
    "on blasts": lambda name, on: observation(name, loinc("13840-4"), on, **measured(95)),
    "marrow": lambda name, on: observation(name, loinc("11150-0"), on, **measured(2)),
    "ejection fraction": lambda name, on: observation(name, loinc("10230-1"), on, **measured(62)),
    "oxygen saturation": lambda name, on: observation(name, loinc("59410-1"), on, **measured(97)),
    "creatinine": lambda name, on: observation(
        name, loinc("2160-0"), on, **measured(0.9, "mg/dL"), **_limit(1.2, "mg/dL")
    ),
    "ast": lambda name, on: observation(name, loinc("1920-8"), on, **measured(30, "U/L"), **_limit(40, "U/L")),
    "alt": lambda name, on: observation(name, loinc("1742-6"), on, **measured(35, "U/L"), **_limit(40, "U/L")),
    "total bilirubin": lambda name, on: observation(name, loinc("1975-2"), on, **measured(0.6, "mg/dL")),
    "haemoglobin": lambda name, on: observation(name, loinc("718-7"), on, **measured(10.4, "g/dL")),
    "hiv": lambda name, on: observation(name, loinc("56888-1"), on, **NEGATIVE),
    "hepatitis b": lambda name, on: observation(name, loinc("5196-1"), on, **NEGATIVE),
    "hepatitis c": lambda name, on: observation(name, loinc("13955-0"), on, **NEGATIVE),
    "pregnancy test": lambda name, on: observation(name, loinc("2106-3"), on, **NEGATIVE),
    "ecog": lambda name, on: observation(name, loinc("89247-1"), on, valueInteger=1),
    "karnofsky": lambda name, on: observation(name, loinc("89243-0"), on, valueInteger=90),
    "gvhd": lambda name, on: observation(name, local("gvhd-assessment"), on, valueCodeableConcept=loinc("LA9634-2")),
    "nursing": lambda name, on: observation(name, loinc("63895-7"), on, valueCodeableConcept=loinc("LA32-8")),
}
LISTS = {"problem list": "11450-4", "medication list": "10160-0", "list of procedures": "47519-4"}
SERIES = re.compile(r"(NCT\d{8}) ([A-Z]\w*(?:, [A-Z]\w*)*): ")


class Hospital:
    """One patient's chart at one day, and what its people do."""

    def __init__(self, resources: list[Resource], on: str) -> None:
        self.on = on
        self.chart: dict[tuple[str, str], Resource] = {
            (each["resourceType"], each["id"]): orjson.loads(orjson.dumps(each)) for each in resources
        }
        [patient] = [each for each in resources if each["resourceType"] == "Patient"]
        self.patient = {"reference": f"Patient/{patient['id']}"}
        self.done = 0

    def accept(self, suggestions: list[Resource]) -> Chart:
        """Do everything that these suggestions ask for; the chart afterwards."""
        for suggestion in suggestions:
            for action in suggestion["actions"]:
                self._do(action["resource"])
        return Chart(tuple(self.chart.values()))

    def _do(self, draft: Resource) -> None:
        kind = draft["resourceType"]
        if kind == "ServiceRequest":
            period = draft["occurrencePeriod"]
            assert period["start"] <= self.on <= period.get("end", self.on)
            self._add(result_for(draft["code"]["text"])(self._name(), self.on))
        elif kind == "Task":
            tasks = {
                "Reconcile a list": self._reconcile,
                "Assess and record": self._measure,
                "Complete the record": self._complete,
                "Clear up a record": self._correct,
                "Confirm or rule out": self._correct,
                "Look for a final result": self._finish,
                "Map a code": self._map,
                "Answer a trial's questions": self._answer,
                "Ask for consent": self._consent,
                "Refer to a study team": lambda _: None,
                "Discuss with the study team": lambda _: None,
            }
            tasks[draft["code"]["text"]](draft)
        else:
            assert kind == "ResearchSubject"
            self._add(draft | {"id": self._name()})

    def _name(self) -> str:
        self.done += 1
        return f"done-{self.done}"

    def _add(self, resource: Resource) -> None:
        owner = {"subject", "patient"} & resource.keys()
        self.chart[resource["resourceType"], resource["id"]] = resource | dict.fromkeys(owner, self.patient)

    def _focused(self, task: Resource) -> Iterator[Resource]:
        """The records that a task is about, the chief one first."""
        inputs = [each["valueReference"] for each in task.get("input", []) if "valueReference" in each]
        for reference in [task["focus"], *inputs] if "focus" in task else []:
            kind, _, name = reference["reference"].partition("/")
            if (kind, name) in self.chart:
                yield self.chart[kind, name]

    def _reconcile(self, task: Resource) -> None:
        [code] = [code for words, code in LISTS.items() if words in task["description"]]
        self._add(
            {
                "resourceType": "List",
                "id": self._name(),
                "status": "current",
                "mode": "working",
                "code": loinc(code),
                "subject": self.patient,
                "date": self.on,
            }
        )

    def _measure(self, task: Resource) -> None:
        for record in self._focused(task):
            record["status"] = "entered-in-error"
        self._add(result_for(task["description"])(self._name(), self.on))

    def _complete(self, task: Resource) -> None:
        what = task["description"].partition(": ")[2]
        before = min("2024-11-05", self.on)
        if what == "the lineage of the leukaemia":
            self._add(condition(self._name(), snomed("277571004"), onsetDateTime="2024-11-05"))
        elif what == "the transplant: date and donor":
            self._add(procedure(self._name(), concept(CPT, "38240"), "2026-01-10"))
        elif what == "an available specimen with its blast percentage":
            archive = self._name()
            self._add(specimen(archive, "119359002") | {"status": "available"})
            there = {"specimen": {"reference": f"Specimen/{archive}"}}
            self._add(observation(self._name(), loinc("11150-0"), before, **measured(86), **there))
        elif what == "the birth date":
            self.chart["Patient", self.patient["reference"].split("/")[1]]["birthDate"] = "1985-02-14"
        elif what == "the sex":
            self.chart["Patient", self.patient["reference"].split("/")[1]]["gender"] = "male"
        else:
            self._say_so(task)

    def _correct(self, task: Resource) -> None:
        """A laboratory corrects its results under their ids; a second one of the same test was entered in error."""
        if "transplant" in task["description"]:
            self._complete(task)
        elif not task["description"].startswith("Ask the laboratory"):
            self._say_so(task)
        else:
            first, *others = self._focused(task)
            self._correct_result(first, result_for(task["description"]))
            for other in others:
                same = code_of(other) == code_of(first) or code_of(other) not in BY_CODE
                if same:
                    other["status"] = "entered-in-error"
                else:
                    self._correct_result(other, BY_CODE[code_of(other)])

    def _correct_result(self, record: Resource, maker: Maker) -> None:
        corrected = maker(record["id"], record.get("effectiveDateTime", self.on))
        kept = {name: record[name] for name in ("specimen",) if name in record}
        self._add(corrected | kept | {"status": "corrected"})

    def _finish(self, task: Resource) -> None:
        for record in self._focused(task):
            record["status"] = "final"

    def _map(self, task: Resource) -> None:
        """As if the sender's code had been mapped: the result again, by a code of the built-in sets."""
        for record in list(self._focused(task)):
            if "specimen" in task["description"]:
                self._complete(task)
            elif record["resourceType"] == "Observation" and has_result(task["description"]):
                self._correct_result(record, result_for(task["description"]))
            else:
                self._say_so(task)

    def _answer(self, task: Resource) -> None:
        [form] = [each["valueCanonical"] for each in task["input"] if "valueCanonical" in each]
        assert task["focus"]["reference"] == form
        self._respond(form, [each["valueString"] for each in task["input"] if "valueString" in each])

    def _say_so(self, task: Resource) -> None:
        """A clinician reads the record and answers the criterion; who was wrong before is wrong no more."""
        wrong = False
        for record in self._focused(task):
            if record["resourceType"] == "QuestionnaireResponse":
                record["status"], wrong = "entered-in-error", True
            if record["resourceType"] == "MedicationRequest":
                record["status"] = "cancelled"
        for trial, ids in SERIES.findall(task["reasonCode"]["text"]):
            self._respond(f"https://cds.example/fhir/Questionnaire/{trial}", ids.split(", "), wrong=wrong)

    def _respond(self, form: str, criteria: list[str], *, wrong: bool = False) -> None:
        """Yes to what the protocol wants, No to what it excludes; the other way where that had been said wrongly."""
        system = "http://terminology.hl7.org/CodeSystem/v2-0136"
        answers = {name: "N" if (name[0] == "E") is not wrong else "Y" for name in criteria}
        items = [
            {"linkId": name, "answer": [{"valueCoding": {"system": system, "code": code}}]}
            for name, code in answers.items()
        ]
        self._add(
            {
                "resourceType": "QuestionnaireResponse",
                "id": self._name(),
                "questionnaire": form,
                "status": "completed",
                "subject": self.patient,
                "authored": self.on,
                "item": items,
            }
        )

    def _consent(self, task: Resource) -> None:
        [trial] = re.findall(r"NCT\d{8}", task["description"])
        found: dict[str, Any] = {
            "resourceType": "Consent",
            "id": self._name(),
            "status": "active",
            "scope": concept(CONSENT_SCOPE, "research"),
            "category": [local("trial-crossover" if "cross over" in task["description"] else "trial-enrolment")],
            "patient": self.patient,
            "dateTime": self.on,
            "policy": [{"uri": f"https://clinicaltrials.gov/study/{trial}"}],
            "provision": {"type": "permit"},
        }
        self._add(found)


BY_CODE = {maker("x", "2026-06-01")["code"]["coding"][0]["code"]: maker for maker in RESULTS.values()}


def code_of(record: Resource) -> str | None:
    """The first code of a record."""
    codings = record.get("code", {}).get("coding") or [{}]
    return codings[0].get("code")


def has_result(words: str) -> bool:
    return any(name in words.lower() for name in RESULTS)


def result_for(words: str) -> Maker:
    """The result that these words ask for: by the longest of our names that stands in them as whole words."""
    low = words.lower()
    if "cd19, cd22" in low:
        return RESULTS["on blasts"]
    found = [name for name in RESULTS if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", low)]
    assert found, f"nobody in this hospital can do {words!r}"
    first = min(found, key=lambda name: low.index(name))
    return RESULTS[first]
