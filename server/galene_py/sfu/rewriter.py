"""Leaves out layers of an encoding, or continues the stream of another, without gaps.

Sequence numbers, timestamps, VP8/VP9 picture ids and TL0PICIDX are moved so that the receivers see one
unbroken stream. A packet that was missing when later ones passed keeps its place: when it comes late it is
put there, and if it belongs to a layer that is left out, an empty packet takes the place so that nobody asks
for it again. Copies each packet it puts out, once for its whole audience. Owned by the track's `Routes`.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from struct import Struct
from typing import NamedTuple

from galene_py.rtp.packet import empty_like, sequence_number, timestamp, unpack_marker_sequence_timestamp
from galene_py.rtp.payload import FrameInfo, Parser
from galene_py.sfu import limits
from galene_py.sfu.cache import PacketCache
from galene_py.sfu.encoding import Encoding
from galene_py.sfu.forwarder import ALL_LAYERS, NO_LAYERS, Audience, Position, read_info, read_infos

_pack_sequence_timestamp = Struct("!HI").pack_into


class _Span(NamedTuple):
    """From the extended input number `first` on, output is input plus these."""

    first: int
    sequence: int
    picture: int


class Rewriter:
    """One state of rewriting, shared by its audience. Made by `continue_with`, `from_pass_through`, `apart`
    or `branch`."""

    def __init__(self, encoding: Encoding, parser: Parser | None, *, counts_pictures: bool) -> None:
        """`counts_pictures`: picture ids are renumbered when pictures are left out (VP8). VP9's stay: its
        references are differences of ids."""
        self.encoding = encoding
        self.audience = Audience()
        self.spatial = self.temporal = ALL_LAYERS
        self.timestamp_shift = 0
        self.packets = 0
        self.bytes = 0
        self.cache = PacketCache()
        self._parser = parser
        self._counts_pictures = counts_pictures
        self._spatial_now = self._temporal_now = ALL_LAYERS
        self._spans: deque[_Span] = deque(maxlen=limits.REWRITE_HISTORY)
        self._highest = -1
        self._sequence_shift = 0
        self._picture_shift = 0
        self._tl0_shift = 0
        self._picture = -1
        """Timestamp of the picture whose layers are decided."""
        self._kept = True
        """Whether the packet before was kept; for packets that do not name their layer."""
        self._left_out: int | None = None
        """Picture id that was left out last."""
        self._complete = True
        """Whether no layer is left out now."""
        self._start = Position(0, 0, None, None)
        """Where the output stood before `_newest`."""
        self._newest: bytearray | None = None
        """The newest packet that was put out, late ones aside."""

    # --- how one begins ---

    @classmethod
    def continue_with(
        cls,
        encoding: Encoding,
        parser: Parser | None,
        position: Position,
        first: bytearray,
        stamp: int,
        *,
        counts_pictures: bool,
    ) -> Rewriter:
        """Go on behind `position` with `encoding`, whose packet `first` begins a keyframe and gets the
        timestamp `stamp`."""
        new = cls(encoding, parser, counts_pictures=counts_pictures)
        info = read_info(parser, first)
        sequence = sequence_number(first)
        new._sequence_shift = position.sequence - sequence
        new.timestamp_shift = (stamp - timestamp(first)) & 0xFFFF_FFFF
        if info.picture_id is not None and position.picture_id is not None:
            new._picture_shift = position.picture_id + 1 - info.picture_id
        if info.tl0_index is not None and position.tl0_index is not None:
            new._tl0_shift = position.tl0_index + 1 - info.tl0_index
        new._highest = 0x10000 + sequence - 1
        new._spans.append(_Span(new._highest + 1, new._sequence_shift, new._picture_shift))
        new._start = position
        return new

    @classmethod
    def from_pass_through(
        cls, encoding: Encoding, parser: Parser | None, position: Position, *, counts_pictures: bool
    ) -> Rewriter:
        """Go on with the same encoding, nothing moved yet; what was sent so far can still be asked for."""
        new = cls(encoding, parser, counts_pictures=counts_pictures)
        new._highest = 0x10000 + position.sequence - 1
        new._spans.append(_Span(new._highest + 1 - encoding.cache.size, 0, 0))
        new._picture = encoding.timestamp
        new._start = position
        new._inherit(encoding.cache)
        return new

    @classmethod
    def apart(
        cls, encoding: Encoding, parser: Parser | None, first: int, *, counts_pictures: bool
    ) -> Rewriter:
        """All of the encoding from its packet `first` on, under numbers of its own that begin with 0."""
        new = cls(encoding, parser, counts_pictures=counts_pictures)
        new._sequence_shift = -first
        new._highest = 0x10000 + first - 1
        new._spans.append(_Span(new._highest + 1, -first, 0))
        new._start = Position(0, encoding.timestamp, None, None)
        return new

    def branch(self) -> Rewriter:
        """A copy that may go another way from here; its audience is empty."""
        new = copy(self)
        new.audience = Audience()
        new._spans = self._spans.copy()
        new.cache = PacketCache()
        new._inherit(self.cache)
        return new

    def _inherit(self, cache: PacketCache) -> None:
        self.cache.size, self.cache.mask, self.cache.ring = cache.size, cache.mask, list(cache.ring)

    # --- packets ---

    def want(self, spatial: int, temporal: int) -> None:
        """The highest layers to put out. Fewer at the next picture, more where the stream allows it."""
        self.spatial, self.temporal = spatial, temporal

    def forward(self, packets: list[bytearray], infos: list[FrameInfo] | None = None) -> list[bytearray]:
        """What to put out for these packets of the encoding: copies, fewer perhaps. `infos` are the packets'
        descriptors, when somebody has read them already."""
        if infos is None:
            infos = read_infos(self._parser, packets)
        result: list[bytearray] = []
        for packet, info in zip(packets, infos, strict=True):
            _, sequence, stamp = unpack_marker_sequence_timestamp(packet, 1)
            step = ((sequence - self._highest + 0x8000) & 0xFFFF) - 0x8000
            if step <= 0:
                late = self._late(packet, self._highest + step, info)
                if late is not None:
                    result.append(late)
                continue
            self._highest += step
            if stamp != self._picture:
                self._picture = stamp
                self._decide_layers(info)
            if self._complete or self._keep(info):
                result.append(self._put_out(packet, info, sequence, stamp))
            else:
                self._leave_out(self._highest, info)
        self.packets += len(result)
        self.bytes += sum(map(len, result))
        return result

    def _decide_layers(self, info: FrameInfo) -> None:
        """At the first packet of a picture: which layers from here on."""
        if self.temporal < self._temporal_now:
            self._temporal_now = self.temporal
        elif self.temporal > self._temporal_now:
            if info.keyframe:
                self._temporal_now = self.temporal
            elif info.sync and info.temporal == self._temporal_now + 1:
                self._temporal_now = info.temporal
        if self.spatial < self._spatial_now or info.keyframe:
            self._spatial_now = self.spatial
        self._complete = self._spatial_now == self._temporal_now == ALL_LAYERS
        self._kept = self._spatial_now != NO_LAYERS

    def _keep(self, info: FrameInfo) -> bool:
        if info.start or info.temporal or info.spatial or info.picture_id is not None:
            self._kept = info.temporal <= self._temporal_now and info.spatial <= self._spatial_now
        return self._kept

    def _leave_out(self, extended: int, info: FrameInfo) -> None:
        self._sequence_shift -= 1
        if self._counts_pictures and info.picture_id is not None and info.picture_id != self._left_out:
            self._left_out = info.picture_id
            self._picture_shift -= 1
        if self._spans and self._spans[-1].first == extended:
            self._spans.pop()  # the packet before was left out too: nothing was sent in between
        self._spans.append(_Span(extended + 1, self._sequence_shift, self._picture_shift))

    def _put_out(self, packet: bytearray, info: FrameInfo, sequence: int, stamp: int) -> bytearray:
        moved = packet[:]
        sequence = (sequence + self._sequence_shift) & 0xFFFF
        _pack_sequence_timestamp(moved, 2, sequence, (stamp + self.timestamp_shift) & 0xFFFF_FFFF)
        if self._picture_shift or self._tl0_shift:
            self._move_ids(moved, info, self._picture_shift)
        # The base of a picture whose upper spatial layers are left out ends the picture.
        if info.end and info.spatial == self._spatial_now:
            moved[1] |= 0x80
        cache = self.cache
        cache.ring[sequence & cache.mask] = self._newest = moved
        return moved

    def _late(self, packet: bytearray, extended: int, info: FrameInfo) -> bytearray | None:
        for span in reversed(self._spans):
            if span.first <= extended:
                break
        else:
            return None  # from before this rewriter's time
        if info.temporal > self._temporal_now or info.spatial > self._spatial_now:
            packet, info = empty_like(packet), FrameInfo()
        moved = packet[:]
        sequence = (extended + span.sequence) & 0xFFFF
        stamp = (timestamp(packet) + self.timestamp_shift) & 0xFFFF_FFFF
        _pack_sequence_timestamp(moved, 2, sequence, stamp)
        self._move_ids(moved, info, span.picture)
        self.cache.put(sequence, moved)
        return moved

    def _move_ids(self, packet: bytearray, info: FrameInfo, picture: int) -> None:
        if picture and info.picture_id is not None:
            number, at = info.picture_id + picture, info.picture_id_at
            if info.picture_id_bits == 15:
                packet[at] = 0x80 | ((number >> 8) & 0x7F)
                packet[at + 1] = number & 0xFF
            else:
                packet[at] = number & 0x7F
        if self._tl0_shift and info.tl0_index is not None:
            packet[info.tl0_index_at] = (info.tl0_index + self._tl0_shift) & 0xFF

    # --- what others ask ---

    @property
    def young(self) -> bool:
        """Whether its numbers began with 0 and are far from their end, and no layer was ever left out."""
        whole = len(self._spans) == 1 and self.spatial == self.temporal == ALL_LAYERS
        return whole and self._start.sequence == 0 and self.packets < 0x8000

    def totals(self) -> tuple[int, int]:
        """Packets and bytes put out, ever."""
        return self.packets, self.bytes

    def sent(self, sequence: int) -> bytearray | None:
        """The packet that was put out under this number, or would have been, if it is still cached."""
        packet = self.cache.get(sequence)
        if packet is not None:
            return packet
        extended = self._source(sequence)
        source = None if extended is None else self.encoding.cache.get(extended & 0xFFFF)
        if extended is None or source is None:
            return None
        return self._late(source, extended, read_info(self._parser, source))

    def source_sequence(self, sequence: int) -> int | None:
        """The encoding's number of what has, or would have had, this number in the output."""
        extended = self._source(sequence)
        return None if extended is None else extended & 0xFFFF

    def _source(self, sequence: int) -> int | None:
        behind = (self._highest + self._sequence_shift + 1 - sequence) & 0xFFFF
        if not 0 < behind < 0x8000:
            return None  # not yet
        wanted = self._highest + self._sequence_shift + 1 - behind
        following = self._highest + 1
        for span in reversed(self._spans):
            extended = wanted - span.sequence
            if span.first <= extended < following:
                return extended
            following = span.first
        return None

    def again(self, packets: list[bytearray]) -> list[bytearray]:
        """What a young one put out for these packets of the encoding; nothing unless all of it is there."""
        shift = self._sequence_shift
        found = [self.sent((sequence_number(packet) + shift) & 0xFFFF) for packet in packets]
        return [] if None in found else [packet for packet in found if packet is not None]

    def position(self) -> Position:
        """Where the output stands."""
        start, newest = self._start, self._newest
        if newest is None:
            return start
        info = read_info(self._parser, newest)
        return Position(
            (self._highest + self._sequence_shift + 1) & 0xFFFF,
            timestamp(newest),
            start.picture_id if info.picture_id is None else info.picture_id,
            start.tl0_index if info.tl0_index is None else info.tl0_index,
        )
