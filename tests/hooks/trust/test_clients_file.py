"""The file of trusted clients: what may stand in it, and what is said when something else does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cds.errors import SiteProfileError
from hooks.trust.clients import load_clients
from tests.ehr.signing import ISSUER, key, key_set
from tests.hooks.trust.site import JKU, client_entry, clients_file, site


def test_a_client_needs_no_more_than_an_issuer_and_a_key(tmp_path: Path) -> None:
    [client] = load_clients(clients_file(tmp_path, {"issuer": ISSUER, "jku": JKU}))

    assert client.algorithms == ("ES384", "RS384")
    assert (client.tenants, client.fhir_servers, client.private_networks) == ((), (), ())


def test_keys_may_stand_in_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "ehr.json").write_text(json.dumps(key_set(key())), encoding="utf-8")

    [client] = load_clients(clients_file(tmp_path, client_entry(keys=None, keys_file="ehr.json")))

    assert client.static_keys is not None
    assert [found.kid for found in client.static_keys] == ["key-1"]


@pytest.mark.parametrize("name", [None, "nowhere.yaml"])
def test_without_a_file_nobody_is_trusted(tmp_path: Path, name: str | None) -> None:
    assert load_clients(tmp_path / name if name else None) == ()


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("a misspelt key", {"issuers": "x"}, "clients.0.issuers: unknown key; did you mean 'issuer'"),
    ("another misspelt key", {"fhir_server": []}, "did you mean 'fhir_servers'"),
    ("no issuer", {"issuer": None}, "issuer: Field required"),
    ("no key", {"keys": None}, "give jku, keys or keys_file"),
    ("keys twice", {"keys_file": "x.json"}, "not both"),
    ("a symmetric algorithm", {"algorithms": ["HS256"]}, "algorithms must be some of ES384, RS384"),
    ("no algorithm", {"algorithms": []}, "algorithms must be some of ES384, RS384"),
    ("no key in the set", {"keys": {"keys": []}}, "the key set is empty"),
    ("no set", {"keys": {"kid": "a"}}, 'a list of "keys"'),
    ("a private key", {"keys": {"keys": [key().jwk(d="AAAA")]}}, "a private key does not belong here"),
    ("a missing keys file", {"keys": None, "keys_file": "nowhere.json"}, "nowhere.json"),
    ("a server that is no address", {"fhir_servers": ["ehr.example"]}, "cannot be used: malformed"),
    ("a server with a name and password", {"fhir_servers": ["https://a:b@ehr.example/"]}, "user information"),
    ("a wildcard", {"fhir_servers": ["https://*.ehr.example/fhir"]}, "malformed"),
    ("the metadata service", {"private_networks": ["169.254.0.0/16"]}, "never called"),
    ("every network", {"private_networks": ["0.0.0.0/0"]}, "never called"),
    ("no network", {"private_networks": ["ehr.example"]}, "does not appear to be"),
    ("a number for an issuer", {"issuer": 7}, "should be a valid string"),
]


@pytest.mark.parametrize(("members", "said"), [pytest.param(m, s, id=name) for name, m, s in WRONG])
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, members: dict[str, Any], said: str) -> None:
    path = clients_file(tmp_path, client_entry(**members))

    with pytest.raises(SiteProfileError) as error:
        load_clients(path)

    assert said in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["[", "- a", "clients: 7", "client: []"])
def test_what_is_no_list_of_clients_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SiteProfileError):
        load_clients(path)


def test_an_issuer_is_listed_once(tmp_path: Path) -> None:
    with pytest.raises(SiteProfileError, match="listed twice"):
        load_clients(clients_file(tmp_path, client_entry(), client_entry()))


def test_keys_are_fetched_over_https_only(tmp_path: Path) -> None:
    path = clients_file(tmp_path, client_entry(keys=None, jku="http://ehr.example/jwks.json"))

    with pytest.raises(SiteProfileError, match="jku must be https"):
        site(path)
    assert site(path, demonstration=True, authentication="required")
