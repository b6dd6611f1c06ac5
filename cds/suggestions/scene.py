"""Everything that suggestions for one question of one trial are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cds.assessment import TrialAssessment
from cds.chart import Chart
from rules.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks at the card ("Practitioner/1"), and where this service's own pages are."""

    user: str | None = None
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One question of one trial, for one chart. `closed_world` are domains whose absence the site always counts."""

    chart: Chart
    assessed: TrialAssessment
    verdict: Verdict
    asker: Asker = Asker()
    closed_world: frozenset[str] = frozenset()

    @property
    def trial_id(self) -> str:
        return self.assessed.trial.id

    @property
    def patient(self) -> str:
        return self.chart.person.reference

    @property
    def today(self) -> date:
        return self.chart.as_of.last_day

    def days(self, setting: str) -> int | None:
        """A setting of the trial in days; None where the trial has none of this name."""
        value = self.assessed.trial.settings.get(setting)
        return None if value is None or isinstance(value, bool | str) else int(value)
