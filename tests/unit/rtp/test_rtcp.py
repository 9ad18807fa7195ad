"""RTCP: what is written is read back, by us and by aiortc; lies are refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from aiortc import rtp as other
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError, limits, rtcp

VECTORS = Path(__file__).parents[2] / "data" / "rtp"

words = st.integers(0, 0xFFFFFFFF)
blocks = st.builds(
    rtcp.ReportBlock,
    words,
    st.integers(0, 255),
    st.integers(-0x800000, 0x7FFFFF),
    words,
    words,
    words,
    words,
)
reports = st.lists(blocks, max_size=31).map(tuple)
items = st.one_of(
    st.builds(rtcp.Sr, words, st.integers(0, (1 << 64) - 1), words, words, words, reports),
    st.builds(rtcp.Rr, words, reports),
    st.builds(
        rtcp.Sdes,
        st.lists(
            st.tuples(
                words,
                st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=40)), max_size=4).map(tuple),
            ),
            max_size=31,
        ).map(tuple),
    ),
    st.builds(rtcp.Bye, st.lists(words, max_size=31).map(tuple), st.binary(max_size=40)),
    st.builds(
        rtcp.Nack,
        words,
        words,
        st.sets(st.integers(0, 0xFFFF), min_size=1, max_size=60).map(sorted).map(tuple),
    ),
    st.builds(rtcp.Pli, words, words),
    st.builds(
        rtcp.Fir,
        words,
        words,
        st.lists(st.tuples(words, st.integers(0, 255)), min_size=1, max_size=5).map(tuple),
    ),
    st.builds(
        rtcp.Remb,
        words,
        st.tuples(st.integers(0, (1 << 18) - 1), st.integers(0, 63)).map(lambda pair: pair[0] << pair[1]),
        st.lists(words, max_size=40).map(tuple),
    ),
    st.builds(
        rtcp.Unknown, st.integers(204, 204), st.integers(0, 31), st.binary(max_size=5).map(lambda b: b * 4)
    ),
)


@given(st.lists(items, min_size=1, max_size=6))
def test_written_compounds_are_read_back(written: list[rtcp.Item]) -> None:
    assert rtcp.parse_compound(rtcp.serialize(written)) == written


@given(items)
def test_cut_or_lying_lengths_raise_only_rtp_error(item: rtcp.Item) -> None:
    whole = rtcp.serialize([item])
    for length in range(0, len(whole), 3):
        with pytest.raises(RtpError):
            rtcp.parse_compound(whole[:length] if length % 4 else whole[: max(0, length - 1)])
    for words_claimed in range(len(whole) // 4):
        lying = bytearray(whole)
        lying[2:4] = words_claimed.to_bytes(2)
        with contextlib.suppress(RtpError):
            rtcp.parse_compound(lying)


@given(
    st.integers(0, 31),
    st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207, 192]),
    st.binary(max_size=20).map(lambda data: data * 4),
    st.booleans(),
)
def test_any_body_raises_only_rtp_error(count: int, kind: int, body: bytes, padded: bool) -> None:
    head = bytes((0x80 | (0x20 if padded else 0) | count, kind)) + (len(body) // 4).to_bytes(2)
    with contextlib.suppress(RtpError):
        rtcp.parse_compound(head + body)


@given(st.binary(max_size=60))
def test_any_bytes_raise_only_rtp_error(data: bytes) -> None:
    with contextlib.suppress(RtpError):
        rtcp.parse_compound(data)


@given(
    st.one_of(
        st.builds(rtcp.Sr, words, words, words, words, words, reports), st.builds(rtcp.Rr, words, reports)
    )
)
def test_another_library_reads_our_reports(item: rtcp.Sr | rtcp.Rr) -> None:
    (read,) = other.RtcpPacket.parse(rtcp.serialize([item]))
    assert read.ssrc == item.ssrc
    for theirs, ours in zip(read.reports, item.reports, strict=True):
        assert theirs.ssrc == ours.ssrc
        assert theirs.fraction_lost == ours.fraction_lost
        assert theirs.packets_lost == ours.lost
        assert theirs.highest_sequence == ours.highest
        assert (theirs.lsr, theirs.dlsr) == (ours.last_sr, ours.delay_since_sr)
    assert bytes(read) == rtcp.serialize([item])


@given(st.sets(st.integers(0, 0xFFFF), min_size=1, max_size=50))
def test_another_library_reads_our_requests(lost: set[int]) -> None:
    ours = rtcp.serialize(
        [rtcp.Nack(1, 2, tuple(sorted(lost))), rtcp.Pli(1, 2), rtcp.Remb(1, 300_000, (2, 3))]
    )
    nack, pli, remb = other.RtcpPacket.parse(ours)
    assert set(nack.lost) == lost
    assert (pli.ssrc, pli.media_ssrc) == (1, 2)
    assert other.unpack_remb_fci(remb.fci) == (300_000, [2, 3])


def test_cname_is_read_by_another_library() -> None:
    (read,) = other.RtcpPacket.parse(rtcp.serialize([rtcp.Sdes.cname(7, "who")]))
    assert (read.chunks[0].ssrc, read.chunks[0].items) == (7, [(1, b"who")])


def test_long_cname_is_cut() -> None:
    ((_, ((_, value),)),) = rtcp.Sdes.cname(1, "ü" * 200).chunks
    assert len(value) == limits.RTCP_CNAME_BYTES


def test_requests_for_thousands_are_cut() -> None:
    huge = rtcp.serialize([rtcp.Nack(1, 2, tuple(range(0, 30_000, 2)))])
    (read,) = rtcp.parse_compound(huge)
    assert isinstance(read, rtcp.Nack)
    assert len(read.lost) == limits.RTCP_NACK_SEQUENCES


def test_request_across_the_wrap() -> None:
    (read,) = rtcp.parse_compound(rtcp.serialize([rtcp.Nack(1, 2, (65534, 65535, 0, 1))]))
    assert isinstance(read, rtcp.Nack)
    assert read.lost == (65534, 65535, 0, 1)
    assert len(rtcp.serialize([read])) == 16


@pytest.mark.parametrize("bitrate", [0, 1, (1 << 18) - 1, ((1 << 18) - 1) << 63])
def test_extreme_remb(bitrate: int) -> None:
    (read,) = rtcp.parse_compound(rtcp.serialize([rtcp.Remb(1, bitrate, ())]))
    assert read == rtcp.Remb(1, bitrate, ())


@given(st.integers(0, 1 << 80))
def test_remb_is_rounded_down_a_little(bitrate: int) -> None:
    try:
        (read,) = rtcp.parse_compound(rtcp.serialize([rtcp.Remb(1, bitrate, (2,))]))
    except RtpError:
        assert bitrate.bit_length() > 81
        return
    assert isinstance(read, rtcp.Remb)
    assert bitrate * (1 - 2**-17) - 1 <= read.bitrate <= bitrate


def test_what_does_not_fit_is_refused() -> None:
    block = rtcp.ReportBlock(1, 0, 0, 0, 0, 0, 0)
    for item in (
        rtcp.Rr(1, (block,) * 32),
        rtcp.Remb(1, -1, ()),
        rtcp.Remb(1, 1 << 82, ()),
        rtcp.Remb(1, 1, (2,) * 256),
        rtcp.Nack(1, 2, ()),
        rtcp.Sdes(((1, ((1, bytes(256)),)),)),
        rtcp.Unknown(204, 0, b"abc"),
    ):
        with pytest.raises(RtpError):
            rtcp.serialize([item])


def test_loss_beyond_24_bits_is_clamped() -> None:
    (read,) = rtcp.parse_compound(
        rtcp.serialize([rtcp.Rr(1, (rtcp.ReportBlock(2, 0, 1 << 30, 0, 0, 0, 0),))])
    )
    assert isinstance(read, rtcp.Rr)
    assert read.reports[0].lost == 0x7FFFFF


def test_many_packets_of_a_compound_are_cut() -> None:
    assert len(rtcp.parse_compound(rtcp.serialize([rtcp.Pli(1, 2)] * 500))) == limits.RTCP_PACKETS


def vectors(kind: str) -> list[pytest.param]:  # type: ignore[valid-type]
    lines = (VECTORS / f"rtcp-{kind}.txt").read_text().splitlines()
    pairs = [line.split(":", 1) for line in lines if line and not line.startswith("#")]
    return [pytest.param(bytes.fromhex(data), id=name.strip()) for name, data in pairs]


@pytest.mark.parametrize("data", vectors("valid"))
def test_valid_vectors_are_read(data: bytes) -> None:
    assert rtcp.parse_compound(data)


@pytest.mark.parametrize("data", vectors("invalid"))
def test_invalid_vectors_are_refused(data: bytes) -> None:
    with pytest.raises(RtpError):
        rtcp.parse_compound(data)


def test_a_lone_sender_report_is_what_serialising_one_gives() -> None:
    report = rtcp.Sr(7, 0x0123_4567_89AB_CDEF, 0xFFFF_FFFF, 3, 4000)
    assert rtcp.sender_report(7, 0x0123_4567_89AB_CDEF, 0x1_FFFF_FFFF, 3, 4000) == rtcp.serialize([report])
