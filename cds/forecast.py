"""What time alone will do to a standing: the same records, put to the same rules on later days.

Nothing is added up from guesses: each date given was tried. Tried are only the days on which something can change: the
facts and the clinicians' answers name them (`valid_until`, `turns`), and so do stated ends of treatments and of the
site's profile. Records that are dated after the assessment count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from cds.assess import Assessor
from cds.assessment import Assessment, TrialAssessment
from cds.chart import Chart
from cds.outlook import Change, Outlook, why_changed
from rules.engine import Case, evaluate_all
from rules.facts import Ask, Fact, Known, Reason
from rules.lint import leaves
from rules.trial import Question, Trial
from rules.verdict import Outcome, Verdict

# Nobody plans further; and more days than a chart needs (one or two for each fact).
HORIZON, MOST_DAYS = timedelta(days=3 * 366), 60


def forecast(assessor: Assessor, chart: Chart, assessment: Assessment) -> Assessment:
    """The assessment with an outlook for each question that applies to the patient."""
    trials = tuple(_with_outlooks(assessor, chart, assessed) for assessed in assessment.trials)
    return replace(assessment, trials=trials)


def _with_outlooks(assessor: Assessor, chart: Chart, assessed: TrialAssessment) -> TrialAssessment:
    answered = [verdict for verdict in assessed.verdicts if verdict.findings]
    outlooks = {verdict.question: outlook_of(assessor, chart, assessed.trial, verdict) for verdict in answered}
    return replace(assessed, outlooks=outlooks)


def outlook_of(assessor: Assessor, chart: Chart, trial: Trial, today: Verdict) -> Outlook:
    """When the standing changes by time alone, and when each criterion that is not met today will be."""
    question, day = trial.question(today.question), chart.as_of.last_day
    waiting = {finding.criterion.id for finding in today.findings if finding.outcome is not Outcome.PASS}
    change, opens, may_change = None, dict[str, date](), not _fixed(today)
    posed = assessor.posed(trial, question, chart)
    for _ in range(MOST_DAYS):
        wanted = None if may_change and change is None else waiting
        coming = _next_day(assessor, chart, posed, day, wanted)
        if coming is None or coming - chart.as_of.last_day > HORIZON:
            break
        day = coming
        posed = assessor.posed(trial, question, chart.on(day))
        then = evaluate_all([posed])[0]
        if any(finding.reason is Reason.ENGINE for finding in then.findings):
            break  # Nothing can be said of this day, nor of later ones (B5.3).
        if change is None and then.standing is not today.standing:
            change = Change(day, then.standing, why_changed(today, then))
        met = {f.criterion.id for f in then.findings if f.outcome is Outcome.PASS} & waiting
        opens |= dict.fromkeys(sorted(met), day)
        waiting -= met
    return Outlook(change, opens)


def _fixed(today: Verdict) -> bool:
    """Whether a criterion fails that time alone never mends: then neither does it change the standing."""
    return any(f.outcome is Outcome.FAIL and f.valid_until is None for f in today.findings) and not _may_close(today)


def _may_close(today: Verdict) -> bool:
    """A criterion of the gate that time may turn would put the patient outside the population."""
    return any(f.criterion.closes_gate and f.outcome is not Outcome.FAIL and f.valid_until for f in today.findings)


def _next_day(assessor: Assessor, chart: Chart, posed: Case, day: date, wanted: set[str] | None) -> date | None:
    """The next day on which a fact, an answer or the profile of these criteria (None: of any) may turn."""
    question = posed.engine.trial.question(posed.engine.name)
    ends = [end for fact in _facts(posed, question, wanted) for end in _ends(fact)]
    ends += [a.valid_until for name, a in posed.answers.items() if a.valid_until and (wanted is None or name in wanted)]
    ends += [turn - timedelta(days=1) for turn in chart.turns] if wanted is None or wanted else []
    profile = assessor.site.organ_function
    if profile is not None and profile.expires_on is not None and (wanted is None or wanted):
        ends.append(profile.expires_on)
    return min((end + timedelta(days=1) for end in ends if end >= day and end != date.max), default=None)


def _facts(posed: Case, question: Question, wanted: set[str] | None) -> Iterator[Fact]:
    """What these criteria ask; facts that are only shown beside them decide nothing."""
    for criterion in question.criteria:
        if wanted is None or criterion.id in wanted:
            for leaf in leaves(criterion.when):
                fact = posed.facts.get(Ask(leaf.fact, leaf.window, criterion.absence))
                if fact is not None:
                    yield fact


def _ends(fact: Fact) -> list[date]:
    if isinstance(fact, Known) and fact.turns is not None:
        return [turn.until for turn in fact.turns]
    return [fact.valid_until] if fact.valid_until is not None else []
