"""Clinicians' answers: QuestionnaireResponse items whose linkId is a criterion id (Yes / No / Not sure)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cds.chart import Chart
from cds.moments import Moment
from cds.study_shapes import Answer, AnswerItem, QuestionnaireResponse
from rules.facts import Attestation, Evidence
from rules.messages import say

YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"


def answers_for(chart: Chart, trial_id: str, days: int) -> dict[str, Attestation]:
    """The latest answer to each criterion, authored at most `days` ago; "not sure" takes an earlier answer back."""
    found: dict[str, Attestation | None] = {}
    ours = [entry for entry in chart.answers if _asks_about(entry[1], trial_id)]
    for reference, response, authored in sorted(ours, key=lambda entry: (entry[2].latest, entry[0])):
        if (chart.as_of.last_day - authored.first_day).days <= days:
            for item in _items(response.item):
                if item.linkId:
                    found[item.linkId.strip()] = _attestation(reference, item, authored, days)
    return {criterion: answer for criterion, answer in found.items() if answer is not None}


def _asks_about(response: QuestionnaireResponse, trial_id: str) -> bool:
    canonical = (response.questionnaire or "").split("|")[0].rstrip("/")
    return canonical.endswith(f"Questionnaire/{trial_id}")


def _items(items: list[AnswerItem]) -> Iterator[AnswerItem]:
    for item in items:
        yield item
        yield from _items(item.item)


def _attestation(reference: str, item: AnswerItem, authored: Moment, days: int) -> Attestation | None:
    said = _yes_or_no(item.answer[0]) if len(item.answer) == 1 else None
    if said is None:
        return None
    word = say("Yes") if said else say("No")
    until = authored.first_day + timedelta(days=days)
    return Attestation(said, Evidence(reference, word, authored.shown()), until)


def _yes_or_no(answer: Answer) -> bool | None:
    coding = answer.valueCoding
    if coding is None or (coding.system or "").strip() != YES_NO:
        return None
    return {"Y": True, "N": False}.get((coding.code or "").strip())
