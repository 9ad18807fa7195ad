"""Packets as a camera and a microphone make them: sizes, keyframes and timestamps, and nothing to see. Pure.

Each packet ends with the moment in which it was sent, so that whoever gets it knows how long that took;
both are in one process, hence on one clock. Frames are VP8 (RFC 7741) with a keyframe when one is asked
for; a keyframe has `KEYFRAME_TIMES` the bytes of others, as measured of cameras.
"""

from __future__ import annotations

import os
import random
from struct import Struct

from galene_py.loadtest import limits
from galene_py.loadtest.descriptions import OPUS, VP8

FRAME_SECONDS = 1 / 30
SOUND_SECONDS = 0.02
SOUND_BYTES = 80
KEYFRAME_TIMES = 6.0
MOMENT = Struct("!d")
_HEADER = Struct("!BBHII")
"""RFC 3550 §5.1, without contributing sources."""
_KEY_HEADER = bytes([0x00, 0, 0, 0x9D, 0x01, 0x2A, 0x00, 0x05, 0xD0, 0x02])
"""A frame tag and the start of a key frame of 1280 × 720 (RFC 6386 §9.1)."""
_DELTA_HEADER = bytes([0x01]) + bytes(9)
_FILLING = os.urandom(limits.PACKET_BYTES)


class Microphone:
    """The packets of one microphone."""

    def __init__(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)

    def packet(self, now: float) -> bytes:
        """The next 20 ms."""
        self._sequence = self._sequence + 1 & 0xFFFF
        self._timestamp = self._timestamp + 960 & 0xFFFFFFFF
        payload = _FILLING[: SOUND_BYTES - MOMENT.size] + MOMENT.pack(now)
        return _HEADER.pack(0x80, OPUS, self._sequence, self._timestamp, self._ssrc) + payload


class Camera:
    """The frames of one camera; `rate`: bit/s. `want_keyframe`: the next one is a keyframe."""

    def __init__(self, ssrc: int, rate: int, seed: int) -> None:
        self.want_keyframe = True
        self.keyframes = 0
        self._ssrc = ssrc
        self._bytes = rate * FRAME_SECONDS / 8
        self._dice = random.Random(seed)
        self._sequence = self._dice.getrandbits(15)
        self._timestamp = self._dice.getrandbits(31)
        self._picture = 0

    def frame(self, now: float) -> list[bytes]:
        """The packets of the next frame."""
        key, self.want_keyframe = self.want_keyframe, False
        self.keyframes += key
        self._picture = self._picture + 1 & 0x7FFF
        self._timestamp = self._timestamp + 3000 & 0xFFFFFFFF
        size = self._bytes * (KEYFRAME_TIMES if key else self._dice.uniform(0.5, 1.5))
        count = max(1, round(size / limits.PACKET_BYTES + 0.499))
        return [
            self._packet(now, key, index == 0, index == count - 1, int(size / count))
            for index in range(count)
        ]

    def _packet(self, now: float, key: bool, first: bool, last: bool, size: int) -> bytes:
        self._sequence = self._sequence + 1 & 0xFFFF
        number = 0x8000 | self._picture
        descriptor = bytes([0x90 if first else 0x80, 0x80]) + number.to_bytes(2)
        header = (_KEY_HEADER if key else _DELTA_HEADER) if first else b""
        filling = _FILLING[: max(0, size - len(descriptor) - len(header) - MOMENT.size)]
        payload = descriptor + header + filling + MOMENT.pack(now)
        kind = VP8 | (0x80 if last else 0)
        return _HEADER.pack(0x80, kind, self._sequence, self._timestamp, self._ssrc) + payload
