"""What the patient page shows, taken from one chart and its assessment. No HTML here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cds.assessment import Assessment, TrialAssessment
from cds.chart import Chart
from cds.moments import completed_years
from cds.near_miss import Miss
from cds.outlook import Change, Outlook
from hooks.workbench.course_plot import CourseFigure, course_figure
from hooks.workbench.matrix import Group, groups_of
from hooks.workbench.mrd_plot import MrdFigure, mrd_figure
from hooks.workbench.sources import Source, Sources
from rules.messages import say
from rules.trial import AnsweredBy
from rules.verdict import Finding, Outcome, Standing, Verdict

A_YEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Expiry:
    """A criterion that holds until a day by time alone; `days` from the day of assessment, never negative."""

    finding: Finding
    day: date
    days: int

    @property
    def what(self) -> str:
        """What holds until then: of an exclusion, that it is ruled out."""
        criterion = self.finding.criterion
        title = say(criterion.title)
        return say("{title}: ruled out", title=title) if criterion.excludes else title


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question of a trial. `missing` maps who must answer to what is open.

    `change` is what time alone will do to the standing; `miss` is how far an ineligible patient is from it.
    """

    verdict: Verdict
    groups: tuple[Group, ...]
    missing: dict[AnsweredBy, tuple[Finding, ...]]
    failed: tuple[Finding, ...]
    expiries: tuple[Expiry, ...]
    change: Change | None
    miss: Miss | None


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial for one patient, with its questions in the order in which they matter."""

    assessed: TrialAssessment
    questions: tuple[QuestionView, ...]

    @property
    def on_study(self) -> bool:
        return self.assessed.follow_up is not None or self.assessed.sequence is not None

    @property
    def enrol(self) -> QuestionView | None:
        return next((view for view in self.questions if view.verdict.question == "enrol"), None)


@dataclass(frozen=True, slots=True)
class PatientView:
    """The whole page about one patient; the trial that concerns it most comes first.

    `sources` are the resources that findings and pictures rest on, by reference.
    """

    assessment: Assessment
    who: str
    trials: tuple[TrialView, ...]
    mrd: MrdFigure
    course: CourseFigure
    sources: dict[str, Source]

    @property
    def concerned(self) -> bool:
        """Whether any trial has anything to say: without, there is no disease to draw either."""
        return any(view.on_study or any(q.verdict.findings for q in view.questions) for view in self.trials)


def view_of(body: bytes, chart: Chart, assessment: Assessment) -> PatientView:
    """`body` is the Bundle that was assessed."""
    today = chart.as_of.last_day
    trials = sorted((_trial(trial, today) for trial in assessment.trials), key=_concern)
    sources = Sources(body)
    for reference in _references(assessment):
        sources.link(reference)
    mrd, course = mrd_figure(chart, assessment, sources.link), course_figure(chart, assessment, sources.link)
    return PatientView(assessment, _who(chart), tuple(trials), mrd, course, sources.shown)


def _trial(assessed: TrialAssessment, today: date) -> TrialView:
    """Enrolment first; of a subject, what comes after it."""
    questions = [_question(assessed, verdict, today) for verdict in assessed.verdicts]
    if assessed.follow_up is not None:
        questions.reverse()
    return TrialView(assessed, tuple(questions))


def _concern(view: TrialView) -> tuple[bool, int, str]:
    """A trial that the patient is in, then those that may fit, in the order of Standing; then by id."""
    standing = view.enrol.verdict.standing if view.enrol else Standing.NOT_APPLICABLE
    return not view.on_study, list(Standing).index(standing), view.assessed.trial.id


def _who(chart: Chart) -> str:
    """ "woman, 41 years", as far as the chart says it."""
    person, words = chart.person, []
    if person.sex in ("male", "female"):
        words.append(say("male") if person.sex == "male" else say("female"))
    if person.birth is not None:
        youngest, oldest = (completed_years(day, chart.as_of.last_day) for day in reversed(person.birth))
        ages = str(youngest) if youngest == oldest else f"{youngest}–{oldest}"
        words.append(say("{ages} years", ages=ages))
    return ", ".join(words)


def _question(assessed: TrialAssessment, verdict: Verdict, today: date) -> QuestionView:
    outlook = assessed.outlooks.get(verdict.question, Outlook())
    open_ones = [finding for finding in verdict.findings if finding.outcome is Outcome.UNKNOWN]
    missing = {
        who: tuple(finding for finding in open_ones if (finding.needs or AnsweredBy.DATA) is who) for who in AnsweredBy
    }
    failed = tuple(finding for finding in verdict.findings if finding.outcome is Outcome.FAIL)
    kept = {who: findings for who, findings in missing.items() if findings}
    groups, expiries = groups_of(verdict, today, outlook.opens), _expiries(verdict, today)
    return QuestionView(verdict, groups, kept, failed, expiries, outlook.change, assessed.misses.get(verdict.question))


def _expiries(verdict: Verdict, today: date) -> tuple[Expiry, ...]:
    """What does not hold for another year, the first to go first."""
    found = [
        Expiry(finding, finding.valid_until, (finding.valid_until - today).days)
        for finding in verdict.findings
        if finding.valid_until is not None
        and finding.outcome is not Outcome.UNKNOWN
        and finding.valid_until - today <= A_YEAR
    ]
    return tuple(sorted(found, key=lambda expiry: (expiry.day, expiry.finding.criterion.id)))


def _references(assessment: Assessment) -> list[str]:
    """Every reference that the page may link to, in the order in which it is shown."""
    found: dict[str, Any] = {}
    for trial in assessment.trials:
        for verdict in trial.verdicts:
            for finding in verdict.findings:
                found |= dict.fromkeys(item.reference for item in finding.evidence)
    found |= dict.fromkeys(w.reference for w in assessment.warnings if w.reference)
    return list(found)
