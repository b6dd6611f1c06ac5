"""Trial membership: is the patient a subject of this study, and still on it?"""

from __future__ import annotations

from cds.chart import Chart
from cds.shapes import Reference, ResearchSubject

ON_STUDY = frozenset({"follow-up", "on-study", "on-study-intervention", "on-study-observation"})


def on_study(chart: Chart, trial_id: str) -> bool:
    """True with a ResearchSubject of this trial whose status is on study (B4, "trial membership")."""
    return any(
        (subject.status or "").strip() in ON_STUDY and _is_of(chart, subject, trial_id) for _, subject in chart.subjects
    )


def _is_of(chart: Chart, subject: ResearchSubject, trial_id: str) -> bool:
    return is_study(chart, subject.study, trial_id)


def is_study(chart: Chart, reference: Reference | None, trial_id: str) -> bool:
    """Whether a reference names this study: by the registry id, or by a ResearchStudy of the data that bears it."""
    if reference is None:
        return False
    if reference.identifier is not None and (reference.identifier.value or "").strip() == trial_id:
        return True
    plain = (reference.reference or "").strip().split("/_history/")[0]
    known = chart.studies.get(plain) or chart.studies.get("/".join(plain.split("/")[-2:]))
    return known is not None and any((i.value or "").strip() == trial_id for i in known.identifier)
