"""One patient, start to finish: sort bytes, build the chart, read facts, ask the rules. Read this file first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from cds.asking import Asked, Asking, round_of, told
from cds.assessment import Assessment, TrialAssessment
from cds.chart import Chart, hints_at_leukaemia
from cds.chart_warnings import ChartWarning
from cds.errors import NoPatientError, UnreadableInputError
from cds.follow_up.course import course_of_subject
from cds.intake import Material, from_bundle
from cds.membership import enrolled_on, membership
from cds.moments import parse_moment
from cds.near_miss import Miss, miss_of
from cds.normalise import read_chart
from cds.orders.check import concerns_of
from cds.orders.concern import Concern
from cds.orders.drafts import OrderCall, read_drafts
from cds.prefetch import from_prefetch
from cds.queries import PREFETCH
from cds.recruitment import recruitment_of
from cds.response import MrdResponse, response_of
from cds.sequence import SequenceState, course_of, sequence_of
from cds.settings import Settings
from cds.site import SiteProfile, load_site_profile
from cds.terminology import Terminology
from rules.engine import InProcess
from rules.evaluation import Round
from rules.facts import Ask
from rules.messages import say
from rules.packs import find_trials
from rules.programme import Meanwhile, Runner
from rules.trial import Question, Trial
from rules.verdict import NearMiss, Standing, Verdict

__all__ = ["PREFETCH", "Assessor", "build_assessor"]

# Without these, "no sign of leukaemia" would mean "we could not look".
GATE_TYPES = frozenset({"Condition", "Observation", "Procedure"})
MEMBERSHIP = "ResearchSubject"


@dataclass(frozen=True, slots=True)
class Opened:
    """A chart as it was read, and the questions that it raises: half an assessment."""

    chart: Chart
    as_of: str
    trials: tuple[Trial, ...]
    asked: tuple[Asked, ...]
    round: Round


class Assessor:
    """Assesses patients against trials. Built once; holds nothing of any patient; safe to share between threads."""

    def __init__(
        self,
        trials: tuple[Trial, ...],
        site: SiteProfile,
        terminology: Terminology,
        zone: ZoneInfo,
        runner: Runner | None = None,
    ) -> None:
        """The rule engine runs where `runner` says; by default in this process, which it may crash."""
        self.runner = runner = runner or InProcess()
        self.site, self._terminology, self._zone = site, terminology, zone
        self._asking = Asking(trials, site, runner)
        self.trials = self._asking.trials

    def assess_bundle(self, body: bytes, *, as_of: str, trials: tuple[str, ...] | None = None) -> Assessment:
        """Assess the one patient of a FHIR R4 Bundle.

        Raises UnreadableInputError (not a Bundle, bad as_of, unknown trial), NoPatientError (none, two), TooLargeError.
        """
        return self.read_bundle(body, as_of=as_of, trials=trials)[1]

    def read_bundle(
        self, body: bytes, *, as_of: str, trials: tuple[str, ...] | None = None
    ) -> tuple[Chart, Assessment]:
        """As `assess_bundle`, with the chart as it was read: for a page that shows more than verdicts."""
        return self._decided(self._open(from_bundle(body), as_of, trials))

    def assess_prefetch(
        self, prefetch: Mapping[str, bytes | msgspec.Raw], *, patient_id: str, as_of: str
    ) -> Assessment:
        """Assess the patient of a hook request from its prefetch.

        Raises NoPatientError when nothing can be said: no Patient, another Patient, or no sign of the disease while
        the records that would show it could not be had.
        """
        return self.assess_material(from_prefetch(prefetch), patient_id=patient_id, as_of=as_of)

    def assess_material(self, material: Material, *, patient_id: str, as_of: str) -> Assessment:
        """Assess the patient of a hook request from what was prefetched and fetched. Raises as `assess_prefetch`."""
        return self.read_material(material, patient_id=patient_id, as_of=as_of)[1]

    def read_material(
        self, material: Material, *, patient_id: str, as_of: str, meanwhile: Meanwhile | None = None
    ) -> tuple[Chart, Assessment]:
        """As `assess_material`, with the chart as it was read: for suggestions, which look at open orders.

        `meanwhile` is called once at most: while the engine is at work.
        """
        return self._decided(self.open_material(material, patient_id=patient_id, as_of=as_of), meanwhile)

    def open_material(self, material: Material, *, patient_id: str, as_of: str) -> Opened:
        """The first half of `read_material`: as far as the engine is asked."""
        return self._open(material, as_of, None, patient_id=patient_id, must_look=True)

    def read_fetched(self, material: Material, *, patient_id: str, as_of: str) -> tuple[Chart, Assessment]:
        """As `read_material`, for a page: it answers also for patients outside every population, and shows the gaps."""
        return self._decided(self._open(material, as_of, None, patient_id=patient_id))

    def read_subject(
        self, material: Material, *, patient_id: str, as_of: str, meanwhile: Meanwhile | None = None
    ) -> tuple[Chart, Assessment]:
        """As `read_material`, for what comes after enrolment.

        Raises NoPatientError also when a leukaemia patient may be a subject, but the records of that could not be had:
        silence would say that the patient is none.
        """
        chart, assessment = self.read_material(material, patient_id=patient_id, as_of=as_of, meanwhile=meanwhile)
        known = any(trial.follow_up or trial.sequence for trial in assessment.trials)
        if MEMBERSHIP in chart.incomplete and not known and hints_at_leukaemia(chart):
            raise NoPatientError(f"Nothing can be said: {MEMBERSHIP} could not be had completely.")
        return chart, assessment

    def check_orders(
        self, material: Material, call: OrderCall, meanwhile: Meanwhile | None = None
    ) -> tuple[Assessment, tuple[Concern, ...]]:
        """What draft orders would do to the trials of the patient of a hook request.

        Raises NoPatientError as `assess_prefetch`, UnreadableInputError when the drafts are no Bundle, TooLargeError.
        """
        chart, assessment = self.read_material(
            material, patient_id=call.patient_id, as_of=call.as_of, meanwhile=meanwhile
        )
        drafts = read_drafts(call.draft_orders, call.selections, chart, self._terminology)
        return assessment, concerns_of(chart, assessment, drafts)

    def _decided(self, opened: Opened, meanwhile: Meanwhile | None = None) -> tuple[Chart, Assessment]:
        chart, answers = opened.chart, opened.round.solve(meanwhile)
        verdicts = _by_question(opened.asked, opened.round.verdicts(answers))
        assessed = tuple([self._trial(trial, chart, verdicts) for trial in opened.trials])
        warnings = tuple(dict.fromkeys(_warnings(chart)))
        return chart, Assessment(chart.person.reference, opened.as_of, assessed, warnings)

    def _open(
        self,
        material: Material,
        as_of: str,
        trials: tuple[str, ...] | None,
        *,
        patient_id: str | None = None,
        must_look: bool = False,
    ) -> Opened:
        if must_look and not material.of("Patient"):
            raise NoPatientError("Prefetch key `patient` is missing, null or not a Patient.")
        moment = parse_moment(as_of, self._zone)
        if moment is None or len(as_of.strip()) < len("2026-06-01"):
            raise UnreadableInputError("as_of must be a date or dateTime such as 2026-06-01.")
        chosen = self._chosen(trials)
        chart = read_chart(
            material,
            as_of=moment,
            terminology=self._terminology,
            zone=self._zone,
            patient_id=patient_id,
            gate_first=must_look,
        )
        concerned = hints_at_leukaemia(chart)
        if must_look and not concerned and chart.incomplete & GATE_TYPES:
            missing = ", ".join(sorted(chart.incomplete & GATE_TYPES))
            raise NoPatientError(f"Nothing can be said: {missing} could not be had completely.")
        asked = tuple(self._asking.applying(chosen, chart)) if concerned else ()
        return Opened(chart, as_of, chosen, asked, round_of(asked))

    def _chosen(self, wanted: tuple[str, ...] | None) -> tuple[Trial, ...]:
        if not wanted:
            return self.trials
        known = {trial.id: trial for trial in self.trials}
        if not known.keys() >= set(wanted):
            raise UnreadableInputError(f"Unknown trial; known are {', '.join(known)}.")
        return tuple(known[name] for name in sorted(set(wanted)))

    def asked(self, trial: Trial, question: Question, chart: Chart) -> Asked:
        """One question as it stands to this chart; for what looks further than the verdicts of today."""
        return self._asking.asked(trial, [question], chart)[0]

    def _trial(self, trial: Trial, chart: Chart, verdicts: Mapping[tuple[str, str], Verdict]) -> TrialAssessment:
        standing = tuple(
            verdicts.get((trial.id, question.question)) or Verdict(question.question, Standing.NOT_APPLICABLE)
            for question in trial.questions
        )
        sequence, response = self._course(trial, chart)
        recruitment = recruitment_of(trial, self.site, chart)
        follow_up = course_of_subject(self._asking.inquiry(chart, Ask("follow_up"), trial))
        missed = {v.question: self._miss(trial, v.near_miss, chart) for v in standing if v.near_miss is not None}
        return TrialAssessment(trial, recruitment, standing, sequence, response, follow_up, missed)

    def _course(self, trial: Trial, chart: Chart) -> tuple[SequenceState | None, MrdResponse | None]:
        """Sequence and response of a subject on study who was given a product (B6.8)."""
        subject = membership(chart, trial.id)
        if trial.sequence is None or subject is None:
            return None, None
        course = course_of(chart, trial.sequence, enrolled_on(chart, subject))
        first = course.first_product
        if first is None:
            return None, None
        inquiry = self._asking.inquiry(chart, Ask("mrd"), trial)
        response = response_of(inquiry, first, course.last_step) if trial.response is not None else None
        return sequence_of(inquiry, course), response

    def _miss(self, trial: Trial, missed: NearMiss, chart: Chart) -> Miss:
        return miss_of(missed, chart, lambda earlier, ask: self._asking.fact(earlier, ask, trial))


def _by_question(asked: Sequence[Asked], verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Verdict]:
    """By trial id and question."""
    return {
        (each.trial.id, each.engine.name): verdict for each, verdict in zip(asked, told(asked, verdicts), strict=True)
    }


def _warnings(chart: Chart) -> list[ChartWarning]:
    warnings = list(chart.warnings)
    if chart.person.deceased:
        warnings.append(ChartWarning("deceased", say("The patient is deceased."), chart.person.reference))
    if chart.person.merged_away:
        warnings.append(
            ChartWarning("inactive", say("This Patient record is inactive or merged."), chart.person.reference)
        )
    warnings += [
        ChartWarning(
            "unmapped", say("Looks relevant, but its code is not mapped: {code}", code=item.code), item.reference
        )
        for item in chart.unmapped
    ]
    return warnings


def build_assessor(settings: Settings, runner: Runner | None = None) -> Assessor:
    """Everything an assessment needs, from the installation's settings; the engine in this process without a `runner`.

    Raises TrialPackError or SiteProfileError, which name the file and the remedy.
    """
    site = load_site_profile(settings.site_profile, find_trials(settings.trials_path))
    trials = find_trials(settings.trials_path, site.settings)
    return Assessor(trials, site, Terminology.load(settings.code_map, site.codes), settings.timezone, runner)
