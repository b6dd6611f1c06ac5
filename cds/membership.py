"""Trial membership: is the patient a subject of this study, and still on it?"""

from __future__ import annotations

from cds.chart import Chart
from cds.study_shapes import ResearchSubject

ON_STUDY = frozenset({"follow-up", "on-study", "on-study-intervention", "on-study-observation"})


def on_study(chart: Chart, trial_id: str) -> bool:
    """True with a ResearchSubject of this trial whose status is on study (B4, "trial membership")."""
    return any(
        (subject.status or "").strip() in ON_STUDY and _is_of(chart, subject, trial_id) for _, subject in chart.subjects
    )


def _is_of(chart: Chart, subject: ResearchSubject, trial_id: str) -> bool:
    study = subject.study
    if study is None:
        return False
    if study.identifier is not None and (study.identifier.value or "").strip() == trial_id:
        return True
    known = chart.studies.get(study.reference or "")
    return known is not None and any((i.value or "").strip() == trial_id for i in known.identifier)
