"""The parts of a load test: who is where, what cameras send, what receivers make of it, what is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.loadtest import camera, descriptions, limits, report
from galene_py.loadtest.camera import Camera
from galene_py.loadtest.descriptions import Incoming
from galene_py.loadtest.figures import Spread
from galene_py.loadtest.ice import IceAgent
from galene_py.loadtest.receiver import Received, Receiver
from galene_py.loadtest.run import Outcome, Plan, Sample
from galene_py.loadtest.sender import Sender
from galene_py.loadtest.shapes import seats, streams
from galene_py.rtp import rtcp
from galene_py.rtp.packet import payload_bounds
from galene_py.rtp.payload import vp8
from galene_py.rtp.rtcp import Nack, Pli
from galene_py.sdp import reader

VIDEO = Incoming("video", "vp8", 90000, 96)


# --- shapes ---


def test_a_lecture_has_one_sender_and_a_meeting_everybody() -> None:
    assert streams(seats("lecture", 200)) == 199
    assert streams(seats("meeting", 16)) == 240
    assert streams(seats("meeting", 16, senders=2)) == 2 * 15
    assert streams(seats("lecture", 10, senders=3)) == 3 * 7
    rooms = seats("rooms", 10, room_size=4)
    assert [seat.room for seat in rooms] == [0] * 4 + [1] * 4 + [2] * 2
    assert streams(rooms) == 12 + 12 + 2


# --- what is sent ---


@given(st.integers(50_000, 4_000_000), st.integers(0, 1000))
def test_a_camera_keeps_its_rate_and_sends_keyframes_when_asked_and_at_the_start(
    rate: int, seed: int
) -> None:
    source = Camera(7, rate, seed)
    frames = [source.frame(float(number)) for number in range(300)]
    bits = 8 * sum(len(packet) - 12 for frame in frames[1:] for packet in frame)
    assert bits == pytest.approx(299 * camera.FRAME_SECONDS * rate, rel=0.25)
    source.want_keyframe = True
    frames += [source.frame(300.0), source.frame(301.0)]
    keys = [number for number, frame in enumerate(frames) if is_key(frame[0])]
    assert keys == [0, 300]
    assert source.keyframes == 2
    packets = [packet for frame in frames for packet in frame]
    sequences = [int.from_bytes(packet[2:4]) for packet in packets]
    assert all((after - before) & 0xFFFF == 1 for before, after in pairwise(sequences))
    assert all(len(packet) <= limits.PACKET_BYTES + 40 for packet in packets)
    assert all([packet[1] >> 7 for packet in frame] == [0] * (len(frame) - 1) + [1] for frame in frames)


def is_key(packet: bytes) -> bool:
    return vp8.parse(packet, *payload_bounds(packet)).keyframe


def test_a_sender_sends_in_real_time_and_again_what_is_asked_for() -> None:
    sender = Sender(800_000, 3)
    sender.start(100.0)
    packets = [packet for step in range(200) for packet in sender.poll(100.0 + step * 0.005)]
    sounds = [packet for packet in packets if int.from_bytes(packet[8:12]) == sender.ssrcs["audio"]]
    assert len(sounds) == 50
    assert sum(packet[1] >> 7 for packet in packets if packet not in sounds) == 30
    video = next(packet for packet in packets if packet not in sounds)
    ssrc, sequence = sender.ssrcs["video"], int.from_bytes(video[2:4])
    asked = rtcp.serialize([Nack(1, ssrc, (sequence, (sequence - 1) & 0xFFFF)), Pli(1, ssrc)])
    assert sender.rtcp(asked) == [video]
    assert (sender.counted.asked_again, sender.counted.keyframes_asked) == (2, 1)
    assert any(is_key(packet) for packet in sender.poll(101.0) if packet[1] & 0x7F == descriptions.VP8)
    assert sender.rtcp(b"nonsense") == []
    report_ = sender.report(101.0, 4e9)
    assert report_ is not None
    assert {item.ssrc for item in rtcp.parse_compound(report_) if isinstance(item, rtcp.Sr)} == {7, 8}
    assert sender.report(101.5, 4e9) is None


# --- what is received ---


def received(order: list[int], *, seconds: float = 3.0) -> tuple[Received, list[int]]:
    """Packets of one camera in this order, one each 10 ms from second 100; and what was asked for."""
    source, counted, asked = Camera(9, 800_000, 1), Received(), []
    packets = [packet for number in range(200) for packet in source.frame(100.0 + number / 30)]
    first = int.from_bytes(packets[0][2:4])
    receiver = Receiver(9, VIDEO, counted, 100.0)
    now = 100.0
    for index in order:
        receiver.packet(packets[index], now)
        now += 0.01
        asked += [one for item in receiver.ask(now) if isinstance(item, Nack) for one in item.lost]
    for _ in range(int(seconds / 0.05)):
        now += 0.05
        asked += [one for item in receiver.ask(now) if isinstance(item, Nack) for one in item.lost]
    return counted, [(one - first) & 0xFFFF for one in asked]


def test_what_comes_in_its_turn_is_neither_missing_nor_asked_for() -> None:
    counted, asked = received(list(range(50)))
    assert (counted.packets, counted.missing, counted.lost, counted.duplicates) == (50, 0, 0, 0)
    assert asked == []
    assert counted.first_keyframe.count == 1


def test_what_is_late_by_one_is_missing_and_recovered_but_not_asked_for() -> None:
    counted, asked = received([0, 1, 3, 2, 4, 5])
    assert (counted.packets, counted.missing, counted.recovered, counted.lost) == (6, 1, 1, 0)
    assert asked == []


def test_what_does_not_come_is_asked_for_a_few_times_and_then_lost() -> None:
    counted, asked = received([0, 1, 2, 5, 6, 7, 8, 9, 10, 11])
    assert (counted.missing, counted.recovered, counted.lost) == (2, 0, 2)
    assert sorted(asked) == sorted([3, 4] * limits.LOAD_NACK_TRIES)


def test_what_comes_twice_is_counted_once() -> None:
    counted, _ = received([0, 1, 1, 2, 0])
    assert (counted.packets, counted.duplicates) == (3, 2)


def test_a_receiver_without_a_keyframe_asks_for_one_each_second() -> None:
    source, counted = Camera(9, 100_000, 1), Received()
    source.frame(100.0)
    receiver = Receiver(9, VIDEO, counted, 100.0)
    for step in range(35):
        for packet in source.frame(100.0 + step / 10):
            receiver.packet(packet, 100.0 + step / 10)
        receiver.ask(100.0 + step / 10)
    assert counted.keyframes_asked == 3
    assert counted.first_keyframe.count == 0


@given(st.lists(st.integers(0, 300), min_size=2, max_size=150))
def test_nothing_is_ever_counted_twice_or_forgotten(order: list[int]) -> None:
    counted, _ = received(order)
    assert counted.packets + counted.duplicates == len(order)
    assert counted.missing == counted.recovered + counted.lost


def test_delay_is_that_from_the_sender_once_what_was_kept_for_newcomers_is_through() -> None:
    source, counted = Camera(9, 800_000, 1), Received()
    receiver = Receiver(9, VIDEO, counted, 100.0)
    for number in range(90):
        sent = 100.0 + number / 30
        for packet in source.frame(sent):
            receiver.packet(packet, sent + 0.040)
    assert counted.delay.quantiles(0.5, 0.99) == pytest.approx([0.040, 0.040])
    block = receiver.report(103.0)
    assert block is not None
    assert (block.lost, block.fraction_lost) == (0, 0)


# --- descriptions, ICE ---


def test_an_offer_of_ours_can_be_answered_by_us() -> None:
    one, other = IceAgent(), IceAgent()
    text = descriptions.offer(one, "AA:BB", {"audio": 1, "video": 2})
    answer, tracks = descriptions.answer(text, other, "CC:DD")
    assert {(track.kind, track.codec) for track in tracks.values()} == {("audio", "opus"), ("video", "vp8")}
    assert [section.direction for section in reader.parse(answer).sections] == ["recvonly", "recvonly"]
    assert descriptions.remote(answer).ufrag == other.ufrag


def test_only_addresses_that_packets_can_be_sent_to_count() -> None:
    lines = [
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8443 typ host",
        "candidate:1 1 UDP 2130706431 2001:db8::1 8443 typ host generation 0",
        "a=candidate:2 1 tcp 1518280447 192.0.2.1 8443 typ host tcptype passive",
        "a=candidate:3 1 udp 1 7b3a1c.local 5000 typ host",
        "a=candidate:4 2 udp 1 192.0.2.1 5001 typ host",
    ]
    assert descriptions.addresses(lines) == [("192.0.2.1", 8443), ("2001:db8::1", 8443)]


@pytest.mark.parametrize("lite", [False, True])
def test_two_agents_find_each_other_also_when_the_first_checks_are_lost(lite: bool) -> None:
    one, other = IceAgent(), IceAgent()
    here, there = ("192.0.2.1", 1000), ("192.0.2.2", 2000)
    one.set_remote(other.ufrag, other.pwd, controlling=True)
    one.add([("192.0.2.99", 9), there])
    other.set_remote(one.ufrag, one.pwd, controlling=False)
    now = 0.0
    for step in range(20):
        now += limits.LOAD_CHECK_SECONDS
        mine, theirs = one.poll(now), [] if lite else other.poll(now)
        if step < 3:
            continue
        replies = [reply for data, to in mine if to == there for reply in other.received(data, here)]
        backs = [reply for data, to in theirs if to == here for reply in one.received(data, there)]
        for data, _ in replies:
            one.received(data, there)
        for data, _ in backs:
            other.received(data, here)
    assert one.selected == there
    assert lite or other.selected == here


def test_strangers_are_not_answered() -> None:
    one, stranger = IceAgent(), IceAgent()
    stranger.set_remote(one.ufrag, "wrong", controlling=True)
    stranger.add([("192.0.2.1", 1)])
    ((check, _),) = stranger.poll(1.0)
    assert one.received(check, ("192.0.2.9", 9)) == []
    assert one.received(b"\x00\x01nonsense", ("192.0.2.9", 9)) == []


# --- figures and the report ---


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 0.99))
def test_quantiles_are_values_that_so_many_do_not_exceed(values: list[float], quantile: float) -> None:
    spread = Spread()
    for value in values:
        spread.add(value)
    (found,) = spread.quantiles(quantile)
    assert found is not None
    assert sum(value <= found for value in values) >= quantile * len(values)
    assert spread.highest == max(values)


def test_many_values_take_bounded_memory_and_keep_their_quantiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DELAY_SAMPLES", 1000)
    spread = Spread()
    for value in range(100_000):
        spread.add(float(value))
    assert spread.quantiles(0.5, 0.99) == pytest.approx([50_000, 99_000], rel=0.02)
    taken = spread.take()
    assert (taken.count, spread.count) == (100_000, 0)
    assert spread.quantiles(0.5) == [None]


def outcome() -> Outcome:
    found = Outcome(Plan("http://localhost/group/<b>/", people=4, password="secret"), steady=1.5)
    sample = Sample(1.0, 2, 2, 100.0, 1e6, 0.0, None, 0.1, 50_000_000, 0.2)
    found.samples = [replace(sample, at=float(at), delay=at / 1000, people=at) for at in range(1, 6)]
    found.counted.joins.add(0.02)
    return found


def test_a_report_has_every_figure_and_no_secret() -> None:
    found = outcome()
    found.counted.failed("nobody answers our checks")
    page = report.to_html(found, "today")
    assert "http://localhost/group/&lt;b&gt;/" in page
    assert page.count("<polyline") == 6
    assert "src=" not in page
    assert "http" not in page.replace("http://localhost", "")
    assert "1 × nobody answers our checks" in page
    told = json.loads(json.dumps(report.to_json(found)))
    assert told["steady"]["serverCores"] == pytest.approx(0.1)
    assert told["seconds"]["join"] == {"count": 1, "p50": 0.02, "p90": 0.02, "p99": 0.02, "max": 0.02}
    assert "secret" not in json.dumps(told) + page
    assert "test  20 %" in report.progress(found)


def test_a_test_that_used_its_core_says_so() -> None:
    found = outcome()
    assert report.warning(found) == ""
    found.samples = [replace(sample, own=0.95) for sample in found.samples]
    assert "its whole core" in report.warning(found)
