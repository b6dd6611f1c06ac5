"""Connections go to the addresses that were looked at, and nowhere when one was refused; TLS still checks the name."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cds.fetching.guarded import AddressesOf, GuardedTransport, RefusedAddressError

HERE = "127.0.0.1"


@asynccontextmanager
async def server(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server on this machine that answers 204, and the heads of the requests that it gets."""
    heads: list[bytes] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    listening = await asyncio.start_server(one, HERE, 0, ssl=context)
    try:
        yield listening.sockets[0].getsockname()[1], heads
    finally:
        listening.close()


def addresses(*answers: tuple[str, ...]) -> AddressesOf:
    """A name whose addresses change from one look-up to the next; private ones other than HERE are refused."""
    left = list(answers)

    async def of(_host: str, _port: int) -> tuple[str, ...]:
        found = left.pop(0) if len(left) > 1 else left[0]
        if any(ip_address(address).is_private and address != HERE for address in found):
            raise RefusedAddressError("address")
        return found

    return of


async def get(url: str, of: AddressesOf, context: ssl.SSLContext | None = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=GuardedTransport(of, context), trust_env=False) as client:
        return await client.get(url, timeout=3)


async def test_the_connection_goes_to_the_address_that_was_looked_at_under_the_name_that_was_asked_for() -> None:
    async with server() as (port, heads):
        answer = await get(f"http://ehr.example:{port}/fhir", addresses((HERE,)))

    assert answer.status_code == 204
    assert f"host: ehr.example:{port}".encode() in heads[0].lower()


async def test_a_refused_host_is_not_connected_to() -> None:
    async with server() as (port, heads):
        with pytest.raises(httpx.ConnectError, match="address"):
            await get(f"http://ehr.example:{port}/fhir", addresses(("10.0.0.1", HERE)))

    assert heads == []


async def test_a_name_that_changes_its_mind_is_refused_the_next_time() -> None:
    of = addresses((HERE,), ("10.0.0.1",))
    guarded = httpx.AsyncClient(transport=GuardedTransport(of), trust_env=False)
    async with server() as (port, heads), guarded as client:
        assert (await client.get(f"http://ehr.example:{port}/")).status_code == 204
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://ehr.example:{port}/")

    assert len(heads) == 1


async def nobody_then_here(_host: str, _port: int) -> tuple[str, ...]:
    """Nobody listens on the first."""
    return ("127.0.0.2", HERE)


async def never_resolved(_host: str, _port: int) -> tuple[str, ...]:
    await asyncio.sleep(60)
    return ()


async def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    async with server() as (port, _):
        assert (await get(f"http://ehr.example:{port}/", nobody_then_here)).status_code == 204


async def test_a_name_server_that_does_not_answer_is_a_timeout() -> None:
    transport = GuardedTransport(never_resolved)
    async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=0.2) as client:
        with pytest.raises(httpx.ConnectTimeout):
            await client.get("http://ehr.example/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a self-signed certificate with its key, in one file, for a name."""
    folder = tmp_path_factory.mktemp("tls")

    def make(name: str) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)  # noqa: TID251 - OpenSSL looks at the real clock
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = folder / f"{name}.pem"
        path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        return path

    return make


@pytest.mark.parametrize(("name", "works"), [("ehr.example", True), ("other.example", False)])
async def test_the_certificate_must_be_for_the_name_and_not_for_the_address(
    certificate: Callable[[str], Path], name: str, *, works: bool
) -> None:
    path = certificate(name)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(path)
    trusting = ssl.create_default_context(cafile=str(path))

    async with server(serving) as (port, heads):
        if works:
            assert (await get(f"https://ehr.example:{port}/", addresses((HERE,)), trusting)).status_code == 204
        else:
            with pytest.raises(httpx.ConnectError):
                await get(f"https://ehr.example:{port}/", addresses((HERE,)), trusting)

    assert len(heads) == works
