"""Which QuestionnaireResponses are clinicians' answers to a trial's form; whatever is not used is warned about."""

from __future__ import annotations

import re

import msgspec

from cds.intake import Item
from cds.reader import Reader
from cds.study_shapes import QuestionnaireResponse, answered_by
from cds.subjects import Owner
from rules.messages import say

RESPONSE = "QuestionnaireResponse"
FINISHED = frozenset({"completed", "amended"})
# What they say may be true, but it is no clinician's word.
NOT_CLINICIANS = frozenset({"Patient", "RelatedPerson", "Device"})
_TRIAL_FORM = re.compile(r"Questionnaire/NCT\d{8}/?(\||$)")
_response = msgspec.json.Decoder(QuestionnaireResponse)


def read_answers(reader: Reader) -> None:
    """Finished, dated responses about this patient. Other forms than a trial's are left alone without a word."""
    for reference, response, item in reader.each(RESPONSE, _response):
        if _TRIAL_FORM.search((response.questionnaire or "").strip()):
            _take(reader, reference, response, item)


def _take(reader: Reader, reference: str, response: QuestionnaireResponse, item: Item) -> None:
    status = (response.status or "").strip()
    if status not in FINISHED:
        code = "entered-in-error" if status == "entered-in-error" else "status"
        reader.warn(code, say("A QuestionnaireResponse was not used because of its status."), reference)
        return
    moment = reader.moment(response.authored)
    if moment is None:
        reader.warn(
            "undated", say("A QuestionnaireResponse does not say when it was answered, and was not used."), reference
        )
        return
    if reader.in_future(moment, RESPONSE, reference) or not reader.is_ours(response.subject, item, RESPONSE, reference):
        return
    if _is_not_a_clinician(reader, response):
        reader.warn(
            "not-a-clinician",
            say("A QuestionnaireResponse was not answered by a clinician, and was not used."),
            reference,
        )
        return
    reader.chart.answers.append((reference, response, moment))


def _is_not_a_clinician(reader: Reader, response: QuestionnaireResponse) -> bool:
    """The patient, a relative or a device answered. A response that names nobody may still be a clinician's."""
    who = answered_by(response)
    return who is not None and (who.kind in NOT_CLINICIANS or reader.subjects.owner(who) is Owner.OURS)
