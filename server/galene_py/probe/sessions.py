"""The tests that run: how many, whose, and their end.

Never looks at media. Owner of the state: the endpoint; it owns the streams of the tests.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence

from galene_py.budget.bucket import Bucket
from galene_py.budget.origin import origin
from galene_py.conference.media import Published, TrackForm
from galene_py.probe import limits

Later = Callable[[float, Callable[[], None]], object]
"""Calls in so many seconds."""


class Nowhere:
    """Where a test's media goes (`conference.media.MediaSink`): somebody who takes all of it, so that as much
    comes as the line carries."""

    def opened(self, form: TrackForm) -> int:
        """A track begins."""
        return 0

    def packets(self, track: int, packets: Sequence[bytes | bytearray | memoryview], now: float) -> None:
        """Packets are dropped."""

    def clock(self, track: int, now: float, timestamp: int) -> None:
        """Nothing is dated."""

    def closed(self, track: int) -> None:
        """A track ends."""


class Busy(Exception):
    """Too many tests; the text is for people."""


class RunningTests:
    """What runs. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float], later: Later) -> None:
        self._clock = clock
        self._later = later
        self._running: dict[object, tuple[str, Published]] = {}
        self._running_of: Counter[str] = Counter()
        self._lately: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._running)

    def check(self, address: str) -> None:
        """Raise Busy unless a test of this address may begin; it then counts as begun."""
        whose, now = origin(address), self._clock()
        bucket = self._lately.pop(whose, None) or Bucket(limits.TEST_BURST, limits.TEST_RATE, now)
        self._lately[whose] = bucket
        if len(self._lately) > limits.ORIGINS_KNOWN:
            self._lately.popitem(last=False)
        if len(self._running) >= limits.TESTS:
            raise Busy("many people test their connections at the moment")
        if self._running_of[whose] >= limits.TESTS_PER_ORIGIN or not bucket.take(now):
            raise Busy("too many tests from this network; wait a little")

    def add(self, key: object, address: str, stream: Published) -> None:
        """A test runs; it ends by `end` or after its time. `key`: anything that is its own."""
        whose = origin(address)
        self._running[key] = whose, stream
        self._running_of[whose] += 1
        stream.tap(Nowhere())
        self._later(limits.TEST_SECONDS, lambda: self.end(key))

    def end(self, key: object) -> None:
        """A test is over. Harmless when it was before."""
        whose, stream = self._running.pop(key, ("", None))
        if stream is not None:
            self._running_of[whose] -= 1
            if not self._running_of[whose]:
                del self._running_of[whose]
            stream.close()

    def close(self) -> None:
        """The server goes down."""
        for key in list(self._running):
            self.end(key)
