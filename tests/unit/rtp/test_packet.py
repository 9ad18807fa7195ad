"""RTP headers: what is read, what is patched, what is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError, packet
from kit import packets

words = st.integers(0, 0xFFFFFFFF)
ANY = st.builds(
    packets.build,
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
    words,
    words,
    st.binary(max_size=50),
    marker=st.booleans(),
    csrcs=st.lists(words, max_size=15).map(tuple),
    extension_profile=st.one_of(st.none(), st.integers(0, 0xFFFF)),
    extension=st.integers(0, 5).map(lambda count: bytes(4 * count)),
    padding=st.integers(0, 255),
)


@given(ANY)
def test_cheap_reads_agree_with_the_full_check(made: bytearray) -> None:
    parsed = packets.parse(made)
    assert packet.sequence_number(made) == parsed.sequence
    assert packet.timestamp(made) == parsed.timestamp
    assert packet.ssrc(made) == parsed.ssrc
    assert packet.payload_type(made) == parsed.payload_type
    assert packet.marker(made) == parsed.marker
    start, end = packet.payload_bounds(made)
    assert bytes(made[start:end]) == parsed.payload
    assert len(made) - end == parsed.padding


@given(ANY, st.integers(0, 0xFFFF), words, words, st.integers(0, 127))
def test_patches_change_only_their_field(
    made: bytearray, sequence: int, stamp: int, ssrc: int, payload_type: int
) -> None:
    before = packets.parse(made)
    packet.set_sequence_number(made, sequence)
    packet.set_timestamp(made, stamp)
    other = packet.with_ssrc(made, ssrc.to_bytes(4))
    after = packets.parse(packet.with_payload_type(other, payload_type))
    assert (after.sequence, after.timestamp, after.ssrc) == (sequence, stamp, ssrc)
    assert (after.payload_type, after.marker) == (payload_type, before.marker)
    assert (after.csrcs, after.extension, after.payload) == (before.csrcs, before.extension, before.payload)
    assert (after.extension_profile, after.padding) == (before.extension_profile, before.padding)


def test_fields_stand_where_the_rfc_says() -> None:
    parsed = packets.parse(
        bytes.fromhex("b261abcd0102030411223344 aaaaaaaa bbbbbbbb bede0001 10ff0000 6869 0002")
    )
    assert parsed == packets.RtpPacket(
        marker=False,
        payload_type=97,
        sequence=0xABCD,
        timestamp=0x01020304,
        ssrc=0x11223344,
        csrcs=(0xAAAAAAAA, 0xBBBBBBBB),
        extension_profile=0xBEDE,
        extension=bytes.fromhex("10ff0000"),
        payload=b"hi",
        padding=2,
    )


def test_fifteen_contributors_are_fine() -> None:
    made = packets.build(96, 1, 2, 3, b"payload", csrcs=tuple(range(15)))
    assert packets.parse(made).csrcs == tuple(range(15))
    assert packet.payload_bounds(made) == (72, 79)


@pytest.mark.parametrize("length", [0, 4, 8, 200])
def test_impossible_padding_is_refused(length: int) -> None:
    made = packets.build(96, 1, 2, 3, b"abc")
    made[0] |= 0x20
    made[-1] = length
    with pytest.raises(RtpError):
        packet.payload_bounds(made)


def test_padding_without_payload_bytes_is_refused() -> None:
    made = packets.build(96, 1, 2, 3)
    made[0] |= 0x20
    with pytest.raises(RtpError):
        packets.parse(made)


def test_padding_may_fill_the_payload() -> None:
    made = packets.build(96, 1, 2, 3, padding=255)
    assert packets.parse(made).payload == b""


@given(ANY, st.integers(0, 400))
def test_cut_anywhere_raises_only_rtp_error(made: bytearray, length: int) -> None:
    with contextlib.suppress(RtpError):
        packets.parse(made[:length])


@given(st.binary(max_size=100))
def test_any_bytes_raise_only_rtp_error(data: bytes) -> None:
    with contextlib.suppress(RtpError):
        packets.parse(data)


def test_filler_takes_the_place_and_carries_nothing() -> None:
    made = packets.build(
        96, 7, 8, 9, b"media", marker=True, csrcs=(1,), extension_profile=0xBEDE, extension=bytes(4)
    )
    parsed = packets.parse(packet.empty_like(made))
    assert (parsed.sequence, parsed.timestamp, parsed.ssrc) == (7, 8, 9)
    assert (parsed.payload, parsed.padding, parsed.marker) == (b"", 1, False)
