"""Payload descriptors: built by hand from their RFCs, cut at every byte, and any bytes at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError
from galene_py.rtp.payload import FrameInfo, parser
from kit.packets import describe

VECTORS = Path(__file__).parents[2] / "data" / "rtp" / "payloads.txt"
CODECS = ["vp8", "vp9", "av1", "h264"]


def vectors() -> list[pytest.param]:  # type: ignore[valid-type]
    found = []
    for line in VECTORS.read_text().splitlines():
        if line and not line.startswith("#"):
            name, codec, data, expected = (part.strip() for part in line.split("|"))
            found.append(pytest.param(codec, bytes.fromhex(data), expected, id=f"{codec} {name}"))
    return found


@pytest.mark.parametrize(("codec", "data", "expected"), vectors())
def test_vector(codec: str, data: bytes, expected: str) -> None:
    if expected == "error":
        with pytest.raises(RtpError):
            describe(codec, data)
        return
    info = describe(codec, data)
    for word in expected.split():
        name, _, value = word.partition("=")
        assert getattr(info, name) == (int(value) if value else True), name
    flags = {"start", "keyframe", "undecided", "sync", "discardable"}
    named = {word for word in expected.split() if "=" not in word}
    assert {flag for flag in flags if getattr(info, flag)} == named & flags


@pytest.mark.parametrize(("codec", "data", "expected"), vectors())
def test_cut_at_every_byte_raises_only_rtp_error(codec: str, data: bytes, expected: str) -> None:
    for length in range(len(data) + 1):
        with contextlib.suppress(RtpError):
            describe(codec, data[:length])


@given(st.sampled_from(CODECS), st.binary(max_size=40))
def test_any_bytes_raise_only_rtp_error(codec: str, data: bytes) -> None:
    try:
        info = describe(codec, data)
    except RtpError:
        return
    assert info.start or not info.keyframe
    assert 0 <= info.temporal <= 7
    assert 0 <= info.spatial <= 7
    assert info.picture_id_at < len(data)
    assert info.tl0_index_at < len(data)


@given(st.sampled_from(CODECS), st.binary(max_size=30), st.binary(max_size=20), st.binary(max_size=20))
def test_nothing_outside_the_bounds_matters(codec: str, data: bytes, before: bytes, behind: bytes) -> None:
    """Padding behind the payload and headers before it are never read."""
    parse = parser(codec)
    assert parse is not None
    whole = before + data + behind
    results: list[FrameInfo | str] = []
    for buffer, at, end in ((data, 0, len(data)), (whole, len(before), len(before) + len(data))):
        try:
            info = parse(buffer, at, end)
            results.append(
                info._replace(
                    picture_id_at=info.picture_id_at and info.picture_id_at - at,
                    tl0_index_at=info.tl0_index_at and info.tl0_index_at - at,
                    payload_at=info.payload_at and info.payload_at - at,
                )
            )
        except RtpError as error:
            results.append(str(error))
    assert results[0] == results[1]


@given(
    start=st.booleans(),
    partition=st.integers(0, 7),
    picture=st.one_of(st.none(), st.integers(0, 0x7FFF)),
    tl0=st.one_of(st.none(), st.integers(0, 255)),
    tid=st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 1))),
    keyidx=st.one_of(st.none(), st.integers(0, 31)),
    delta=st.booleans(),
)
def test_vp8_descriptors_of_another_library_are_read(
    start: bool,
    partition: int,
    picture: int | None,
    tl0: int | None,
    tid: tuple[int, int] | None,
    keyidx: int | None,
    delta: bool,
) -> None:
    theirs = VpxPayloadDescriptor(
        partition_start=int(start),
        partition_id=partition,
        picture_id=picture,
        tl0picidx=tl0,
        tid=tid,
        keyidx=keyidx,
    )
    data = bytes(theirs) + bytes((1 if delta else 0,))
    info = describe("video/VP8", data)
    assert info.start == (start and partition == 0)
    assert info.keyframe == (info.start and not delta)
    assert (info.picture_id, info.tl0_index) == (picture, tl0)
    assert (info.temporal, info.sync) == ((0, False) if tid is None else (tid[0], bool(tid[1])))
    if picture is not None:
        stored = data[info.picture_id_at : info.picture_id_at + (info.picture_id_bits + 1) // 8]
        assert int.from_bytes(stored) & ((1 << info.picture_id_bits) - 1) == picture
    if tl0 is not None:
        assert data[info.tl0_index_at] == tl0


def test_audio_stands_alone() -> None:
    for codec in ("opus", "audio/PCMU", "g722", ""):
        assert parser(codec) is None
        assert describe(codec, b"") == FrameInfo(start=True, end=True)
