"""Clinicians' answers: QuestionnaireResponse items whose linkId is a criterion id (Yes / No / Not sure).

The newest answer to a criterion counts, for so many days. What does not count is told: expired, "not sure", unreadable,
or two answers of the same time that differ. Whose responses are read at all is decided in cds/normalise_answers.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from cds.chart import Chart
from cds.moments import Moment
from cds.study_shapes import Answer, AnswerItem, QuestionnaireResponse, answered_by
from rules.facts import Attestation, Evidence, Reason
from rules.messages import say, to_say
from rules.trial import AnsweredBy
from rules.verdict import Finding, Outcome, Verdict

YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
NOT_KNOWN = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


class Word(StrEnum):
    """What was answered."""

    YES = "Yes"
    NO = "No"
    NOT_SURE = "Not sure"
    UNREADABLE = "not readable"


_SPOKEN = {
    Word.YES: to_say("Yes"),
    Word.NO: to_say("No"),
    Word.NOT_SURE: to_say("Not sure"),
    Word.UNREADABLE: to_say("not readable"),
}
CODES = {(YES_NO, "Y"): Word.YES, (YES_NO, "N"): Word.NO, (NOT_KNOWN, "asked-unknown"): Word.NOT_SURE}


class Said(msgspec.Struct, frozen=True, gc=False):
    """One answer to one criterion: when, by whom ("" when nobody is named), on which version of the form ("")."""

    word: Word
    reference: str
    moment: Moment
    by: str
    version: str

    @property
    def evidence(self) -> Evidence:
        word = _shown(self.word)
        value = say("{answer} ({clinician})", answer=word, clinician=self.by) if self.by else word
        return Evidence(self.reference, value, self.moment.shown())


class Answers(msgspec.Struct, frozen=True):
    """What clinicians said of one trial's criteria, by criterion id.

    `notes` are about answers that count; `silent` says why an answer does not; `contested` are answers that differ.
    `ends` is the last day on which that is so by time alone: then one of them is too old.
    """

    counted: dict[str, Attestation] = msgspec.field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    silent: dict[str, str] = msgspec.field(default_factory=dict)
    contested: dict[str, tuple[Evidence, ...]] = msgspec.field(default_factory=dict)
    ends: dict[str, date] = msgspec.field(default_factory=dict)

    def told_in(self, verdict: Verdict) -> Verdict:
        """The verdict with these notes where they belong. Outcomes and standing stay what the rules made of them."""
        touched = self.counted.keys() | self.silent.keys()
        if not touched:
            return verdict
        told = [self._told(each) if each.criterion.id in touched else each for each in verdict.findings]
        return Verdict(verdict.question, verdict.standing, tuple(told), verdict.near_miss)

    def _told(self, finding: Finding) -> Finding:
        name = finding.criterion.id
        counted, silent = self.counted.get(name), self.silent.get(name)
        if counted is not None and counted.evidence in finding.evidence:
            notes = self.notes.get(name, ())
            return replace(finding, review=_union(finding.review, notes)) if notes else finding
        if silent is None or finding.outcome is not Outcome.UNKNOWN:
            return finding
        if finding.reason is Reason.ATTESTATION and finding.criterion.answered_by is AnsweredBy.CLINICIAN:
            finding = replace(finding, because=silent)
        else:
            finding = replace(finding, review=_union(finding.review, (silent,)))
        differing = self.contested.get(name)
        if differing is None:
            return finding
        return replace(finding, reason=Reason.CONFLICT, evidence=tuple(dict.fromkeys((*finding.evidence, *differing))))


def answers_for(chart: Chart, trial_id: str, days: int, version: str = "") -> Answers:
    """The newest answer to each criterion that was given at most `days` ago.

    "Not sure" takes an earlier answer back. `version` is the pack's: an answer on another version counts, with a note.
    When not all responses could be had, a newer one may say otherwise: then none counts.
    """
    found, today = Answers(), chart.as_of.last_day
    for criterion, given in _by_criterion(chart, trial_id).items():
        fresh = [said for said in given if (today - said.moment.first_day).days <= days]
        newest = given[0] if len(given) == 1 else max(fresh or given, key=_age)
        until = newest.moment.first_day + timedelta(days=days)
        rivals = [said for said in fresh if said.moment.latest >= newest.moment.earliest]
        if rivals:
            found.ends[criterion] = min(said.moment.first_day for said in rivals) + timedelta(days=days)
        if "QuestionnaireResponse" in chart.incomplete:
            found.silent[criterion] = say(
                "A clinician's answer of {day} does not count: not all answers could be fetched",
                day=newest.moment.shown(),
            )
        elif len({said.word for said in rivals}) > 1:
            found.contested[criterion] = tuple(said.evidence for said in rivals)
            found.silent[criterion] = _differ(rivals)
        elif not fresh or newest.word not in (Word.YES, Word.NO):
            found.silent[criterion] = _why_silent(newest, until, expired=not fresh)
        else:
            found.counted[criterion] = Attestation(newest.word is Word.YES, newest.evidence, until)
            found.notes[criterion] = tuple(_notes(newest, version))
    return found


def _age(said: Said) -> tuple[datetime, str]:
    return said.moment.latest, said.reference


def _by_criterion(chart: Chart, trial_id: str) -> dict[str, list[Said]]:
    """Every answer to each criterion. A question left empty is no answer."""
    found: dict[str, list[Said]] = {}
    for reference, response, authored in chart.answers:
        form, _, version = (response.questionnaire or "").partition("|")
        if form.rstrip("/").endswith(f"Questionnaire/{trial_id}"):
            by = _by(response)
            for item in _items(response.item):
                if item.linkId and item.answer:
                    said = Said(_word(item.answer), reference, authored, by, version.strip())
                    found.setdefault(item.linkId.strip(), []).append(said)
    return found


def _items(items: list[AnswerItem]) -> Iterator[AnswerItem]:
    for item in items:
        yield item
        yield from _items(item.item)


def _word(answers: list[Answer]) -> Word:
    coding = answers[0].valueCoding
    if len(answers) > 1 or coding is None:
        return Word.UNREADABLE
    return CODES.get(((coding.system or "").strip(), (coding.code or "").strip()), Word.UNREADABLE)


def _by(response: QuestionnaireResponse) -> str:
    """The name of the clinician as the response gives it, else the reference; "" when no clinician is named."""
    who = answered_by(response)
    return who.shown if who is not None and who.is_clinician else ""


def _differ(rivals: Sequence[Said]) -> str:
    given = ", ".join(dict.fromkeys(_shown(said.word) for said in rivals))
    return say("Clinicians' answers of {day} differ: {answers}", day=rivals[-1].moment.shown(), answers=given)


def _why_silent(said: Said, until: date, *, expired: bool) -> str:
    day, answer = said.moment.shown(), _shown(said.word)
    if said.word is Word.UNREADABLE:
        return say("A clinician's answer of {day} cannot be read", day=day)
    if expired:
        return say(
            "A clinician answered {answer} on {day}; that counted until {until}", answer=answer, day=day, until=until
        )
    return say("A clinician answered {answer} on {day}", answer=answer, day=day)


def _notes(said: Said, version: str) -> Iterator[str]:
    if not said.by:
        yield say("The answer of {day} names no clinician", day=said.moment.shown())
    if version and said.version and said.version != version:
        yield say(
            "The answer of {day} was given on version {then} of the form; now it is {now}",
            day=said.moment.shown(), then=said.version, now=version,
        )  # fmt: skip


def _shown(word: Word) -> str:
    return say(_SPOKEN[word])


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
