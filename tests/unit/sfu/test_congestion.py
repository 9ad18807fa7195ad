"""The estimate of a line on made traces: what it is, how fast it changes, what does not move it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from congestion_line import STEP_S, Bottleneck, Flow, greedy, run

from galene_py.rtp.wide import WideFeedback
from galene_py.sfu import limits
from galene_py.sfu.congestion import Estimator, Path
from galene_py.sfu.congestion.probe import Cluster, Prober
from galene_py.sfu.congestion.rate import LossBound
from galene_py.sfu.congestion.trend import Trend, Usage
from galene_py.sfu.numbers import Numbers


def climbing(line: Bottleneck, start: float = 300_000.0) -> Flow:
    """A flow that sends what it may."""
    flow = Flow(line, greedy)
    flow.estimator.delay.rate = start
    return flow


# --- the trend ---


def usages(delays: list[float], interval: float = 33.0) -> list[Usage]:
    """What the trend says of groups sent at equal intervals (ms) that take so long (ms)."""
    trend = Trend()
    return [
        trend.group(interval, interval + after - before, interval * index + after)
        for index, (before, after) in enumerate(pairwise(delays))
    ]


def test_a_steady_delay_is_no_overuse_whatever_it_is() -> None:
    assert set(usages([200.0] * 100)) == {Usage.NORMAL}


def test_a_growing_queue_is_overuse_within_half_a_second_and_an_emptying_one_underuse() -> None:
    growing = [20.0] * 60 + [20.0 + 10 * index for index in range(40)]
    said = usages(growing)
    assert Usage.OVER not in said[:59]
    assert Usage.OVER in said[60:75]
    assert usages([*growing, *(400.0 - 20 * index for index in range(20))])[-1] is Usage.UNDER


def test_jitter_is_no_overuse() -> None:
    dice = Bottleneck(1.0, seed=3).dice
    assert Usage.OVER not in usages([20 + 15 * dice.random() for _ in range(2000)])


def test_a_lone_late_group_is_no_overuse() -> None:
    assert Usage.OVER not in usages([20.0] * 50 + [90.0] + [20.0] * 50)


def test_sums_do_not_drift() -> None:
    """After a day of pictures it still sees what it sees at first."""
    trend = Trend()
    for index in range(30_000):
        trend.group(33.0, 33.0, 1e9 + 33.0 * index)
    assert abs(trend.trend) < 1e-3


# --- one flow ---


def test_it_finds_the_rate_of_the_line_and_keeps_its_queue_short() -> None:
    line = Bottleneck(1_000_000)
    flow = climbing(line)
    run([flow], 8.0)
    waits = []
    for index in range(round(12.0 / STEP_S)):
        now = 8.0 + index * STEP_S
        flow.step(now)
        waits.append(max(0.0, line.free_at - now))
    assert 0.85e6 < flow.rate(8.0, 20.0) <= 1.0e6
    assert sorted(waits)[len(waits) // 2] < 0.1


def test_narrower_within_two_seconds() -> None:
    line = Bottleneck(2_000_000)
    flow = climbing(line, 1_500_000)
    run([flow], 10.0)
    line.rate = 300_000
    run([flow], 20.0, since=10.0)
    assert max(flow.estimates(12.0, 20.0)) < 1.25 * 300_000
    assert flow.rate(14.0, 20.0) > 0.8 * 300_000


def test_who_sends_little_learns_nothing_and_loses_nothing() -> None:
    line = Bottleneck(5_000_000)
    line.jitter = 0.015
    flow = Flow(line, lambda flow: 600_000.0)
    run([flow], 30.0)
    assert set(flow.estimates(0.0, 30.0)) == {float(limits.RATE_START)}


@pytest.mark.parametrize("loss", [0.01, 0.015])
def test_little_random_loss_is_no_congestion(loss: float) -> None:
    line = Bottleneck(2_000_000)
    line.loss = loss
    flow = climbing(line)
    run([flow], 30.0)
    assert flow.rate(20.0, 30.0) > 0.75 * 2_000_000


def test_much_loss_lowers_the_rate() -> None:
    line = Bottleneck(50_000_000)
    flow = Flow(line, greedy)
    run([flow], 5.0)
    line.loss = 0.2
    before = flow.estimator.rate
    run([flow], 20.0, since=5.0)
    assert flow.estimator.rate < 0.6 * before


# --- several ---


@pytest.mark.parametrize("starts", [(1_500_000, 200_000), (300_000, 300_000)])
def test_two_lines_through_one_bottleneck_end_up_alike(starts: tuple[float, float]) -> None:
    line = Bottleneck(2_000_000)
    flows = [climbing(line, start) for start in starts]
    run(flows, 60.0)
    rates = [flow.rate(40.0, 60.0) for flow in flows]
    assert sum(rates) ** 2 / (2 * sum(rate * rate for rate in rates)) >= 0.9
    assert sum(rates) > 0.85 * 2_000_000


def test_all_connections_of_a_receiver_have_one_estimate() -> None:
    """Two streams on one line: the sum of both is what it carries."""
    line = Bottleneck(1_000_000)
    first, second = (Flow(line, lambda flow: flow.estimator.rate / 2) for _ in range(2))
    second.estimator = first.estimator
    first.estimator.paths.add(second.path)
    run([first, second], 20.0)
    assert 0.8e6 < first.rate(10.0, 20.0) + second.rate(10.0, 20.0) <= 1.0e6


# --- what does not count ---


def feedback(base: int, arrivals: list[int]) -> WideFeedback:
    numbers = tuple(range(base, base + len(arrivals)))
    return WideFeedback(1, 2, base, len(arrivals), 0, numbers, tuple(arrivals))


def test_what_was_not_sent_to_the_receiver_then_is_passed_over() -> None:
    numbers = Numbers()
    path = Path(numbers)
    for index in range(10):
        numbers.take(1000, index / 100)
    path.begin(0.045)
    assert path.feedback(feedback(0, [100] * 10), 1.0) == 5000
    assert path.feedback(feedback(0, [100] * 10), 1.1) == 0, "told twice"
    assert path.feedback(feedback(10, [100] * 5), 1.2) == 0, "never sent"
    assert path.feedback(feedback(40_000, [100] * 5), 1.3) == 0


def test_a_late_report_of_an_overload_is_no_second_one() -> None:
    estimator = Estimator()
    estimator.report(80, 100, 10.0)
    once = estimator.rate
    estimator.report(80, 100, 11.0)
    assert estimator.rate == once
    estimator.report(80, 100, 12.5)
    assert estimator.rate < once


def test_loss_never_asks_for_less_than_most_of_what_arrives() -> None:
    bound = LossBound()
    bound.report(90, 100)
    assert bound.update(2_000_000, 300_000, 1.0)
    assert bound.rate == 300_000
    bound.report(90, 100)
    assert bound.update(300_000, 300_000, 2.0)
    assert bound.rate == 0.85 * 300_000


# --- bursts that try for more ---


def cluster(rate: float, *, count: int = 20, size: int = 1000, step: float = 0.005) -> Cluster:
    """A burst of `count` packets, `step` seconds apart, over a line of `rate`."""
    made = Cluster(65_530, 100_000.0)
    made.last = (65_530 + count) & 0xFFFF
    free = 0.0
    for index in range(count):
        sent = index * step
        free = max(free, sent) + 8 * size / rate
        made.take((65_530 + index) & 0xFFFF, size, sent, 50.0 + free)
    return made


def test_a_burst_that_the_line_carries_proves_its_rate() -> None:
    made = cluster(50e6)
    assert made.over
    result = made.result()
    assert result is not None
    assert result[1]
    assert result[0] == pytest.approx(100_000 + 0.95 * 1_600_000, rel=0.01)


def test_a_burst_that_it_does_not_carry_shows_what_it_carries() -> None:
    result = cluster(800_000).result()
    assert result is not None
    assert not result[1]
    assert result[0] == pytest.approx(100_000 + 0.95 * 800_000, rel=0.01)


def test_a_burst_of_which_little_arrived_says_nothing() -> None:
    assert cluster(50e6, count=3).result() is None


def test_bursts_grow_while_they_succeed_and_are_rare_while_they_fail() -> None:
    prober = Prober()
    assert prober.next(1e6, 0.9e6, 0.0) is None, "nobody could use more"
    assert prober.next(300_000, 5e6, 0.0) == 1.5 * 300_000 + limits.PROBE_MORE
    assert prober.next(300_000, 5e6, 0.1) is None, "one at a time"
    prober.judged(True, 0.2)
    assert prober.next(500_000, 5e6, 0.2) == 2 * 500_000 + limits.PROBE_MORE
    assert prober.next(500_000, 600_000, 5.0) == limits.PROBE_ROOM * 600_000
    now, waits = 10.0, []
    for _ in range(4):
        prober.judged(False, now)
        before = now
        while prober.next(500_000, 5e6, now) is None:
            now += 0.25
        waits.append(now - before)
    assert waits == [1.5, 3.0, 4.0, 4.0]
