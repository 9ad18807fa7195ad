"""Packets of one video stream, in order, become pictures.

The packets of a picture share a timestamp; the last one has the marker, or the next one another timestamp.
After a gap or damage everything is dropped until a picture that needs none before it: a frozen picture is
better than a broken one. Keeps at most one picture's packets, bounded by `limits.PICTURE_BYTES`.
"""

from __future__ import annotations

from collections.abc import Callable

from galene_py.rtp import RtpError, limits
from galene_py.rtp.depacketize import av1, h264, vp8, vp9
from galene_py.rtp.depacketize.picture import Assemble, Picture
from galene_py.rtp.packet import Buffer

ASSEMBLERS: dict[str, Callable[[], Assemble]] = {
    "vp8": lambda: vp8.assemble,
    "vp9": lambda: vp9.assemble,
    "av1": lambda: av1.assemble,
    "h264": h264.Assembler,
}
"""A new assembler for a stream, by the codec's name in lower case."""


class PictureBuilder:
    """`push` every packet in order, `gap` where some are missing."""

    def __init__(self, codec: str) -> None:
        """`codec`: a key of `ASSEMBLERS`."""
        self.waiting = True
        """Whether everything is dropped until a keyframe."""
        self.damaged = 0
        """Pictures that were dropped because they could not be put together."""
        self._assemble = ASSEMBLERS[codec]()
        self._payloads: list[Buffer] = []
        self._timestamp = -1
        self._bytes = 0

    def push(self, timestamp: int, marker: bool, payload: Buffer) -> list[tuple[int, Picture]]:
        """The next packet: 32-bit timestamp, marker bit, payload without padding, empty for one that only
        fills a place. The pictures, with their timestamps, that are complete now: none, one or two."""
        done: list[tuple[int, Picture]] = []
        if self._payloads and timestamp != self._timestamp:
            self._finish(done)
        if len(payload):
            self._timestamp = timestamp
            self._payloads.append(payload)
            self._bytes += len(payload)
            if self._bytes > limits.PICTURE_BYTES:
                self.gap()
        if marker and self._payloads:
            self._finish(done)
        return done

    def gap(self) -> None:
        """Packets are missing here."""
        self._clear()
        self.waiting = True

    def _finish(self, done: list[tuple[int, Picture]]) -> None:
        payloads = self._payloads
        self._clear()
        try:
            picture = self._assemble(payloads)
        except RtpError:
            self.damaged += not self.waiting
            self.waiting = True
            return
        if picture.keyframe:
            self.waiting = False
        if not self.waiting:
            done.append((self._timestamp, picture))

    def _clear(self) -> None:
        self._payloads = []
        self._bytes = 0
