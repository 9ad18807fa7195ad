"""Whether somebody speaks, by the levels that their packets carry (RFC 6464); nothing is decoded.

Three loud packets in a short time, 60 ms of sound, are speech; a pause ends it that is longer than those
between words. A microphone that sends nothing while all is quiet (DTX) is heard to stop by the clock alone.
Pure; one per track of sound.
"""

from __future__ import annotations

from collections.abc import Iterable

from galene_py.rtp.extensions import find
from galene_py.sfu import limits

_LEVEL = 0x7F
"""The seven bits of the level; the eighth says that the sender itself takes it for speech."""


class Voice:
    """Of one track."""

    def __init__(self, identifier: int) -> None:
        """`identifier`: of the header extension, 1..14."""
        self.speaking = False
        self._identifier = identifier
        self._loud = 0
        """Loud packets more than quiet ones, up to what speech takes."""
        self._loud_at = -1e9

    def heard(self, packets: Iterable[bytearray], now: float) -> bool:
        """Packets came. True: somebody begins to speak. `due` says when to ask whether they still do."""
        for packet in packets:
            level = find(packet, self._identifier)
            if level is None or not len(level):
                continue
            if level[0] & _LEVEL > limits.VOICE_LEVEL:
                self._loud = max(0, self._loud - 1)
                continue
            self._loud = min(self._loud + 1, limits.VOICE_PACKETS)
            self._loud_at = now
        if self.speaking or self._loud < limits.VOICE_PACKETS:
            return False
        self.speaking = True
        return True

    @property
    def due(self) -> float:
        """When speech has ended, unless more of it is heard (monotonic seconds)."""
        return self._loud_at + limits.VOICE_PAUSE_SECONDS

    def ended(self, now: float) -> bool:
        """Whether speech has ended at `now`."""
        if not self.speaking or now < self.due:
            return False
        self.speaking, self._loud = False, 0
        return True
