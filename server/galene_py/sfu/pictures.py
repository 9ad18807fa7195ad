"""What the frames of one encoding say: where its last keyframe begins, and which layers it has.

Looks at the first packet of each frame only. Audio has no parser and is never looked at. Owned by its
encoding, which knows when a frame begins.
"""

from __future__ import annotations

from galene_py import limits as shared
from galene_py.rtp import RtpError
from galene_py.rtp.packet import payload_bounds
from galene_py.rtp.payload import Parser
from galene_py.sfu import limits


class Pictures:
    """Facts about an encoding's pictures; sequence numbers are the encoding's normalised ones."""

    def __init__(self, parser: Parser | None) -> None:
        self.parser = parser
        self.keyframe = -1
        """Number of the packet that begins the last keyframe; -1: none yet."""
        self.keyframe_at = 0.0
        """When it came."""
        self.fresh: bytearray | None = None
        """That packet, if it is among the batch that was received last. Reset by the encoding."""
        self.temporal_layers = 1
        self.spatial_layers = 1
        self.malformed = 0
        """Payload descriptors that could not be read."""
        self._seen = self._seen_before = 1

    def examine(self, packet: bytearray, sequence: int, following: int, now: float) -> bool:
        """Look at the first packet of a frame. `following` is the number after the newest. True: whether it
        is a keyframe shows in the next packet."""
        if self.parser is None:
            return False
        try:
            info = self.parser(packet, *payload_bounds(packet))
        except RtpError:
            self.malformed += 1
            return False
        if info.keyframe and not self._superseded(sequence, following, now):
            self.keyframe = sequence
            self.keyframe_at = now
            self.fresh = packet
        if info.temporal >= self._seen:
            self._seen = info.temporal + 1
            self.temporal_layers = max(self.temporal_layers, self._seen)
        if info.spatial_layers:
            self.spatial_layers = info.spatial_layers
        return info.undecided

    def settle(self) -> None:
        """About once per second while packets come. A layer counts until it is missing a whole period."""
        self.temporal_layers = max(self._seen, self._seen_before)
        self._seen_before, self._seen = self._seen, 1

    def _superseded(self, sequence: int, following: int, now: float) -> bool:
        """Whether a keyframe is known that is newer than the late packet `sequence`."""
        if self.keyframe < 0 or now - self.keyframe_at > limits.LATE_JOIN_SECONDS:
            return False
        behind = (following - sequence) & 0xFFFF
        return (following - self.keyframe) & 0xFFFF < behind <= shared.CACHE_PACKETS_MAX
