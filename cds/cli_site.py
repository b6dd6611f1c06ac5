"""`trial-hooks site`: check a site's profile and show what it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cds.clock import now
from cds.errors import SiteProfileError
from cds.settings import Settings
from cds.site import SiteProfile, load_site_profile
from cds.terminology import Terminology
from rules.packs import find_trials
from rules.trial import Trial

site_app = typer.Typer(help="The site's own decisions: check them, list what can be decided.", no_args_is_help=True)
screen = Console()


@site_app.command("check")
def check(
    profile: Annotated[
        Path | None, typer.Argument(help="Site profile (YAML); default: TRIAL_HOOKS_SITE_PROFILE.")
    ] = None,
) -> None:
    """Read a site profile as the service would, and print what it changes. Exit code 2 when it cannot be used."""
    settings = Settings.from_environment()
    path = profile or settings.site_profile
    if path is None:
        raise SiteProfileError(
            "name a file, or set TRIAL_HOOKS_SITE_PROFILE; `trial-hooks site settings` lists the keys"
        )
    trials = find_trials(settings.trials_path)
    site = load_site_profile(path, trials)
    find_trials(settings.trials_path, site.settings)
    Terminology.load(settings.code_map, site.codes)
    screen.print(f"{path}: version {site.version}, usable")
    screen.print(_settings_table(trials, site, only_changed=True))
    for line in _decisions(site):
        screen.print(line)


@site_app.command("settings")
def list_settings() -> None:
    """Every number and choice a site may set, with its default, its limits and the trials that use it."""
    trials = find_trials(Settings.from_environment().trials_path)
    screen.print(_settings_table(trials, SiteProfile(), only_changed=False))


def _settings_table(trials: tuple[Trial, ...], site: SiteProfile, *, only_changed: bool) -> Table:
    table = Table(title="Settings that the site changes" if only_changed else "Settings that a site may change")
    for column in ("setting", "default", "allowed", "trials", "this site"):
        table.add_column(column, no_wrap=column in ("setting", "default"))
    for name in sorted({name for trial in trials for name in trial.settings}):
        using = [trial for trial in trials if name in trial.settings]
        if only_changed and name not in site.settings:
            continue
        allowed = _allowed(using, name)
        chosen = str(site.settings.get(name, "")).lower()
        ids = ", ".join(trial.id for trial in using)
        table.add_row(name, str(using[0].settings[name]).lower(), allowed, ids, chosen)
    return table


def _allowed(using: list[Trial], name: str) -> str:
    """In words: a range, a list of choices, yes or no, or any number."""
    limits = next((trial.setting_limits[name] for trial in using if name in trial.setting_limits), None)
    choices = next((trial.setting_choices[name] for trial in using if name in trial.setting_choices), ())
    default = using[0].settings[name]
    if limits is not None:
        return f"{limits.low} to {limits.high}"
    if choices:
        return ", ".join(choices)
    return "true, false" if isinstance(default, bool) else "any number"


def _decisions(site: SiteProfile) -> list[str]:
    lines = [f"closed world: {', '.join(site.closed_world) or 'nothing; absence counts only after reconciliation'}"]
    profile = site.organ_function
    if profile is None:
        lines.append("organ function: no profile; a clinician answers")
    else:
        usable = profile.usable_on(now().date())
        signed = f"signed by {profile.signed_by} on {profile.signed_on}" if profile.signed_by else "not signed"
        lines.append(f"organ function: {profile.id} {profile.version}, {signed}: {'in use' if usable else 'NOT used'}")
    table = site.upper_limits
    if table is None:
        lines.append("upper limits of normal: only those that results state")
    else:
        state = "in use" if table.enabled else "NOT used (enabled: false)"
        lines.append(f"upper limits of normal: {table.laboratory} {table.version}, {len(table.limits)} limits, {state}")
    lines.append(f"codes mapped: {len(site.codes)}")
    lines += [f"recruitment of {name}: {said.state or said.randomised}" for name, said in site.recruitment.items()]
    return lines
