"""Every way in which a client's token can fail: always the same 401, and the cause only in the log."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from fastapi import FastAPI
from structlog.testing import capture_logs

from tests.ehr.signing import AUDIENCE, ISSUER, NOW, b64, claims, encoded, key, new_key, token
from tests.hooks.trust.site import (
    CALL,
    JKU,
    JSON,
    PUBLIC,
    SERVICE,
    cause_of,
    client_entry,
    clients_file,
    post,
    site,
    speaking_to,
)

SECONDS = int(NOW.timestamp())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("site")
    tenants = client_entry(issuer="https://tenants.example", tenants=["north", "south"])
    only_rsa = client_entry(issuer="https://rsa.example", algorithms=["RS384"])
    return site(clients_file(folder, client_entry(jku=JKU), tenants, only_rsa))


def hs(name: str, secret: bytes, **header: Any) -> str:
    """A token signed with a shared secret."""
    signed = encoded({"alg": name, "typ": "JWT", "kid": "key-1"} | header, claims())
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384}[name]
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), digest).digest())}"


def public_pem() -> bytes:
    return (
        key()
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def unsigned(algorithm: str) -> str:
    return encoded({"alg": algorithm, "typ": "JWT", "kid": "key-1"}, claims()) + "."


def flipped(signed: str) -> str:
    head, body, signature = signed.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[5] ^= 1
    return f"{head}.{body}.{b64(bytes(raw))}"


def other_claims(signed: str) -> str:
    """The signature of one token under the claims of another."""
    head, _, signature = signed.split(".")
    return f"{head}.{b64(json.dumps(claims(sub='somebody')).encode())}.{signature}"


def wrong(name: str, cause: str, made: str) -> Any:
    return pytest.param(made, cause, id=name)


WRONG = [
    wrong("nothing", "malformed", ""),
    wrong("no JWT", "malformed", "abc"),
    wrong("two parts", "malformed", "a.b"),
    wrong("five parts, encrypted", "malformed", "a.b.c.d.e"),
    wrong("claims that are a list", "malformed", encoded({"alg": "ES384", "typ": "JWT", "kid": "key-1"}, []) + ".AA"),
    wrong("a depth bomb", "malformed", f"{b64(b'[' * 3000)}.{b64(b'{}')}.AA"),
    wrong("a very long one", "too_long", "a" * 9000),
    wrong("alg none", "algorithm", unsigned("none")),
    wrong("alg None", "algorithm", unsigned("None")),
    wrong("alg missing", "algorithm", encoded({"typ": "JWT", "kid": "key-1"}, claims()) + ".AA"),
    wrong("alg a number", "algorithm", encoded({"alg": 384, "typ": "JWT", "kid": "key-1"}, claims()) + ".AA"),
    wrong("HS256 with the public key as the secret", "algorithm", hs("HS256", public_pem())),
    wrong("HS384 with the JWK as the secret", "algorithm", hs("HS384", json.dumps(key().jwk()).encode())),
    wrong("alg ES256", "algorithm", token(header={"alg": "ES256"})),
    wrong("alg PS384", "algorithm", token(key("key-rsa", "RS384"), header={"alg": "PS384"})),
    wrong("an algorithm that this client does not use", "algorithm", token(iss="https://rsa.example")),
    wrong("RS384 stated, EC key", "unknown_key", token(header={"alg": "RS384"})),
    wrong("ES384 stated, RSA key", "unknown_key", token(key("key-rsa", "RS384"), header={"alg": "ES384"})),
    wrong("typ missing", "type", token(header={"typ": None})),
    wrong("another kind of token", "type", token(header={"typ": "at+jwt"})),
    wrong("kid missing", "no_key_id", token(header={"kid": None})),
    wrong("kid empty", "no_key_id", token(header={"kid": ""})),
    wrong("kid no text", "malformed", token(header={"kid": 1})),
    wrong("an unknown kid", "unknown_key", token(header={"kid": "key-2"})),
    wrong("a kid that is a path", "unknown_key", token(header={"kid": "../../etc/passwd"})),
    wrong("a critical extension", "malformed", token(header={"crit": ["exp"]})),
    wrong("a critical extension that the library knows", "critical", token(header={"crit": ["b64"], "b64": True})),
    wrong("an own key in the header", "signature", token(new_key(), header={"jwk": new_key().jwk()})),
    wrong("a jku of somebody else", "key_set_address", token(header={"jku": "https://evil.example/jwks.json"})),
    wrong("a jku that looks like ours", "key_set_address", token(header={"jku": f"{JKU}?x=1"})),
    wrong("a flipped bit", "signature", flipped(token())),
    wrong("no signature", "signature", token().rpartition(".")[0] + "."),
    wrong("claims changed", "signature", other_claims(token())),
    wrong("signed by another key", "signature", token(new_key())),
    wrong("iss missing", "issuer", token(iss=None)),
    wrong("iss unknown", "issuer", token(iss="https://evil.example")),
    wrong("iss with a slash more", "issuer", token(iss=f"{ISSUER}/")),
    wrong("iss a list", "issuer", token(iss=[ISSUER])),
    wrong("iss the public sandbox", "public_sandbox", token(iss="https://sandbox.cds-hooks.org")),
    wrong("aud missing", "audience", token(aud=None)),
    wrong("aud of another service", "audience", token(aud=f"{PUBLIC}/cds-services/trial-order-check")),
    wrong("aud of the whole server", "audience", token(aud=PUBLIC)),
    wrong("aud with a slash more", "audience", token(aud=f"{AUDIENCE}/")),
    wrong("aud with http", "audience", token(aud=AUDIENCE.replace("https", "http"))),
    wrong("aud as the Host header says", "audience", token(aud=f"http://inside.example{SERVICE}")),
    wrong("aud in capitals", "audience", token(aud=AUDIENCE.upper())),
    wrong("aud for two", "audience", token(aud=[AUDIENCE, "https://other.example"])),
    wrong("aud for nobody", "audience", token(aud=[])),
    wrong("aud an object", "audience", token(aud={"url": AUDIENCE})),
    wrong("exp missing", "no_expiry", token(exp=None)),
    wrong("exp a text", "no_expiry", token(exp=str(SECONDS + 300))),
    wrong("exp true", "no_expiry", token(exp=True)),
    wrong("exp beyond numbers", "no_expiry", token(exp=float("inf"))),
    wrong("exp no number", "no_expiry", token(exp=float("nan"))),
    wrong("expired", "expired", token(now=NOW - timedelta(minutes=10))),
    wrong("expired just now, leeway and all", "expired", token(iat=SECONDS - 360, exp=SECONDS - 60)),
    wrong("iat missing", "no_issue_time", token(iat=None)),
    wrong("iat a text", "no_issue_time", token(iat="now")),
    wrong("issued in the future", "not_yet", token(now=NOW + timedelta(seconds=61))),
    wrong("not valid yet", "not_yet", token(nbf=SECONDS + 120)),
    wrong("nbf a text", "not_yet", token(nbf="soon")),
    wrong("valid for more than an hour", "lifetime", token(exp=SECONDS + 3601)),
    wrong("expires before it was issued", "lifetime", token(iat=SECONDS + 30, exp=SECONDS + 20)),
    wrong("jti missing", "no_id", token(jti=None)),
    wrong("jti empty", "no_id", token(jti="")),
    wrong("jti a number", "no_id", token(jti=7)),
    wrong("jti with a line break", "no_id", token(jti="a\nb")),
    wrong("jti with half a character", "no_id", token(jti="\ud800")),
    wrong("tenant with a null character", "tenant", token(tenant="\x00")),
    wrong("exp beyond all numbers", "no_expiry", token(exp=10**400)),
    wrong("iat long before all time", "no_issue_time", token(iat=-(10**400))),
    wrong("jti endless", "no_id", token(jti="x" * 501)),
    wrong("sub no text", "subject", token(sub=7)),
    wrong("tenant no text", "tenant", token(tenant=7)),
    wrong("tenant missing", "tenant", token(iss="https://tenants.example")),
    wrong("tenant unknown", "tenant", token(iss="https://tenants.example", tenant="east")),
]  # fmt: skip


@pytest.mark.parametrize(("made", "cause"), WRONG)
async def test_a_wrong_token_is_refused_for_its_cause_and_says_nothing(app: FastAPI, made: str, cause: str) -> None:
    with capture_logs() as logs:
        answer, plain = await post(app, made), await post(app, None)

    assert answer.status_code == 401
    assert (answer.content, answer.headers) == (plain.content, plain.headers)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert [entry["cause"] for entry in logs] == [cause, "absent"]
    assert made not in str(logs) or len(made) < 4


HEADERS = [
    ("none at all", {}, "absent"),
    ("a name and password", {"Authorization": "Basic dXNlcjpwYXNz"}, "scheme"),
    ("a token without its scheme", {"Authorization": token()}, "scheme"),
    ("nothing behind the scheme", {"Authorization": "Bearer"}, "malformed"),
]


@pytest.mark.parametrize(("headers", "cause"), [pytest.param(h, c, id=name) for name, h, c in HEADERS])
async def test_a_wrong_header_is_refused_with_the_same_bytes(app: FastAPI, headers: dict[str, str], cause: str) -> None:
    with capture_logs() as logs:
        async with speaking_to(app) as client:
            answer = await client.post(SERVICE, content=CALL, headers=JSON | headers)

    assert (answer.status_code, [entry["cause"] for entry in logs]) == (401, [cause])
    assert answer.content == (await post(app, None)).content


async def test_two_authorization_headers_are_refused(app: FastAPI) -> None:
    headers = [("Content-Type", "application/json"), *[("Authorization", f"Bearer {token()}")] * 2]
    async with speaking_to(app) as client:
        answer = await client.post(SERVICE, content=CALL, headers=headers)

    assert answer.status_code == 401


RIGHT = [
    ("as the standard says", token()),
    ("RS384", token(key("key-rsa", "RS384"))),
    ("aud a list of one", token(aud=[AUDIENCE])),
    ("typ in small letters", token(header={"typ": "jwt"})),
    ("with the registered jku", token(header={"jku": JKU})),
    ("with a subject", token(sub="client-id")),
    ("with a tenant where none is asked for", token(tenant="anything")),
    ("of a known tenant", token(iss="https://tenants.example", tenant="south")),
    ("a clock that is a minute fast", token(now=NOW + timedelta(seconds=60))),
    ("a clock that is almost a minute slow", token(iat=SECONDS - 359, exp=SECONDS - 59)),
    ("fractions of a second", token(iat=SECONDS - 0.5, exp=SECONDS + 299.5)),
    ("an hour long", token(exp=SECONDS + 3600)),
    ("valid since a while", token(nbf=SECONDS - 10)),
]


@pytest.mark.parametrize("made", [pytest.param(made, id=name) for name, made in RIGHT])
async def test_a_right_token_gets_its_cards(app: FastAPI, made: str) -> None:
    answer = await post(app, made)

    assert answer.status_code == 200
    assert answer.json()["cards"]


async def test_a_token_for_one_door_does_not_open_another(app: FastAPI) -> None:
    assert await cause_of(app, token(), "/cds-services/trial-order-check") == "audience"
    assert await cause_of(app, token(), "/api/assess") == "audience"


@pytest.mark.parametrize("door", ["/api/assess", "/fhir/$assess"])
async def test_assessments_need_a_token_too(app: FastAPI, door: str) -> None:
    bundle = Path("fhir_fixtures/patients/fits.json").read_bytes()
    async with speaking_to(app) as client:
        without = await client.post(door, content=bundle, headers={"Content-Type": "application/fhir+json"})
        with_token = await client.post(
            door,
            content=bundle,
            headers={
                "Content-Type": "application/fhir+json",
                "Authorization": f"Bearer {token(aud=f'{PUBLIC}{door}')}",
            },
        )

    assert (without.status_code, with_token.status_code) == (401, 200)


@pytest.mark.parametrize("suffix", ["", "/feedback"])
async def test_feedback_takes_its_own_address_and_its_services_as_aud(app: FastAPI, suffix: str) -> None:
    """The door itself may not be there yet; the gate before it must let the token pass."""
    answer = await post(app, token(aud=f"{AUDIENCE}{suffix}"), f"{SERVICE}/feedback")

    assert answer.status_code != 401


async def test_feedback_needs_a_token(app: FastAPI) -> None:
    assert await cause_of(app, None, f"{SERVICE}/feedback") == "absent"


@pytest.mark.parametrize(
    "path",
    ["/cds-services", "/healthz", "/readyz", "/metrics", "/api/trials", "/", "/fhir/metadata",
     "/fhir/ResearchStudy/NCT07441291", "/fhir/Group/NCT07441291", "/fhir/ValueSet/lvef",
     "/fhir/OperationDefinition/assess"],
)  # fmt: skip
async def test_discovery_health_and_what_everybody_may_know_are_open(app: FastAPI, path: str) -> None:
    async with speaking_to(app) as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", SERVICE), ("POST", "/nowhere"), ("DELETE", "/cds-services"),
                         ("GET", "/healthz/../api/assess"), ("POST", "/healthz"), ("POST", "/fhir/$assess"),
                         ("GET", "/fhir/Group/../$assess"), ("PUT", "/fhir/Group/NCT07441291")],
)  # fmt: skip
async def test_whatever_is_not_listed_as_open_is_closed(app: FastAPI, method: str, path: str) -> None:
    async with speaking_to(app) as client:
        assert (await client.request(method, path)).status_code == 401


async def test_refusals_are_counted_by_cause(tmp_path: Path) -> None:
    app = site(clients_file(tmp_path, client_entry()))
    await post(app, None)
    await post(app, token(exp=SECONDS + 7200))
    async with speaking_to(app) as client:
        metrics = (await client.get("/metrics")).text

    assert 'trial_hooks_refused_tokens_total{cause="absent"} 1.0' in metrics
    assert 'trial_hooks_refused_tokens_total{cause="lifetime"} 1.0' in metrics
    assert 'trial_hooks_requests_total{door="/cds-services/trial-eligibility",status="401"} 2.0' in metrics


async def test_an_issuer_is_named_in_the_log_only_when_it_is_registered(app: FastAPI) -> None:
    with capture_logs() as logs:
        await post(app, token(iss="https://evil.example\nforged"))
        await post(app, token(new_key()))

    assert [entry["issuer"] for entry in logs] == [None, ISSUER]


async def test_neither_token_nor_its_id_is_logged(app: FastAPI) -> None:
    made = token(jti="planted-id", sub="planted-subject")
    with capture_logs() as logs:
        first, second = await post(app, made), await post(app, made)

    assert (first.status_code, second.status_code) == (200, 401)
    assert "planted" not in str(logs)
    assert made.split(".")[2] not in str(logs)


async def test_the_lifetime_can_be_made_shorter(tmp_path: Path) -> None:
    app = site(clients_file(tmp_path, client_entry()), jwt_lifetime=300)

    assert await cause_of(app, token()) is None
    assert await cause_of(app, token(exp=SECONDS + 301)) == "lifetime"
