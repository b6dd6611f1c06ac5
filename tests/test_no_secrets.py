"""Nothing planted in requests comes out in logs, metrics, spans, readiness or error bodies, also when things break."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import respx
import structlog
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cds.assess import Assessor
from cds.logs import configure_logs
from cds.settings import Settings
from hooks.app import create_app
from hooks.tracing import Tracing
from tests.record.making import NOON
from tests.record.serving import answers, wait_until

STEPS = {"read", "fetch", "assess", "audit", "settle", "form", "check", "render"}
SERVICE = "/cds-services/trial-eligibility"
ORDERS = "/cds-services/trial-order-check"
JSON = {"Content-Type": "application/json"}
PLANTED = "Zebedee"
TOKEN = "eyJhbGciOiJFUzM4NCJ9.Zebedee-claims.Zebedee-signature"  # noqa: S105
# A value of the chart, and everything that carries the planted word: names, ids, tokens, addresses, comments.
SECRETS = (PLANTED, PLANTED.lower(), "0.31415", "1985-03-14")
# Links to the page in another language or colour repeat its address, to whom it belongs.
OWN_ADDRESS = ("/workbench/hooks?", "/smart/app?")
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "X-Request-Id": "Zebedee-request",
    "Cookie": "session=Zebedee",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "vendor=Zebedee",
    "baggage": "patient=Zebedee",
}


def planted_call(**changes: Any) -> dict[str, Any]:
    text = Path("fhir_fixtures/requests/fits.patient-view.json").read_text(encoding="utf-8")
    request = orjson.loads(
        text.replace('"value": 0.3,', '"value": 0.31415,').replace("Patient/fits", "Patient/Zebedee-1")
    )
    patient = request["prefetch"]["patient"]
    patient |= {"id": "Zebedee-1", "name": [{"family": PLANTED}], "birthDate": "1985-03-14"}
    return {
        **request,
        "context": {"userId": "Practitioner/Zebedee-2", "patientId": "Zebedee-1"},
        "fhirServer": "https://Zebedee.example/fhir",
        "fhirAuthorization": {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300,
                              "scope": "patient/*.read", "subject": PLANTED, "patient": "Zebedee-1"},
        **changes,
    }  # fmt: skip


def requests() -> list[tuple[str, str, dict[str, Any]]]:
    """Calls that work, calls that fail in each way, and secrets in paths, queries, headers and bodies."""
    good = planted_call()
    assert all(secret in str(good) for secret in ("0.31415", "1985-03-14", TOKEN))
    bundle = orjson.loads(Path("fhir_fixtures/patients/fits.json").read_bytes())
    bundle["entry"][0]["resource"]["name"] = [{"family": PLANTED}]
    unreadable = planted_call(prefetch=good["prefetch"] | {"observations": {"resourceType": "Bundle", "entry": [
        PLANTED, {"resource": {"resourceType": "Observation", "id": PLANTED, "valueQuantity": PLANTED}}]}})  # fmt: skip
    why = {"reason": {"code": PLANTED, "system": "urn:Zebedee"}, "userComment": PLANTED}
    outcome = {
        "card": "Zebedee-card",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-06-01T12:00:00Z",
        "overrideReason": why,
    }
    bodies: list[tuple[str, Any]] = [
        (SERVICE, good),
        (SERVICE, unreadable),
        (SERVICE, planted_call(hook=PLANTED)),
        (SERVICE, planted_call(hookInstance=PLANTED)),
        (SERVICE, planted_call(context={"userId": PLANTED, "patientId": "Zebedee-1"})),
        (SERVICE, planted_call(prefetch=good["prefetch"] | {"patient": {"resourceType": PLANTED}})),
        (SERVICE, planted_call(context={"userId": "Practitioner/1", "patientId": "Zebedee-other"})),
        (SERVICE, planted_call(prefetch={"patient": good["prefetch"]["patient"]})),
        (ORDERS, planted_call(hook="order-sign")),
        (f"{SERVICE}/feedback", {"feedback": [outcome]}),
        (f"{SERVICE}/feedback", {"feedback": [outcome | {"outcome": PLANTED}]}),
        (f"/cds-services/{PLANTED}/feedback", {"feedback": [outcome]}),
        (f"/cds-services/{PLANTED}", good),
        ("/api/assess", {"bundle": bundle, "as_of": "2026-06-01"}),
        ("/api/assess", {"bundle": bundle, "as_of": PLANTED}),
        ("/api/assess", {"bundle": bundle, "trials": [PLANTED]}),
        ("/api/assess", {"bundle": PLANTED}),
        ("/api/assess", {"bundle": bundle, "what_if": {PLANTED: 1}}),
        ("/api/assess", {"bundle": bundle, "what_if": {"ph_status": PLANTED}}),
        ("/api/assess", {"bundle": bundle, "what_if": {"alt_xuln": PLANTED}}),
        ("/workbench/check-request", planted_call(hook=PLANTED)),
        ("/workbench/markdown", {"texts": PLANTED}),
        (f"/{PLANTED}?patient={PLANTED}", {}),
    ]
    posts: list[tuple[str, str, dict[str, Any]]] = [("POST", path, {"json": body}) for path, body in bodies]
    return [
        *posts,
        *_fhir_calls(bundle),
        *_smart_calls(),
        ("POST", "/", {"data": {"bundle": PLANTED, "as_of": PLANTED}}),
        ("GET", f"/?patient=fits&fact={PLANTED}&value={PLANTED}", {}),
        ("GET", f"/workbench/hooks?sample={PLANTED}&lang={PLANTED}", {}),
        ("GET", f"/workbench/patients/{PLANTED}", {}),
        ("POST", SERVICE, {"content": f'{{"hook": "{PLANTED}'.encode(), "headers": JSON}),
        ("POST", SERVICE, {"content": PLANTED.encode(), "headers": {"Content-Type": f"text/{PLANTED}"}}),
        ("GET", f"/api/trials/{PLANTED}", {}),
        ("GET", f"/?patient={PLANTED}", {}),
        ("GET", f"/static/{PLANTED}.css", {}),
        ("PUT", SERVICE, {"json": good}),
    ]


def _fhir_calls(bundle: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Form answers and assessments in FHIR: what works, and what is refused in each way."""
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": PLANTED,
               "item": [{"linkId": PLANTED, "answer": [{"valueString": PLANTED}]}]}  # fmt: skip
    answered = bundle | {"entry": [*bundle["entry"], {"fullUrl": "urn:Zebedee", "resource": answers}]}
    headers = {"Content-Type": "application/fhir+json"}
    bodies = [orjson.dumps(answered), orjson.dumps(answers), f'{{"resourceType": "{PLANTED}'.encode()]
    queries = ("", f"?as_of={PLANTED}", f"?trial={PLANTED}", f"?_format={PLANTED}")
    doors = ("/fhir/$assess", "/fhir/Questionnaire/NCT05262673/$open", f"/fhir/Questionnaire/{PLANTED}/$open")
    calls = [(f"{door}{query}", body) for door in doors for query in queries for body in bodies]
    posts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", path, {"content": body, "headers": headers}) for path, body in calls
    ]
    return [*posts, *(("GET", f"/fhir/{kind}/{PLANTED}", {}) for kind in ("Group", "ValueSet", "Questionnaire"))]


def _smart_calls() -> list[tuple[str, str, dict[str, Any]]]:
    opening = {"fhirServer": "https://smart.example/fhir", "access_token": TOKEN, "patient": "Zebedee-1",
               "scope": f"patient/*.rs {PLANTED}", "trial": PLANTED}  # fmt: skip
    forms = (opening, opening | {"fhirServer": f"https://{PLANTED}"}, opening | {"access_token": f"{TOKEN} {PLANTED}"})
    gets = (f"/smart/launch?iss=https://{PLANTED}&launch={PLANTED}", f"/smart/app?error={PLANTED}&state=x")
    posts: list[tuple[str, str, dict[str, Any]]] = [("POST", "/smart/view", {"data": form}) for form in forms]
    return [*posts, *(("GET", path, {}) for path in gets)]


def may_hold_the_chart(path: str, status: int) -> bool:
    """Answers about the patient, and pages that repeat what was typed, go to who asked; all else goes to people who
    must not know."""
    own = (SERVICE, ORDERS, "/api/assess", "/workbench/check-request")
    mine = path in own or path.startswith(("/?", "/fhir/$assess", "/fhir/Questionnaire/NCT05262673/$open"))
    return (status == 200 and mine) or (path == "/" and status == 400) or path.startswith(OWN_ADDRESS)


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@contextmanager
def logging_to(stream: StringIO) -> Iterator[None]:
    handler = configure_logs(stream)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        structlog.reset_defaults()


def failing_ehr() -> Iterator[httpx.Response | Exception]:
    """What the client's server answers: secrets in bodies, headers and addresses, and failures that name them."""
    yield httpx.Response(500, text=PLANTED)
    yield httpx.Response(302, headers={"Location": f"https://{PLANTED}.example/{PLANTED}"})
    yield httpx.Response(200, text=f'{{"resourceType": "Bundle", "entry": "{PLANTED}"}}')
    yield httpx.ConnectError(f"cannot reach {PLANTED}")
    yield from (httpx.Response(401, headers={"WWW-Authenticate": PLANTED}, text=PLANTED) for _ in range(1000))


@pytest.mark.parametrize("broken", ["nothing", "the assessor", "the spool", "the database", "the FHIR server"])
async def test_nothing_planted_comes_out(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    registered = tmp_path / "smart.yaml"
    registered.write_text("ehrs: [{name: EHR, fhir_server: 'https://smart.example/fhir', client_id: x}]")
    settings = Settings(
        smart=registered,
        state=tmp_path / "state",
        demonstration=True,
        spool_limit=10 if broken == "the spool" else 10_000_000,
        database="postgresql://Zebedee:Zebedee@127.0.0.1:9/Zebedee" if broken == "the database" else "",
    )
    if broken == "the assessor":

        def fails(*_: object, **__: object) -> None:
            raise LookupError(PLANTED) from ValueError(TOKEN)

        monkeypatch.setattr(Assessor, "_open", fails)
    spans, lines, emitted = InMemorySpanExporter(), StringIO(), []
    with logging_to(lines), respx.mock(assert_all_called=False, assert_all_mocked=False) as router:
        server = router.route(host="zebedee.example").mock(side_effect=failing_ehr())
        opened = router.route(host="smart.example").mock(side_effect=failing_ehr())
        router.route().pass_through()
        app = create_app(
            settings,
            clock=lambda: NOON,
            is_allowed_server=lambda _issuer, _url: broken == "the FHIR server",
            tracing=Tracing(spans),
        )
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://cds.example", headers=HEADERS) as ehr:
                for method, path, given in requests():
                    answer = await ehr.request(method, path, **given)
                    if not may_hold_the_chart(path, answer.status_code):
                        emitted.append(f"{answer.headers}{answer.text}")
                emitted += [(await ehr.get(path)).text for path in ("/metrics", "/readyz", "/cds-services")]
    emitted += [lines.getvalue(), "".join(capfd.readouterr()), *(span.to_json() for span in spans.get_finished_spans())]

    assert secrets_in("\n".join(emitted)) == []
    assert "patient-view" in lines.getvalue() or broken == "the assessor"
    assert bool(server.calls) is (broken == "the FHIR server")
    assert opened.called
    assert ("bug" in lines.getvalue()) is (broken == "the assessor")
    names = {span.name for span in spans.get_finished_spans()}
    assert {SERVICE, "/api/assess", "feedback", "other", "assess"} <= names
    forms = {"/fhir/$assess", "/fhir/Questionnaire", "/fhir/Questionnaire/$open"}
    doors = {SERVICE, ORDERS, "/api/assess", "/cds-services", "/", "feedback", "other"} | forms
    assert names <= doors | STEPS


def test_what_libraries_log_is_taken_without_its_values() -> None:
    lines = StringIO()
    with logging_to(lines):
        logging.getLogger("uvicorn.error").error("cannot read %s", PLANTED)
        logging.getLogger("uvicorn.access").info('"GET /?patient=%s"', PLANTED)
        logging.getLogger("sqlalchemy.engine").warning(f"INSERT {PLANTED}")
        try:
            raise LookupError(PLANTED) from ValueError(TOKEN)
        except LookupError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
            structlog.get_logger("trial_hooks").exception("bug")
        httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))).get(f"http://x/{PLANTED}")

    written = [orjson.loads(line) for line in lines.getvalue().splitlines()]
    assert secrets_in(lines.getvalue()) == []
    assert written[0]["event"] == "cannot read %s"
    assert [entry.get("kinds") for entry in written] == [None, None, *[["LookupError", "ValueError"]] * 2]
    assert all({"timestamp", "level", "logger"} <= entry.keys() for entry in written)


class Collector(BaseHTTPRequestHandler):
    """Takes spans as an OTLP collector does, and keeps their bytes."""

    received: list[bytes]

    def do_POST(self) -> None:
        self.received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_nothing_planted_comes_out_of_the_real_process(tmp_path: Path) -> None:
    """`trial-hooks serve` with a collector and a database that is down: its output and its spans, byte by byte."""
    Collector.received = []
    collector = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,  # noqa: TID251 - handed to the child as it is
        "PORT": str(port),
        "TRIAL_HOOKS_DEMONSTRATION": "1",
        "TRIAL_HOOKS_STATE": str(tmp_path / "state"),
        "TRIAL_HOOKS_DATABASE": "postgresql://Zebedee:Zebedee@127.0.0.1:9/Zebedee",
        "TRIAL_HOOKS_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
    }
    command = [sys.executable, "-c", "from cds.cli import main; main()", "serve"]
    base, output = f"http://127.0.0.1:{port}", tmp_path / "output"
    with output.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as worker:  # noqa: S603
        wait_until(lambda: answers(base))
        with httpx.Client(base_url=base, headers=HEADERS) as ehr:
            statuses = [ehr.request(method, path, **given).status_code for method, path, given in requests()]
        worker.terminate()
    collector.shutdown()
    collector.server_close()

    said, spans = output.read_text(), b"".join(Collector.received).decode("utf-8", "replace")
    assert {200, 400, 404, 405, 412, 415} <= set(statuses)
    assert '"event": "patient-view"' in said
    assert '"failure": "OperationalError"' in said
    assert "/cds-services/trial-eligibility" in spans
    assert secrets_in(said + spans) == []
