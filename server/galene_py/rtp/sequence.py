"""Arithmetic of 16-bit sequence numbers and 32-bit timestamps that wrap (RFC 3550 §5.1, RFC 1982).

Pure functions on ints already reduced to their width. Keeps no state; `extend` takes the reference from its
caller.
"""

from __future__ import annotations


def advance(old: int, new: int) -> int:
    """Signed steps from `old` to `new`, -32768..32767; positive when `new` is newer."""
    return ((new - old + 0x8000) & 0xFFFF) - 0x8000


def extend(reference: int, sequence: int) -> int:
    """The extended number (any int) nearest to `reference` whose low 16 bits are `sequence`."""
    return reference + advance(reference & 0xFFFF, sequence)


def later(timestamp: int, seconds: float, clock_rate: int) -> int:
    """The timestamp `seconds` after `timestamp`: by a tick at least, and by no more than a quarter turn, so
    that whoever compares the two always finds it newer."""
    return (timestamp + max(1, min(int(seconds * clock_rate), 1 << 30))) & 0xFFFF_FFFF


def timestamp_advance(old: int, new: int) -> int:
    """Signed ticks from timestamp `old` to `new`, -2^31..2^31-1."""
    return ((new - old + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
