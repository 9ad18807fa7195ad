"""A hub without sockets, and descriptions as a sender and a receiver write them. Hand-written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from galene_py.engine.alias import Alias
from galene_py.engine.parts import Handler
from galene_py.engine.tap import TrackTap
from galene_py.rtp import extensions, packet
from galene_py.sdp import reader

DATA = Path(__file__).parents[2] / "data" / "sdp"


def offer_text(name: str) -> str:
    """A real browser's offer."""
    return (DATA / f"{name}.sdp").read_bytes().decode()


def answer_text(offer: str) -> str:
    """What a willing receiver answers."""
    return (
        offer.replace("a=ice-lite\r\n", "")
        .replace("a=setup:actpass", "a=setup:active")
        .replace("a=sendonly", "a=recvonly")
    )


@dataclass(eq=False)
class FakePeer:
    handler: Handler
    ufrag: str = "ufrag0"
    pwd: str = "p" * 24
    connected: bool = False
    closed: bool = False
    returns: bool = False
    route: None = None
    restarts: int = 0
    remotes: list[str] = field(default_factory=list)
    retired: set[int] = field(default_factory=set)

    def retire(self, ssrc: int) -> None:
        self.retired.add(ssrc)

    def set_remote(
        self, ufrag: str, pwd: str, fingerprints: Iterable[tuple[str, str]], *, passive: bool = False
    ) -> None:
        self.remotes.append(ufrag)

    def restart(self) -> tuple[str, str]:
        self.restarts += 1
        self.ufrag = f"ufrag{self.restarts}"
        return self.ufrag, self.pwd

    def close(self) -> None:
        self.closed, self.connected = True, False

    def connect(self) -> None:
        self.connected = True
        self.handler.connected()

    def vanish(self) -> None:
        self.close()
        self.handler.closed("the connection was lost")

    def debug_state(self) -> dict[str, object]:
        return {"connected": self.connected}


@dataclass
class FakeOutbox:
    """Remembers calls: (peers, packets as they were at that moment)."""

    sent: list[tuple[list[object], list[bytes]]] = field(default_factory=list)
    reports: list[tuple[object, bytes]] = field(default_factory=list)

    def rtp(self, peers: Sequence[object], packets: Sequence[bytes | bytearray | memoryview]) -> None:
        peers = [peer for peer in peers if not isinstance(peer, TrackTap)]  # those have no route
        for peer in peers:  # a number used twice under one key gives both texts away
            receiver, ssrc = (peer.peer, peer.ssrc) if isinstance(peer, Alias) else (peer, None)
            for one in packets:
                assert (ssrc or packet.ssrc(one)) not in receiver.retired
        plain = [peer for peer in peers if not isinstance(peer, Alias)]
        if plain:
            self.sent.append((plain, [bytes(one) for one in packets]))
        for alias in peers:  # what their routes make the real one do
            if isinstance(alias, Alias) and not alias.naming:
                ssrc = alias.ssrc.to_bytes(4)
                self.sent.append(([alias.peer], [packet.with_ssrc(one, ssrc) for one in packets]))

    def rtcp(self, peer: object, data: bytes | bytearray | memoryview) -> None:
        assert int.from_bytes(data[4:8]) not in peer.retired
        self.reports.append((peer, bytes(data)))

    def to(self, peer: FakePeer) -> list[bytes]:
        """Every packet that this peer was sent."""
        return [one for peers, packets in self.sent if peer in peers for one in packets]


class FakeHub:
    fingerprint = ":".join(["AB"] * 32)

    def __init__(self) -> None:
        self.outbox = FakeOutbox()
        self.peers: list[FakePeer] = []

    def candidates(self) -> list[object]:
        return []

    def open(self, handler: Handler) -> FakePeer:
        self.peers.append(FakePeer(handler))
        return self.peers[-1]


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
                packet.build(
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
