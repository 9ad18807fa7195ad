"""RFC 4571: frames come out as they went in, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.transport import limits
from galene_py.transport.sockets.tcp import FrameError, Unframer


@given(st.lists(st.binary(max_size=300), max_size=20), st.lists(st.integers(1, 50), min_size=1))
def test_frames_survive_any_cutting(frames: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(len(frame).to_bytes(2) + frame for frame in frames)
    unframer, found, at, turn = Unframer(), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += unframer.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert found == [frame for frame in frames if frame]


def test_a_frame_that_is_too_long_is_refused_at_once() -> None:
    longest = limits.TCP_FRAME_BYTES
    assert Unframer().feed(longest.to_bytes(2) + bytes(longest)) == [bytes(longest)]
    with pytest.raises(FrameError):
        Unframer().feed((longest + 1).to_bytes(2))
