"""Senders and receivers by hand, for the tests of the forwarding unit."""

from __future__ import annotations

from galene_py.rtp import packet
from galene_py.sfu import Delivery, DownTrack, UpTrack
from kit import packets

OUT_SSRC = 0x0BADCAFE
PAYLOAD_TYPE = 96


def vp8(
    *,
    start: bool = True,
    keyframe: bool = False,
    picture: int | None = None,
    tl0: int | None = None,
    temporal: int | None = None,
    sync: bool = False,
    size: int = 20,
) -> bytes:
    """A VP8 payload (RFC 7741 §4.2) with a 15-bit picture id."""
    flags = (0x80 if picture is not None else 0) | (0x40 if tl0 is not None else 0)
    flags |= 0x20 if temporal is not None else 0
    data = bytearray(((0x80 if flags else 0) | (0x10 if start else 0),))
    if flags:
        data.append(flags)
    if picture is not None:
        data += (0x8000 | (picture & 0x7FFF)).to_bytes(2)
    if tl0 is not None:
        data.append(tl0 & 0xFF)
    if temporal is not None:
        data.append((temporal << 6) | (0x20 if sync else 0))
    data.append(0 if keyframe else 1)
    return bytes(data) + bytes(size)


class Sender:
    """A source of RTP packets that numbers them like a browser."""

    def __init__(
        self, ssrc: int = 1, sequence: int = 1000, timestamp: int = 5000, picture: int = 100
    ) -> None:
        self.ssrc = ssrc
        self.sequence = sequence
        self.timestamp = timestamp
        self.picture = picture
        self.tl0 = 0

    def packet(self, payload: bytes = b"x", *, marker: bool = False) -> bytearray:
        """The next packet of the present timestamp."""
        made = packets.build(PAYLOAD_TYPE, self.sequence, self.timestamp, self.ssrc, payload, marker=marker)
        self.sequence = (self.sequence + 1) & 0xFFFF
        return made

    def frame(
        self, count: int = 1, *, keyframe: bool = False, temporal: int | None = None, sync: bool = False
    ) -> list[bytearray]:
        """A VP8 frame of `count` packets; moves on to the next picture."""
        if temporal is None or temporal == 0:
            self.tl0 = (self.tl0 + 1) & 0xFF
        tl0 = None if temporal is None else self.tl0
        made = [
            self.packet(
                vp8(
                    start=index == 0,
                    keyframe=keyframe,
                    picture=self.picture,
                    tl0=tl0,
                    temporal=temporal,
                    sync=sync,
                ),
                marker=index == count - 1,
            )
            for index in range(count)
        ]
        self.timestamp = (self.timestamp + 3000) & 0xFFFFFFFF
        self.picture = (self.picture + 1) & 0x7FFF
        return made


class Receiver:
    """A sink that keeps what it is given."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.got: list[bytes] = []

    @property
    def sequences(self) -> list[int]:
        return [packet.sequence_number(one) for one in self.got]

    @property
    def timestamps(self) -> list[int]:
        return [packet.timestamp(one) for one in self.got]


def hand_out(deliveries: list[Delivery]) -> None:
    """What the engine does with deliveries."""
    for audience, sent in deliveries:
        assert len(audience.sinks) == len(audience)
        for sink in audience.sinks:
            assert isinstance(sink, Receiver)
            sink.got += [bytes(one) for one in sent]


def video(**options: object) -> UpTrack:
    """A VP8 track with everything negotiated."""
    arguments: dict[str, object] = {"nack": True, "pli": True, "remb": True} | options
    return UpTrack("video", "VP8", 90000, PAYLOAD_TYPE, OUT_SSRC, **arguments)  # type: ignore[arg-type]


def join(up: UpTrack, now: float = 0.0, *, low: bool = False) -> tuple[DownTrack, Receiver]:
    """Add a receiver, hand it what it gets at once."""
    receiver = Receiver()
    down = DownTrack(receiver, cname="stream", low=low)
    hand_out(up.add(down, now))
    return down, receiver
