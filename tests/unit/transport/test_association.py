"""One association after another, against OpenSSL's clients; hellos may be forged, late and lost."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from dtls_client import CERTIFICATE, DtlsClient

from galene_py.transport import limits
from galene_py.transport.dtls.association import Association
from galene_py.transport.dtls.session import DtlsCertificate, DtlsContext, DtlsState

CONTEXT = DtlsContext(DtlsCertificate())
LATER = limits.DTLS_ANEW_SECONDS


def told(association: Association, datagrams: Iterable[bytes], now: float) -> list[bytes]:
    """What it answers."""
    return [answer for datagram in datagrams for answer in association.receive(datagram, now)]


def shake(association: Association, client: DtlsClient, now: float, said: Iterable[bytes] = ()) -> None:
    """A handshake over a perfect link; what is not for this client it drops. `said`: what it was answered."""
    answers = [*said] or told(association, client.start(), now)
    for _ in range(20):
        answers = told(association, [one for answer in answers for one in client.receive(answer)], now)


def established() -> tuple[Association, DtlsClient]:
    association, client = Association(CONTEXT), DtlsClient()
    association.set_fingerprints([("sha-256", CERTIFICATE.fingerprint)])
    shake(association, client, 0.0)
    assert agree(association, client)
    return association, client


def agree(association: Association, client: DtlsClient) -> bool:
    keys = association.keys
    return keys is not None and client.keys(16, 12) == (keys.receive, keys.transmit)


def goodbye(client: DtlsClient) -> bytes:
    client.ssl.shutdown()
    return b"".join(client.written())


def test_a_handshake_after_a_goodbye() -> None:
    association, first = established()
    association.receive(goodbye(first), LATER)
    assert association.keys is None
    assert association.ended is DtlsState.CLOSED
    assert association.may_return
    second = DtlsClient()
    shake(association, second, LATER)
    assert agree(association, second)
    assert association.ended is None


def test_a_goodbye_that_comes_during_or_after_the_next_handshake() -> None:
    association, first = established()
    farewell, second = goodbye(first), DtlsClient()
    said = told(association, second.start(), LATER)
    association.receive(farewell, LATER)
    shake(association, second, LATER, said)
    assert agree(association, second)
    association.receive(farewell, LATER)
    assert agree(association, second)


def test_an_association_outlasts_hellos_that_lead_nowhere() -> None:
    association, first = established()
    keys = association.keys
    for count in range(1, 10):
        assert told(association, DtlsClient().start(), count * LATER)
    assert association.keys is keys
    association.poll(9 * LATER + limits.DTLS_ANEW_PATIENCE + 1)
    assert not association.handshaking
    association.receive(goodbye(first), 100.0)
    assert association.keys is None


def test_hellos_in_a_row_cost_one_handshake() -> None:
    association, _ = established()
    hellos = [datagram for _ in range(10) for datagram in DtlsClient().start()]
    assert len(told(association, hellos, LATER)) < 5


def test_a_late_copy_of_the_hello_begins_nothing() -> None:
    association, client = Association(CONTEXT), DtlsClient()
    association.set_fingerprints([("sha-256", CERTIFICATE.fingerprint)])
    hello = client.start()
    waiting = [answer for datagram in told(association, hello, 0.0) for answer in client.receive(datagram)]
    told(association, waiting, 0.0)
    keys = association.keys
    assert keys is not None
    for datagram in hello:
        association.receive(datagram, LATER)
    assert not association.handshaking
    assert association.keys is keys


@pytest.mark.parametrize("said_goodbye", [False, True])
def test_another_certificate_does_not_get_in(said_goodbye: bool) -> None:
    association, first = established()
    if said_goodbye:
        association.receive(goodbye(first), LATER)
    stranger = DtlsClient(certificate=DtlsCertificate())
    shake(association, stranger, LATER)
    assert not association.handshaking
    assert association.may_return == said_goodbye
    assert agree(association, first) == (not said_goodbye)


def test_only_clients_say_hello_again() -> None:
    association = Association(CONTEXT)
    association.start(0.0)
    for datagram in DtlsClient().start():
        association.receive(datagram, LATER)
    association.close()
    assert not association.may_return
