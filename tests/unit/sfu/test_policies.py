"""The small deciders: keyframes, resending, bandwidth, what to ask of a sender, clock, reception."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.sfu import limits
from galene_py.sfu.bandwidth import Bandwidth
from galene_py.sfu.clock import NTP_EPOCH, StreamClock, from_ntp, middle, to_ntp
from galene_py.sfu.keyframes import KeyframePolicy
from galene_py.sfu.rate import RateMeter
from galene_py.sfu.reception import Reception
from galene_py.sfu.remb import wanted_rate
from galene_py.sfu.resend import ResendPolicy

# --- keyframes ---


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["want", "came", "none"])), max_size=300))
def test_never_more_than_two_requests_a_second(steps: list[tuple[int, str]]) -> None:
    policy, now, sent = KeyframePolicy(), 0.0, []
    for milliseconds, what in steps:
        now += milliseconds / 1000
        if what == "want":
            policy.want(now)
        elif what == "came":
            policy.arrived()
        if policy.take(now):
            sent.append(now)
    assert all(later - earlier >= 0.499 for earlier, later in itertools.pairwise(sent))


def test_a_request_is_repeated_until_a_keyframe_comes() -> None:
    policy = KeyframePolicy()
    policy.want(1.0)
    sent = []
    while policy.due < 30:
        now = policy.due
        assert policy.take(now)
        sent.append(now)
    assert sent[:3] == [1.0, 1.5, 2.5]
    assert max(b - a for a, b in itertools.pairwise(sent)) <= limits.KEYFRAME_RETRY_MAX_SECONDS
    policy.arrived()
    assert not policy.wanted
    assert not policy.take(100.0)


# --- resending ---


def test_thousands_of_requests_are_bounded() -> None:
    policy = ResendPolicy()
    served = sum(len(policy.admit(range(5000), 100.0, 0.05, now / 10)) for now in range(100))
    refill = max(limits.RESEND_RATE_MIN, limits.RESEND_SHARE * 100.0)
    assert served <= max(limits.RESEND_BURST_MIN, limits.RESEND_BURST_SECONDS * 100.0) + 10 * refill + 1
    assert policy.refused == 100 * 5000 - served


def test_the_same_packet_is_not_resent_within_a_round_trip() -> None:
    policy = ResendPolicy()
    assert policy.admit([1, 1, 2], 100.0, 0.1, 0.0) == [1, 2]
    assert policy.admit([1, 2, 3], 100.0, 0.1, 0.05) == [3]
    assert policy.admit([1, 2], 100.0, 0.1, 0.11) == [1, 2]


# --- bandwidth ---


def reports(bandwidth: Bandwidth, *pairs: tuple[float, float], round_trip: float = 0.0) -> None:
    for index, (loss, rate) in enumerate(pairs):
        bandwidth.report(loss, rate, round_trip, float(index))


def test_loss_shrinks_and_quiet_grows() -> None:
    bandwidth = Bandwidth()
    reports(bandwidth, (0.2, limits.RATE_START))
    assert bandwidth.by_loss == pytest.approx(0.9 * limits.RATE_START)
    before = bandwidth.by_loss
    reports(bandwidth, (0.0, 0.5 * before))
    assert bandwidth.by_loss == before
    reports(bandwidth, (0.0, 0.8 * before))
    assert bandwidth.by_loss == pytest.approx(before * 269 / 256)
    reports(bandwidth, (0.05, before))
    assert bandwidth.by_loss == pytest.approx(before * 269 / 256)


def test_what_was_carried_is_believed() -> None:
    bandwidth = Bandwidth()
    reports(bandwidth, (0.0, 5_000_000))
    assert bandwidth.by_loss >= 5_000_000


def test_heavy_loss_tells_the_rate_in_one_report() -> None:
    bandwidth = Bandwidth()
    reports(bandwidth, (0.85, 2_000_000))
    assert 200_000 <= bandwidth.by_loss <= 350_000


def test_one_overload_is_answered_once() -> None:
    """A queue that has to empty makes a second bad report; a third one is another matter."""
    bandwidth = Bandwidth()
    reports(bandwidth, (0.5, 1_000_000), (0.8, 500_000))
    assert bandwidth.by_loss >= 500_000
    bandwidth.report(0.8, 500_000, 0.0, 2.0)
    assert bandwidth.by_loss <= 150_000


def test_an_outage_is_no_overload() -> None:
    """Much is lost, once, and the round trip shows no queue; when it goes on, it counts."""
    bandwidth = Bandwidth()
    reports(bandwidth, *[(0.0, 900_000)] * 5, (0.7, 900_000), (0.0, 900_000), (0.7, 900_000), round_trip=0.03)
    assert bandwidth.by_loss >= 900_000
    bandwidth.report(0.7, 900_000, 0.03, 8.0)
    assert bandwidth.by_loss <= 300_000


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1e9), st.floats(0, 10), st.integers(0, 1 << 70)), max_size=60
    )
)
def test_estimate_stays_within_bounds(steps: list[tuple[float, float, float, int]]) -> None:
    bandwidth = Bandwidth()
    for now, (loss, rate, round_trip, remb) in enumerate(steps):
        bandwidth.take_remb(remb, float(now))
        bandwidth.report(loss, rate, round_trip, float(now))
        assert limits.RATE_ESTIMATE_MIN <= bandwidth.by_loss <= limits.RATE_MAX
        assert limits.RATE_ESTIMATE_MIN <= bandwidth.maximum(float(now)) <= limits.RATE_MAX


@pytest.mark.parametrize("bitrate", [0, 1 << 81])
def test_extreme_remb_is_clamped(bitrate: int) -> None:
    bandwidth = Bandwidth()
    bandwidth.take_remb(bitrate, 1.0)
    assert limits.RATE_ESTIMATE_MIN <= bandwidth.maximum(1.0) <= limits.RATE_MAX


def test_remb_caps_where_nothing_else_is_known_and_grows_old() -> None:
    bandwidth = Bandwidth()
    bandwidth.take_remb(300_000, 1.0)
    assert bandwidth.maximum(1.0) == 300_000
    assert bandwidth.maximum(1.0 + limits.REMB_SECONDS) == limits.RATE_START


def test_remb_that_only_follows_the_rate_is_no_ceiling() -> None:
    """No loss and no queue: a falling estimate does not drag the sender down."""
    bandwidth = Bandwidth()
    for now in range(30):
        bandwidth.report(0.0, 300_000, 0.03, float(now))
        bandwidth.take_remb(250_000 - 5_000 * now, now + 0.5)
        assert bandwidth.maximum(now + 0.5) == limits.RATE_START


@pytest.mark.parametrize(("loss", "round_trip"), [(0.03, 0.03), (0.0, 0.12)])
def test_remb_is_believed_when_the_path_is_full(loss: float, round_trip: float) -> None:
    bandwidth = Bandwidth()
    reports(bandwidth, *[(0.0, 900_000)] * 5, round_trip=0.03)
    bandwidth.report(loss, 900_000, round_trip, 5.0)
    bandwidth.take_remb(400_000, 5.5)
    assert bandwidth.maximum(5.5) == 400_000
    bandwidth.report(loss, 400_000, round_trip, 6.0)
    assert bandwidth.maximum(6.0) == 400_000
    for now in range(7, 15):
        bandwidth.report(0.0, bandwidth.maximum(float(now)), 0.03, float(now))
    assert bandwidth.maximum(15.0) > 900_000


def test_after_a_hiccup_the_large_picture_is_back_within_fifteen_seconds() -> None:
    """A machine that stutters makes round trips long and estimates absurd; nothing is lost. Until more is
    allowed the sender sends the small picture only, which says nothing about the path."""
    bandwidth = Bandwidth()
    for now in range(10):
        bandwidth.take_remb(900_000, float(now))
        bandwidth.report(0.0, 800_000, 0.01, float(now))
    for now in range(10, 14):
        bandwidth.take_remb(15_000, float(now))
        # It stutters again as soon as it has calmed down.
        bandwidth.report(0.0, 800_000 if now == 10 else 90_000, 0.01 if now == 12 else 0.3, float(now))
    assert bandwidth.maximum(13.0) <= 15_000
    back: list[float] = []
    for now in range(14, 40):
        bandwidth.take_remb(20_000, float(now))
        bandwidth.report(0.0, 90_000, 0.01, float(now))
        back.append(bandwidth.maximum(float(now)))
    assert back[14] >= 500_000
    # Where the path became full, on tiptoe.
    assert all(after <= 1.06 * before for before, after in itertools.pairwise(back) if before >= 700_000)


@pytest.mark.parametrize("round_trip", [0.001, 0.05, 0.3, 2.0])
def test_a_constant_round_trip_is_no_queue(round_trip: float) -> None:
    bandwidth = Bandwidth()
    for now in range(200):
        bandwidth.report(0.0, 900_000, round_trip, float(now))
        assert not bandwidth.queueing


def test_longer_route_is_no_queue_for_ever() -> None:
    bandwidth = Bandwidth()
    reports(bandwidth, *[(0.0, 900_000)] * 5, round_trip=0.03)
    bandwidth.report(0.0, 900_000, 0.3, 6.0)
    assert bandwidth.queueing
    for now in range(7, 140):
        bandwidth.report(0.0, 900_000, 0.3, float(now))
    assert not bandwidth.queueing


# --- what a sender is asked for ---


def test_sender_without_receivers_is_kept_ready() -> None:
    assert wanted_rate([], 1.0, None) == limits.RATE_IDLE


def test_weakest_receiver_decides_without_layers() -> None:
    assert wanted_rate([2e6, 5e5, 1e6], 1.0, None) == 500_000


def test_weak_receiver_leaves_out_temporal_layers() -> None:
    assert wanted_rate([2e6, 5e5], 0.4, None) == 1_250_000
    assert wanted_rate([6e5, 5e5], 0.4, None) == 600_000


def test_strongest_receiver_decides_with_simulcast() -> None:
    assert wanted_rate([2e6, 5e5], 1.0, 1e5) == 2_100_000


@given(
    st.lists(st.floats(0, 1e12), max_size=5), st.sampled_from([1.0, 0.6, 0.4]), st.sampled_from([None, 1e5])
)
def test_asked_rate_is_bounded(maxima: list[float], share: float, lower: float | None) -> None:
    assert limits.RATE_MIN <= wanted_rate(maxima, share, lower) <= limits.RATE_MAX


# --- clock ---


@given(st.floats(0, 4e9))
def test_ntp_is_exact_to_a_microsecond(seconds: float) -> None:
    assert from_ntp(to_ntp(seconds)) == pytest.approx(seconds, abs=1e-6)


def test_clock_starts_at_wall_time() -> None:
    clock = StreamClock(1_000_000.0, 50.0)
    assert clock.seconds(51.0) == NTP_EPOCH + 1_000_001.0
    assert middle(clock.ntp(51.5)) & 0xFFFF == 0x8000


def test_reports_of_two_tracks_share_one_offset() -> None:
    """The delay of each report does not matter: both tracks map the same instant to the same time."""
    clock = StreamClock(1_000_000.0, 0.0)
    clock.observe(to_ntp(5000.0), 10.0)
    audio = clock.from_sender(to_ntp(5000.0), 10.0)
    clock.observe(to_ntp(5001.0), 11.2)  # 200 ms late
    video = clock.from_sender(to_ntp(5001.0), 11.2)
    assert audio is not None
    assert video is not None
    assert video - audio == pytest.approx(1.0)


def test_step_of_the_senders_clock_is_followed() -> None:
    clock = StreamClock(1_000_000.0, 0.0)
    assert clock.from_sender(to_ntp(5000.0), 10.0) is None
    clock.observe(to_ntp(5000.0), 10.0)
    clock.observe(to_ntp(8600.0), 11.0)
    assert clock.from_sender(to_ntp(8600.0), 11.0) == pytest.approx(clock.seconds(11.0))
    assert clock.from_sender(to_ntp(5000.0), 11.0) is None


# --- reception and rates ---


def test_loss_is_reported_per_interval() -> None:
    reception = Reception(90000)
    reception.restart(100)
    reception.highest, reception.received = 199, 75
    block = reception.report(7, 1.0)
    assert (block.ssrc, block.fraction_lost, block.lost, block.highest) == (7, 64, 25, 199)
    reception.highest, reception.received = 299, 175
    block = reception.report(7, 2.0)
    assert (block.fraction_lost, block.lost) == (0, 25)
    assert reception.report(7, 3.0).fraction_lost == 0
    reception.received += 30
    assert reception.report(7, 4.0).lost == -5


def test_delay_since_the_senders_report() -> None:
    reception = Reception(90000)
    assert (reception.report(1, 5.0).last_sr, reception.report(1, 5.0).delay_since_sr) == (0, 0)
    reception.sender_report(0x11112222_33334444, 5.0)
    block = reception.report(1, 6.5)
    assert (block.last_sr, block.delay_since_sr) == (0x22223333, 0x18000)


def test_jitter_is_measured_between_frames() -> None:
    steady, shaky = Reception(90000), Reception(90000)
    for index in range(200):
        steady.frame(index * 3000, index / 30)
        shaky.frame(index * 3000, index / 30 + (0.01 if index % 2 else 0.0))
    assert steady.jitter < 1
    assert shaky.jitter == pytest.approx(900, rel=0.05)
    shaky.frame(0xFFFFFFFF, 10_000.0)
    assert shaky.jitter < 1000


def test_rates() -> None:
    meter = RateMeter(0.0)
    meter.update(0.1, 1000, 1)
    assert meter.bits == 0
    meter.update(1.0, 125_000, 100)
    assert (meter.bits, meter.packets) == (1_000_000, 100)
    meter.update(3.0, 125_000, 100)
    assert meter.bits == 0
    meter.restart(3.0, 125_000, 100)
    meter.update(4.0, 250_000, 150)
    assert (meter.bits, meter.packets) == (1_000_000, 50)
