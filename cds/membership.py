"""Trial membership: is the patient a subject of this study, still on it, and since when?"""

from __future__ import annotations

from datetime import date

from cds.chart import Chart
from cds.moments import parse_moment
from cds.study_shapes import ResearchSubject

ON_STUDY = frozenset({"follow-up", "on-study", "on-study-intervention", "on-study-observation"})


def on_study(chart: Chart, trial_id: str) -> bool:
    """True with a ResearchSubject of this trial whose status is on study (B4, "trial membership")."""
    return membership(chart, trial_id) is not None


def membership(chart: Chart, trial_id: str) -> ResearchSubject | None:
    """The subject's record on this study; of several, the one that began last."""
    found = [
        (subject.period.start or "" if subject.period else "", reference, subject)
        for reference, subject in chart.subjects
        if (subject.status or "").strip() in ON_STUDY and _is_of(chart, subject, trial_id)
    ]
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def subjects_of(chart: Chart, trial_id: str) -> list[tuple[str, ResearchSubject]]:
    """Every record of the patient on this study, in whatever status; the one that began last stands last."""
    found = [(reference, subject) for reference, subject in chart.subjects if _is_of(chart, subject, trial_id)]
    return sorted(found, key=lambda entry: (entry[1].period.start or "" if entry[1].period else "", entry[0]))


def enrolled_on(chart: Chart, subject: ResearchSubject) -> date | None:
    """The first day of the subject's period; None when it is not stated or cannot be read."""
    moment = parse_moment(subject.period.start, chart.zone) if subject.period and subject.period.start else None
    return moment.first_day if moment else None


def starts_on_one_day(chart: Chart, subject: ResearchSubject) -> bool:
    """False when the start is stated by its month or year only."""
    moment = parse_moment(subject.period.start, chart.zone) if subject.period and subject.period.start else None
    return moment is None or moment.first_day == moment.last_day


def left_on(chart: Chart, subject: ResearchSubject) -> date | None:
    """The day on which a subject went off study; None while on study, or when it is not stated."""
    if (subject.status or "").strip() in ON_STUDY or subject.period is None or not subject.period.end:
        return None
    moment = parse_moment(subject.period.end, chart.zone)
    return moment.last_day if moment else None


def _is_of(chart: Chart, subject: ResearchSubject, trial_id: str) -> bool:
    study = subject.study
    if study is None:
        return False
    if study.identifier is not None and (study.identifier.value or "").strip() == trial_id:
        return True
    known = chart.studies.get(study.reference or "")
    return known is not None and any((i.value or "").strip() == trial_id for i in known.identifier)
