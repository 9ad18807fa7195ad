"""One port for HTTP, TLS and media over TCP; certificates; addresses."""

from __future__ import annotations

import asyncio
import datetime
import errno
import itertools
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from galene_py.web import limits, redirect, sockets, tls
from galene_py.web.sockets import HttpAddress, ListenError, parse_address
from galene_py.web.tls import Certificate, CertificateError
from unit.web.conftest import Site, eventually

Start = Callable[..., Awaitable[Site]]


def certificate(tmp_path: Path) -> Certificate:
    data = tmp_path / "tls"
    data.mkdir()
    return Certificate(data, clock=lambda: time.monotonic() * 1e6, names=["localhost", "127.0.0.1"])


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("first", [b"\x00", b"\x01"])
async def test_media_over_tcp_shares_the_port(
    start_site: Start, tmp_path: Path, first: bytes, secure: bool
) -> None:
    adopted: list[socket.socket] = []
    site = await start_site(adopt_tcp=adopted.append, certificate=certificate(tmp_path) if secure else None)
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    await asyncio.sleep(0)
    writer.write(first + b"rest")
    await eventually(lambda: adopted)
    assert adopted[0].recv(10) == first + b"rest"
    adopted[0].close()
    writer.close()
    scheme = "https" if secure else "http"
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting())) as session,
        session.get(f"{scheme}://127.0.0.1:{site.port}/healthz") as answer,
    ):
        assert answer.status == 200


async def test_media_is_refused_where_nobody_takes_it(site: Site) -> None:
    assert await site.raw(b"\x00\x14") == b""


async def test_an_exception_in_adoption_closes_that_connection_only(start_site: Start) -> None:
    def refuse(_sock: socket.socket) -> None:
        raise RuntimeError("no")

    site = await start_site(adopt_tcp=refuse)
    assert await site.raw(b"\x00\x14") == b""
    assert (await site.get_raw("/healthz"))[0] == 200


async def test_silent_connections_are_bounded(start_site: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.web.limits.UNDECIDED_CONNECTIONS", 3)
    site = await start_site()
    pairs = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(5)]
    await eventually(lambda: site.listener.accepted == 5)
    assert site.listener.debug_state()["undecided"] == 3
    async with asyncio.timeout(5):
        assert await pairs[0][0].read() == b""
    assert (await site.get_raw("/healthz"))[0] == 200
    for _, writer in pairs:
        writer.close()


async def test_silence_ends_the_connection(start_site: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.web.limits.FIRST_BYTE_SECONDS", 0.05)
    site = await start_site()
    assert await site.raw(b"") == b""


async def test_running_out_of_descriptors_pauses_and_recovers(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = site.listener.sockets[0]

    class Exhausted:
        family = listening.family
        failures = 0

        def accept(self) -> tuple[socket.socket, object]:
            self.failures += 1
            raise OSError(errno.EMFILE, "Too many open files")

    exhausted = Exhausted()
    monkeypatch.setattr("galene_py.limits.ACCEPT_PAUSE_SECONDS", 0.05)
    site.listener.accept(exhausted)  # type: ignore[arg-type]
    assert exhausted.failures == 1
    assert (await site.get_raw("/healthz"))[0] == 200


async def test_unix_socket(start_site: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "http.sock")
    await start_site(address=HttpAddress(path=path))
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session:
        headers = {"X-Forwarded-Proto": "https", "Host": "meet.example.org"}
        async with session.get("http://x/group/demo/.status", headers=headers) as response:
            assert (await response.json())["location"] == "https://meet.example.org/group/demo/"
    with pytest.raises(ListenError, match="in use"):
        sockets.listen(HttpAddress(path=path))


def test_stale_unix_socket_is_replaced_but_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    sockets.listen(HttpAddress(path=str(path)))[0].close()
    assert path.exists()
    sockets.listen(HttpAddress(path=str(path)))[0].close()
    path.unlink()
    path.write_text("precious")
    with pytest.raises(ListenError, match="a file of that name"):
        sockets.listen(HttpAddress(path=str(path)))
    assert path.read_text() == "precious"


def test_port_in_use_is_explained() -> None:
    first = sockets.listen(HttpAddress(host="127.0.0.1"))[0]
    port = first.getsockname()[1]
    for host in ("127.0.0.1", "localhost", ""):
        with pytest.raises(ListenError, match=f"port {port} is in use"):
            sockets.listen(HttpAddress(host=host, port=port))
    first.close()


def test_a_host_with_several_addresses_gets_one_port() -> None:
    listening = sockets.listen(HttpAddress(host="localhost"))
    assert len({sock.getsockname()[1] for sock in listening}) == 1
    for sock in listening:
        sock.close()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":8443", HttpAddress("", 8443)),
        ("localhost:80", HttpAddress("localhost", 80)),
        ("[::1]:443", HttpAddress("::1", 443)),
        ("::1:443", HttpAddress("::1", 443)),
        ("/run/x.sock", HttpAddress(path="/run/x.sock")),
    ],
)
def test_addresses(text: str, address: HttpAddress) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "8443", ":", ":x", ":70000", ":-1", "host", ":٣"])
def test_bad_addresses_are_refused(text: str) -> None:
    with pytest.raises(ListenError):
        parse_address(text)


def test_self_signed_certificate_is_kept_private_and_stable(tmp_path: Path) -> None:
    one = certificate(tmp_path)
    one.load()
    path = tmp_path / "tls" / "var" / "self-signed.pem"
    assert one.self_signed
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    Certificate(tmp_path / "tls", clock=time.monotonic).load()
    assert path.read_bytes() == content


def test_an_expiring_self_signed_certificate_is_replaced(tmp_path: Path) -> None:
    one = certificate(tmp_path)
    path = tmp_path / "tls" / "var" / "self-signed.pem"
    path.parent.mkdir()
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=390)
    old = tls.make_self_signed(["localhost"], past)
    path.write_bytes(old)
    one.load()
    assert path.read_bytes() != old


class Calendar:
    """A wall clock that a test turns on."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def dated(tmp_path: Path, calendar: Calendar) -> Certificate:
    data = tmp_path / "tls"
    data.mkdir()
    ticks = itertools.count(0, 60)
    return Certificate(data, clock=lambda: next(ticks), wall_clock=calendar, names=["localhost"])


DAY = 86400
LIFE = limits.SELF_SIGNED_DAYS - limits.SELF_SIGNED_RENEW_DAYS


async def test_a_self_signed_certificate_is_renewed_while_running(start_site: Start, tmp_path: Path) -> None:
    calendar = Calendar()
    site = await start_site(certificate=dated(tmp_path, calendar))
    first = await served(site.port)
    calendar.now += (LIFE - 1) * DAY
    assert await served(site.port) == first
    calendar.now += 2 * DAY
    second = await served(site.port)
    assert second != first
    ends = x509.load_der_x509_certificate(second).not_valid_after_utc.timestamp()
    assert ends > calendar.now + LIFE * DAY
    assert await served(site.port) == second


def test_a_renewal_that_fails_keeps_the_old_certificate_and_is_tried_again_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    calendar = Calendar()
    one = dated(tmp_path, calendar)
    first = one.load()
    obstacle = tmp_path / "tls" / "var" / "self-signed.new"
    obstacle.mkdir()
    calendar.now += (LIFE + 1) * DAY
    assert [one.context() for _ in range(5)] == [first] * 5
    assert len([record for record in caplog.records if "cannot write" in record.message]) == 1
    obstacle.rmdir()
    calendar.now += limits.SELF_SIGNED_RETRY_SECONDS
    assert one.context() is not first


def test_a_given_certificate_is_not_replaced_by_a_self_signed_one(tmp_path: Path) -> None:
    calendar = Calendar()
    one = dated(tmp_path, calendar)
    one.load()
    pem = tls.make_self_signed(["example.org"], datetime.datetime.now(datetime.UTC))
    for name in ("cert.pem", "key.pem"):
        (tmp_path / "tls" / name).write_bytes(pem)
    given = one.context()
    calendar.now += 2 * limits.SELF_SIGNED_DAYS * DAY
    assert one.context() is given
    assert not one.self_signed


async def served(port: int) -> bytes:
    """The certificate that a connection gets."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting())
    connection = writer.get_extra_info("ssl_object")
    assert connection.version() in ("TLSv1.2", "TLSv1.3")
    certificate: bytes = connection.getpeercert(True)
    writer.close()
    return certificate


async def test_renewed_certificate_is_picked_up_and_a_broken_one_is_not(
    start_site: Start, tmp_path: Path
) -> None:
    own = certificate(tmp_path)
    own.load()
    site = await start_site(certificate=own)
    first = await served(site.port)
    data = tmp_path / "tls"
    pem = tls.make_self_signed(["example.org"], datetime.datetime.now(datetime.UTC))
    (data / "cert.pem").write_bytes(pem)
    assert await served(site.port) == first  # the key is not there yet
    (data / "key.pem").write_bytes(pem)
    second = await served(site.port)
    assert second == ssl.PEM_cert_to_DER_cert(pem[pem.index(b"-----BEGIN CERT") :].decode())
    (data / "cert.pem").write_text("half a certific")
    assert await served(site.port) == second


def test_unusable_certificates_are_explained_at_start(tmp_path: Path) -> None:
    one = certificate(tmp_path)
    data = tmp_path / "tls"
    (data / "cert.pem").write_text("nonsense")
    with pytest.raises(CertificateError, match=r"key\.pem"):
        one.load()
    (data / "key.pem").write_text("nonsense")
    with pytest.raises(CertificateError, match=r"cert\.pem"):
        one.load()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_old_tls_is_refused(start_site: Start, tmp_path: Path) -> None:
    site = await start_site(certificate=certificate(tmp_path))
    context = trusting()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", site.port, ssl=context)


async def test_plain_http_on_the_tls_port_is_redirected(start_site: Start, tmp_path: Path) -> None:
    site = await start_site(certificate=certificate(tmp_path))
    answer = await site.raw(b"GET /group/x/?y HTTP/1.1\r\nHost: meet.example:8443\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 308")
    assert b"\r\nLocation: https://meet.example:8443/group/x/?y\r\n" in answer
    assert (await site.raw(b"GET nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400")


def test_a_redirect_cannot_be_split() -> None:
    assert b"Evil" not in redirect.answer(b"GET /\rEvil: 1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"Evil" not in redirect.answer(b"GET / HTTP/1.1\r\nHost: x Evil\r\n\r\n")
