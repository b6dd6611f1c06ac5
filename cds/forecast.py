"""What time alone will do to a standing: the same records, put to the same rules on later days.

Nothing is added up from guesses: each date given was tried. Tried are only the days on which something can change: the
facts and the clinicians' answers name them (`valid_until`, `turns`), and so do stated ends of treatments and of the
site's profile. Records that are dated after the assessment count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cds.asking import Asked, decided
from cds.assess import Assessor
from cds.assessment import Assessment
from cds.chart import Chart
from cds.outlook import Change, Outlook, why_changed
from rules.facts import Ask, Fact, Known, Reason
from rules.lint import leaves
from rules.trial import Trial
from rules.verdict import Outcome, Verdict

# Nobody plans further; and more days than a chart needs (one or two for each fact).
HORIZON, MOST_DAYS = timedelta(days=3 * 366), 60
# Days of each question in one round to the engine.
DAYS_AT_ONCE = 4


def forecast(assessor: Assessor, chart: Chart, assessment: Assessment) -> Assessment:
    """The assessment with an outlook for each question that applies to the patient."""
    charts = _Charts(chart)
    courses = {
        (assessed.trial.id, verdict.question): _Course(assessor, charts, assessed.trial, verdict)
        for assessed in assessment.trials
        for verdict in assessed.verdicts
        if verdict.findings and not _failed(verdict)
    }
    _follow(list(courses.values()))
    trials = tuple(
        replace(assessed, outlooks={q: course.outlook for (t, q), course in courses.items() if t == assessed.trial.id})
        for assessed in assessment.trials
    )
    return replace(assessment, trials=trials)


def _follow(courses: list[_Course]) -> None:
    """All questions go into the future together; a few days of each are put to the engine in one round."""
    while True:
        coming = [(course, day, asked) for course in courses for day, asked in course.next_days()]
        if not coming:
            return
        verdicts = decided([asked for _, _, asked in coming])
        for (course, day, _), verdict in zip(coming, verdicts, strict=True):
            course.note(day, verdict)


@dataclass(slots=True)
class _Charts:
    """The same records on later days, read once for all questions."""

    today: Chart
    later: dict[date, Chart] = field(default_factory=dict)

    def on(self, day: date) -> Chart:
        found = self.later.get(day)
        if found is None:
            found = self.later[day] = self.today.on(day)
        return found


class _Course:
    """One question on its way through the days: when its standing changes, and which open criteria will be met."""

    def __init__(self, assessor: Assessor, charts: _Charts, trial: Trial, today: Verdict) -> None:
        self._assessor, self._charts, self._trial, self._today = assessor, charts, trial, today
        self._question = trial.question(today.question)
        self._asked = assessor.asked(trial, self._question, charts.today)
        self._day, self._left = charts.today.as_of.last_day, MOST_DAYS
        self._waiting = {finding.criterion.id for finding in today.findings if finding.outcome is not Outcome.PASS}
        self._may_change = not _fixed(today)
        self._change: Change | None = None
        self._opens: dict[str, date] = {}
        self._broken = False

    @property
    def outlook(self) -> Outlook:
        return Outlook(self._change, self._opens)

    def next_days(self) -> Iterator[tuple[date, Asked]]:
        """The next few days on which something may turn; none when nothing is left that could."""
        wanted = None if self._may_change and self._change is None else self._waiting
        for _ in range(min(DAYS_AT_ONCE, self._left)):
            coming = _next_day(self._assessor, self._charts.today, self._asked, self._day, wanted)
            if coming is None or coming - self._charts.today.as_of.last_day > HORIZON:
                self._left = 0
                return
            self._day, self._left = coming, self._left - 1
            self._asked = self._assessor.asked(self._trial, self._question, self._charts.on(coming))
            yield coming, self._asked

    def note(self, day: date, then: Verdict) -> None:
        """What the question says on that day. Days come in order."""
        self._broken = self._broken or _failed(then)
        if self._broken:
            self._left = 0
            return
        if self._change is None and then.standing is not self._today.standing:
            self._change = Change(day, then.standing, why_changed(self._today, then))
        met = {f.criterion.id for f in then.findings if f.outcome is Outcome.PASS} & self._waiting
        self._opens |= dict.fromkeys(sorted(met), day)
        self._waiting -= met


def _failed(verdict: Verdict) -> bool:
    """The engine failed: nothing can be said of this day, nor of later ones (B5.3)."""
    return any(finding.reason is Reason.ENGINE for finding in verdict.findings)


def _fixed(today: Verdict) -> bool:
    """Whether a criterion fails that time alone never mends: then neither does it change the standing."""
    return any(f.outcome is Outcome.FAIL and f.valid_until is None for f in today.findings) and not _may_close(today)


def _may_close(today: Verdict) -> bool:
    """A criterion of the gate that time may turn would put the patient outside the population."""
    return any(f.criterion.closes_gate and f.outcome is not Outcome.FAIL and f.valid_until for f in today.findings)


def _next_day(assessor: Assessor, chart: Chart, asked: Asked, day: date, wanted: set[str] | None) -> date | None:
    """The next day on which a fact, an answer or the profile of these criteria (None: of any) may turn."""
    ends = [end for fact in _facts(asked, wanted) for end in _ends(fact)]
    ends += [end for name, end in asked.answers.ends.items() if wanted is None or name in wanted]
    ends += [turn - timedelta(days=1) for turn in chart.turns] if wanted is None or wanted else []
    profile = assessor.site.organ_function
    if profile is not None and profile.expires_on is not None and (wanted is None or wanted):
        ends.append(profile.expires_on)
    return min((end + timedelta(days=1) for end in ends if end >= day and end != date.max), default=None)


def _facts(asked: Asked, wanted: set[str] | None) -> Iterator[Fact]:
    """What these criteria ask; facts that are only shown beside them decide nothing."""
    for criterion in asked.question.criteria:
        if wanted is None or criterion.id in wanted:
            for leaf in leaves(criterion.when):
                fact = asked.facts.get(Ask(leaf.fact, leaf.window, criterion.absence))
                if fact is not None:
                    yield fact


def _ends(fact: Fact) -> list[date]:
    if isinstance(fact, Known) and fact.turns is not None:
        return [turn.until for turn in fact.turns]
    return [fact.valid_until] if fact.valid_until is not None else []
