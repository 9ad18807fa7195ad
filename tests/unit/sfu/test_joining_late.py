"""Who joins where the sequence numbers wrap, and misses the first packets (RFC 3711 §3.3.1)."""

from __future__ import annotations

import pytest
from pylibsrtp import Error
from sfu_fakes import OUT_SSRC, PAYLOAD_TYPE, Receiver, Sender, hand_out, join, video

from galene_py.rtp import packet, rtcp
from galene_py.sfu import DownTrack, UpTrack, limits
from galene_py.transport.dtls.srtp import PROFILES, SrtpKeys, receive_session, transmit_session

KEYS = SrtpKeys(PROFILES[0], bytes(range(28)), bytes(range(28)))


def running(sequence: int, count: int = 200) -> tuple[UpTrack, Sender]:
    """A track whose next packet has the number `sequence`, and whose keyframe was long ago."""
    up, sender = video(), Sender(sequence=(sequence - count) & 0xFFFF)
    for step in range(count):
        up.receive(sender.frame(keyframe=step == 0), 7 * step / count)
    return up, sender


def decrypted(packets: list[bytes], lost: int) -> int:
    """How many of the packets a receiver can read that never gets the first `lost`."""
    ours, theirs = transmit_session(KEYS), receive_session(KEYS)
    count = 0
    for one in [ours.protect(one) for one in packets][lost:]:
        try:
            theirs.unprotect(one)
        except Error:
            continue
        count += 1
    return count


@pytest.mark.parametrize("before", [1, 20, 40, 300])
def test_packets_lost_at_the_beginning_do_not_cost_the_stream(before: int) -> None:
    up, sender = running(0x10000 - before)
    _, early = join(up, 7.0)
    for step in range(200):
        hand_out(up.receive(sender.frame(2), 7.0 + step / 30))
    for lost in (0, 1, 30, 50):
        assert decrypted(early.got, lost) == len(early.got) - lost
    numbers = early.sequences
    assert numbers == list(range(numbers[0], numbers[0] + 400))


@pytest.mark.parametrize("lost", [False, True])
def test_a_packet_from_before_the_wrap_does_no_harm_to_who_came_after_it(*, lost: bool) -> None:
    up, sender = running(0xFFF0, 0x8000)
    batch = sender.frame(32)
    up.receive(batch[:10] + batch[11:], 7.0)
    _, receiver = join(up, 7.1)
    hand_out(up.receive([batch[10]], 7.1))
    hand_out(up.receive(sender.frame(20), 7.2))
    assert decrypted(receiver.got, 1 if lost else 0) == len(receiver.got) - lost


def test_others_keep_the_numbers_they_know() -> None:
    up, sender = running(65_300)
    _, later = join(up, 7.0)
    assert limits.SEQUENCE_END_PACKETS > 0x10000 - 65_300
    hand_out(up.receive(sender.frame(2), 7.0))
    up, sender = running(65_000)
    _, steady = join(up, 7.0)
    for _ in range(300):
        hand_out(up.receive(sender.frame(2), 7.1))
    assert later.sequences == [0, 1]
    assert steady.sequences == [n & 0xFFFF for n in range(65_000, 65_600)]


def test_late_joiners_share_their_numbers_and_get_what_they_ask_for() -> None:
    up, sender = running(65_400)
    first, one = join(up, 7.0)
    hand_out(up.receive(sender.frame(3, keyframe=True), 7.0))
    second, two = join(up, 7.1)
    assert two.got == one.got
    hand_out(up.receive(sender.frame(3), 7.2))
    assert two.got == one.got
    assert one.sequences == [0, 1, 2, 3, 4, 5]
    assert (first.packets, second.packets) == (6, 6)
    assert up.debug_state()["rewriters"] == 1
    for down in (first, second):
        feedback = down.rtcp([rtcp.Nack(9, OUT_SSRC, (1, 4))], 7.3)
        assert feedback.resend == [one.got[1], one.got[4]]
    up.remove(first)
    up.remove(second)
    assert up.debug_state()["rewriters"] == 0


def test_one_turn_later_the_shared_numbers_end_too() -> None:
    up, sender = running(65_500)
    _, one = join(up, 7.0)
    for step in range(65_536 - 300):
        hand_out(up.receive([sender.packet(marker=True)], 7.0 + step / 100))
    now = 7.0 + 65_536 / 100
    _, two = join(up, now)
    hand_out(up.receive(sender.frame(2), now))
    assert one.sequences[-1] > 0xFFFF - limits.SEQUENCE_END_PACKETS
    assert two.sequences == [0, 1]


def test_sound_is_numbered_like_that_too() -> None:
    up = UpTrack("audio", "opus", 48000, PAYLOAD_TYPE, OUT_SSRC)
    sender = Sender(sequence=65_530)
    up.receive([sender.packet(b"voice")], 0.0)
    receiver = Receiver()
    assert up.add(DownTrack(receiver), 1.0) == []
    for _ in range(10):
        hand_out(up.receive([sender.packet(b"voice")], 1.0))
    assert receiver.sequences == list(range(10))
    assert packet.payload_bounds(receiver.got[0]) == (12, 17)


def test_a_sender_that_begins_there_is_passed_on_as_it_is() -> None:
    """Who joined before it began has its numbers from the first one on."""
    up, sender = video(), Sender(sequence=65_530)
    _, receiver = join(up)
    hand_out(up.receive(sender.frame(2, keyframe=True), 0.0))
    assert receiver.sequences == [65_530, 65_531]


def test_nobody_is_given_a_keyframe_whose_beginning_is_gone() -> None:
    up, sender = video(), Sender(sequence=1000)
    up.receive(sender.frame(40, keyframe=True), 0.0)
    up.receive(sender.frame(limits.CACHE_PACKETS_MIN - 20), 0.03)  # more than the cache holds yet
    up.encodings[0].cache.fit(2000.0, 0.0)  # which grows now
    assert up.encodings[0].cache.size > 160
    assert up.encodings[0].from_keyframe() == []


def watched(up: UpTrack, seconds: float) -> Receiver:
    """Who joins so long after the only keyframe of a sender with 30 pictures of 4 packets a second."""
    sender = Sender(sequence=1000)
    for step in range(round(30 * seconds)):
        up.receive(sender.frame(4, keyframe=step == 0), step / 30)
        up.poll(step / 30)
    return join(up, seconds)[1]


@pytest.mark.parametrize(("seconds", "packets"), [(1.0, 120), (3.5, 420), (5.0, 0)])
def test_who_joins_a_sender_that_cannot_be_asked_is_given_all_since_its_keyframe(
    seconds: float, packets: int
) -> None:
    receiver = watched(video(pli=False, fir=False), seconds)
    assert len(receiver.got) == packets
    assert watched(video(), seconds).got == []  # whoever can be asked is asked
