"""The outbox: everybody gets every packet, whole, once, whichever way it is sent."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transport_media import GCM, SHA1, StreamReceiver, UdpReceiver, rtcp, rtp

from galene_py.transport import limits
from galene_py.transport.sockets.cohorts import WITHOUT_RUNS
from galene_py.transport.sockets.outbox import Outbox, make_runs
from galene_py.transport.sockets.paths import make_pin
from galene_py.transport.sockets.senders import probe_segmentation
from galene_py.transport.sockets.udp import open_socket

WAYS = {
    "sendmmsg with segmentation": (True, True, True),
    "sendmmsg": (True, True, False),
    "sendmsg with segmentation": (True, False, True),
    "sendto": (True, False, False),
    "sendto without the binding": (False, False, False),
}


@pytest.fixture(params=["", "0.0.0.0"], ids=["dual", "ipv4"])
def sock(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with open_socket(0, request.param) as sock:
        yield sock


@pytest.fixture(params=WAYS, ids=lambda way: way.replace(" ", "-"))
def outbox(request: pytest.FixtureRequest, sock: socket.socket) -> Outbox:
    native, vectored, segmentation = WAYS[request.param]
    if segmentation and not probe_segmentation():
        pytest.skip("this kernel does not cut runs")
    return Outbox(sock, lambda: None, native=native, vectored=vectored, segmentation=segmentation)


def is_native(outbox: Outbox) -> bool:
    return outbox.debug_state()["native"] is True


def test_everybody_gets_every_packet(outbox: Outbox, sock: socket.socket) -> None:
    """Different profiles, with and without runs, over TCP, and one who is not connected."""
    native = is_native(outbox)
    receivers = [
        UdpReceiver(sock.family, profile, native, flags)
        for profile in (GCM, SHA1)
        for flags in (0, WITHOUT_RUNS)
        for _ in range(2)
    ]
    streams = [StreamReceiver(GCM, native), StreamReceiver(SHA1, native)]
    absent = UdpReceiver(sock.family)
    absent.route = None
    packets = [rtp(n, bytes(100 if n % 5 else 90 + n)) for n in range(40)]
    mixed = [receivers[0], streams[0], *receivers[3:], absent, receivers[2], streams[1], receivers[1]]
    outbox.rtp(mixed, packets)
    for receiver in receivers:
        outbox.rtcp(receiver, rtcp())
    outbox.rtcp(absent, rtcp())
    outbox.flush()
    for receiver in receivers:
        assert [receiver.packet() for _ in packets] == packets
        assert receiver.report() == rtcp()
        assert receiver.is_empty()
    for stream in streams:
        assert stream.packets() == packets
    assert absent.is_empty()
    assert outbox.packets == len(packets) * 10 + 8
    assert outbox.unsendable == 0
    for receiver in (*receivers, absent):
        receiver.close()


def test_packets_get_the_ssrc_of_the_route(outbox: Outbox, sock: socket.socket) -> None:
    """Each receiver another one, beside some whose packets keep theirs; over TCP, too."""
    native = is_native(outbox)
    plain = [UdpReceiver(sock.family, GCM, native) for _ in range(2)]
    renamed = [UdpReceiver(sock.family, GCM, native) for _ in range(3)]
    stream = StreamReceiver(GCM, native)
    packets = [rtp(n, bytes(80 + n % 3)) for n in range(40)]
    expected = {}
    for number, receiver in enumerate((*renamed, stream)):
        ssrc = (7_000 + number).to_bytes(4)
        assert receiver.route is not None
        receiver.route = receiver.route._replace(ssrc=ssrc)
        expected[receiver] = [packet[:8] + ssrc + packet[12:] for packet in packets]
    outbox.rtp([renamed[0], plain[0], stream, *renamed[1:], plain[1]], packets)
    outbox.flush()
    for receiver in plain:
        assert [receiver.packet() for _ in packets] == packets
    for receiver in renamed:
        assert [receiver.packet() for _ in packets] == expected[receiver]
    assert stream.packets() == expected[stream]
    for receiver in (*plain, *renamed):
        receiver.close()


def test_more_than_the_block_holds(outbox: Outbox, sock: socket.socket) -> None:
    receivers = [UdpReceiver(sock.family, GCM, is_native(outbox)) for _ in range(12)]
    for receiver in receivers:
        receiver.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    packets = [rtp(n, bytes(1300)) for n in range(50)]
    assert len(receivers) * len(packets) * 1300 > limits.OUTBOX_BYTES
    outbox.rtp(receivers, packets)
    outbox.flush()
    for receiver in receivers:
        assert [receiver.packet() for _ in packets] == packets
        receiver.close()


def test_raw_datagrams_keep_their_order(outbox: Outbox, sock: socket.socket) -> None:
    receiver = UdpReceiver(sock.family)
    for n in range(5):
        outbox.raw(receiver.path, b"datagram %d" % n)
    outbox.flush()
    assert [receiver.sock.recv(100) for _ in range(5)] == [b"datagram %d" % n for n in range(5)]
    receiver.close()


def test_packets_that_cannot_be_sent_are_counted(outbox: Outbox, sock: socket.socket) -> None:
    receiver = UdpReceiver(sock.family, GCM, is_native(outbox))
    outbox.rtp([receiver], [rtp(1, bytes(limits.DATAGRAM_BYTES)), bytearray(11), bytearray(), rtp(2)])
    outbox.rtcp(receiver, b"short")
    outbox.raw(receiver.path, bytes(limits.DATAGRAM_BYTES + 1))
    outbox.flush()
    assert receiver.packet() == rtp(2)
    assert outbox.unsendable == 5
    receiver.close()


def test_a_packet_that_libsrtp_refuses_does_not_take_others_along(
    outbox: Outbox, sock: socket.socket
) -> None:
    """A retransmission older than the window, amid fresh packets."""
    receiver = UdpReceiver(sock.family, GCM, is_native(outbox))
    outbox.rtp([receiver], [rtp(1)])
    outbox.rtp([receiver], [rtp(1 + limits.TRANSMIT_WINDOW + 100)])
    outbox.flush()
    receiver.packet()
    receiver.packet()
    fresh = [rtp(limits.TRANSMIT_WINDOW + n) for n in (200, 201)]
    outbox.rtp([receiver], [fresh[0], rtp(1), fresh[1]])
    outbox.flush()
    assert [receiver.packet() for _ in fresh] == fresh
    assert receiver.is_empty()
    assert outbox.unsendable == 1
    receiver.close()


def test_an_address_that_cannot_be_reached_costs_a_counter(outbox: Outbox, sock: socket.socket) -> None:
    native = is_native(outbox)
    good, bad = UdpReceiver(sock.family, GCM, native), UdpReceiver(sock.family, GCM, native)
    object.__setattr__(bad, "path", type(good.path)(good.path.raw[:2] + b"\0\0" + good.path.raw[4:]))
    assert bad.route is not None
    bad.route = bad.route._replace(path=bad.path)  # port 0: no kernel sends there
    outbox.rtp([bad, good, bad], [rtp(1), rtp(2)])
    outbox.flush()
    assert [good.packet(), good.packet()] == [rtp(1), rtp(2)]
    assert outbox.sender.counters.refused == 4
    for receiver in (good, bad):
        receiver.close()


def test_the_source_address_can_be_pinned(outbox: Outbox, sock: socket.socket) -> None:
    receivers = [UdpReceiver(sock.family, GCM, is_native(outbox)) for _ in range(3)]
    receivers[1].path.set_pin(make_pin(bytes((127, 0, 0, 9)), sock.family))
    packets = [rtp(1), rtp(2), rtp(3, b"longer" * 20)]
    sources = ["127.0.0.1", "127.0.0.9", "127.0.0.1"]
    for _ in range(2):  # the second batch is not disturbed by the first one's control messages
        outbox.rtp(receivers, packets)
        outbox.flush()
        for receiver, source in zip(receivers, sources, strict=True):
            for _ in packets:
                _, address = receiver.sock.recvfrom(2048)
                assert address[0] == source
    for receiver in receivers:
        receiver.close()


def test_errors_of_the_socket_are_counted_and_not_raised(outbox: Outbox, sock: socket.socket) -> None:
    receiver = UdpReceiver(sock.family, GCM, is_native(outbox))
    outbox.rtp([receiver] * 3, [rtp(n) for n in range(4)])
    sock.close()
    outbox.flush()
    assert outbox.sender.counters.refused == 12
    receiver.close()


class FullSocket:
    """A socket whose send buffer never has room."""

    family = socket.AF_INET

    def sendto(self, data: memoryview, address: object) -> int:
        raise BlockingIOError(errno.EAGAIN, "full")

    def sendmsg(self, *_: object) -> int:
        raise BlockingIOError(errno.EAGAIN, "full")


@pytest.mark.parametrize("segmentation", [True, False])
def test_what_finds_no_room_is_dropped_and_counted(segmentation: bool) -> None:
    full: Any = FullSocket()
    outbox = Outbox(full, lambda: None, vectored=False, segmentation=segmentation)
    receiver = UdpReceiver(socket.AF_INET)
    outbox.rtp([receiver, receiver], [rtp(n) for n in range(5)])
    outbox.flush()
    assert outbox.sender.counters.no_room == 10
    assert outbox.sender.counters.refused == 0
    receiver.close()


def test_somebody_is_told_that_there_is_something_to_flush() -> None:
    with open_socket(0, "0.0.0.0") as sock:
        told: list[int] = []
        outbox = Outbox(sock, lambda: told.append(1))
        receiver = UdpReceiver(sock.family)
        outbox.rtp([receiver], [rtp(1)])
        assert told
        outbox.flush()
        assert receiver.packet() == rtp(1)
        told.clear()
        outbox.raw(receiver.path, b"x")
        assert told
        receiver.close()


@given(st.lists(st.integers(1, 1500), min_size=1, max_size=80), st.integers(1, 40))
def test_runs_cover_everything_and_are_what_the_kernel_takes(sizes: list[int], most: int) -> None:
    at, cut = 0, []
    for offset, size, segment in make_runs(sizes, most):
        assert offset == at
        assert size <= limits.SEGMENT_RUN_BYTES or size == max(sizes)
        at += size
        if segment:
            assert segment < size <= segment * most
            cut += [segment] * (size // segment) + ([size % segment] if size % segment else [])
        else:
            cut.append(size)
    assert cut == sizes


def test_equal_packets_make_one_run_and_a_shorter_one_ends_it() -> None:
    assert make_runs([100, 100, 100], 32) == [(0, 300, 100)]
    assert make_runs([100, 100, 60], 32) == [(0, 260, 100)]
    assert make_runs([100, 60, 60], 32) == [(0, 160, 100), (160, 60, 0)]
    assert make_runs([100, 101, 101], 32) == [(0, 100, 0), (100, 202, 101)]
    assert make_runs([100] * 5, 2) == [(0, 200, 100), (200, 200, 100), (400, 100, 0)]
    assert make_runs([100, 100], 1) == [(0, 100, 0), (100, 100, 0)]
