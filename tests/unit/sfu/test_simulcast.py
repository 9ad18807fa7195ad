"""Several encodings: who gets which, and how a receiver changes over without noticing."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from sfu_fakes import OUT_SSRC, Receiver, Sender, hand_out, join, video

from galene_py.rtp import packet, rtcp
from galene_py.sfu import DownTrack, UpTrack, limits
from galene_py.sfu.bandwidth import Bandwidth
from galene_py.sfu.clock import to_ntp
from galene_py.sfu.layers import LayerChoice, Point
from kit.packets import describe

BEST, POOR = 0, 1


class Camera:
    """Two encodings at 30 pictures per second: 8 packets and 1 packet per picture."""

    def __init__(self, up: UpTrack) -> None:
        self.up = up
        self.senders = [Sender(1, 1000, 10_000, 100), Sender(2, 30_000, 4_000_000_000, 20_000)]
        self.sizes = [8, 1]
        self.on = [True, True]
        self.now = 0.0
        self.wanted = [True, True]
        self.asked: list[rtcp.Item] = []

    def run(self, seconds: float, each: Callable[[float], None] | None = None) -> None:
        """Send pictures, answer requests for keyframes with the next one."""
        end = self.now + seconds
        while self.now < end:
            self.now += 1 / 30
            for index, sender in enumerate(self.senders):
                frame = sender.frame(self.sizes[index], keyframe=self.wanted[index], temporal=0)
                if self.on[index]:
                    self.wanted[index] = False
                    hand_out(self.up.receive(frame, self.now, index))
            if self.up.due <= self.now:
                self._answer()
            if each is not None:
                each(self.now)

    def _answer(self) -> None:
        for compound in self.up.poll(self.now):
            for item in rtcp.parse_compound(compound):
                self.asked.append(item)
                if isinstance(item, rtcp.Pli):
                    self.wanted[item.media_ssrc - 1] = True


def simulcast() -> tuple[UpTrack, Camera]:
    up = video(encodings=2)
    return up, Camera(up)


def report(down: DownTrack, now: float, loss: float = 0.0) -> None:
    down.rtcp([rtcp.Rr(9, (rtcp.ReportBlock(OUT_SSRC, int(loss * 256), 0, 0, 0, 0, 0),))], now)


def unbroken(receiver: Receiver) -> None:
    """What a decoder asks of a stream: numbers, picture ids without gaps, timestamps that grow."""
    first = receiver.sequences[0]
    assert receiver.sequences == [(first + n) & 0xFFFF for n in range(len(receiver.got))]
    assert {packet.ssrc(one) for one in receiver.got} == {OUT_SSRC}
    infos = [describe("vp8", one[12:]) for one in receiver.got]
    for (before, stamp), (after, later) in zip(
        list(zip(infos, receiver.timestamps, strict=True))[:-1],
        list(zip(infos, receiver.timestamps, strict=True))[1:],
        strict=True,
    ):
        assert before.picture_id is not None
        assert after.picture_id is not None
        assert before.tl0_index is not None
        assert after.tl0_index is not None
        step = 1 if after.start else 0
        assert (after.picture_id - before.picture_id) & 0x7FFF == step
        assert (after.tl0_index - before.tl0_index) & 0xFF == step
        assert 0 < ((later - stamp) & 0xFFFFFFFF) < 45_000 if step else later == stamp


def test_best_and_poorest_are_shared_as_they_are() -> None:
    up, camera = simulcast()
    camera.run(1.1)
    _, best = join(up, camera.now)
    _, low = join(up, camera.now, low=True)
    camera.run(1.0)
    assert up.debug_state()["rewriters"] == 0
    assert 1 in {(packet.sequence_number(one) - 1000) // 1000 + 1 for one in best.got}
    assert all(30_000 <= number < 31_000 for number in low.sequences)
    assert len(best.got) > 200
    unbroken(best)
    unbroken(low)


def test_switch_waits_for_a_keyframe_and_leaves_no_trace() -> None:
    up, camera = simulcast()
    down, receiver = join(up)
    camera.run(1.0)
    camera.wanted = [False, False]
    up.select(down, low=True, now=camera.now)
    assert down.forwarder is not None
    assert down.forwarder.encoding.index == BEST
    camera.run(1.0)
    assert down.forwarder.encoding.index == POOR
    assert any(item == rtcp.Pli(OUT_SSRC, 2) for item in camera.asked)
    up.select(down, low=False, now=camera.now)
    camera.run(1.0)
    assert down.forwarder.encoding.index == BEST
    unbroken(receiver)
    assert down.packets == len(receiver.got)


def test_switch_from_an_encoding_that_said_goodbye() -> None:
    up, camera = simulcast()
    _, receiver = join(up)
    camera.run(1.0)
    camera.on[BEST] = False
    up.rtcp([rtcp.Bye((1,))], camera.now)
    camera.run(3.0)
    camera.on[BEST] = True
    camera.run(1.0)
    count = len(receiver.got)
    camera.run(1.0)
    assert len(receiver.got) > count
    assert receiver.sequences == list(range(1000, 1000 + len(receiver.got)))


def test_those_who_switch_together_share_one_rewriter() -> None:
    up, camera = simulcast()
    downs = [join(up) for _ in range(10)]
    camera.run(1.0)
    for down, _ in downs:
        up.select(down, low=True, now=camera.now)
    camera.run(1.0)
    assert up.debug_state()["rewriters"] == 1
    for down, receiver in downs:
        unbroken(receiver)
        up.remove(down)
    assert up.debug_state()["rewriters"] == 0


def test_resent_after_a_switch_as_it_was_sent() -> None:
    up, camera = simulcast()
    down, receiver = join(up)
    camera.run(1.0)
    up.select(down, low=True, now=camera.now)
    camera.run(1.0)
    number = receiver.sequences[-5]
    feedback = down.rtcp([rtcp.Nack(9, OUT_SSRC, (number,))], camera.now)
    assert [bytes(one) for one in feedback.resend] == [receiver.got[-5]]


def test_switch_on_a_keyframe_whose_first_packet_is_late() -> None:
    up, camera = simulcast()
    down, receiver = join(up, low=True)
    camera.run(1.0)
    up.select(down, low=False, now=camera.now)
    sender = camera.senders[BEST]
    frame = sender.frame(8, keyframe=True, temporal=0)
    hand_out(up.receive(frame[1:], camera.now, BEST))
    hand_out(up.receive(sender.frame(8, temporal=0), camera.now + 0.03, BEST))
    assert len(receiver.got) < 35
    hand_out(up.receive(frame[:1], camera.now + 0.06, BEST))
    assert down.forwarder is not None
    assert down.forwarder.encoding.index == BEST
    unbroken(receiver)


def test_timestamps_follow_the_senders_reports() -> None:
    """Both encodings have their own timestamps; the reports say how they belong together."""
    up, camera = simulcast()
    down, receiver = join(up)
    camera.run(0.5)
    for index, sender in enumerate(camera.senders):
        up.rtcp([rtcp.Sr(index + 1, to_ntp(7000 + camera.now), sender.timestamp, 1, 1)], camera.now)
    up.select(down, low=True, now=camera.now)
    camera.run(0.5)
    assert down.forwarder is not None
    assert down.forwarder.encoding.index == POOR
    steps = {b - a for a, b in zip(receiver.timestamps, receiver.timestamps[1:], strict=False)}
    assert steps == {0, 900, 3000}  # 900: both encodings' pictures of the instant of the switch
    (compound,) = down.poll(camera.now)
    read = rtcp.parse_compound(compound)[0]
    assert isinstance(read, rtcp.Sr)
    assert read.rtp == pytest.approx(receiver.timestamps[-1] + 3000, abs=3000)


def test_encoding_that_is_switched_off_is_left() -> None:
    up, camera = simulcast()
    down, receiver = join(up)
    camera.run(2.0)
    camera.on[BEST] = False
    camera.run(limits.ENCODING_IDLE_SECONDS + 2.0)
    assert down.forwarder is not None
    assert down.forwarder.encoding.index == POOR
    assert receiver.got
    camera.on[BEST] = True
    camera.wanted[BEST] = True

    def each(now: float) -> None:
        if int(now * 30) % 30 == 0:
            report(down, now)

    camera.run(10.0, each)
    assert down.forwarder.encoding.index == BEST


def test_receiver_takes_what_comes_first() -> None:
    up, camera = simulcast()
    camera.on[BEST] = False
    down, receiver = join(up)
    camera.run(0.4)
    assert len(receiver.got) >= 5
    assert down.forwarder is not None
    assert down.forwarder.encoding.index == POOR


def test_leaving_while_waiting_is_harmless() -> None:
    up, camera = simulcast()
    down, _ = join(up)
    camera.run(1.0)
    up.select(down, low=True, now=camera.now)
    assert up.debug_state()["waiting"] == 1
    up.remove(down)
    camera.run(1.0)
    assert up.debug_state()["waiting"] == 0
    assert down.forwarder is None


def test_changing_ones_mind_while_waiting() -> None:
    up, camera = simulcast()
    down, receiver = join(up)
    camera.run(1.0)
    camera.wanted = [False, False]
    up.select(down, low=True, now=camera.now)
    up.select(down, low=False, now=camera.now)
    camera.run(1.0)
    assert up.debug_state()["waiting"] == 0
    assert up.debug_state()["rewriters"] == 0
    unbroken(receiver)


def test_asked_rate_is_what_the_strongest_takes() -> None:
    up, camera = simulcast()
    weak, _ = join(up)
    strong, _ = join(up)

    def each(now: float) -> None:
        weak.bandwidth.take_remb(200_000, now)
        strong.bandwidth.take_remb(3_000_000, now)
        strong.bandwidth.by_loss = 3_000_000

    camera.run(3.0, each)
    last = [item for item in camera.asked if isinstance(item, rtcp.Remb)][-1]
    assert last.bitrate > 3_000_000
    assert last.ssrcs == (1, 2)


# --- the ladder ---

STEPS = [Point(1, 7, 7, 100_000), Point(0, 7, 0, 400_000), Point(0, 7, 1, 600_000), Point(0, 7, 7, 1_000_000)]


def settle(bandwidth: Bandwidth, capacity: float, start: int, seconds: int) -> list[int]:
    """A receiver behind a bottleneck that loses what is too much; its point at every report."""
    choice, index, way = LayerChoice(), start, []
    for now in range(seconds):
        rate = STEPS[index].rate
        bandwidth.report(max(0.0, 1 - capacity / rate), rate, 0.0, float(now))
        point = choice.choose(STEPS, STEPS[index].target, bandwidth, rate, float(now))
        if point is not None:
            index = STEPS.index(point)
        way.append(index)
    return way


def test_down_in_one_step_when_it_is_far_too_much() -> None:
    way = settle(Bandwidth(), 150_000, 3, 4)
    assert 0 in way[:3]


def test_up_again_within_fifteen_seconds() -> None:
    bandwidth = Bandwidth()
    settle(bandwidth, 150_000, 3, 10)
    assert settle(bandwidth, 5_000_000, 0, 15)[-1] == 3


def test_a_narrow_path_is_tried_ever_more_rarely() -> None:
    way = settle(Bandwidth(), 150_000, 0, 300)
    tries = sum(1 for before, after in itertools.pairwise(way) if after > before)
    assert tries <= 300 / limits.LAYER_BACKOFF_MAX_SECONDS + 4
    assert way.count(0) > 0.7 * len(way)


def test_wide_path_stays_at_the_best() -> None:
    assert set(settle(Bandwidth(), 5_000_000, 3, 60)) == {3}


def test_poorest_point_is_given_even_when_it_is_too_much() -> None:
    assert settle(Bandwidth(), 10_000, 3, 10)[-1] == 0


def test_a_ladder_that_changed_is_entered_anew() -> None:
    choice = LayerChoice()
    assert choice.choose(STEPS[:1], (0, 7, 7), Bandwidth(), 0.0, 0.0) == STEPS[0]
    assert choice.choose([], (0, 7, 7), Bandwidth(), 0.0, 0.0) is None


def test_what_a_keyframe_brought_before_the_switch_can_be_asked_for() -> None:
    """A packet that went by before its receiver had switched is made for it when it asks."""
    up, camera = simulcast()
    down, receiver = join(up, low=True)
    camera.run(1.0)
    up.select(down, low=False, now=camera.now)
    frame = camera.senders[BEST].frame(8, keyframe=True, temporal=0)
    late = frame.pop(4)
    hand_out(up.receive(frame, camera.now, BEST))
    hole = [n for n in range(receiver.sequences[0], receiver.sequences[-1]) if n not in receiver.sequences]
    assert len(hole) == 1
    assert down.rtcp([rtcp.Nack(9, OUT_SSRC, tuple(hole))], camera.now).resend == []
    hand_out(up.receive([late], camera.now + 0.1, BEST))
    assert hole[0] in receiver.sequences
    (again,) = down.rtcp([rtcp.Nack(9, OUT_SSRC, tuple(hole))], camera.now + 0.2).resend
    assert bytes(again) in receiver.got
