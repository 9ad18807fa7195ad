"""The DTLS server against OpenSSL's client over an in-memory link that loses, repeats and reorders."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest
from dtls_client import BOTH, CERTIFICATE, DtlsClient
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py.transport import limits
from galene_py.transport.dtls.records import is_sound, records
from galene_py.transport.dtls.session import NEVER, DtlsCertificate, DtlsContext, DtlsSession, DtlsState

OWN_CERTIFICATE = DtlsCertificate()
CONTEXT = DtlsContext(OWN_CERTIFICATE)
FINGERPRINT = ("sha-256", CERTIFICATE.fingerprint)


def server(*fingerprints: tuple[str, str]) -> DtlsSession:
    session = DtlsSession(CONTEXT)
    session.set_fingerprints(fingerprints or (FINGERPRINT,))
    return session


def told(session: DtlsSession, datagrams: Iterable[bytes], now: float = 0.0) -> list[bytes]:
    """What it answers."""
    return [answer for datagram in datagrams for answer in session.receive(datagram, now)]


def shake(session: DtlsSession, client: DtlsClient) -> None:
    """A handshake over a perfect link."""
    waiting = client.start()
    for _ in range(20):
        waiting = [answer for datagram in told(session, waiting) for answer in client.receive(datagram)]


def test_handshake_prefers_gcm_and_both_sides_have_the_same_keys() -> None:
    session, client = server(), DtlsClient(b"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM")
    shake(session, client)
    assert client.done
    assert session.state is DtlsState.CONNECTED
    assert session.keys is not None
    assert session.keys.profile.name == "SRTP_AEAD_AES_128_GCM"
    assert client.keys(16, 12) == (session.keys.receive, session.keys.transmit)


def test_the_older_profile_is_accepted() -> None:
    session, client = server(), DtlsClient(b"SRTP_AES128_CM_SHA1_80")
    shake(session, client)
    assert session.keys is not None
    assert session.keys.profile.name == "SRTP_AES128_CM_SHA1_80"
    assert client.keys(16, 14) == (session.keys.receive, session.keys.transmit)


def test_without_srtp_there_is_no_connection() -> None:
    session = server()
    shake(session, DtlsClient(None))
    assert session.state is DtlsState.FAILED
    assert session.keys is None


def test_without_a_certificate_there_is_no_connection() -> None:
    session, client = server(), DtlsClient(certificate=None)
    shake(session, client)
    assert session.state is DtlsState.FAILED
    assert client.refused


@pytest.mark.parametrize(
    "fingerprint",
    [
        ("sha-256", "00:" * 31 + "00"),
        ("sha-1", CERTIFICATE.fingerprint),
        ("sha-256", ""),
        ("md5", "nonsense"),
    ],
)
def test_a_wrong_fingerprint_tears_down(fingerprint: tuple[str, str]) -> None:
    session, client = server(fingerprint), DtlsClient()
    shake(session, client)
    assert session.state is DtlsState.MISMATCH
    assert session.keys is None


def test_one_matching_fingerprint_of_several_is_enough_and_case_does_not_matter() -> None:
    session = server(("sha-512", "00"), ("SHA-256", CERTIFICATE.fingerprint.lower()))
    shake(session, DtlsClient())
    assert session.state is DtlsState.CONNECTED


def test_the_fingerprint_may_come_after_the_handshake() -> None:
    session = DtlsSession(CONTEXT)
    shake(session, DtlsClient())
    assert session.state is DtlsState.UNVERIFIED
    session.set_fingerprints([FINGERPRINT])
    assert session.state is DtlsState.CONNECTED

    session = DtlsSession(CONTEXT)
    shake(session, DtlsClient())
    session.set_fingerprints([("sha-256", "00")])
    assert session.state is DtlsState.MISMATCH
    assert session.keys is None


def test_datagrams_respect_the_mtu() -> None:
    session, client = server(), DtlsClient()
    sent = told(session, client.start())
    assert sent
    assert all(len(datagram) <= limits.DTLS_MTU for datagram in sent)


def test_a_goodbye_is_understood_and_said() -> None:
    session, client = server(), DtlsClient()
    shake(session, client)
    client.ssl.shutdown()
    for datagram in client.written():
        session.receive(datagram, 1.0)
    assert session.state is DtlsState.CLOSED

    session, client = server(), DtlsClient()
    shake(session, client)
    assert session.close()
    assert session.state is DtlsState.CLOSED


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(4)), twice=st.booleans())
def test_a_hello_may_come_in_several_datagrams_in_any_order(order: list[int], *, twice: bool) -> None:
    """That of a client with post-quantum keys fits no datagram."""
    session, client = server(), DtlsClient()
    client.ssl.set_alpn_protos([bytes((ord("a") + n,)) * 200 for n in range(8)])
    hello = client.start()
    assert len(hello) == len(order)
    waiting = [hello[index] for index in order for _ in range(1 + twice)]
    for _ in range(4):
        waiting = [answer for datagram in told(session, waiting) for answer in client.receive(datagram)]
    assert client.done
    assert session.state is DtlsState.CONNECTED


def test_a_hello_of_a_newer_version_is_answered_in_ours() -> None:
    """DTLS 1.3 of a browser: versions, a post-quantum key share, new cipher suites (RFC 9147 §5.3)."""
    (record,) = DtlsClient().start()
    body = record[25:]
    suites = 35 + body[34] + 1  # behind version, random, session id and cookie
    suites_end = suites + 2 + int.from_bytes(body[suites : suites + 2])
    extensions = suites_end + 1 + body[suites_end]
    versions = b"\0\x2b\0\5\4\xfe\xfc\xfe\xfd"
    share = b"\x11\xec" + (1216).to_bytes(2) + bytes(1216)
    shares = b"\0\x33" + (len(share) + 2).to_bytes(2) + len(share).to_bytes(2) + share
    offered = body[extensions + 2 :] + versions + shares
    body = (
        body[:suites]
        + (suites_end - suites).to_bytes(2)
        + b"\x13\1"
        + body[suites + 2 : extensions]
        + len(offered).to_bytes(2)
        + offered
    )
    session = server()
    size = len(body).to_bytes(3)
    for number, at in enumerate((0, 900)):
        part = body[at : at + 900]
        fragment = b"\1" + size + b"\0\0" + at.to_bytes(3) + len(part).to_bytes(3) + part
        head = b"\x16\xfe\xfd\0\0" + number.to_bytes(6) + len(fragment).to_bytes(2)
        answers = session.receive(head + fragment, 0.0)
        assert bool(answers) == bool(at)
    answer = next(records(answers[0]))
    assert answer[13] == 2  # ServerHello
    assert answer[25:27] == b"\xfe\xfd"
    assert session.state is DtlsState.HANDSHAKING


def strip(datagram: bytes) -> list[bytes]:
    """The records without their sequence numbers."""
    return [record[:5] + record[11:] for record in records(datagram)]


def test_a_lost_flight_is_sent_again_with_growing_pauses() -> None:
    session, client = server(), DtlsClient()
    first = told(session, client.start())
    now, pauses = 0.0, []
    for _ in range(7):
        assert not session.poll(session.due - 0.001)
        pauses.append(session.due - now)
        now = session.due
        assert [strip(d) for d in session.poll(now)] == [strip(d) for d in first]
    assert pauses[0] == pytest.approx(limits.DTLS_RETRANSMIT_SECONDS)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(limits.DTLS_RETRANSMIT_MAX_SECONDS)


@pytest.mark.parametrize("seed", range(40))
def test_handshake_survives_loss_repetition_and_reordering(seed: int) -> None:
    """A third of all datagrams is lost, a fifth repeated, all are shuffled within 30 ms. The client sends its
    last flight again every 100 ms, as browsers do."""
    chance = random.Random(seed)
    session, client = server(), DtlsClient()
    link: list[tuple[float, int, bool, bytes]] = []
    serial = 0
    now, client_due = 0.0, 0.1

    def send(datagrams: list[bytes], to_server: bool) -> None:
        nonlocal serial
        for datagram in datagrams:
            for _ in range(2 if chance.random() < 0.2 else 1):
                if chance.random() > 0.33:
                    serial += 1
                    link.append((now + chance.random() * 0.03, serial, to_server, datagram))

    send(client.start(), True)
    while not (client.done and session.state is DtlsState.CONNECTED):
        assert now < 30, "no connection within 30 s"
        now += 0.005
        due = sorted(entry for entry in link if entry[0] <= now)
        link = [entry for entry in link if entry[0] > now]
        for _, _, to_server, datagram in due:
            if to_server:
                send(session.receive(datagram, now), False)
            else:
                send(client.receive(datagram), True)
        if now >= client_due:
            send(client.again(), True)
            client_due = now + 0.1
        send(session.poll(now), False)
    assert session.keys is not None
    assert client.keys(16, 12)[0] == session.keys.receive


def connected_but_for_the_last_flight() -> tuple[DtlsSession, DtlsClient, list[bytes]]:
    """A server that is done at 0 s, a client that is not, and what the client would need."""
    session, client = server(), DtlsClient()
    answers = [a for d in told(session, client.start()) for a in client.receive(d)]
    last = told(session, answers)
    assert session.state is DtlsState.CONNECTED
    assert not client.done
    return session, client, last


def test_the_very_last_flight_is_repeated_a_few_times_unasked() -> None:
    session, client, first = connected_but_for_the_last_flight()
    now, repeats = 0.0, []
    while session.due < NEVER:
        assert session.due > now
        now = session.due
        repeats.append(session.poll(now))
    assert len(repeats) == limits.DTLS_LAST_FLIGHT_REPEATS
    assert 1.0 < now < 2.0
    for repeat in repeats:
        assert [strip(d) for d in repeat] == [strip(d) for d in first]
    for datagram in repeats[-1]:
        client.receive(datagram)
    assert client.done
    # The others come late: they change nothing.
    for datagram in (*first, *repeats[0]):
        assert not client.receive(datagram)


def test_protected_packets_show_that_the_last_flight_has_arrived() -> None:
    session, _, _ = connected_but_for_the_last_flight()
    session.confirm()
    assert session.due == NEVER
    assert not session.poll(10.0)


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_the_other_side_may_be_the_server(lost: int) -> None:
    """Two of ours; each of the first flights is lost once."""
    client, other = DtlsSession(CONTEXT, client=True), DtlsSession(CONTEXT)
    own = ("sha-256", OWN_CERTIFICATE.fingerprint)
    client.set_fingerprints([own])
    other.set_fingerprints([own])
    now, flights = 0.0, 0
    waiting = [(client.start(now), other)]
    while not (client.state is other.state is DtlsState.CONNECTED):
        assert now < 5.0
        arriving, waiting = waiting, []
        for flight, receiver in arriving:
            flights += bool(flight)
            if flights != lost:
                waiting.append((told(receiver, flight, now), client if receiver is other else other))
        now += 0.05
        waiting += [(client.poll(now), other), (other.poll(now), client)]
    assert client.keys is not None
    assert other.keys is not None
    assert (client.keys.transmit, client.keys.receive) == (other.keys.receive, other.keys.transmit)
    assert not client.poll(now + 10.0)


def test_a_lost_last_flight_is_repeated_when_openssl_asks_by_its_own_timer() -> None:
    session, client, lost = connected_but_for_the_last_flight()
    assert lost
    deadline = time.monotonic() + 5
    while not client.done:
        assert time.monotonic() < deadline
        timeout = client.ssl.DTLSv1_get_timeout()
        if timeout:
            time.sleep(timeout)
        client.ssl.DTLSv1_handle_timeout()
        for datagram in told(session, client.written(), 2.0):
            client.receive(datagram)


def test_handshake_bytes_are_bounded() -> None:
    session, client = server(), DtlsClient()
    (first, *_) = client.start()
    for _ in range(limits.DTLS_HANDSHAKE_BYTES // len(first) + 2):
        session.receive(first, 0.0)
    assert session.state is DtlsState.FAILED


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=100), max_size=5), st.booleans())
def test_nonsense_never_raises_and_never_connects(datagrams: list[bytes], headed: bool) -> None:
    session = server()
    for datagram in datagrams:
        head = b"\x16\xfe\xfd" + bytes(8) + len(datagram).to_bytes(2) if headed else b""
        session.receive(head + datagram, 0.0)
    assert session.state in (DtlsState.HANDSHAKING, DtlsState.FAILED)
    assert session.keys is None


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_nonsense_does_not_end_a_connection(data: st.DataObject) -> None:
    """Without the keys nobody can close what is connected: not by a plain alert, not by anything."""
    session, client = server(), DtlsClient()
    shake(session, client)
    kind = data.draw(st.integers(20, 25))
    epoch = data.draw(st.sampled_from([b"\0\0", b"\0\1"]))
    body = data.draw(st.sampled_from([b"\2\x28", b"\1\0"]) | st.binary(min_size=1, max_size=60))
    header = bytes((kind,)) + b"\xfe\xfd" + epoch + data.draw(st.binary(min_size=6, max_size=6))
    session.receive(header + len(body).to_bytes(2) + body, 1.0)
    assert session.state is DtlsState.CONNECTED


def test_empty_and_cut_records_change_nothing() -> None:
    session, client = server(), DtlsClient()
    (hello, *_) = client.start()
    empty = hello[:11] + b"\0\0"
    fragment = hello[:11] + b"\0\x0c" + hello[13:22] + bytes(3)
    for datagram in [b"", empty, fragment, *(hello[:n] for n in range(len(hello)))]:
        session.receive(datagram, 0.0)
    assert session.state is DtlsState.HANDSHAKING
    assert session.receive(hello, 0.0)


@given(st.binary(max_size=80))
def test_soundness_of_any_bytes_is_decided_without_an_error(data: bytes) -> None:
    is_sound(data)
    is_sound(b"\x16\xfe\xfd" + bytes(8) + len(data).to_bytes(2) + data)


def test_repeated_records_get_new_numbers() -> None:
    session, client = server(), DtlsClient()
    sent = told(session, client.start())
    sent += session.poll(session.due)
    numbers = [record[3:11] for datagram in sent for record in records(datagram)]
    assert len(set(numbers)) == len(numbers)


def test_profiles_offered_are_those_of_the_design() -> None:
    assert b":".join(CONTEXT.profiles) == BOTH
