"""Gate G0: does the study take patients? The site's word first, then a ResearchStudy in the data, then the source."""

from __future__ import annotations

from cds.assessment import Recruitment
from cds.chart import Chart
from cds.moments import parse_moment
from cds.site import SiteProfile
from cds.study_shapes import ResearchStudy
from rules.messages import say, sentence
from rules.trial import Trial

CLOSED = frozenset(
    {"administratively-completed", "closed-to-accrual", "closed-to-accrual-and-intervention", "completed",
     "disapproved", "temporarily-closed-to-accrual", "temporarily-closed-to-accrual-and-intervention", "withdrawn"}
)  # fmt: skip


def recruitment_of(trial: Trial, site: SiteProfile, chart: Chart) -> Recruitment:
    """State and reason. Patient criteria are answered whatever it says."""
    override = site.recruitment.get(trial.id)
    if override is not None and override.state is not None:
        return Recruitment(override.state, sentence(say(override.because)))
    capacity = trial.recruitment.capacity
    if override is not None and override.randomised is not None and capacity is not None:
        full = override.randomised >= capacity
        return Recruitment(
            "closed" if full else "open",
            say("Accrual {randomised} of {capacity}", randomised=override.randomised, capacity=capacity),
        )
    study = chart.studies.get(trial.id)
    status = (study.status or "").strip() if study else ""
    if study is not None and status == "active" and not _has_ended(study, chart):
        return Recruitment("open", say("The ResearchStudy on record is active"))
    if status in CLOSED:
        return Recruitment("closed", say("The ResearchStudy on record is {status}", status=status))
    return _as_the_source_says(trial, chart)


def _has_ended(study: ResearchStudy, chart: Chart) -> bool:
    ends = parse_moment(study.period.end, chart.zone) if study.period and study.period.end else None
    return ends is not None and chart.as_of.first_day > ends.last_day


def _as_the_source_says(trial: Trial, chart: Chart) -> Recruitment:
    stated = trial.recruitment
    if stated.ends_on is not None and chart.as_of.first_day > stated.ends_on:
        return Recruitment(
            "closed",
            say(
                "The registry's end date {end} has passed; its page was last changed on {changed}",
                end=stated.ends_on,
                changed=stated.stated_on,
            ),
        )
    parts = [say('Registry: "{quote}", {day}', quote=stated.quote, day=stated.stated_on)]
    parts += [say(stated.caveat)] if stated.caveat else []
    age = (chart.as_of.first_day - stated.stated_on).days
    old = stated.unverified_after_days is not None and age > stated.unverified_after_days
    if old:
        parts.append(say("not changed for more than a year, so recruitment status unverified"))
    return Recruitment(stated.state, say("; ").join(parts), verified=not old)
