"""RFC 7983: what each first byte means."""

from __future__ import annotations

import pytest

from galene_py.transport.sockets.demux import PacketKind, classify


def test_every_first_byte() -> None:
    for first in range(256):
        data = bytes((first, 96)) + bytes(30)
        if first <= 3:
            expected = PacketKind.STUN
        elif 20 <= first <= 63:
            expected = PacketKind.DTLS
        elif 128 <= first <= 191:
            expected = PacketKind.RTP
        else:
            expected = PacketKind.OTHER
        assert classify(data) is expected


def test_every_second_byte_of_rtp() -> None:
    for second in range(256):
        expected = PacketKind.RTCP if 192 <= second <= 223 else PacketKind.RTP
        assert classify(bytes((0x80, second)) + bytes(20)) is expected


@pytest.mark.parametrize(("first", "least"), [(0, 20), (22, 13), (0x80, 12)])
def test_too_short_is_nothing(first: int, least: int) -> None:
    for size in range(30):
        data = (bytes((first, 0)) + bytes(size))[:size]
        assert (classify(data) is PacketKind.OTHER) == (size < least)


def test_short_report() -> None:
    assert classify(b"\x80\xc9" + bytes(6)) is PacketKind.RTCP
    assert classify(b"\x80\xc9" + bytes(5)) is PacketKind.OTHER
