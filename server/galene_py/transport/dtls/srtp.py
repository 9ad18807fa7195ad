"""SRTP through libsrtp: sessions for one direction of one peer, and the memory that packets are protected
in.

An `Arena` is a fixed block of memory in which packets are protected and unprotected where they lie, without
an object per packet. `NativeArena` calls libsrtp through pylibsrtp's own binding; `PortableArena` does the
same with pylibsrtp's public interface, should the binding ever change. Never reads the network; a session
belongs to its peer, an arena to whoever made it. RFC 3711, RFC 7714; keys by RFC 5764.

Protecting the same sequence number twice is allowed for retransmission. The plaintext must then be the same
to the last bit: AES-GCM loses its secrecy when one nonce covers two texts (RFC 7714 §8.1).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pylibsrtp
from pylibsrtp import Policy, Session

from galene_py.transport import limits

Handle = Any
"""What an arena's functions take as a session: opaque."""


@dataclass(slots=True, frozen=True)
class Profile:
    """A protection profile of DTLS-SRTP (RFC 5764 §4.1.2, RFC 7714 §14.2); sizes in bytes."""

    name: str
    policy: int
    key: int
    salt: int
    rtp_overhead: int
    rtcp_overhead: int


PROFILES = (
    Profile("SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12, 16, 20),
    Profile("SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14, 10, 14),
)
"""In our order of preference."""

RTCP_OVERHEAD_BYTES = max(profile.rtcp_overhead for profile in PROFILES)


@dataclass(slots=True, frozen=True)
class SrtpKeys:
    """Master keys with their salts, as DTLS exported them."""

    profile: Profile
    receive: bytes
    transmit: bytes


def transmit_session(keys: SrtpKeys) -> Session:
    """A session that protects any SSRC of ours."""
    policy = Policy(keys.transmit, Policy.SSRC_ANY_OUTBOUND, 0, keys.profile.policy)
    policy.allow_repeat_tx = True
    policy.window_size = limits.TRANSMIT_WINDOW
    return Session(policy)


def receive_session(keys: SrtpKeys) -> Session:
    """A session that accepts any SSRC of theirs; the caller bounds how many."""
    policy = Policy(keys.receive, Policy.SSRC_ANY_INBOUND, 0, keys.profile.policy)
    policy.window_size = limits.REPLAY_WINDOW
    return Session(policy)


class Arena(Protocol):
    """A block of memory and the operations on packets in it.

    `base` is its start as the operations take it: `base + offset` names a place. `length` is a one-element
    sequence through which packet lengths go in and out. The four operations take (handle, place, length) and
    return 0 when they succeed; then `length[0]` is the new length.
    """

    view: memoryview
    base: Any
    address: int
    length: Any
    protect: Callable[[Handle, Any, Any], int]
    unprotect: Callable[[Handle, Any, Any], int]
    protect_rtcp: Callable[[Handle, Any, Any], int]
    unprotect_rtcp: Callable[[Handle, Any, Any], int]

    def handle(self, session: Session) -> Handle:
        """What the operations take for this session. Valid as long as the session is."""

    def length_column(self, count: int) -> tuple[list[Any], Callable[[array[int]], None]]:
        """`count` lengths as the operations take them, for many operations in a row, and a function that sets
        the first ones of them (an array of type 'i')."""


class NativeArena:
    """Memory that libsrtp works on in place."""

    base: Any
    length: Any

    def __init__(self, size: int) -> None:
        from pylibsrtp._binding import ffi, lib

        # libsrtp may write its longest trailer behind a packet, so the block is a little longer.
        self._memory = ffi.new("unsigned char[]", size + 256)
        self.view = memoryview(ffi.buffer(self._memory)).cast("B")
        self.base = self._memory + 0
        self.address = int(ffi.cast("uintptr_t", self._memory))
        self.length = ffi.new("int *")
        self.protect = lib.srtp_protect
        self.unprotect = lib.srtp_unprotect
        self.protect_rtcp = lib.srtp_protect_rtcp
        self.unprotect_rtcp = lib.srtp_unprotect_rtcp
        self._columns: list[Any] = []

    def handle(self, session: Session) -> Handle:
        return cast(Any, session)._srtp[0]

    def length_column(self, count: int) -> tuple[list[Any], Callable[[array[int]], None]]:
        from pylibsrtp._binding import ffi

        memory = ffi.new("int[]", count)
        self._columns.append(memory)
        view = memoryview(ffi.buffer(memory)).cast("B").cast("i")

        def put(values: array[int]) -> None:
            view[: len(values)] = values

        return [memory + index for index in range(count)], put


class PortableArena:
    """The same over pylibsrtp's public interface: one copy in and one out per packet, and none longer than
    1356 bytes."""

    base: Any
    length: Any

    def __init__(self, size: int) -> None:
        self._memory = bytearray(size + 256)
        self.view = memoryview(self._memory)
        self.base = Pointer(self.view, 0)
        self.address = 0
        self.length = [0]
        self.protect = self._operation("protect")
        self.unprotect = self._operation("unprotect")
        self.protect_rtcp = self._operation("protect_rtcp")
        self.unprotect_rtcp = self._operation("unprotect_rtcp")

    def handle(self, session: Session) -> Handle:
        return session

    def length_column(self, count: int) -> tuple[list[Any], Callable[[array[int]], None]]:
        column = [[0] for _ in range(count)]

        def put(values: array[int]) -> None:
            for one, value in zip(column, values, strict=False):
                one[0] = value

        return list(column), put

    def _operation(self, name: str) -> Callable[[Handle, Any, Any], int]:
        def operate(session: Session, place: Pointer, length: list[int]) -> int:
            view, at = place.view, place.offset
            try:
                result: bytes = getattr(session, name)(bytes(view[at : at + length[0]]))
            except (pylibsrtp.Error, ValueError):
                return 1
            length[0] = len(result)
            view[at : at + length[0]] = result
            return 0

        return operate


@dataclass(slots=True, frozen=True)
class Pointer:
    """A place in a portable arena; adds like a pointer."""

    view: memoryview
    offset: int

    def __add__(self, distance: int) -> Pointer:
        return Pointer(self.view, self.offset + distance)


def _native_works() -> bool:
    """Whether the binding is as this module knows it: protect and unprotect one packet through it."""
    key = bytes(range(28))
    keys = SrtpKeys(PROFILES[0], key, key)
    packet = b"\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03" + b"probe"
    try:
        arena = NativeArena(64)
        sender, receiver = transmit_session(keys), receive_session(keys)
        arena.view[: len(packet)] = packet
        arena.length[0] = len(packet)
        if arena.protect(arena.handle(sender), arena.base, arena.length):
            return False
        if arena.length[0] != len(packet) + PROFILES[0].rtp_overhead:
            return False
        if arena.unprotect(arena.handle(receiver), arena.base, arena.length):
            return False
        return bytes(arena.view[: arena.length[0]]) == packet
    except (ImportError, AttributeError, TypeError, ValueError, pylibsrtp.Error):
        return False


NATIVE = _native_works()


def make_arena(size: int, *, native: bool = NATIVE) -> Arena:
    """A block of `size` bytes."""
    if native:
        return NativeArena(size)
    return PortableArena(size)
