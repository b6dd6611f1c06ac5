"""One question put to one chart, with the numbers that the trial pack or the site sets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from cds.chart import Chart
from cds.site import Setting as Setting
from cds.site import UpperLimit
from rules.facts import Absence, Ask, Reason, Unknown
from rules.messages import say
from rules.trial import Trial

_DOMAINS: dict[Absence, tuple[str, ...]] = {
    Absence.UNKNOWN: (),
    Absence.CONDITIONS: ("conditions",),
    Absence.PROCEDURES: ("procedures",),
    Absence.MEDICATIONS: ("medications",),
    Absence.CONDITIONS_AND_MEDICATIONS: ("conditions", "medications"),
}


class Inquiry(msgspec.Struct, frozen=True, gc=False):
    """What a fact reader is given.

    `trial` is the study that asks. `closed_world` holds the domains whose absence a site always counts;
    `upper_limits` is the site's own table, in use only when the site enabled it. `comparisons` are those that the trial
    makes with this fact, as (operator, limit): an age says until when each of them holds.
    """

    chart: Chart
    ask: Ask
    settings: Mapping[str, Setting]
    trial: Trial
    closed_world: frozenset[str] = frozenset()
    upper_limits: tuple[UpperLimit, ...] = ()
    comparisons: tuple[tuple[str, Decimal], ...] = ()

    @property
    def trial_id(self) -> str:
        return self.trial.id

    def number(self, name: str) -> Decimal:
        value = self.settings[name]
        if not isinstance(value, Decimal):
            raise TypeError(f"setting {name} must be a number")
        return value

    def days(self, name: str) -> int:
        return int(self.number(name))

    def flag(self, name: str) -> bool:
        return self.settings[name] is True

    @property
    def window(self) -> int:
        """The leaf's window in days; a fact that is windowed must be asked with one."""
        if self.ask.window is None:
            raise ValueError(f"{self.ask.fact} must be asked with a window")
        return self.ask.window

    def absence_does_not_count(self, what: str) -> Unknown | None:
        """None when the absence of a record of `what` counts as "absent"; otherwise why it does not."""
        domains = _DOMAINS[self.ask.absence]
        if not domains:
            return Unknown(Reason.MISSING, say("{what}: nothing on record", what=what))
        for domain in domains:
            if domain not in self.closed_world:
                why = self.chart.not_reconciled(domain, self.days(f"{domain}_reconciled_days"), what)
                if why is not None:
                    return why
        return None

    def reconciled_until(self, domain: str) -> date | None:
        """The last day on which this domain's list is recent enough; None where the site always counts absence."""
        moment = self.chart.reconciled.get(domain)
        if moment is None or domain in self.closed_world:
            return None
        return moment.first_day + timedelta(days=self.days(f"{domain}_reconciled_days"))

    def absence_until(self) -> date | None:
        """The last day on which the reconciliation that makes absence count is recent enough."""
        first: date | None = None
        for domain in _DOMAINS[self.ask.absence]:
            end = self.reconciled_until(domain)
            if end is not None and (first is None or end < first):
                first = end
        return first
