"""What a start says and refuses: authentication by default, who may switch it off, and why nobody can call yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cds.errors import SiteProfileError
from cds.settings import Settings
from tests.ehr.signing import token
from tests.hooks.trust.site import PUBLIC, cause_of, client_entry, clients_file, post, site, speaking_to


def test_authentication_is_on_unless_this_is_a_demonstration() -> None:
    assert Settings.from_environment({}).authenticates
    assert not Settings.from_environment({"TRIAL_HOOKS_DEMONSTRATION": "1"}).authenticates
    demonstration = {"TRIAL_HOOKS_DEMONSTRATION": "1", "TRIAL_HOOKS_AUTHENTICATION": "required"}
    assert Settings.from_environment(demonstration).authenticates


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_authentication_can_be_switched_off_on_ones_own_machine(host: str) -> None:
    assert not Settings.from_environment({"HOST": host, "TRIAL_HOOKS_AUTHENTICATION": "off"}).authenticates


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "cds.example", "127.0.0.1.evil.example"])  # noqa: S104
def test_authentication_cannot_be_switched_off_where_others_can_call(host: str) -> None:
    with pytest.raises(ValueError, match="TRIAL_HOOKS_AUTHENTICATION=off needs a loopback HOST"):
        Settings.from_environment({"HOST": host, "TRIAL_HOOKS_AUTHENTICATION": "off"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("TRIAL_HOOKS_AUTHENTICATION", "no", "must be required or off"),
        ("TRIAL_HOOKS_JWT_LIFETIME", "5m", "must be a whole number"),
        ("TRIAL_HOOKS_MOST_IN_FLIGHT", "0", "must be at least 1"),
        ("TRIAL_HOOKS_CORS_ORIGINS", "*", "must be like https://ehr.example"),
        ("TRIAL_HOOKS_CORS_ORIGINS", "https://ehr.example/", "must be like https://ehr.example"),
        ("TRIAL_HOOKS_CORS_ORIGINS", "null", "must be like https://ehr.example"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings.from_environment({name: text})


def test_trust_is_read_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "TRIAL_HOOKS_CLIENTS": "clients.yaml",
            "TRIAL_HOOKS_JWT_LIFETIME": "300",
            "TRIAL_HOOKS_JWT_LEEWAY": "30",
            "TRIAL_HOOKS_BODY_SECONDS": "7",
            "TRIAL_HOOKS_ANSWER_SECONDS": "8",
            "TRIAL_HOOKS_MOST_IN_FLIGHT": "9",
            "TRIAL_HOOKS_CORS_ORIGINS": "https://a.example, https://b.example:8443",
        }
    )

    assert settings.clients == Path("clients.yaml")
    assert (settings.jwt_lifetime, settings.jwt_leeway) == (300, 30)
    assert (settings.body_seconds, settings.answer_seconds, settings.most_in_flight) == (7, 8, 9)
    assert settings.cors_origins == ("https://a.example", "https://b.example:8443")


@pytest.mark.parametrize("name", [None, "nowhere.yaml"])
async def test_without_clients_the_service_starts_refuses_all_and_says_why(tmp_path: Path, name: str | None) -> None:
    with capture_logs() as logs:
        app = site(tmp_path / name if name else None)
    async with speaking_to(app) as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")

    assert (ready.status_code, alive.status_code) == (503, 200)
    assert "TRIAL_HOOKS_CLIENTS" in ready.json()["because"][0]
    assert ready.json()["trials"]
    assert [entry["event"] for entry in logs] == ["authentication-required", "authentication-unready"]
    assert await cause_of(app, token()) == "no_clients"
    assert (await post(app, token())).content == (await post(app, None)).content


async def test_with_a_client_the_service_is_ready(tmp_path: Path) -> None:
    async with speaking_to(site(clients_file(tmp_path, client_entry()))) as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


@pytest.mark.parametrize(
    ("settings", "events"),
    [
        ({"demonstration": True}, ["authentication-off"]),
        ({"authentication": "off"}, ["authentication-off"]),
        ({}, ["authentication-required"]),
        ({"public_url": "http://cds.example"}, ["authentication-required", "public-url-not-https"]),
    ],
)
def test_the_log_says_at_start_who_may_call(tmp_path: Path, settings: dict[str, Any], events: list[str]) -> None:
    with capture_logs() as logs:
        site(clients_file(tmp_path, client_entry()), **settings)

    assert [entry["event"] for entry in logs] == events


def test_a_clients_file_that_cannot_be_used_keeps_the_service_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SiteProfileError, match="did you mean 'issuer'"):
        site(clients_file(tmp_path, client_entry(issuers="x")))


def test_an_open_server_that_is_no_address_keeps_the_service_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SiteProfileError, match="TRIAL_HOOKS_OPEN_FHIR_SERVERS"):
        site(clients_file(tmp_path, client_entry()), open_fhir_servers=("ehr.example",))


async def test_a_demonstration_needs_no_token() -> None:
    assert (await post(site(None, demonstration=True), None)).status_code == 200


async def test_the_aud_is_the_configured_address_with_its_path(tmp_path: Path) -> None:
    """Behind a proxy that adds a path, the public address has it and the service does not."""
    app = site(clients_file(tmp_path, client_entry()), public_url="https://hospital.example/apps/trials")

    assert await cause_of(app, token(aud=f"{PUBLIC}/cds-services/trial-eligibility")) == "audience"
    called = "https://hospital.example/apps/trials/cds-services/trial-eligibility"
    assert await cause_of(app, token(aud=called)) is None
