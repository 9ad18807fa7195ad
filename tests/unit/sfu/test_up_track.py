"""What comes in at an up track, and what of it goes out, to whom."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sfu_fakes import OUT_SSRC, PAYLOAD_TYPE, Receiver, Sender, hand_out, join, video, vp8

from galene_py.rtp import packet, rtcp, sequence
from galene_py.sfu import DownTrack, UpTrack, limits
from kit import packets


def requests(up: UpTrack, now: float, kind: type[rtcp.Item]) -> list[rtcp.Item]:
    return [
        item for compound in up.poll(now) for item in rtcp.parse_compound(compound) if isinstance(item, kind)
    ]


def test_everybody_shares_one_plaintext() -> None:
    up, sender = video(), Sender()
    receivers = [join(up)[1] for _ in range(5)]
    batch = sender.frame(4, keyframe=True)
    deliveries = up.receive(batch, 1.0)
    assert len(deliveries) == 1
    audience, packets = deliveries[0]
    assert audience.sinks == receivers
    assert packets is batch
    assert all(packet.ssrc(one) == OUT_SSRC for one in packets)
    assert [packet.sequence_number(one) for one in packets] == [1000, 1001, 1002, 1003]


def test_sequence_wraps() -> None:
    up, sender = video(), Sender(sequence=65533)
    _, receiver = join(up)
    for step in range(3):
        hand_out(up.receive(sender.frame(3), step * 0.03))
    assert receiver.sequences == [65533, 65534, 65535, 0, 1, 2, 3, 4, 5]
    assert up.encodings[0].reception.lost == 0
    assert up.encodings[0].reception.highest == 65536 + 5


def test_duplicate_is_not_forwarded() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    batch = sender.frame(3)
    copies = [bytearray(one) for one in batch]
    hand_out(up.receive(batch, 0.0))
    hand_out(up.receive(copies, 0.0))
    assert receiver.sequences == [1000, 1001, 1002]
    assert up.encodings[0].duplicates == 3


def test_duplicate_inside_a_batch_is_not_forwarded() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    one, two = sender.frame(2)
    hand_out(up.receive([one, bytearray(one), two, bytearray(two)], 0.0))
    assert receiver.sequences == [1000, 1001]


def test_late_packet_is_forwarded_once() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    one, two, three = sender.frame(3)
    again = bytearray(two)
    hand_out(up.receive([one, three], 0.0))
    hand_out(up.receive([two], 0.002))
    hand_out(up.receive([again], 0.003))
    assert receiver.sequences == [1000, 1002, 1001]
    assert not requests(up, 0.05, rtcp.Nack)
    assert up.encodings[0].reception.lost == 0


def test_hopelessly_late_packet_is_dropped() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    old = [sender.packet(vp8()) for _ in range(2)]
    hand_out(up.receive([old[0]], 0.0))
    for _ in range(limits.CACHE_PACKETS_MIN + 10):
        hand_out(up.receive([sender.packet(vp8())], 0.1))
    count = len(receiver.got)
    hand_out(up.receive([old[1]], 0.2))
    assert len(receiver.got) == count
    assert up.encodings[0].hopeless == 1


@given(jump=st.sampled_from([3000, 8192, 16384, 32768, 40000, 65535 - 1030]))
def test_big_jump_needs_a_second_packet_and_leaves_no_gap(jump: int) -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    hand_out(up.receive(sender.frame(2, keyframe=True), 0.0))
    sender.sequence = (sender.sequence + jump) & 0xFFFF
    hand_out(up.receive([sender.packet(vp8())], 0.1))
    assert receiver.sequences == [1000, 1001]
    hand_out(up.receive([sender.packet(), sender.packet()], 0.1))
    hand_out(up.receive(sender.frame(2), 0.2))
    assert receiver.sequences == list(range(1000, 1007))
    assert up.encodings[0].hopeless == 0
    assert requests(up, 0.2, rtcp.Pli)


def test_lone_jump_is_ignored() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    hand_out(up.receive(sender.frame(2), 0.0))
    stray = packets.build(PAYLOAD_TYPE, 1000 + 8192, 1, 1, b"x")
    hand_out(up.receive([stray], 0.0))
    hand_out(up.receive(sender.frame(2), 0.0))
    assert receiver.sequences == [1000, 1001, 1002, 1003]


def test_another_ssrc_continues_the_numbering() -> None:
    up = video()
    _, receiver = join(up)
    hand_out(up.receive(Sender(1, 100, 50_000).frame(2, keyframe=True), 1.0))
    second = Sender(2, 40_000, 3_000_000_000)
    hand_out(up.receive(second.frame(2, keyframe=True), 1.5))
    assert receiver.sequences == [100, 101, 102, 103]
    assert receiver.timestamps[2] - receiver.timestamps[1] == 45_000
    assert {packet.ssrc(one) for one in receiver.got} == {OUT_SSRC}


def test_another_ssrc_may_come_after_a_goodbye_however_late() -> None:
    up = video()
    _, receiver = join(up)
    hand_out(up.receive(Sender(1, 100, 50_000).frame(2, keyframe=True), 1.0))
    up.rtcp([rtcp.Bye((1,))], 4.0)
    hand_out(up.receive(Sender(2, 40_000, 3_000_000_000).frame(2, keyframe=True), 5.0))
    up.rtcp([rtcp.Bye((2,))], 5.1)
    hand_out(up.receive(Sender(3, 7, 1).frame(2, keyframe=True), 5.0 + 8 * 3600))
    assert receiver.sequences == [100, 101, 102, 103, 104, 105]
    first, _, second, _, third, _ = receiver.timestamps
    assert 90_000 <= second - first <= 4 * 90_000
    assert sequence.timestamp_advance(second, third) > 0  # eight hours are more than half a turn


def test_reports_and_requests_use_the_senders_numbers() -> None:
    up = video()
    hand_out(up.receive(Sender(1, 100).frame(2, keyframe=True), 1.0))
    second = Sender(2, 40_000)
    one, _two, three = second.frame(3, keyframe=True)
    hand_out(up.receive([one, three], 1.5))
    nacks = requests(up, 1.6, rtcp.Nack)
    assert nacks == [rtcp.Nack(OUT_SSRC, 2, (40_001,))]
    reports = requests(up, 3.5, rtcp.Rr)
    up.receive(second.frame(1), 3.6)
    reports = requests(up, 4.6, rtcp.Rr)
    assert isinstance(reports[0], rtcp.Rr)
    assert reports[0].reports[0].ssrc == 2
    assert reports[0].reports[0].highest == 40_003


def test_other_payload_type_is_dropped() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    one, two = sender.frame(2)
    hand_out(up.receive([one, bytearray(packet.with_payload_type(two, 97))], 0.0))
    assert receiver.sequences == [1000]
    assert up.encodings[0].foreign == 1


def test_short_packets_are_dropped_alone() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    one, two = sender.frame(2)
    hand_out(up.receive([one, bytearray(b"\x80\x60"), bytearray(), two], 0.0))
    assert receiver.sequences == [1000, 1001]
    assert up.short == 2
    assert up.receive([], 0.0) == []


def test_late_joiner_gets_the_packets_since_the_keyframe() -> None:
    up, sender = video(), Sender()
    up.receive(sender.frame(2), 0.0)
    up.receive(sender.frame(3, keyframe=True), 0.5)
    up.receive(sender.frame(2), 0.6)
    _, receiver = join(up, 0.7)
    assert receiver.sequences == [1002, 1003, 1004, 1005, 1006]
    hand_out(up.receive(sender.frame(1), 0.8))
    assert receiver.sequences[-1] == 1007


def test_late_joiner_of_an_old_keyframe_causes_a_request() -> None:
    up, sender = video(), Sender()
    up.receive(sender.frame(3, keyframe=True), 0.0)
    for step in range(200):
        up.receive(sender.frame(1), step / 30)
    down, receiver = join(up, 7.0)
    assert receiver.got == []
    assert up.due <= 7.0
    assert requests(up, 7.0, rtcp.Pli) == [rtcp.Pli(OUT_SSRC, 1)]
    hand_out(up.receive(sender.frame(1), 7.1))
    assert len(receiver.got) == 1
    assert down.packets == 1


def test_counters_are_each_receivers_own() -> None:
    up, sender = video(), Sender()
    first, _ = join(up)
    up.receive(sender.frame(4), 0.0)
    second, _ = join(up)
    up.receive(sender.frame(2), 0.0)
    assert (first.packets, second.packets) == (6, 2)
    up.remove(first)
    up.receive(sender.frame(2), 0.0)
    assert (first.packets, second.packets) == (6, 4)
    up.remove(first)
    up.remove(second)
    assert up.receive(sender.frame(2), 0.0) == []


def test_sinks_of_a_delivery_stay_when_somebody_leaves() -> None:
    up, sender = video(), Sender()
    down, receiver = join(up)
    ((audience, _),) = up.receive(sender.frame(1), 0.0)
    sinks = audience.sinks
    up.remove(down)
    assert sinks == [receiver]
    assert audience.sinks == []


def test_audio_has_no_keyframes_and_no_remb() -> None:
    up = UpTrack("audio", "opus", 48000, PAYLOAD_TYPE, OUT_SSRC, remb=True, pli=True)
    down = DownTrack(Receiver())
    assert up.add(down, 0.0) == []
    sender = Sender()
    assert up.receive([sender.packet(b"voice")], 0.0)
    kinds = {type(item) for compound in up.poll(1.0) for item in rtcp.parse_compound(compound)}
    assert kinds == {rtcp.Rr, rtcp.Sdes}


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=200), st.integers(0, 65535))
def test_nothing_is_forwarded_twice_and_nothing_new_is_lost(
    arrivals: list[tuple[int, bool]], base: int
) -> None:
    """Any order of arrival with any duplication: each number goes out at most once."""
    up = video()
    _, receiver = join(up)
    for offset, single in arrivals:
        made = [packets.build(PAYLOAD_TYPE, (base + offset) & 0xFFFF, offset, 1, vp8())]
        if not single:
            made.append(bytearray(made[0]))
        hand_out(up.receive(made, 0.0))
    assert len(receiver.sequences) == len(set(receiver.sequences))
    if up.encodings[0].restarts == 0 and up.encodings[0].hopeless == 0:
        assert set(receiver.sequences) == {(base + offset) & 0xFFFF for offset, _ in arrivals}


@settings(max_examples=200)
@given(
    st.lists(st.binary(min_size=0, max_size=40), max_size=10), st.sampled_from(["vp8", "vp9", "av1", "h264"])
)
def test_any_bytes_are_survived(payloads: list[bytes], codec: str) -> None:
    up = UpTrack("video", codec, 90000, PAYLOAD_TYPE, OUT_SSRC, nack=True, pli=True)
    down = DownTrack(Receiver())
    up.add(down, 0.0)
    sender = Sender()
    for index, data in enumerate(payloads):
        made = sender.packet(data)
        made[0] = 0x80 | (data[0] & 0x3F if data else 0)
        sender.timestamp += 3000
        hand_out(up.receive([made], index * 0.03))
    assert down.packets == len(payloads)


def test_debug_state_is_plain() -> None:
    up, sender = video(encodings=2), Sender()
    down, _ = join(up)
    up.receive(sender.frame(1), 0.0)
    assert up.debug_state()["receivers"] == 1
    assert down.debug_state()["packets"] == 1


def test_nothing_is_due_before_the_first_packet() -> None:
    """A receiver that comes before the sender's media must not keep the timer busy."""
    up = video()
    join(up)
    assert up.due == float("inf")
    assert up.poll(1.0) == []


def test_nobody_waits_for_a_keyframe_when_all_have_left() -> None:
    up, sender = video(), Sender()
    up.receive(sender.frame(1), 0.0)
    down, _ = join(up, 1.0)
    assert up.encodings[0].keyframes.wanted
    up.remove(down)
    assert not requests(up, 1.0, rtcp.Pli)


def test_a_burst_of_old_packets_is_no_new_sequence() -> None:
    up, sender = video(), Sender()
    _, receiver = join(up)
    old = [sender.packet(vp8()) for _ in range(20)]
    hand_out(up.receive(old[:1], 0.0))
    for _ in range(40):
        hand_out(up.receive([sender.packet(vp8()) for _ in range(20)], 0.1))
    count = len(receiver.got)
    hand_out(up.receive(old[1:], 0.2))
    hand_out(up.receive([sender.packet(vp8())], 0.2))
    assert len(receiver.got) == count + 1
    assert up.encodings[0].restarts == 0
    assert up.encodings[0].hopeless == 19


def test_layers_that_the_sender_gave_up_are_forgotten() -> None:
    up, sender = video(), Sender()
    for step in range(30):
        up.receive(sender.frame(1, temporal=step % 3), step / 30)
    assert up.encodings[0].pictures.temporal_layers == 3
    for step in range(30, 150):
        up.receive(sender.frame(1, temporal=0), step / 30)
        up.poll(step / 30)
    assert up.encodings[0].pictures.temporal_layers == 1


def test_keyframe_behind_a_delimiter_is_found() -> None:
    """H.264 with an access unit delimiter in a packet of its own, and the rest in the next batch."""
    up = UpTrack("video", "H264", 90000, PAYLOAD_TYPE, OUT_SSRC, pli=True)
    sender = Sender()
    up.receive([sender.packet(b"\x09\x10")], 1.0)
    up.receive([sender.packet(b"\x67\x42"), sender.packet(b"\x68\xce")], 1.001)
    up.receive([sender.packet(b"\x65\x88", marker=True)], 1.002)
    assert up.encodings[0].pictures.keyframe == 1001
    assert up.encodings[0].reception.jitter == 0
    _, receiver = join(up, 1.1)
    assert receiver.sequences == [1001, 1002, 1003]
