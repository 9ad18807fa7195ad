"""The feedback a sender gets on its way to us: which of its packets came, and when.

Every `limits.WIDE_SECONDS` while something comes, one message about all numbers since the last; what comes
after its turn has a message of its own, so that nothing else is told twice (draft-holmer-rmcat-
transport-wide-cc-extensions-01 §3.1). Pure; one per published stream, for all its tracks share a connection.
"""

from __future__ import annotations

from collections.abc import Iterable

from galene_py.rtp.sequence import extend
from galene_py.rtp.wide import TICKS_PER_SECOND, WideFeedback
from galene_py.sfu import limits

_NEVER = float("inf")
_TICKS_MOST = 0x7FFF
"""Between two packets of one message."""


class Arrivals:
    """What came since the last message."""

    def __init__(self, ssrc: int) -> None:
        """`ssrc`: ours, that signs the messages."""
        self.due = _NEVER
        """When there is something to tell."""
        self._ssrc = ssrc
        self._came: dict[int, int] = {}
        """Ticks by extended number."""
        self._expected = -1
        """The first number that no message has spoken of; -1: nothing came yet."""
        self._highest = -1
        self._count = 0

    def heard(self, numbers: Iterable[int], now: float) -> None:
        """Packets with these numbers (0..65535) came at `now`."""
        ticks, came, highest = int(now * TICKS_PER_SECOND), self._came, self._highest
        for number in numbers:
            extended = extend(highest, number) if highest >= 0 else 0x10000 + number
            if self._expected < 0:
                self._expected = extended
            highest = max(highest, extended)
            came.setdefault(extended, ticks)
        self._highest = highest
        if len(came) >= limits.WIDE_MESSAGE_PACKETS:
            self.due = now
        elif came and self.due == _NEVER:
            self.due = now + limits.WIDE_SECONDS

    def poll(self, media_ssrc: int, now: float) -> list[WideFeedback]:
        """The messages that are due at `now`; `media_ssrc` is any of the sender's."""
        if now < self.due:
            return []
        self.due = _NEVER
        came, self._came = self._came, {}
        numbers = sorted(came)
        late = [number for number in numbers if number < self._expected]
        fresh = numbers[len(late) :]
        runs = [self._run(run) for run in _runs(late)[-limits.WIDE_LATE_MESSAGES :]]
        if fresh:
            first = self._expected if self._highest - self._expected < limits.WIDE_GAP else fresh[0]
            self._expected = self._highest + 1
            runs.append((first, fresh))
        return [self._message(media_ssrc, first, run, came) for first, run in runs]

    @staticmethod
    def _run(run: list[int]) -> tuple[int, list[int]]:
        return run[0], run

    def _message(self, media_ssrc: int, base: int, numbers: list[int], came: dict[int, int]) -> WideFeedback:
        count = min(numbers[-1] - base + 1, 0xFFFF)
        newest = came[numbers[-1]]
        kept = [
            number
            for number in numbers
            if number - base < count and abs(newest - came[number]) < _TICKS_MOST // 2
        ]
        self._count = (self._count + 1) & 0xFF
        return WideFeedback(
            self._ssrc,
            media_ssrc,
            base & 0xFFFF,
            count,
            self._count,
            tuple(number & 0xFFFF for number in kept),
            tuple(came[number] for number in kept),
        )


def _runs(numbers: list[int]) -> list[list[int]]:
    """Numbers without a gap, together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
