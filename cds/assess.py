"""One patient, start to finish: sort bytes, build the chart, read facts, ask the rules. Read this file first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from cds.assessment import Assessment, TrialAssessment
from cds.attestations import Answers, answers_for
from cds.chart import Chart, hints_at_leukaemia
from cds.chart_warnings import ChartWarning
from cds.errors import NoPatientError, UnreadableInputError
from cds.facts import READERS
from cds.facts.inquiry import Inquiry, Setting
from cds.follow_up.course import course_of_subject
from cds.intake import PREFETCH, Material, from_bundle, from_prefetch
from cds.membership import enrolled_on, membership, on_study
from cds.moments import Moment, parse_moment
from cds.near_miss import Miss, miss_of
from cds.normalise import read_chart
from cds.orders.check import concerns_of
from cds.orders.concern import Concern
from cds.orders.drafts import OrderCall, read_drafts
from cds.recruitment import recruitment_of
from cds.response import MrdResponse, response_of
from cds.sequence import SequenceState, course_of, sequence_of
from cds.settings import Settings
from cds.site import SiteProfile, load_site_profile
from cds.terminology import Terminology
from rules.engine import Case, Engine, evaluate_all
from rules.facts import Ask, Fact
from rules.machine import InProcess
from rules.messages import say
from rules.packs import find_trials, with_organ_function_tests
from rules.programme import Runner
from rules.trial import Question, Trial
from rules.verdict import NearMiss, Standing, Verdict

__all__ = ["PREFETCH", "Assessor", "build_assessor"]

# Without these, "no sign of leukaemia" would mean "we could not look".
GATE_TYPES = frozenset({"Condition", "Observation", "Procedure"})
MEMBERSHIP = "ResearchSubject"


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
        self.trials = tuple(with_organ_function_tests(trial, None) for trial in trials)
        self._engines = {(t.id, q.question): Engine(t, q.question, runner) for t in self.trials for q in t.questions}
        self._profiled: dict[tuple[str, str], Engine] = {}
        if site.organ_function is not None:
            filled = [with_organ_function_tests(trial, site.organ_function.tests) for trial in trials]
            self._profiled = {(t.id, q.question): Engine(t, q.question, runner) for t in filled for q in t.questions}
        self._closed, self._limits = frozenset(site.closed_world), site.upper_limits_in_use
        self._comparisons = {trial.id: self._compared(trial) for trial in trials}

    def _compared(self, trial: Trial) -> dict[str, tuple[tuple[str, Decimal], ...]]:
        """Fact -> every comparison that any question of the trial makes with it, with and without a site's profile."""
        found: dict[str, tuple[tuple[str, Decimal], ...]] = {}
        for name in ((trial.id, question.question) for question in trial.questions):
            for engine in filter(None, (self._engines[name], self._profiled.get(name))):
                found |= {fact: (*found.get(fact, ()), *pairs) for fact, pairs in engine.comparisons.items()}
        return {fact: tuple(dict.fromkeys(pairs)) for fact, pairs in found.items()}

    def assess_bundle(self, body: bytes, *, as_of: str, trials: tuple[str, ...] | None = None) -> Assessment:
        """Assess the one patient of a FHIR R4 Bundle.

        Raises UnreadableInputError (not a Bundle, bad as_of, unknown trial), NoPatientError (none, two), TooLargeError.
        """
        return self.read_bundle(body, as_of=as_of, trials=trials)[1]

    def read_bundle(
        self, body: bytes, *, as_of: str, trials: tuple[str, ...] | None = None
    ) -> tuple[Chart, Assessment]:
        """As `assess_bundle`, with the chart as it was read: for a page that shows more than verdicts."""
        return self._assess(from_bundle(body), as_of, trials)

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

    def read_material(self, material: Material, *, patient_id: str, as_of: str) -> tuple[Chart, Assessment]:
        """As `assess_material`, with the chart as it was read: for suggestions, which look at open orders."""
        return self._assess(material, as_of, None, patient_id=patient_id, must_look=True)

    def read_fetched(self, material: Material, *, patient_id: str, as_of: str) -> tuple[Chart, Assessment]:
        """As `read_material`, for a page: it answers also for patients outside every population, and shows the gaps."""
        return self._assess(material, as_of, None, patient_id=patient_id)

    def assess_subject(self, material: Material, *, patient_id: str, as_of: str) -> Assessment:
        """As `read_subject`, without the chart."""
        return self.read_subject(material, patient_id=patient_id, as_of=as_of)[1]

    def read_subject(self, material: Material, *, patient_id: str, as_of: str) -> tuple[Chart, Assessment]:
        """As `read_material`, for what comes after enrolment.

        Raises NoPatientError also when a leukaemia patient may be a subject, but the records of that could not be had:
        silence would say that the patient is none.
        """
        chart, assessment = self.read_material(material, patient_id=patient_id, as_of=as_of)
        known = any(trial.follow_up or trial.sequence for trial in assessment.trials)
        if MEMBERSHIP in chart.incomplete and not known and hints_at_leukaemia(chart):
            raise NoPatientError(f"Nothing can be said: {MEMBERSHIP} could not be had completely.")
        return chart, assessment

    def check_orders(self, material: Material, call: OrderCall) -> tuple[Assessment, tuple[Concern, ...]]:
        """What draft orders would do to the trials of the patient of a hook request.

        Raises NoPatientError as `assess_prefetch`, UnreadableInputError when the drafts are no Bundle, TooLargeError.
        """
        chart, assessment = self._assess(material, call.as_of, None, patient_id=call.patient_id, must_look=True)
        drafts = read_drafts(call.draft_orders, call.selections, chart, self._terminology)
        return assessment, concerns_of(chart, assessment, drafts)

    def _assess(
        self,
        material: Material,
        as_of: str,
        trials: tuple[str, ...] | None,
        *,
        patient_id: str | None = None,
        must_look: bool = False,
    ) -> tuple[Chart, Assessment]:
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
        verdicts = self._verdicts(chosen, chart) if concerned else {}
        assessed = tuple(self._trial(trial, chart, verdicts) for trial in chosen)
        warnings = tuple(dict.fromkeys(_warnings(chart)))
        return chart, Assessment(chart.person.reference, as_of, assessed, warnings)

    def _chosen(self, wanted: tuple[str, ...] | None) -> tuple[Trial, ...]:
        if not wanted:
            return self.trials
        known = {trial.id: trial for trial in self.trials}
        if not known.keys() >= set(wanted):
            raise UnreadableInputError(f"Unknown trial; known are {', '.join(known)}.")
        return tuple(known[name] for name in sorted(set(wanted)))

    def _verdicts(self, trials: tuple[Trial, ...], chart: Chart) -> dict[tuple[str, str], Verdict]:
        """By trial id and question, of those that apply; all of a patient's questions go to the engine together."""
        posed = [entry for trial in trials for entry in self._cases(trial, chart)]
        verdicts = evaluate_all([case for _, case, _ in posed])
        return {key: answers.told_in(verdict) for (key, _, answers), verdict in zip(posed, verdicts, strict=True)}

    def _cases(self, trial: Trial, chart: Chart) -> Iterator[tuple[tuple[str, str], Case, Answers]]:
        """Each question of a trial that applies to this patient, with its facts."""
        if chart.person.deceased or chart.person.merged_away:
            return
        answers = _answers(trial, chart)
        for question in trial.questions:
            if question.question == "cross_over" and not on_study(chart, trial.id):
                continue
            yield (trial.id, question.question), self._case(trial, question, chart, answers), answers

    def _case(self, trial: Trial, question: Question, chart: Chart, answers: Answers) -> Case:
        engine = self._engine(trial, question, chart.as_of)
        facts = {ask: self._fact(chart, ask, trial) for ask in (*engine.asks, *_context(question))}
        return Case(engine, facts, answers.counted)

    def posed(self, trial: Trial, question: Question, chart: Chart) -> Case:
        """One question as it stands to this chart: for what looks further than today's verdict."""
        return self._case(trial, question, chart, _answers(trial, chart))

    def _trial(self, trial: Trial, chart: Chart, verdicts: Mapping[tuple[str, str], Verdict]) -> TrialAssessment:
        settings = trial.settings
        standing = tuple(
            verdicts.get((trial.id, question.question)) or Verdict(question.question, Standing.NOT_APPLICABLE)
            for question in trial.questions
        )
        sequence, response = self._course(trial, chart, settings)
        recruitment = recruitment_of(trial, self.site, chart)
        follow_up = course_of_subject(self._inquiry(chart, Ask("follow_up"), settings, trial))
        missed = {v.question: self._miss(trial, v.near_miss, chart) for v in standing if v.near_miss is not None}
        return TrialAssessment(trial, recruitment, standing, sequence, response, follow_up, missed)

    def _miss(self, trial: Trial, missed: NearMiss, chart: Chart) -> Miss:
        return miss_of(missed, chart, lambda earlier, ask: self._fact(earlier, ask, trial))

    def _course(
        self, trial: Trial, chart: Chart, settings: Mapping[str, Setting]
    ) -> tuple[SequenceState | None, MrdResponse | None]:
        """Sequence and response of a subject on study who was given a product (B6.8)."""
        subject = membership(chart, trial.id)
        if trial.sequence is None or subject is None:
            return None, None
        course = course_of(chart, trial.sequence, enrolled_on(chart, subject))
        first = course.first_product
        if first is None:
            return None, None
        inquiry = self._inquiry(chart, Ask("mrd"), settings, trial)
        response = response_of(inquiry, first, course.last_step) if trial.response is not None else None
        return sequence_of(inquiry, course), response

    def _engine(self, trial: Trial, question: Question, as_of: Moment) -> Engine:
        profile = self.site.organ_function
        key = (trial.id, question.question)
        usable = profile is not None and profile.usable_on(as_of.first_day)
        return self._profiled[key] if usable else self._engines[key]

    def _inquiry(self, chart: Chart, ask: Ask, settings: Mapping[str, Setting], trial: Trial) -> Inquiry:
        compared = self._comparisons[trial.id].get(ask.fact, ())
        return Inquiry(chart, ask, settings, trial, self._closed, self._limits, compared)

    def _fact(self, chart: Chart, ask: Ask, trial: Trial) -> Fact:
        return READERS[ask.fact](self._inquiry(chart, ask, trial.settings, trial))


def _answers(trial: Trial, chart: Chart) -> Answers:
    return answers_for(chart, trial.id, int(str(trial.settings["attestation_days"])), trial.version)


def _context(question: Question) -> tuple[Ask, ...]:
    """Facts that decide nothing but are shown for review."""
    return tuple(Ask(name) for criterion in question.criteria for name in criterion.context)


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
