"""Who speaks, by the levels in packets: soon, without flicker, and over by the clock."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import extensions
from galene_py.sfu import limits
from galene_py.sfu.voice import Voice
from kit import packets

LEVEL_ID = 1
PACKET_S = 0.02


def sound(level: int | None) -> bytearray:
    items = {4: b"0"} | ({} if level is None else {LEVEL_ID: bytes((level,))})
    block = extensions.build_one_byte(items)
    profile = extensions.ONE_BYTE_PROFILE
    return packets.build(111, 1, 2, 3, b"x", extension_profile=profile, extension=block)


def play(voice: Voice, levels: list[int | None], now: float = 0.0) -> list[tuple[float, bool]]:
    """The changes, with their times."""
    changes = []
    for index, level in enumerate(levels):
        at = now + index * PACKET_S
        if voice.ended(at):
            changes.append((at, False))
        if voice.heard([sound(level)], at):
            changes.append((at, True))
    return changes


def test_speech_is_known_within_300_ms_and_a_click_is_none() -> None:
    ((at, speaking),) = play(Voice(LEVEL_ID), [70] * 10 + [30] * 20)
    assert speaking
    assert at - 10 * PACKET_S < 0.3
    assert play(Voice(LEVEL_ID), [70, 20, 70, 70, 20, 20, 70, 70] * 20) == []


def test_words_are_one_speech_and_a_silence_ends_it() -> None:
    words = ([30] * 10 + [80] * 10) * 10
    assert [speaking for _, speaking in play(Voice(LEVEL_ID), words)] == [True]
    assert [speaking for _, speaking in play(Voice(LEVEL_ID), [*words, *[80] * 60])] == [True, False]


def test_a_microphone_that_sends_nothing_stops_by_the_clock() -> None:
    voice = Voice(LEVEL_ID)
    play(voice, [30] * 5)
    last = 4 * PACKET_S
    assert voice.due == last + limits.VOICE_PAUSE_SECONDS
    assert not voice.ended(voice.due - 0.01)
    assert voice.ended(voice.due)
    assert not voice.ended(voice.due + 9.0), "told once"


def test_the_senders_own_opinion_does_not_matter() -> None:
    assert play(Voice(LEVEL_ID), [0x80 | 70] * 50) == []
    assert len(play(Voice(LEVEL_ID), [0x80 | 30] * 50)) == 1


@given(st.lists(st.one_of(st.none(), st.integers(0, 255)), max_size=400))
def test_changes_alternate_and_are_far_apart(levels: list[int | None]) -> None:
    changes = play(Voice(LEVEL_ID), levels)
    assert [speaking for _, speaking in changes] == [index % 2 == 0 for index in range(len(changes))]
    ends = [at for at, speaking in changes if not speaking]
    assert all(after - before >= limits.VOICE_PAUSE_SECONDS for before, after in pairwise(ends))
