"""What the server and a writer tell each other, one message per datagram of a SEQPACKET socket.

To the writer the first byte says what it is: packets and clocks are packed, for they are many; everything
else is JSON (`Order`). From the writer comes JSON only (`Report`). Times are seconds of CLOCK_MONOTONIC,
which all processes of a machine share. `read` raises MessageError for what is none of these.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

import msgspec

from galene_py.rtp.packet import Buffer

PACKETS, CLOCK, ORDER = b"P", b"C", b"O"
_PACKETS = Struct("!cIdB")
_CLOCK = Struct("!cIdI")
_LENGTHS = [Struct(f"!{count}H") for count in range(256)]


class MessageError(ValueError):
    """Not a message of ours."""


class Packets(NamedTuple):
    """RTP packets of one track, in the order in which they came."""

    track: int
    now: float
    packets: list[bytes]


class Clock(NamedTuple):
    """At `now` the track's timestamps stand at `timestamp`."""

    track: int
    now: float
    timestamp: int


class Order(msgspec.Struct, tag_field="kind"):
    """What is not media."""


class Start(Order, tag="start"):
    """The first message."""

    root: str
    group: str
    by: str
    wall: float
    """Unix time of the start."""
    now: float
    """The same instant, monotonic."""
    chat: bool
    limit: int = 0
    """Bytes of all recordings; 0: no limit."""
    group_limit: int = 0
    """Bytes of the group's recordings; 0: no limit."""


class OpenStream(Order, tag="stream"):
    """Somebody publishes."""

    stream: str
    client: str
    username: str
    label: str


class CloseStream(Order, tag="streamEnd"):
    """And ends it."""

    stream: str


class OpenTrack(Order, tag="track"):
    """A section of a stream. One that was there before under the same `mid` is continued by it."""

    track: int
    stream: str
    mid: str
    codec: str
    """As in `sdp.codecs.KINDS`."""
    clock_rate: int
    channels: int
    level_extension: int
    """Identifier of the audio-level header extension; 0: none."""


class CloseTrack(Order, tag="trackEnd"):
    """No more packets of it."""

    track: int


class Gap(Order, tag="gap"):
    """Packets of the track were dropped here because the writer was too slow."""

    track: int


class Joined(Order, tag="joined"):
    """Somebody came."""

    id: str
    username: str
    now: float


class Left(Order, tag="left"):
    """Somebody went."""

    id: str
    now: float


class Said(Order, tag="said"):
    """Somebody wrote something for everybody."""

    id: str
    source: str
    username: str
    type: str
    value: object
    now: float


class Unsaid(Order, tag="unsaid"):
    """Operators deleted one message, those of one source, or all."""

    id: str
    source: str


class Stop(Order, tag="stop"):
    """The end; `reason` when nobody asked for it."""

    now: float
    reason: str = ""


AnyOrder = (
    Start | OpenStream | CloseStream | OpenTrack | CloseTrack | Gap | Joined | Left | Said | Unsaid | Stop
)


class Report(msgspec.Struct, tag_field="kind"):
    """From the writer."""


class NeedKeyframe(Report, tag="keyframe"):
    """A track's picture cannot go on without one."""

    track: int


class Warn(Report, tag="warning"):
    """Something that operators should know; recording goes on."""

    text: str


class Stopped(Report, tag="stopped"):
    """The writer is done; `reason` is empty when it was told to stop, else it is for operators."""

    reason: str = ""


AnyReport = NeedKeyframe | Warn | Stopped

_encoder = msgspec.json.Encoder()
_orders = msgspec.json.Decoder(AnyOrder)
_reports = msgspec.json.Decoder(AnyReport)


def packets_header(track: int, now: float, packets: Sequence[Buffer]) -> bytes:
    """What stands before the packets of a message, at most 255 of them."""
    lengths = _LENGTHS[len(packets)].pack(*map(len, packets))
    return _PACKETS.pack(PACKETS, track, now, len(packets)) + lengths


def clock(track: int, now: float, timestamp: int) -> bytes:
    """A whole message."""
    return _CLOCK.pack(CLOCK, track, now, timestamp)


def order(message: AnyOrder) -> bytes:
    """A whole message."""
    return ORDER + _encoder.encode(message)


def report(message: AnyReport) -> bytes:
    """A whole message."""
    return _encoder.encode(message)


def read(data: Buffer) -> Packets | Clock | AnyOrder:
    """A message to the writer. Raises MessageError."""
    kind = bytes(data[:1])
    try:
        if kind == PACKETS:
            _, track, now, count = _PACKETS.unpack_from(data)
            at = _PACKETS.size
            lengths = _LENGTHS[count].unpack_from(data, at)
            at += 2 * count
            packets = []
            for length in lengths:
                packets.append(bytes(data[at : at + length]))
                at += length
            if at != len(data):
                raise MessageError("packets of other lengths")
            return Packets(track, now, packets)
        if kind == CLOCK:
            return Clock(*_CLOCK.unpack(data)[1:])
        if kind == ORDER:
            return _orders.decode(data[1:])
    except (struct.error, msgspec.DecodeError) as error:
        raise MessageError(f"a damaged message: {error}") from None
    raise MessageError("a message of another kind")


def read_report(data: Buffer) -> AnyReport:
    """A message from the writer. Raises MessageError."""
    try:
        return _reports.decode(data)
    except msgspec.DecodeError as error:
        raise MessageError(f"a damaged message: {error}") from None
