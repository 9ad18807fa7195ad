"""Who spoke when, from the audio levels that senders put beside their packets (RFC 6464). Pure."""

from __future__ import annotations

from galene_py.recording import limits


class Speech:
    """Of one sound track."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._loud = 0.0
        """The last second at which it was loud."""

    def push(self, seconds: float, level: int) -> tuple[float, float] | None:
        """A packet's level, 0 (loudest) to 127 -dBov. The stretch of speech that has ended before it."""
        if level > limits.SPEECH_LEVEL:
            return self.due(seconds)
        ended = self.due(seconds)
        if self._start is None:
            self._start = seconds
        self._loud = seconds
        return ended

    def due(self, seconds: float) -> tuple[float, float] | None:
        """The stretch that is over by now."""
        if self._start is None or seconds - self._loud < limits.SPEECH_PAUSE_SECONDS:
            return None
        return self.end()

    def end(self) -> tuple[float, float] | None:
        """The stretch that is not over yet; nothing more comes."""
        start, self._start = self._start, None
        if start is None or self._loud - start < limits.SPEECH_SECONDS:
            return None
        return start, self._loud
