"""What goes to one receiver a second time: retransmissions under an SSRC of their own (RFC 4588).

The packets of a track are the same for all its receivers, to the last bit; these are not, so that each can
have a number, a transport-wide one too, that nobody else is told of. That makes them fit for bursts that try
what a line carries: the newest packets again, or padding. Owned by a line, while its receiver takes them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from galene_py.rtp import RtpError, rtx
from galene_py.sfu.forwarder import Forwarder
from galene_py.sfu.numbers import Stamp

NEWEST = 64
"""Packets of the newest that are sent again, at most, before padding follows."""


class Again:
    """Retransmissions of one run of a line."""

    def __init__(self, payload_type: int, ssrc: int, stamp: Stamp | None) -> None:
        """`stamp`: of the track, where packets have transport-wide numbers."""
        self.ssrc = ssrc
        self._payload_type = payload_type
        self._stamp = stamp
        self._sequence = secrets.randbits(15)  # a first turn that has no end near (RFC 3711 §3.3.1)

    def packets(self, packets: Iterable[bytes | bytearray], now: float) -> list[bytearray]:
        """These packets again."""
        made = []
        for packet in packets:
            try:
                one = rtx.again(packet, self._payload_type, self._sequence, self.ssrc)
            except RtpError:
                continue
            made.append(self._numbered(one, now))
        return made

    def fill(self, size: int, forwarder: Forwarder, now: float) -> list[bytearray]:
        """At least `size` bytes that the receiver can do without: the newest packets again, or padding."""
        following = forwarder.position().sequence
        made: list[bytearray] = []
        like: bytearray | None = None
        for behind in range(1, NEWEST):
            if size <= 0:
                return made
            packet = forwarder.sent((following - behind) & 0xFFFF)
            if packet is None or (self._stamp is not None and self._stamp.number(packet) is None):
                continue
            like = like or packet
            made += self.packets((packet,), now)
            size -= len(packet)
        while size > 0 and like is not None:
            one = rtx.padding(like, self._payload_type, self._sequence, self.ssrc)
            made.append(self._numbered(one, now))
            size -= len(one)
        return made

    def _numbered(self, packet: bytearray, now: float) -> bytearray:
        self._sequence = (self._sequence + 1) & 0xFFFF
        if self._stamp is not None:
            self._stamp.mark(packet, now)
        return packet
