"""Whether the patient consented to a study, or to crossing over within it (B4, "consent"; NCT05262673 I8).

The newest Consent of the study and category decides. One that is not signed, not verified, out of its period or of
another study proves nothing; a rejected, withdrawn or denying one is a refusal.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from cds.chart import Chart
from cds.membership import is_study
from cds.moments import Moment, parse_moment
from cds.shapes import CodeableConcept, Coding, Reference
from cds.study_shapes import Consent
from cds.terminology import canonical_system
from rules.facts import Evidence, Fact, Known, Reason, Unknown

Category = Literal["trial-enrolment", "trial-crossover"]
CATEGORIES: tuple[Category, ...] = ("trial-enrolment", "trial-crossover")
WORDS: dict[str, str] = {"trial-enrolment": "Consent to take part", "trial-crossover": "Consent to cross over"}
REFUSED = frozenset({"rejected", "inactive"})
# Consent to the use of one's data is not consent to treatment in a study.
INFORMATION_ONLY = frozenset({"research", "rsdid", "rsreid"})

Entry = tuple[str, Consent, Moment | None]


def consent_to(chart: Chart, trial_id: str, category: Category = "trial-enrolment", *, proxy_allowed: bool) -> Fact:
    """Known "given" or "refused", or unknown with the reason `consent` (or why the record could not be read).

    `proxy_allowed` says whether somebody else than the patient may have signed (a site's policy).
    """
    what = WORDS[category]
    gap = chart.gap(("consent_research",), ("Consent",), what)
    if gap is not None:
        return gap
    ours = [entry for entry in chart.consents if _concerns(chart, entry[1], trial_id, category)]
    if not ours:
        return Unknown(Reason.CONSENT, f"{what}: none on record for {trial_id}")
    undated = [entry for entry in ours if entry[2] is None]
    dated = [entry for entry in ours if entry[2] is not None]
    if not dated:
        return _said(undated[0], Unknown(Reason.UNDATED, f"{what}: a consent without a date cannot be used"))
    newest = max(_signed(entry) for entry in dated)
    answers = [_read(chart, entry, what, proxy_allowed=proxy_allowed) for entry in dated if _signed(entry) == newest]
    return _agreed(answers, what)


def _signed(entry: Entry) -> datetime:
    return entry[2].latest if entry[2] else datetime.min  # noqa: DTZ901 - naive, in the site's zone


def _agreed(answers: list[Fact], what: str) -> Fact:
    """Consents of one moment that say different things say nothing."""
    known = {answer.value for answer in answers if isinstance(answer, Known)}
    if len(known) < 2:
        return next((answer for answer in answers if isinstance(answer, Known)), answers[0])
    evidence = tuple(item for answer in answers for item in answer.evidence)
    return Unknown(Reason.CONFLICT, f"{what}: given and refused at the same time", evidence)


def _concerns(chart: Chart, consent: Consent, trial_id: str, category: str) -> bool:
    return _is_research(consent.scope) and category in _categories(consent) and _is_of(chart, consent, trial_id)


def _is_research(scope: CodeableConcept | None) -> bool:
    return any(_named(coding) == ("consentscope", "research") for coding in (scope.coding if scope else ()))


def _categories(consent: Consent) -> frozenset[str]:
    """Our own categories where stated; otherwise enrolment, unless only the use of data was agreed to."""
    named = {_named(coding) for concept in consent.category for coding in concept.coding}
    own = {code for system, code in named if system == "own"} & {*CATEGORIES}
    if own:
        return frozenset(own)
    if any(system == "consentcategory" and code in INFORMATION_ONLY for system, code in named):
        return frozenset()
    return frozenset({"trial-enrolment"})


def _named(coding: Coding) -> tuple[str, str]:
    return canonical_system(coding.system or ""), (coding.code or "").strip()


def _is_of(chart: Chart, consent: Consent, trial_id: str) -> bool:
    if any((policy.uri or "").strip().rstrip("/").endswith(trial_id) for policy in consent.policy):
        return True
    data = consent.provision.data if consent.provision else []
    return any(is_study(chart, piece.reference, trial_id) for piece in data)


def _read(chart: Chart, entry: Entry, what: str, *, proxy_allowed: bool) -> Fact:
    """What one dated consent says on the day of assessment."""
    consent, moment = entry[1], entry[2]
    status = (consent.status or "").strip()
    when = f"of {moment.shown()}" if moment else "without a date"
    denied = consent.provision is not None and (consent.provision.type or "").strip() == "deny"
    if status in REFUSED or denied:
        return _said(entry, Known("refused", f"{what} {when}: refused or withdrawn"))
    problem = _problem(chart, entry, proxy_allowed=proxy_allowed)
    if problem is not None:
        return _said(entry, Unknown(Reason.CONSENT, f"{what} {when} {problem}"))
    return _said(entry, Known("given", f"{what} given {when}", valid_until=_ends(chart, consent)))


def _problem(chart: Chart, entry: Entry, *, proxy_allowed: bool) -> str | None:
    """Why an undenied consent does not count as given; None when it does."""
    consent, moment = entry[1], entry[2]
    status = (consent.status or "").strip()
    if status != "active":
        return f"is not signed ({status})" if status in ("draft", "proposed") else "has no status that we know"
    if moment is not None and moment.last_day > chart.as_of.last_day:
        return "is dated too coarsely to be before the day of assessment"
    if any(check.verified is False for check in consent.verification):
        return "is not verified"
    if not _in_period(chart, consent):
        return "is outside its period"
    if not proxy_allowed and _by_proxy(chart, consent):
        return "was given by somebody else, which the site's policy does not allow"
    return None


def _in_period(chart: Chart, consent: Consent) -> bool:
    period = consent.provision.period if consent.provision else None
    if period is None:
        return True
    starts, ends = parse_moment(period.start, chart.zone), parse_moment(period.end, chart.zone)
    if (period.start and starts is None) or (period.end and ends is None):
        return False
    begun = starts is None or starts.last_day <= chart.as_of.last_day
    return begun and (ends is None or ends.last_day >= chart.as_of.last_day)


def _ends(chart: Chart, consent: Consent) -> date | None:
    period = consent.provision.period if consent.provision else None
    end = parse_moment(period.end, chart.zone) if period and period.end else None
    return end.last_day if end else None


def _by_proxy(chart: Chart, consent: Consent) -> bool:
    """A performer is named, and none of them is the patient."""
    names = [_short(reference) for reference in consent.performer]
    return bool(names) and chart.person.reference not in names


def _short(reference: Reference) -> str:
    return "/".join((reference.reference or "").split("/_history/")[0].split("/")[-2:])


def _said(entry: Entry, fact: Fact) -> Fact:
    """The fact with its evidence."""
    reference, consent, moment = entry
    evidence = (Evidence(reference, (consent.status or "no status").strip(), moment.shown() if moment else None),)
    if isinstance(fact, Known):
        return Known(fact.value, fact.shown, evidence, valid_until=fact.valid_until)
    return Unknown(fact.reason, fact.shown, evidence)
