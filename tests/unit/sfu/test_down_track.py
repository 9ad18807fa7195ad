"""What receivers ask for and report, and what they are told."""

from __future__ import annotations

import pytest
from sfu_fakes import OUT_SSRC, PAYLOAD_TYPE, Receiver, Sender, hand_out, join, video, vp8

from galene_py.rtp import packet, rtcp
from galene_py.rtp.sequence import timestamp_advance
from galene_py.sfu import DownTrack, StreamClock, UpTrack, limits
from galene_py.sfu.clock import middle, to_ntp


def nack(*lost: int) -> list[rtcp.Item]:
    return [rtcp.Nack(9, OUT_SSRC, lost)]


def report(loss: int = 0, *, last_sr: int = 0, delay: int = 0) -> list[rtcp.Item]:
    return [rtcp.Rr(9, (rtcp.ReportBlock(OUT_SSRC, loss, 0, 0, 0, last_sr, delay),))]


def sent_upstream(up: UpTrack, now: float) -> list[rtcp.Item]:
    return [item for compound in up.poll(now) for item in rtcp.parse_compound(compound)]


def only(items: list[rtcp.Item], kind: type[rtcp.Item]) -> list[rtcp.Item]:
    return [item for item in items if isinstance(item, kind)]


# --- requests for packets ---


def test_hits_are_resent_as_they_were_sent() -> None:
    up, sender = video(), Sender()
    down, receiver = join(up)
    hand_out(up.receive(sender.frame(5, keyframe=True), 0.0))
    feedback = down.rtcp(nack(1001, 1003), 0.1)
    assert [bytes(one) for one in feedback.resend] == [receiver.got[1], receiver.got[3]]
    assert not feedback.upstream
    assert down.resent == 2


def test_misses_go_upstream_together_after_50_ms() -> None:
    up, sender = video(), Sender()
    downs = [join(up)[0] for _ in range(3)]
    batch = sender.frame(6, keyframe=True)
    del batch[1], batch[2]
    up.receive(batch, 0.0)
    up.encodings[0].nack.clear()
    up.poll(0.5)
    assert downs[0].rtcp(nack(1001), 1.0).upstream
    downs[1].rtcp(nack(1001), 1.01)
    downs[2].rtcp(nack(1003), 1.01)
    assert only(sent_upstream(up, 1.045), rtcp.Nack) == []
    assert only(sent_upstream(up, 1.07), rtcp.Nack) == [rtcp.Nack(OUT_SSRC, 1, (1001, 1003))]


def test_what_cannot_help_is_not_asked_upstream() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    for _ in range(300):
        up.receive(sender.frame(1), 0.0)
    feedback = down.rtcp(nack(1000, 1299 + 1, 1299 + 2, 40_000), 1.0)
    assert feedback.resend == []
    assert not feedback.upstream
    assert len(up.encodings[0].nack) == 0


def test_a_recovered_packet_reaches_everybody() -> None:
    up, sender = video(), Sender()
    receivers = [join(up)[1] for _ in range(3)]
    one, two, three = sender.frame(3)
    hand_out(up.receive([one, three], 0.0))
    assert up.due <= 0.02
    assert only(sent_upstream(up, 0.02), rtcp.Nack) == [rtcp.Nack(OUT_SSRC, 1, (1001,))]
    hand_out(up.receive([two], 0.07))
    for receiver in receivers:
        assert receiver.sequences == [1000, 1002, 1001]
    assert up.encodings[0].nack.recovered == 1


def test_packets_that_had_to_be_asked_for_count_as_lost() -> None:
    up, sender = video(), Sender()
    for step in range(10):
        batch = sender.frame(10)
        up.receive(batch[:5] + batch[6:], step / 100)
        up.poll(step / 100 + 0.009)
        up.receive([batch[5]], step / 100 + 0.06)
    (block,) = only(sent_upstream(up, 1.0), rtcp.Rr)[0].reports  # type: ignore[union-attr]
    assert block.lost == 10
    assert block.fraction_lost == 25


def test_a_request_for_thousands_is_bounded() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    for _ in range(120):
        up.receive(sender.frame(1), 0.0)
    total = sum(len(down.rtcp(nack(*range(5000)), 1.0 + now / 100).resend) for now in range(50))
    assert total <= limits.RESEND_BURST + limits.RESEND_RATE_MIN


def test_requests_for_other_sources_are_ignored() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    up.receive(sender.frame(3, keyframe=True), 0.0)
    up.poll(0.2)
    items: list[rtcp.Item] = [
        rtcp.Nack(9, 1, (1000,)),
        rtcp.Pli(9, 1),
        rtcp.Fir(9, 0, ((1, 1),)),
        rtcp.Remb(9, 10_000, (1,)),
        rtcp.Rr(9, (rtcp.ReportBlock(1, 255, 0, 0, 0, 0, 0),)),
        rtcp.Unknown(204, 0, b""),
        rtcp.Bye((OUT_SSRC,)),
    ]
    feedback = down.rtcp(items, 1.0)
    assert (feedback.resend, feedback.upstream) == ([], False)
    assert (down.reports, down.bandwidth.remb) == (0, 0)


def test_removed_receiver_asks_for_nothing() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    up.receive(sender.frame(3), 0.0)
    up.remove(down)
    assert down.rtcp([*nack(1000), rtcp.Pli(9, OUT_SSRC), *report()], 1.0).resend == []
    assert down.poll(1.0) == []
    assert down.packets == 3


# --- keyframes ---


def test_picture_loss_is_forwarded_at_most_twice_a_second() -> None:
    up, sender = video(), Sender()
    downs = [join(up)[0] for _ in range(10)]
    up.receive(sender.frame(3, keyframe=True), 0.0)
    asked = []
    for step in range(2000):
        now = 1.0 + step / 1000
        downs[step % 10].rtcp([rtcp.Pli(9, OUT_SSRC)], now)
        if up.due <= now:
            asked += [now] * len(only(sent_upstream(up, now), rtcp.Pli))
        if step % 300 == 0:
            up.receive(sender.frame(1, keyframe=True), now)
    assert 3 <= len(asked) <= 5


def test_repeated_fir_is_one_command() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    up.receive(sender.frame(3, keyframe=True), 0.0)
    up.poll(0.5)
    assert down.rtcp([rtcp.Fir(9, 0, ((OUT_SSRC, 1),))], 1.0).upstream
    assert only(sent_upstream(up, 1.0), rtcp.Pli)
    up.receive(sender.frame(1, keyframe=True), 1.1)
    up.poll(5.0)
    assert not down.rtcp([rtcp.Fir(9, 0, ((OUT_SSRC, 1),))], 5.0).upstream
    assert down.rtcp([rtcp.Fir(9, 0, ((OUT_SSRC, 2),))], 5.1).upstream


def test_fir_is_used_where_pli_is_not_negotiated() -> None:
    up, sender = video(pli=False, fir=True), Sender()
    up.receive(sender.frame(3), 0.0)
    down, _ = join(up)
    first = only(sent_upstream(up, 0.2), rtcp.Fir)
    down.rtcp([rtcp.Pli(9, OUT_SSRC)], 3.0)
    second = only(sent_upstream(up, 3.0), rtcp.Fir)
    assert first == [rtcp.Fir(OUT_SSRC, 0, ((1, 1),))]
    assert second == [rtcp.Fir(OUT_SSRC, 0, ((1, 2),))]


def test_nothing_is_asked_where_nothing_is_negotiated() -> None:
    up, sender = video(pli=False, nack=False, remb=False), Sender()
    down, _ = join(up)
    batch = sender.frame(5)
    up.receive([batch[0], batch[4]], 0.0)
    down.rtcp([rtcp.Pli(9, OUT_SSRC), *nack(1001)], 0.5)
    kinds = {type(item) for now in (0.6, 2.0, 4.0) for item in sent_upstream(up, now)}
    assert kinds == {rtcp.Rr, rtcp.Sdes}


# --- reports ---


def test_reports_to_the_sender_come_soon_and_every_second() -> None:
    up, sender = video(), Sender()
    times = []
    now = 10.0
    while now < 15.0:
        up.receive(sender.frame(2), now)
        if up.due <= now and only(sent_upstream(up, now), rtcp.Remb):
            times.append(now)
        now += 0.02
    assert times[0] - 10.0 <= 0.13
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]  # noqa: RUF007
    assert all(0.99 < gap < 1.05 for gap in gaps)


def test_first_remb_lets_a_sender_ramp_up() -> None:
    up, sender = video(), Sender()
    up.receive(sender.frame(1), 0.0)
    (remb,) = only(sent_upstream(up, 0.1), rtcp.Remb)
    assert remb == rtcp.Remb(OUT_SSRC, remb.bitrate, (1,))  # type: ignore[union-attr]
    assert remb.bitrate == pytest.approx(limits.RATE_IDLE, rel=1e-4)  # type: ignore[union-attr]
    join(up)
    (remb,) = only(sent_upstream(up, 1.2), rtcp.Remb)
    assert remb.bitrate == pytest.approx(limits.RATE_START, rel=1e-4)  # type: ignore[union-attr]


def test_a_receiver_in_need_is_heard_at_once() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    up.receive(sender.frame(1), 0.0)
    up.poll(0.1)
    assert down.rtcp([rtcp.Remb(9, 300_000, (OUT_SSRC,))], 0.3).upstream
    (remb,) = only(sent_upstream(up, 0.3), rtcp.Remb)
    assert remb.bitrate == pytest.approx(300_000, rel=1e-4)  # type: ignore[union-attr]


def test_remb_never_falls_below_the_floor() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    up.receive(sender.frame(1), 0.0)
    down.rtcp([rtcp.Remb(9, 0, (OUT_SSRC,))], 0.05)
    (remb,) = only(sent_upstream(up, 0.1), rtcp.Remb)
    assert remb.bitrate == pytest.approx(limits.RATE_MIN, rel=1e-4)  # type: ignore[union-attr]


def test_receiver_report_quotes_the_sender() -> None:
    up, sender = video(), Sender(ssrc=77)
    up.receive(sender.frame(4), 5.0)
    up.rtcp([rtcp.Sr(77, 0xAAAABBBB_CCCCDDDD, 5000, 4, 100), rtcp.Sr(78, 1, 2, 3, 4)], 5.05)
    (block,) = only(sent_upstream(up, 5.3), rtcp.Rr)[0].reports  # type: ignore[union-attr]
    assert (block.ssrc, block.last_sr, block.delay_since_sr) == (77, 0xBBBBCCCC, 16384)


def test_every_compound_begins_with_a_report_and_a_name() -> None:
    up, sender = video(cname="server"), Sender()
    down, _ = join(up)
    batch = sender.frame(5)
    up.receive([batch[0], batch[4]], 0.0)
    down.rtcp([rtcp.Pli(9, OUT_SSRC)], 0.01)
    items = sent_upstream(up, 0.03)
    assert items[0] == rtcp.Rr(OUT_SSRC)
    assert items[1] == rtcp.Sdes.cname(OUT_SSRC, "server")
    assert {type(item) for item in items[2:]} == {rtcp.Nack, rtcp.Pli}


def test_sender_report_to_a_receiver() -> None:
    clock = StreamClock(1_700_000_000.0, 100.0)
    up, sender = video(clock=clock), Sender()
    down, _ = join(up, 100.0)
    up.receive(sender.frame(4, keyframe=True), 100.0)
    assert down.poll(100.1) == []
    up.rtcp([rtcp.Sr(1, to_ntp(5000.0), 5000, 4, 100)], 100.0)
    (compound,) = down.poll(101.0)
    report, name = rtcp.parse_compound(compound)
    assert isinstance(report, rtcp.Sr)
    assert report.ssrc == OUT_SSRC
    assert report.ntp == clock.ntp(101.0)
    assert report.rtp == 5000 + 90_000
    assert report.packets == 4
    assert report.octets == down.octets - 4 * 12
    assert name == rtcp.Sdes.cname(OUT_SSRC, "stream")
    up.receive(sender.frame(4), 101.2)
    assert down.poll(101.5) == []
    assert not down.rests(101.5)
    assert down.poll(102.0)
    assert down.rests(102.0)
    assert down.poll(103.0) == []  # who sends nothing sends no sender report
    up.receive(sender.frame(4), 110.0)
    assert not down.rests(110.0)
    assert down.poll(110.0)


def test_what_cannot_be_reported_is_not_waited_for_in_silence() -> None:
    up, sender = video(), Sender()
    down, _ = join(up, 100.0)
    up.receive(sender.frame(4, keyframe=True), 100.0)
    assert down.poll(100.1) == []
    assert not down.rests(100.1)
    assert down.rests(100.0 + limits.ENCODING_IDLE_SECONDS)


def test_round_trip_is_measured() -> None:
    clock = StreamClock(1_700_000_000.0, 100.0)
    up, sender = video(clock=clock), Sender()
    down, _ = join(up, 100.0)
    up.receive(sender.frame(4), 100.0)
    down.rtcp(report(last_sr=middle(clock.ntp(101.0)), delay=65536), 102.25)
    assert down.round_trip == pytest.approx(0.25, abs=0.001)
    down.rtcp(report(last_sr=middle(clock.ntp(200.0)), delay=0), 103.0)
    assert down.round_trip == pytest.approx(0.25, abs=0.001)


def test_lips_and_voice_stay_together() -> None:
    """Whatever the delay of the sender's reports, a receiver maps the same instant of both tracks to one."""
    clock = StreamClock(1_700_000_000.0, 0.0)
    voice = UpTrack("audio", "opus", 48000, PAYLOAD_TYPE, 1, clock=clock)
    picture = UpTrack("video", "vp8", 90000, PAYLOAD_TYPE, 2, clock=clock)
    speaker, camera = Sender(ssrc=10, timestamp=123), Sender(ssrc=20, timestamp=4_294_960_000)
    hearing, seeing = DownTrack(Receiver()), DownTrack(Receiver())
    voice.add(hearing, 0.0)
    picture.add(seeing, 0.0)
    voice.receive([speaker.packet(b"a")], 1.0)
    picture.receive(camera.frame(1), 1.0)
    # The sender's instant 9000.0 is 123 in its sound and 4294960000 in its picture.
    voice.rtcp([rtcp.Sr(10, to_ntp(9000.5), 123 + 24_000, 1, 1)], 1.52)
    picture.rtcp([rtcp.Sr(20, to_ntp(9001.0), (4_294_960_000 + 90_000) & 0xFFFFFFFF, 1, 1)], 2.31)
    heard = rtcp.parse_compound(hearing.poll(3.0)[0])[0]
    seen = rtcp.parse_compound(seeing.poll(3.2)[0])[0]
    assert isinstance(heard, rtcp.Sr)
    assert isinstance(seen, rtcp.Sr)
    heard_instant = heard.ntp / 2**32 - timestamp_advance(123, heard.rtp) / 48000
    seen_instant = seen.ntp / 2**32 - timestamp_advance(4_294_960_000, seen.rtp) / 90000
    assert heard_instant == pytest.approx(seen_instant, abs=0.001)


def test_sender_without_reports_is_mapped_by_arrival() -> None:
    up = video(clock=StreamClock(1_700_000_000.0, 0.0))
    sender = Sender(timestamp=0)
    down, _ = join(up)
    for step in range(200):
        up.receive(sender.frame(1), step / 30)
    (compound,) = down.poll(6.7)
    read = rtcp.parse_compound(compound)[0]
    assert isinstance(read, rtcp.Sr)
    assert read.rtp == pytest.approx(6.7 * 90000, abs=2)


def test_goodbye_silences_the_sender() -> None:
    up, sender = video(), Sender()
    up.receive(sender.frame(1), 0.0)
    assert up.encodings[0].active(0.1)
    up.rtcp([rtcp.Bye((1,))], 0.1)
    assert not up.encodings[0].active(0.1)
    up.receive([sender.packet(vp8())], 0.2)
    assert up.encodings[0].active(0.2)


def test_nothing_is_said_of_timestamps_that_may_stand_still() -> None:
    """A sound that is switched off and on: its timestamps go on from where they were (RFC 3550 §6.4.1)."""
    up = video(clock=StreamClock(1_700_000_000.0, 0.0))
    sender = Sender(timestamp=0)
    down, _ = join(up)
    up.receive(sender.frame(1), 10.0)
    up.rtcp([rtcp.Sr(1, to_ntp(5_000_000_000.0), 0, 1, 1)], 10.0)
    assert down.poll(10.5)
    up.rtcp([rtcp.Bye((1,))], 11.0)
    assert not down.poll(12.0)
    up.receive(sender.frame(1), 15.0)
    (compound,) = down.poll(15.0)
    read = rtcp.parse_compound(compound)[0]
    assert isinstance(read, rtcp.Sr)
    assert read.rtp == 3000


def test_loss_reports_are_counted() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    for step in range(30):
        up.receive(sender.frame(4), step / 30)
    down.rtcp(report(128), 1.0)
    assert down.bandwidth.loss == 0.5
    assert down.rate.bits > 0
    assert packet.HEADER_BYTES == 12


def test_a_receiver_without_limits_takes_nothing_from_the_others_and_asks_for_the_best_alone() -> None:
    up, sender = video(), Sender()
    down, _ = join(up)
    up.receive(sender.frame(1), 0.0)
    down.rtcp([rtcp.Remb(9, 300_000, (OUT_SSRC,))], 0.05)
    up.add(DownTrack("recorder", limited=False), 0.06)
    (remb,) = only(sent_upstream(up, 0.1), rtcp.Remb)
    assert remb.bitrate == pytest.approx(300_000, rel=1e-4)  # type: ignore[union-attr]
    up.remove(down)
    (remb,) = only(sent_upstream(up, 1.2), rtcp.Remb)
    assert remb.bitrate > 10_000_000  # type: ignore[union-attr]
