"""`trial-hooks doctor`: can this FHIR server be used, and which criteria can never be computed there?"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cds.assess import GATE_TYPES, build_assessor
from cds.clock import now
from cds.doctor import CriterionReport, Support, TypeReport, read_statement, report_criteria, report_types
from cds.fetching.breaker import Breaker
from cds.fetching.client import FhirClient, Request
from cds.fetching.troubles import FetchError
from cds.settings import Settings, secret_from
from cds.vendors import load_vendor

SECONDS = 30.0
screen = Console()
MARKS = {Support.WHOLE: "[green]✓ yes[/]", Support.PART: "[yellow]~ in part[/]", Support.NONE: "[red]✗ no[/]"}


def doctor(
    fhir: Annotated[str, typer.Option(help="Base URL of a FHIR R4 server.")],
    token_env: Annotated[str, typer.Option(help="Environment variable that holds an access token.")] = "",
    vendor: Annotated[str, typer.Option(help="generic, hapi, epic, oracle, or the path of a profile.")] = "",
) -> None:
    """Ask a FHIR server what it supports; exit code 1 when it cannot be used."""
    settings = Settings.from_environment()
    profile = load_vendor(vendor or settings.vendor)
    token = secret_from(token_env) if token_env else None
    try:
        statement = read_statement(asyncio.run(_metadata(fhir, token)))
    except (FetchError, ValueError) as error:
        screen.print(f"[red]✗ This server cannot be used:[/] {error}.")
        raise typer.Exit(1) from error
    types = report_types(statement, profile)
    _print_types(types, profile.vendor)
    _print_criteria(report_criteria(build_assessor(settings).trials, types), types)
    needed = GATE_TYPES | {"Patient"}
    blocked = [t.resource_type for t in types if t.resource_type in needed and t.support is Support.NONE]
    if blocked:
        screen.print(f"[red]✗ This server cannot be used:[/] without {', '.join(blocked)} nothing can be said.")
        raise typer.Exit(1)
    screen.print("[green]✓ This server can be used.[/]")


async def _metadata(server: str, token: str | None) -> bytes:
    client = FhirClient(Breaker(time.monotonic), now)
    try:
        until = asyncio.get_running_loop().time() + SECONDS
        return await client.send(Request(f"{server.rstrip('/')}/metadata"), token, until=until)
    finally:
        await client.close()


def _print_types(types: tuple[TypeReport, ...], vendor: str) -> None:
    table = Table(title=f"What this server gives (vendor profile: {vendor})", title_justify="left")
    for column in ("resource type", "can be had", "why not"):
        table.add_column(column, overflow="fold")
    for report in types:
        table.add_row(report.resource_type, MARKS[report.support], report.why)
    screen.print(table)


def _print_criteria(reports: tuple[CriterionReport, ...], types: tuple[TypeReport, ...]) -> None:
    if reports:
        table = Table(title="Criteria that stay open unless prefetch brings what is lacking", title_justify="left")
        for column in ("trial", "criterion", "", "computed from this server", "lacking"):
            table.add_column(column, overflow="fold")
        for report in reports:
            often = "[red]never[/]" if report.never else "[yellow]not always[/]"
            table.add_row(report.trial, report.criterion, report.title, often, ", ".join(report.lacking))
        screen.print(table)
    else:
        screen.print("Every criterion that a record can answer can be computed from this server.")
    if any(report.resource_type == "List" and report.support is not Support.WHOLE for report in types):
        screen.print(
            "Without List nobody says that a problem list is complete: set `closed_world` in the site profile."
        )
