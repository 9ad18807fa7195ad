"""How the packets of one encoding become what a group of receivers is sent.

Receivers in the same state share one forwarder, so that a packet is rewritten once for all of them, or not
at all: `PassThrough` hands on what the encoding put out. Receivers whose stream had a layer left out, or came
from another encoding before, share a `Rewriter` (see `rewriter`). Owned by the track's `Routes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from galene_py.rtp import RtpError
from galene_py.rtp.packet import payload_bounds
from galene_py.rtp.payload import FrameInfo, Parser
from galene_py.sfu.encoding import Encoding


class HasSink(Protocol):
    """What an audience needs of a down track."""

    @property
    def sink(self) -> object:
        """Opaque: whatever the owner wants to find in `sinks`."""


class Audience(list[HasSink]):
    """The receivers of one forwarder. `sinks` are theirs, in the same order: a new list whenever somebody
    comes or goes, so that whoever holds the old one may go through it undisturbed."""

    def __init__(self, downs: Sequence[HasSink] = ()) -> None:
        super().__init__(downs)
        self.sinks: list[object] = [down.sink for down in downs]

    def join(self, down: HasSink) -> None:
        """One more."""
        self.append(down)
        self.sinks = [*self.sinks, down.sink]

    def leave(self, down: HasSink) -> None:
        """One less. ValueError when it is not there."""
        self.remove(down)
        self.sinks = [other.sink for other in self]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a forwarder's output stands: what another one needs in order to go on from there."""

    sequence: int
    """The next to be sent."""
    timestamp: int
    """The newest that was sent."""
    picture_id: int | None
    """The newest that was sent."""
    tl0_index: int | None
    """The newest that was sent."""


class Forwarder(Protocol):
    """What receivers and routes need of either kind."""

    audience: Audience
    encoding: Encoding
    spatial: int
    """The highest spatial layer wanted."""
    temporal: int
    """The highest temporal layer wanted."""
    timestamp_shift: int
    """What is added to the encoding's timestamps."""

    def totals(self) -> tuple[int, int]:
        """Packets and bytes put out, ever."""

    def sent(self, sequence: int) -> bytearray | None:
        """The packet that was put out under this number, if it is still there."""

    def source_sequence(self, sequence: int) -> int | None:
        """The encoding's number of what was, or would have been, put out under `sequence`."""

    def position(self) -> Position:
        """Where the output stands."""


ALL_LAYERS = 7
"""Larger than any layer's number."""
NO_LAYERS = -1
"""Smaller than any."""


class PassThrough:
    """Everything of an encoding, as it is. One per encoding."""

    spatial = temporal = ALL_LAYERS
    timestamp_shift = 0

    def __init__(self, encoding: Encoding, parser: Parser | None) -> None:
        self.encoding = encoding
        self.audience = Audience()
        self._parser = parser

    def totals(self) -> tuple[int, int]:
        """Packets and bytes put out, ever."""
        return self.encoding.packets, self.encoding.bytes

    def sent(self, sequence: int) -> bytearray | None:
        """The packet with this number, if it is still cached."""
        return self.encoding.cache.get(sequence)

    def source_sequence(self, sequence: int) -> int | None:
        """The same number."""
        return sequence

    def position(self) -> Position:
        """Where the encoding stands."""
        following = max(0, self.encoding.next_sequence)
        newest = self.encoding.cache.get((following - 1) & 0xFFFF)
        info = read_info(self._parser, newest) if newest is not None else FrameInfo()
        return Position(following, self.encoding.timestamp, info.picture_id, info.tl0_index)


def read_info(parser: Parser | None, packet: bytearray) -> FrameInfo:
    """The descriptor of a packet; an empty one when there is none or it is damaged."""
    if parser is None:
        return FrameInfo()
    try:
        return parser(packet, *payload_bounds(packet))
    except RtpError:
        return FrameInfo()


def read_infos(parser: Parser | None, packets: Sequence[bytearray]) -> list[FrameInfo]:
    """The descriptors of a batch."""
    return [read_info(parser, packet) for packet in packets]
