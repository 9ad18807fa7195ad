"""SRTP in place, natively and through pylibsrtp's public interface: the same bytes."""

from __future__ import annotations

import pytest
from pylibsrtp import Session
from transport_media import keys, rtcp, rtp

from galene_py.transport import limits
from galene_py.transport.dtls.srtp import (
    NATIVE,
    PROFILES,
    Arena,
    Profile,
    make_arena,
    receive_session,
    transmit_session,
)

BOTH = pytest.mark.parametrize("native", [True, False])
PROFILE = pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)


def protect(
    arena: Arena, session: Session, packet: bytes | bytearray, *, report: bool = False
) -> bytes | None:
    arena.view[: len(packet)] = packet
    arena.length[0] = len(packet)
    operation = arena.protect_rtcp if report else arena.protect
    if operation(arena.handle(session), arena.base, arena.length):
        return None
    return bytes(arena.view[: arena.length[0]])


def unprotect(arena: Arena, session: Session, packet: bytes, *, report: bool = False) -> bytes | None:
    arena.view[: len(packet)] = packet
    arena.length[0] = len(packet)
    operation = arena.unprotect_rtcp if report else arena.unprotect
    if operation(arena.handle(session), arena.base, arena.length):
        return None
    return bytes(arena.view[: arena.length[0]])


def test_the_binding_is_as_expected() -> None:
    assert NATIVE


@BOTH
@PROFILE
def test_round_trip_and_sizes(profile: Profile, native: bool) -> None:
    arena = make_arena(2048, native=native)
    sender, receiver = transmit_session(keys(profile)), receive_session(keys(profile))
    for packet in (rtp(1), rtp(2, b""), rtp(3, bytes(1300))):
        protected = protect(arena, sender, packet)
        assert protected is not None
        assert len(protected) == len(packet) + profile.rtp_overhead
        assert unprotect(arena, receiver, protected) == packet
    protected = protect(arena, sender, rtcp(), report=True)
    assert protected is not None
    assert len(protected) == len(rtcp()) + profile.rtcp_overhead
    assert unprotect(arena, receiver, protected, report=True) == rtcp()


@PROFILE
def test_both_arenas_make_the_same_bytes(profile: Profile) -> None:
    results = []
    for native in (True, False):
        arena, session = make_arena(2048, native=native), transmit_session(keys(profile))
        results.append([protect(arena, session, rtp(n)) for n in (1, 2, 2, 1)])
    assert results[0] == results[1]


@BOTH
@PROFILE
def test_the_same_packet_may_be_protected_again(profile: Profile, native: bool) -> None:
    arena, session = make_arena(2048, native=native), transmit_session(keys(profile))
    first = protect(arena, session, rtp(1000))
    for n in range(1001, 1001 + limits.TRANSMIT_WINDOW - 100):
        assert protect(arena, session, rtp(n)) is not None
    assert protect(arena, session, rtp(1000)) == first


@BOTH
@PROFILE
def test_replay_is_refused_within_and_beyond_the_window(profile: Profile, native: bool) -> None:
    arena = make_arena(2048, native=native)
    sender, receiver = transmit_session(keys(profile)), receive_session(keys(profile))
    early = [protect(arena, sender, rtp(n)) for n in range(1, 11)]
    late = early.pop()
    for packet in early:
        assert packet is not None
        assert unprotect(arena, receiver, packet) is not None
        assert unprotect(arena, receiver, packet) is None
    assert late is not None
    for n in range(100, 100 + limits.REPLAY_WINDOW - 100):
        packet = protect(arena, sender, rtp(n))
        assert packet is not None
        unprotect(arena, receiver, packet)
    assert unprotect(arena, receiver, late) == rtp(10)  # reordered far, still new
    for n in range(1100, 3000):
        packet = protect(arena, sender, rtp(n))
        assert packet is not None
        unprotect(arena, receiver, packet)
    assert early[0] is not None
    assert unprotect(arena, receiver, early[0]) is None


@BOTH
@PROFILE
def test_a_changed_bit_is_noticed(profile: Profile, native: bool) -> None:
    arena = make_arena(2048, native=native)
    sender, receiver = transmit_session(keys(profile)), receive_session(keys(profile))
    packet = protect(arena, sender, rtp(1))
    assert packet is not None
    for at in range(len(packet)):
        broken = bytearray(packet)
        broken[at] ^= 1
        assert unprotect(arena, receiver, bytes(broken)) is None
    assert unprotect(arena, receiver, packet) == rtp(1)


@BOTH
def test_sequence_numbers_may_wrap(native: bool) -> None:
    arena = make_arena(2048, native=native)
    sender, receiver = transmit_session(keys(PROFILES[0])), receive_session(keys(PROFILES[0]))
    for n in range(65000, 66500):
        packet = protect(arena, sender, rtp(n))
        assert packet is not None
        assert unprotect(arena, receiver, packet) == rtp(n)


@BOTH
def test_headers_that_lie_are_refused(native: bool) -> None:
    """Fifteen contributing sources or a long extension announced, nothing there."""
    arena = make_arena(2048, native=native)
    receiver = receive_session(keys(PROFILES[0]))
    for first in (0x8F, 0x90, 0x9F, 0xBF):
        for size in range(1, 60):
            assert unprotect(arena, receiver, bytes((first, 96)) + b"\xff" * size) is None
