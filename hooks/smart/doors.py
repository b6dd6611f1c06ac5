"""The pages of a SMART launch: to the EHR's login, back from it, and the patient's page.

The token is made in the browser (public client, PKCE) and stays there, but for one POST in which it comes here and is
used to read the chart from the registered FHIR server: who has no valid token sees nothing. It is in no address, is not
stored and not logged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import Response

from cds.assessment import Assessment
from hooks import openapi
from hooks.audit import answered, asks_about, refused
from hooks.body import read_form
from hooks.fhir_access import TOKEN, Grant
from hooks.problems import Problem
from hooks.service import Service
from hooks.smart.registrations import Registration, Registrations
from hooks.wire import IDENTIFIER
from hooks.workbench.page import Asked
from hooks.workbench.rendering import page
from hooks.workbench.shown_cards import shown_cards
from hooks.workbench.sources import bundle_of
from hooks.workbench.view import PatientView, view_of
from rules.messages import say

LAUNCH, RETURN, VIEW = "/smart/launch", "/smart/app", "/smart/view"
LONGEST_FORM = 100_000
TRIAL = re.compile(r"NCT[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Opening:
    """What the browser brings back from the login."""

    ehr: Registration
    token: str
    scope: str | None
    patient: str
    trial: str


def smart_pages(app: FastAPI, service: Service, registrations: Registrations) -> None:
    """Add the routes of a SMART launch; without any registered EHR they say so."""

    @app.get(LAUNCH, **openapi.SMART_LAUNCH)
    async def launch(request: Request, iss: Annotated[str, Query()] = "", launch: str = "") -> Response:
        # Two would leave it to each reader which one counts.
        ehr = registrations.of(iss) if len(request.query_params.getlist("iss")) < 2 else None
        if ehr is not None:
            scopes = ehr.scopes(from_ehr=bool(launch))
            return _page(request, service, registrations, "smart_launch.html", ehr=ehr, scopes=scopes, back=RETURN)
        wrong = bool(iss)
        return _page(
            request, service, registrations, "smart_choose.html", 400 if wrong else 200, wrong=wrong, launch=LAUNCH
        )

    @app.get(RETURN, **openapi.SMART_APP)
    async def returned(request: Request) -> Response:
        return _page(request, service, registrations, "smart_app.html", view_door=VIEW)

    @app.post(VIEW, **openapi.SMART_VIEW)
    async def view(request: Request) -> Response:
        opening = None
        if registrations.ehrs and not _is_from_elsewhere(request):
            opening = _opening(await read_form(request, service, LONGEST_FORM), registrations)
        if opening is None:
            text = say("The login brought nothing that can be used. Open the app again from the chart.")
            return _page(request, service, registrations, "smart_problem.html", 400, problem=text)
        return await _shown(request, service, registrations, opening)


def _is_from_elsewhere(request: Request) -> bool:
    """Whether another site's page sends the form, so that somebody sees a chart that they did not open.

    Browsers say so (Fetch Metadata); with our referrer policy their `Origin` is "null" also for our own page.
    """
    return request.headers.get("sec-fetch-site", "same-origin") != "same-origin"


def _opening(stated: dict[str, str], registrations: Registrations) -> Opening | None:
    ehr = registrations.of(stated.get("fhirServer", ""))
    token, patient = stated.get("access_token", ""), stated.get("patient", "")
    trial = stated.get("trial", "")
    if ehr is None or TOKEN.fullmatch(token) is None or IDENTIFIER.fullmatch(patient) is None:
        return None
    return Opening(ehr, token, stated.get("scope"), patient, trial if TRIAL.fullmatch(trial) else "")


async def _shown(request: Request, service: Service, registrations: Registrations, opening: Opening) -> Response:
    """The patient's page from what the FHIR server gives for this token; 403 when that is not even the Patient."""
    server, grant = opening.ehr.fhir_server, Grant(opening.token, opening.scope)
    patient = await service.fhir.patient(server, grant, opening.patient)
    if not patient.of("Patient"):
        text = say("The EHR did not give this patient's chart. The login may have expired: open the app again.")
        return _page(request, service, registrations, "smart_problem.html", 403, problem=text)
    # The token was accepted: from here it is a call, and whose.
    asks_about(request, VIEW, opening.patient, issuer=server)
    material = await service.fhir.read(patient, server, grant, opening.patient)

    def work() -> tuple[Assessment, PatientView, list[dict[str, Any]]]:
        chart, assessment = service.assessor.read_fetched(material, patient_id=opening.patient, as_of=service.now())
        return assessment, view_of(bundle_of(material), chart, assessment), shown_cards(service, chart, assessment)

    try:
        assessment, shown, cards = await service.run(work, material.size, hook=False)
    except Problem as problem:
        await refused(request, service, problem.status)
        return _page(request, service, registrations, "smart_problem.html", problem.status, problem=problem.text)
    await answered(request, service, material, assessment)
    first = sorted(shown.trials, key=lambda trial: trial.assessed.trial.id != opening.trial)
    view = replace(shown, trials=tuple(first))
    return _page(
        request,
        service,
        registrations,
        "patient.html",
        view=view,
        asked=Asked(b"", assessment.as_of),
        cards=cards,
        smart=opening.ehr,
    )


def _page(
    request: Request, service: Service, registrations: Registrations, template: str, status: int = 200, **values: object
) -> Response:
    called = [origin for ehr in registrations.ehrs for origin in ehr.called_by_browser]
    return page(
        request,
        template,
        status,
        demonstration=service.settings.demonstration,
        connect=tuple(dict.fromkeys(called)),
        registrations=registrations.ehrs,
        **values,
    )
