"""Retransmission packets: what is sent again is what comes out, and padding is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError, extensions, rtx
from kit import packets


@given(st.binary(max_size=60), st.booleans(), st.sampled_from([(), (7, 8)]), st.integers(0, 9))
def test_the_original_comes_back(payload: bytes, marker: bool, csrcs: tuple[int, ...], padding: int) -> None:
    block = extensions.build_one_byte({4: b"mid"})
    one = packets.build(
        96, 65535, 90, 5, payload, marker=marker, csrcs=csrcs, padding=padding,
        extension_profile=extensions.ONE_BYTE_PROFILE, extension=block,
    )  # fmt: skip
    again = rtx.again(one, 97, 7, 6)
    read = packets.parse(again)
    assert (read.payload_type, read.sequence, read.ssrc, read.timestamp) == (97, 7, 6, 90)
    assert (read.marker, read.csrcs, read.extension) == (marker, csrcs, block)
    assert read.payload == b"\xff\xff" + payload
    assert rtx.original(again, 96, 5) == one


def test_padding_is_no_packet_and_of_a_known_size() -> None:
    one = packets.build(96, 1, 2, 3, b"payload", marker=True)
    filler = rtx.padding(one, 97, 8, 6)
    read = packets.parse(filler)
    assert (read.payload, read.padding, read.marker, read.sequence) == (b"", rtx.PADDING_MOST, False, 8)
    assert rtx.original(filler, 96, 3) is None


def test_a_damaged_header_is_an_error() -> None:
    cut = packets.build(96, 1, 2, 3, b"", extension_profile=0xBEDE, extension=bytes(4))[:14]
    for make in (rtx.again, rtx.padding):
        with pytest.raises(RtpError):
            make(cut, 97, 1, 2)
