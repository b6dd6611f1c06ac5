"""Gate G0: does the study take patients? The site's word first, then a ResearchStudy in the data, then the source."""

from __future__ import annotations

from cds.assessment import Recruitment
from cds.chart import Chart
from cds.moments import parse_moment
from cds.site import SiteProfile
from cds.study_shapes import ResearchStudy
from rules.trial import Trial

CLOSED = frozenset(
    {"administratively-completed", "closed-to-accrual", "closed-to-accrual-and-intervention", "completed",
     "disapproved", "temporarily-closed-to-accrual", "temporarily-closed-to-accrual-and-intervention", "withdrawn"}
)  # fmt: skip


def recruitment_of(trial: Trial, site: SiteProfile, chart: Chart) -> Recruitment:
    """State and reason. Patient criteria are answered whatever it says."""
    override = site.recruitment.get(trial.id)
    if override is not None and override.state is not None:
        return Recruitment(override.state, override.because[0].upper() + override.because[1:])
    capacity = trial.recruitment.capacity
    if override is not None and override.randomised is not None and capacity is not None:
        full = override.randomised >= capacity
        return Recruitment("closed" if full else "open", f"Accrual {override.randomised} of {capacity}")
    study = chart.studies.get(trial.id)
    status = (study.status or "").strip() if study else ""
    if study is not None and status == "active" and not _has_ended(study, chart):
        return Recruitment("open", "The ResearchStudy on record is active")
    if status in CLOSED:
        return Recruitment("closed", f"The ResearchStudy on record is {status}")
    return _as_the_source_says(trial, chart)


def _has_ended(study: ResearchStudy, chart: Chart) -> bool:
    ends = parse_moment(study.period.end, chart.zone) if study.period and study.period.end else None
    return ends is not None and chart.as_of.first_day > ends.last_day


def _as_the_source_says(trial: Trial, chart: Chart) -> Recruitment:
    stated = trial.recruitment
    if stated.ends_on is not None and chart.as_of.first_day > stated.ends_on:
        because = f"The registry's end date {stated.ends_on} has passed"
        return Recruitment("closed", f"{because}; its page was last changed on {stated.stated_on}")
    caveat = f"; {stated.caveat}" if stated.caveat else ""
    age = (chart.as_of.first_day - stated.stated_on).days
    old = stated.unverified_after_days is not None and age > stated.unverified_after_days
    if old:
        caveat += "; not changed for more than a year, so recruitment status unverified"
    return Recruitment(stated.state, f'Registry: "{stated.quote}", {stated.stated_on}{caveat}', verified=not old)
