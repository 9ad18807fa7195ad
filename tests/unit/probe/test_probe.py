"""Who may test a connection: anybody, a little; and a test ends by itself and leaves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from galene_py.conference.media import MediaSink
from galene_py.probe import limits
from galene_py.probe.sessions import Busy, RunningTests


class Stream:
    """A published stream, as far as a test goes."""

    def __init__(self) -> None:
        self.sink: MediaSink | None = None
        self.open = True

    def tap(self, sink: MediaSink) -> None:
        self.sink = sink

    def close(self) -> None:
        self.open = False


class Stage:
    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.tests = RunningTests(lambda: self.now, self.later)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.timers.append((self.now + seconds, call))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        due = [call for when, call in self.timers if when <= self.now]
        self.timers = [(when, call) for when, call in self.timers if when > self.now]
        for call in due:
            call()

    def begin(self, address: str) -> Stream:
        self.tests.check(address)
        stream = Stream()
        self.tests.add(object(), address, stream)  # type: ignore[arg-type]
        return stream


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_test_takes_everything_and_ends_by_itself(stage: Stage) -> None:
    stream = stage.begin("192.0.2.1")
    assert stream.sink is not None
    stage.wait(limits.TEST_SECONDS - 0.1)
    assert stream.open
    stage.wait(0.2)
    assert not stream.open
    assert len(stage.tests) == 0


def test_one_network_has_few_at_a_time_and_few_in_a_row_and_others_do_not_wait_for_it(stage: Stage) -> None:
    for host in range(limits.TESTS_PER_ORIGIN):
        stage.begin(f"2001:db8::{host}")
    with pytest.raises(Busy, match="this network"):
        stage.begin("2001:db8::ffff")
    stage.begin("2001:db8:0:1::1")
    begun = limits.TESTS_PER_ORIGIN
    stage.wait(limits.TEST_SECONDS)
    while begun < 100:
        try:
            stage.begin("2001:db8::1")
        except Busy:
            break
        begun += 1
        stage.wait(0.001)
    assert begun <= limits.TEST_BURST + limits.TEST_SECONDS * limits.TEST_RATE + 1


def test_the_server_has_few_at_a_time(stage: Stage) -> None:
    for network in range(limits.TESTS):
        stage.begin(f"192.0.2.{network}")
    with pytest.raises(Busy, match="many people"):
        stage.begin("198.51.100.1")
    stage.wait(limits.TEST_SECONDS)
    stage.begin("198.51.100.1")


def test_the_end_of_the_server_ends_them(stage: Stage) -> None:
    streams = [stage.begin("192.0.2.1") for _ in range(3)]
    stage.tests.close()
    assert not any(stream.open for stream in streams)
    stage.wait(limits.TEST_SECONDS)
