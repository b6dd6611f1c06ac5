"""A question put to a chart: which facts it needs, how a trial reads them, and what clinicians answered.

Questions are gathered first and decided together (`decided`): the engine may run in a process of its own, and each
round to it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from cds.attestations import Answers, answers_for
from cds.chart import Chart
from cds.facts import READERS
from cds.facts.inquiry import Inquiry
from cds.membership import on_study
from cds.moments import Moment
from cds.site import SiteProfile
from rules.evaluation import Case, Evaluator, Round
from rules.facts import Ask, Fact
from rules.packs import with_organ_function_tests
from rules.programme import Runner
from rules.trial import Question, Trial
from rules.verdict import Verdict

Compared = tuple[tuple[str, Decimal], ...]
Comparisons = dict[str, Compared]
# What a question needs: each datum, its reader, and the comparisons that the trial makes with it.
Reading = tuple[Ask, Callable[[Inquiry], Fact], Compared]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one trial about one chart: the engine that answers it, the facts and the clinicians' answers."""

    trial: Trial
    engine: Evaluator
    facts: Mapping[Ask, Fact]
    answers: Answers

    @property
    def question(self) -> Question:
        """As the engine asks it: with the tests of the site's profile, when that was usable on the chart's day."""
        return self.engine.trial.question(self.engine.name)

    def supposing(self, assumed: Mapping[str, Fact]) -> Asked:
        """The same with these facts, by name, in the place of the chart's, whatever their window."""
        return replace(self, facts={ask: assumed.get(ask.fact, fact) for ask, fact in self.facts.items()})


def round_of(asked: Sequence[Asked]) -> Round:
    """All of them in one round to the engine."""
    return Round([Case(each.engine, each.facts, each.answers.counted) for each in asked])


def told(asked: Sequence[Asked], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The engine's verdicts with what is to be said of the clinicians' answers."""
    return [each.answers.told_in(verdict) for each, verdict in zip(asked, verdicts, strict=True)]


def decided(asked: Sequence[Asked]) -> list[Verdict]:
    """The verdict on each, in order; waits for the engine."""
    posed = round_of(asked)
    return told(asked, posed.verdicts(posed.solve()))


class Asking:
    """The engines of all questions of all trials, and how the site's facts are read. Holds nothing of any patient."""

    def __init__(self, trials: tuple[Trial, ...], site: SiteProfile, runner: Runner) -> None:
        self._site, self._closed, self._limits = site, frozenset(site.closed_world), site.upper_limits_in_use
        self.trials = tuple(with_organ_function_tests(trial, None) for trial in trials)
        self._engines = _engines(self.trials, runner)
        self._profiled: dict[tuple[str, str], Evaluator] = {}
        if site.organ_function is not None:
            filled = [with_organ_function_tests(trial, site.organ_function.tests) for trial in trials]
            self._profiled = _engines(filled, runner)
        self._comparisons: dict[str, Comparisons] = {
            trial.id: _compared([self._engines, self._profiled], trial) for trial in trials
        }
        self._readings = {
            engine: self._readings_of(engine) for engine in (*self._engines.values(), *self._profiled.values())
        }

    def _readings_of(self, engine: Evaluator) -> tuple[Reading, ...]:
        compared = self._comparisons[engine.trial.id]
        asks = dict.fromkeys((*engine.asks, *_context(engine.trial.question(engine.name))))
        return tuple((ask, READERS[ask.fact], compared.get(ask.fact, ())) for ask in asks)

    def asked(self, trial: Trial, questions: Iterable[Question], chart: Chart) -> list[Asked]:
        """Some of a trial's questions as they stand to this chart."""
        answers = answers_for(chart, trial.id, int(str(trial.settings["attestation_days"])), trial.version)
        return [self._asked(trial, question, chart, answers) for question in questions]

    def applying(self, trials: Iterable[Trial], chart: Chart) -> list[Asked]:
        """Every question that applies to this patient."""
        if chart.person.deceased or chart.person.merged_away:
            return []
        return [each for trial in trials for each in self.asked(trial, _applicable(trial, chart), chart)]

    def _asked(self, trial: Trial, question: Question, chart: Chart, answers: Answers) -> Asked:
        engine = self._engine(trial, question, chart.as_of)
        settings, closed, limits = trial.settings, self._closed, self._limits
        facts = {
            ask: read(Inquiry(chart, ask, settings, trial, closed, limits, compared))
            for ask, read, compared in self._readings[engine]
        }
        return Asked(trial, engine, facts, answers)

    def inquiry(self, chart: Chart, ask: Ask, trial: Trial) -> Inquiry:
        """What a fact reader is given."""
        compared = self._comparisons[trial.id].get(ask.fact, ())
        return Inquiry(chart, ask, trial.settings, trial, self._closed, self._limits, compared)

    def fact(self, chart: Chart, ask: Ask, trial: Trial) -> Fact:
        """One fact as this trial reads it."""
        return READERS[ask.fact](self.inquiry(chart, ask, trial))

    def _engine(self, trial: Trial, question: Question, as_of: Moment) -> Evaluator:
        profile = self._site.organ_function
        key = (trial.id, question.question)
        usable = profile is not None and profile.usable_on(as_of.first_day)
        return self._profiled[key] if usable else self._engines[key]


def _engines(trials: Iterable[Trial], runner: Runner) -> dict[tuple[str, str], Evaluator]:
    return {(t.id, q.question): Evaluator(t, q.question, runner) for t in trials for q in t.questions}


def _compared(engines: Iterable[Mapping[tuple[str, str], Evaluator]], trial: Trial) -> Comparisons:
    """Fact -> every comparison that any question of the trial makes with it, with and without a site's profile."""
    found: Comparisons = {}
    for (trial_id, _), engine in chain.from_iterable(each.items() for each in engines):
        if trial_id == trial.id:
            found |= {fact: (*found.get(fact, ()), *pairs) for fact, pairs in engine.comparisons.items()}
    return {fact: tuple(dict.fromkeys(pairs)) for fact, pairs in found.items()}


def _applicable(trial: Trial, chart: Chart) -> Iterator[Question]:
    """Only who is on study may cross over."""
    for question in trial.questions:
        if question.question != "cross_over" or on_study(chart, trial.id):
            yield question


def _context(question: Question) -> tuple[Ask, ...]:
    """Facts that decide nothing but are shown for review."""
    return tuple(Ask(name) for criterion in question.criteria for name in criterion.context)
