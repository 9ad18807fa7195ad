"""A hub without a network, and descriptions as a sender and a receiver write them."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from galene_py.engine.media import MediaEngine
from galene_py.engine.published import PublishedStream
from galene_py.engine.subscribed import SubscribedStream
from galene_py.rtp import extensions
from galene_py.rtp.packet import Buffer
from galene_py.sdp import reader
from galene_py.transport.address_book import AddressBook
from galene_py.transport.dtls.session import DtlsCertificate
from galene_py.transport.dtls.srtp import PROFILES, SrtpKeys, make_arena, receive_session
from galene_py.transport.hub import TransportHub
from galene_py.transport.ice import stun
from galene_py.transport.interfaces import CloseReason, PeerHandler
from galene_py.transport.peer import PeerTransport
from galene_py.transport.sockets import sockaddr
from galene_py.transport.sockets.cohorts import Destination
from galene_py.transport.sockets.outbox import Outbox
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.senders import Batch, SendCounters
from kit import packets

DATA = Path(__file__).parents[2] / "data" / "sdp"
CERTIFICATE = DtlsCertificate()
BOTH = frozenset({"audio", "video"})
KEYS = SrtpKeys(PROFILES[0], bytes(28), bytes(28))


def offer_text(name: str) -> str:
    """A real browser's offer."""
    return (DATA / f"{name}.sdp").read_bytes().decode()


def answer_text(offer: str, *, repeats: bool = False) -> str:
    """What a willing receiver answers; `repeats`: it takes retransmissions under an SSRC of their own."""
    return (
        (offer if repeats else re.sub(r" rtx/", " none/", offer))
        .replace("a=ice-lite\r\n", "")
        .replace("a=setup:actpass", "a=setup:active")
        .replace("a=sendonly", "a=recvonly")
    )


class Peer(PeerTransport):
    """A real peer that connects and vanishes when told to, and remembers what reached it."""

    numbers = count(1)

    def __init__(self, hub: QuietHub, handler: PeerHandler) -> None:
        super().__init__(hub, handler)
        self.handler = handler
        self.restarts = 0
        self.retired: set[int] = set()
        self.got: list[bytes] = []
        self.reports: list[bytes] = []
        self._theirs = receive_session(KEYS)
        self._plain: dict[bytes, bytes] = {}

    def connect(self) -> None:
        """What a check and a handshake lead to."""
        address = (f"192.0.2.{next(self.numbers) % 250}", 4000)
        path = UdpPath[PeerTransport](sockaddr.from_tuple(address, socket.AF_INET))
        attributes = [(stun.USERNAME, f"{self.ufrag}:x".encode()), (stun.PRIORITY, bytes(4))]
        check = stun.build(stun.BINDING, stun.REQUEST, bytes(12), attributes, key=self.pwd.encode())
        self.check(stun.parse(check), path, self._services.clock())
        self._use(KEYS, self._services.clock(), path)

    def vanish(self) -> None:
        self.fail(CloseReason.CONSENT_LOST)

    def restart(self) -> tuple[str, str]:
        self.restarts += 1
        return super().restart()

    def retire(self, ssrc: int) -> None:
        self.retired.add(ssrc)
        super().retire(ssrc)

    def take(self, datagram: bytes) -> None:
        """Decrypt what was sent. A number that is used for two texts gives both away: libsrtp refuses it."""
        if datagram[0] < 128:
            return
        report = 192 <= datagram[1] <= 223
        assert int.from_bytes(datagram[4:8] if report else datagram[8:12]) not in self.retired
        if report:
            self.reports.append(self._theirs.unprotect_rtcp(datagram))
            return
        if datagram not in self._plain:
            self._plain[datagram] = self._theirs.unprotect(datagram)
        self.got.append(self._plain[datagram])


class Postman:
    """A sender that brings datagrams to the peers themselves."""

    name = "by hand"
    segmentation = False

    def __init__(self, outbox: Outbox) -> None:
        self.counters = SendCounters()
        self._arena = outbox._arena

    def send(self, batch: Batch) -> None:
        for index, path in enumerate(batch.paths):
            for place, size in batch.packets(index):
                start = place - self._arena.address
                if path.peer is not None:
                    path.peer.take(bytes(self._arena.view[start : start + size]))


class CountedOutbox(Outbox):
    """Counts in how many calls packets were handed over, and hands on at once."""

    def __init__(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            super().__init__(sock, lambda: None)
        self.sender = Postman(self)
        self.calls = 0

    def rtp(self, peers: Sequence[Destination], packets: Sequence[Buffer]) -> None:
        self.calls += 1
        super().rtp(peers, packets)
        self.flush()

    def rtcp(self, peer: Destination, packet: Buffer) -> None:
        super().rtcp(peer, packet)
        self.flush()


class QuietHub(TransportHub):
    """A hub that was not started: it reads nothing, has no timer, and what it sends comes to the peers."""

    def __init__(self) -> None:
        super().__init__(CERTIFICATE, public_addresses=["192.0.2.1"])
        self.arena = make_arena(1 << 12)
        self.book = AddressBook(socket.AF_INET)
        self.outbox: CountedOutbox = CountedOutbox()
        self.opened: list[Peer] = []

    def open(self, handler: PeerHandler) -> Peer:
        peer = Peer(self, handler)
        self.peers.add(peer)
        self.opened.append(peer)
        return peer

    def at(self, peer: PeerTransport, due: float) -> None:
        """Nobody polls."""

    def forget(self, peer: PeerTransport) -> None:
        self.peers.discard(peer)


class Source:
    """Packets of one section of an offer, numbered on."""

    def __init__(self, offer: str, kind: str, ssrc: int | None = None) -> None:
        section = next(section for section in reader.parse(offer).sections if section.kind == kind)
        self.payload_type = {"audio": 111, "video": 96}[kind]
        self.ssrc = ssrc or next(iter(section.ssrcs))
        self.mid = section.mid
        self.sequence = 65_530  # wraps soon

    def batch(self, count: int, *, key: bool = False, rid: str = "", named: bool = True) -> list[bytearray]:
        """`count` packets of one picture (VP8), the first with a picture id; `named`: with the MID."""
        made = []
        for index in range(count):
            start = 0x10 if index == 0 else 0
            payload = bytes([0x80 | start, 0x80, 0x80, self.sequence & 0x7F, 0 if key else 1]) + bytes(20)
            items = ({4: self.mid.encode()} if named else {}) | ({10: rid.encode()} if rid else {})
            made.append(
                packets.build(
                    self.payload_type,
                    self.sequence & 0xFFFF,
                    self.sequence // 4 * 3000,
                    self.ssrc,
                    payload,
                    marker=index == count - 1,
                    extension_profile=extensions.ONE_BYTE_PROFILE,
                    extension=extensions.build_one_byte(items),
                )
            )
            self.sequence += 1
        return made


class Stage:
    def __init__(self) -> None:
        self.hub = QuietHub()
        self.media = MediaEngine(self.hub)
        self.closed: list[str] = []
        self.offer = offer_text("chromium-av")

    def publish(self, offer: str | None = None) -> tuple[PublishedStream, Peer]:
        stream = self.media.publish(
            offer or self.offer, codecs=["vp8", "opus"], label="camera", on_closed=self.closed.append
        )
        peer = self.hub.opened[-1]
        peer.connect()
        return stream, peer

    def subscribe(
        self, stream: PublishedStream, want: frozenset[str] = BOTH
    ) -> tuple[SubscribedStream, Peer]:
        subscribed = stream.subscribe(want, on_closed=self.closed.append)
        assert subscribed is not None
        peer = self.hub.opened[-1]
        subscribed.accept(answer_text(subscribed.offer))
        peer.connect()
        return subscribed, peer
