"""One question put to one chart, with the numbers that the trial pack or the site sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cds.chart import Chart
from rules.facts import Absence, Ask, Reason, Unknown

Setting = Decimal | bool | str
_DOMAIN = {
    Absence.CONDITIONS: "conditions",
    Absence.MEDICATIONS: "medications",
    Absence.PROCEDURES: "procedures",
}


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a fact reader is given. `closed_world` holds the domains whose absence a site always counts."""

    chart: Chart
    ask: Ask
    settings: Mapping[str, Setting]
    closed_world: frozenset[str] = frozenset()

    def number(self, name: str) -> Decimal:
        value = self.settings[name]
        if isinstance(value, bool | str):
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
        domain = _DOMAIN.get(self.ask.absence)
        if domain is None:
            return Unknown(Reason.MISSING, f"{what}: nothing on record")
        if domain in self.closed_world:
            return None
        return self.chart.not_reconciled(domain, self.days(f"{domain}_reconciled_days"), what)
