"""A loop whose time is a test's: it remembers timers and runs those that are due."""

from __future__ import annotations

from collections.abc import Callable


class FakeTimer:
    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeLoop:
    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[FakeTimer] = []
        """All that ever were."""

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(self.now + delay, callback)
        self.timers.append(timer)
        return timer

    def pending(self) -> list[FakeTimer]:
        return [timer for timer in self.timers if timer.callback is not None]

    def run_until(self, end: float) -> None:
        while True:
            due = sorted((t for t in self.pending() if t.when <= end), key=lambda t: t.when)
            if not due:
                break
            self.now = max(self.now, due[0].when)
            callback, due[0].callback = due[0].callback, None
            assert callback is not None
            callback()
        self.now = end
