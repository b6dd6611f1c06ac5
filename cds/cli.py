"""The command line: serve, assess, trials."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cds.assess import build_assessor
from cds.assessment import Assessment
from cds.cli_doctor import doctor
from cds.cli_outlook import outlook_lines, read_assumptions, what_if_lines
from cds.cli_record import audit_app, feedback_app, record_app
from cds.cli_report import app as trial_app
from cds.cli_site import site_app
from cds.clock import now
from cds.errors import CdsError
from cds.forecast import forecast
from cds.logs import configure_logs
from cds.settings import Settings
from cds.what_if import WhatIf, assumptions_of, what_if
from rules.cases import load_cases, run
from rules.errors import RulesError
from rules.evaluation import Evaluator
from rules.lint import lint
from rules.messages import LANGUAGES, say, speaking, to_say
from rules.pack_reading import read_trial
from rules.packs import built_in_folders, find_trials, load_trial, with_organ_function_tests
from rules.trial import Trial
from rules.verdict import Outcome

app = typer.Typer(help="Does this patient fit the trial, and which fact is missing?", no_args_is_help=True)
trials_app = typer.Typer(help="The trial packs: list them, check them, read them.", no_args_is_help=True)
app.add_typer(trials_app, name="trials")
app.add_typer(site_app, name="site")
app.add_typer(trial_app, name="trial")
app.command("doctor")(doctor)
app.add_typer(record_app, name="record")
app.add_typer(audit_app, name="audit")
app.add_typer(feedback_app, name="feedback")
screen = Console()
WORDS = {
    Outcome.PASS: to_say("✓ does not stand in the way"),
    Outcome.FAIL: to_say("✗ stands in the way"),
    Outcome.UNKNOWN: to_say("? open"),
}
COLOURS = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.UNKNOWN: "yellow"}


@app.command()
def serve() -> None:
    """Start the service (HOST, PORT and TRIAL_HOOKS_* from the environment)."""
    import uvicorn

    settings = Settings.from_environment()
    screen.print(f"trial-hooks: open [bold]http://{settings.host}:{settings.port}/[/]  (Ctrl+C stops)")
    if settings.demonstration:
        screen.print("Demonstration: synthetic patients, authentication is OFF. Never use it with real patients.")
    uvicorn.run(
        "hooks.app:create_app", factory=True, host=settings.host, port=settings.port, log_config=None, access_log=False
    )


@app.command()
def assess(
    bundle: Annotated[Path, typer.Argument(help="A FHIR R4 Bundle with exactly one Patient (JSON).")],
    as_of: Annotated[str, typer.Option(help="Day of assessment, e.g. 2026-06-01; default: today.")] = "",
    language: Annotated[str, typer.Option(help="Language of the sentences, e.g. zh; default: the site's.")] = "",
    assumed: Annotated[
        list[str] | None, typer.Option("--what-if", help="Assume a fact, e.g. alt_xuln=2.0 or ph_status=null.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole assessment as JSON.")] = False,
) -> None:
    """Assess one patient and print what stands, what is open and why; what time changes; what assumptions would."""
    settings = Settings.from_environment()
    if language and language not in LANGUAGES:
        raise ValueError(f"--language must be one of {', '.join(LANGUAGES)}")
    with speaking(language or settings.language):
        assessor, assumptions = build_assessor(settings), assumptions_of(read_assumptions(assumed or ()))
        chart, found = assessor.read_bundle(bundle.read_bytes(), as_of=as_of or now().date().isoformat())
        supposed = what_if(assessor, chart, found, assumptions) if assumptions else None
        _print(forecast(assessor, chart, found), supposed, as_json=as_json)


def _print(assessment: Assessment, supposed: WhatIf | None, *, as_json: bool) -> None:
    if as_json:
        extra = {"what_if": supposed.as_json()} if supposed is not None else {}
        typer.echo(orjson.dumps(assessment.as_json() | extra, option=orjson.OPT_INDENT_2))
        return
    for trial in assessment.trials:
        for verdict in trial.verdicts:
            table = Table(title=f"{trial.trial.id} · {verdict.question} · {verdict.standing.value.replace('_', ' ')}")
            for column in ("", say("criterion"), say("outcome"), say("because")):
                table.add_column(column)
            for finding in verdict.findings:
                title, outcome = say(finding.criterion.title), say(WORDS[finding.outcome])
                table.add_row(
                    finding.criterion.id, title, f"[{COLOURS[finding.outcome]}]{outcome}[/]", escape(finding.because)
                )
            screen.print(table)
            for line in outlook_lines(trial, verdict):
                screen.print(line, markup=False, soft_wrap=True)
    if supposed is not None:
        for line in what_if_lines(supposed):
            screen.print(line, markup=False, soft_wrap=True)


@trials_app.command("list")
def list_trials() -> None:
    """Every trial pack that is found, with its version."""
    for trial in build_assessor(Settings.from_environment()).trials:
        screen.print(f"{trial.id}  {trial.version}  {trial.title}")


@trials_app.command("check")
def check_trials() -> None:
    """Run every pack's cases and its lint; exit code 1 when anything is wrong."""
    bad = 0
    for folder in built_in_folders():
        trial = with_organ_function_tests(load_trial(folder), None)
        cases = load_cases(folder, trial)
        engines: dict[str, Evaluator] = {
            question.question: Evaluator(trial, question.question) for question in trial.questions
        }
        ran = [run(_engine_of(trial, engines, case.criterion), case) for case in cases]
        for item in ran:
            if not item.passed:
                screen.print(f"[red]✗[/] {item.case.criterion}: {item.case.case} (was {item.finding.outcome.value})")
        problems = lint(trial, cases)
        for problem in problems:
            screen.print(f"[red]✗[/] {problem.path}: {problem.text}; {problem.remedy}")
        failed = sum(not item.passed for item in ran)
        bad += failed + len(problems)
        screen.print(f"{trial.id}: {len(ran) - failed} of {len(ran)} cases hold, {len(problems)} problems")
    raise typer.Exit(1 if bad else 0)


@trials_app.command("read")
def read_trials(trial_id: str) -> None:
    """Print a pack in plain English."""
    for trial in find_trials(Settings.from_environment().trials_path):
        if trial.id == trial_id:
            typer.echo(read_trial(trial))
            return
    raise ValueError(f"no trial {trial_id}; `trial-hooks trials list` shows what is there")


def _engine_of(trial: Trial, engines: Mapping[str, Evaluator], criterion: str) -> Evaluator:
    for question in trial.questions:
        if any(item.id == criterion for item in question.criteria):
            return engines[question.question]
    raise ValueError(f"no criterion {criterion}")


def main() -> None:
    """Entry point: errors that a user can mend are one line, not a stack trace."""
    configure_logs()
    try:
        app()
    except (CdsError, RulesError, ValueError, OSError) as error:
        Console(stderr=True).print(f"[red]trial-hooks:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)
