"""Which servers a client can make us call: those on its list, at addresses that are not inside."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from hooks.trust.addresses import Reach, reach_of
from hooks.trust.clients import Client
from hooks.trust.servers import RefusedServerError, Servers
from tests.ehr.signing import ISSUER
from tests.hooks.trust.site import JKU

FHIR = "https://ehr.example/fhir"
OTHER = "https://other.example"
PUBLIC_ADDRESS = "93.184.216.34"


class Names:
    """A resolver whose answers a test writes, one after the other; the last one holds."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, _host: str, _port: int) -> tuple[str, ...]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not answer:
            raise OSError("no such host")
        return answer


def servers(*listed: str, names: Names | None = None, networks: tuple[str, ...] = (), **options: Any) -> Servers:
    client = Client(issuer=ISSUER, jku=JKU, fhir_servers=listed or (FHIR,), private_networks=networks)
    other = Client(issuer=OTHER, jku="https://other.example/jwks", fhir_servers=("https://other.example/fhir",))
    return Servers((client, other), resolver=names or Names((PUBLIC_ADDRESS,)), **options)


async def refusal(of: Servers, url: str, issuer: str | None = ISSUER) -> str:
    """The code, or "" when the server may be called."""
    try:
        await of.check_server(issuer, url)
    except RefusedServerError as error:
        return error.why
    return ""


@pytest.mark.parametrize("url", [FHIR, f"{FHIR}/", "https://EHR.example/fhir", "https://ehr.example:443/fhir"])
async def test_a_listed_server_may_be_called_however_it_is_written(url: str) -> None:
    assert servers().is_allowed_server(ISSUER, url)
    assert await refusal(servers(), url) == ""


WRITTEN = [
    ("https://evil.example/fhir", "not_listed"),
    ("https://other.example/fhir", "not_listed"),
    ("https://ehr.example/", "not_listed"),
    ("https://ehr.example/FHIR", "not_listed"),
    ("https://ehr.example/fhir/deeper", "not_listed"),
    ("https://ehr.example:8443/fhir", "not_listed"),
    ("https://ehr.example.evil.example/fhir", "not_listed"),
    ("https://ehr.example./fhir", "not_listed"),
    ("https://sub.ehr.example/fhir", "not_listed"),
    ("http://ehr.example/fhir", "not_https"),
    ("http://ehr.example:443/fhir", "not_https"),
    ("ftp://ehr.example/fhir", "scheme"),
    ("file:///etc/passwd", "malformed"),
    ("gopher://ehr.example/fhir", "scheme"),
    ("//ehr.example/fhir", "malformed"),
    ("ehr.example/fhir", "malformed"),
    ("", "malformed"),
    ("https://", "malformed"),
    ("https://ehr.example@evil.example/fhir", "user_information"),
    ("https://user:secret@ehr.example/fhir", "user_information"),
    ("https://evil.example#@ehr.example/fhir", "user_information"),
    ("https://evil.example\\@ehr.example/fhir", "user_information"),
    ("https://evil.example\\.ehr.example/fhir", "malformed"),
    ("https://ehr.example/fhir?x=1", "malformed"),
    ("https://ehr.example/fhir#x", "malformed"),
    ("https://ehr.example/%2e%2e/fhir", "malformed"),
    ("https://ehr.example/x/../fhir", "dot_segments"),
    ("https://ehr.example/./fhir", "dot_segments"),
    ("https://ehr.example /fhir", "malformed"),
    ("https://ehr.example\r\nX: 1/fhir", "malformed"),
    ("https://ehr.example\u3002evil.example/fhir", "malformed"),
    ("https://\u212fhr.example/fhir", "malformed"),
    ("https://ehr.example:0/fhir", "malformed"),
    ("https://ehr.example:65536/fhir", "malformed"),
    ("https://ehr.example:443443/fhir", "malformed"),
    ("https://" + "a" * 3000, "malformed"),
    ("https://2130706433/fhir", "disguised_address"),
    ("https://0x7f000001/fhir", "disguised_address"),
    ("https://0x7f.1/fhir", "disguised_address"),
    ("https://0177.0.0.1/fhir", "disguised_address"),
    ("https://127.1/fhir", "disguised_address"),
    ("https://127.0.0.1./fhir", "disguised_address"),
    ("https://1.2.3.4.5/fhir", "disguised_address"),
    ("https://127.0.0.256/fhir", "disguised_address"),
    ("https://[::ffff:127.0.0.1]/fhir", "not_listed"),
    ("https://[fe80::1%25eth0]/fhir", "malformed"),
    ("https://[::1/fhir", "malformed"),
    ("https://127.0.0.1/fhir", "not_listed"),
    ("https://169.254.169.254/latest/meta-data", "not_listed"),
    ("https://localhost/fhir", "not_listed"),
]


@pytest.mark.parametrize(("url", "why"), WRITTEN)
async def test_anything_else_is_refused_before_any_look_up(url: str, why: str) -> None:
    names = Names((PUBLIC_ADDRESS,))
    told: list[str] = []

    assert not servers(names=names, refused=told.append).is_allowed_server(ISSUER, url)
    assert told == [why]
    assert await refusal(servers(names=names), url) == why
    assert names.asked == 0


@pytest.mark.parametrize("issuer", [None, "https://evil.example", OTHER])
def test_the_list_of_one_client_is_not_for_another(issuer: str | None) -> None:
    assert not servers().is_allowed_server(issuer, FHIR)


NEVER = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "168.63.129.16",
    "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "0.0.0.0", "0.1.2.3",  # noqa: S104 - refused, not bound to
    "::", "224.0.0.1", "ff02::1",
    "255.255.255.255", "240.0.0.1", "2002:7f00:1::", "2001:0:7f00:1::1", "::7f00:1", "64:ff9b:1::1",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "192.0.2.1", "198.18.0.1",
]  # fmt: skip
PUBLIC = [PUBLIC_ADDRESS, "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1"]


@pytest.mark.parametrize(
    ("address", "reach"),
    [(a, Reach.NEVER) for a in NEVER] + [(a, Reach.PRIVATE) for a in PRIVATE] + [(a, Reach.PUBLIC) for a in PUBLIC],
)
def test_an_address_is_public_private_or_never_called(address: str, reach: Reach) -> None:
    assert reach_of(ip_address(address)) is reach


@pytest.mark.parametrize("address", NEVER + PRIVATE)
async def test_a_listed_name_that_leads_inside_is_refused(address: str) -> None:
    assert await refusal(servers(names=Names((address,))), FHIR) == "address"


@pytest.mark.parametrize("address", NEVER)
async def test_not_even_a_demonstration_calls_metadata_services(address: str) -> None:
    assert await refusal(servers(names=Names((address,)), demonstration=True), FHIR) == "address"


async def test_one_address_inside_among_others_is_enough_to_refuse() -> None:
    assert await refusal(servers(names=Names((PUBLIC_ADDRESS, "10.0.0.1"))), FHIR) == "address"


async def test_a_name_without_an_address_is_refused() -> None:
    assert await refusal(servers(names=Names(())), FHIR) == "no_address"


async def test_a_site_may_name_the_private_network_in_which_its_ehr_stands() -> None:
    inside = servers(names=Names(("10.20.0.7",)), networks=("10.20.0.0/16",))
    beside = servers(names=Names(("10.21.0.7",)), networks=("10.20.0.0/16",))

    assert (await refusal(inside, FHIR), await refusal(beside, FHIR)) == ("", "address")


async def test_the_private_network_of_one_client_is_not_for_the_servers_of_another() -> None:
    shared = servers(names=Names(("10.20.0.7",)), networks=("10.20.0.0/16",))

    assert await refusal(shared, "https://other.example/fhir", OTHER) == "address"


async def test_an_address_written_out_is_looked_at_too() -> None:
    listed = "https://10.20.0.7/fhir"

    assert not servers(listed).is_allowed_server(ISSUER, listed)
    assert servers(listed, networks=("10.20.0.0/16",)).is_allowed_server(ISSUER, listed)


async def test_a_demonstration_may_use_http_on_this_machine() -> None:
    local = "http://localhost:8080/fhir"
    demonstration = servers(local, names=Names(("127.0.0.1",)), demonstration=True)

    assert await refusal(demonstration, local) == ""


def test_without_a_token_only_servers_that_the_site_calls_open_may_be_called() -> None:
    demonstration = servers(open_servers=("http://localhost:8080/fhir",), demonstration=True)

    assert demonstration.is_allowed_server(None, "http://localhost:8080/fhir/")
    assert not demonstration.is_allowed_server(None, FHIR)
