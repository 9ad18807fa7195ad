"""Transport-wide feedback: bytes by hand, every shape written and read again, work bounded by the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError, rtcp, wide
from galene_py.rtp.wide import WideFeedback

HEAD = "00000001 00000002"


def read(text: str) -> WideFeedback:
    return wide.parse(bytes.fromhex(text))


def test_plain_receipts() -> None:
    """Three packets in a row, 64 ms after the clock's zero, 1 ms apart."""
    message = read(f"{HEAD} 0064 0003 000001 07 2003 00 04 04 00")
    assert message == WideFeedback(1, 2, 100, 3, 7, (100, 101, 102), (256, 260, 264))


def test_runs_and_both_kinds_of_vectors() -> None:
    # A run of four that are missing; one-bit statuses 1,0,1 (and eleven more zeros); the count ends there.
    message = read(f"{HEAD} fffe 0007 000000 00 0004 a800 08 10")
    assert message.sequences == (2, 4)
    assert message.arrivals == (8, 24)
    # Two-bit statuses: near, far, missing, near.
    message = read(f"{HEAD} 0000 0004 ffffff ff d840 01 fff0 20 0000")
    assert message.sequences == (0, 1, 3)
    assert message.arrivals == (-255, -271, -239)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEAD} 0064 0003 000001", "too short"),
        (f"{HEAD} 0064 0000 000001 07 2003 00 04 04 00", "about nothing"),
        (f"{HEAD} 0064 0009 000001 07 2003 0001 2003", "too few statuses"),
        (f"{HEAD} 0064 0003 000001 07 2003 0000", "too few deltas"),
        (f"{HEAD} 0064 0003 000001 07 4003 0000 0000", "too few deltas"),
        (f"{HEAD} 0064 0003 000001 07 6003 0000 0000", "reserved status"),
        (f"{HEAD} 0064 0003 000001 07 f000 0000 0000", "reserved status"),
    ],
)
def test_damaged_messages_are_refused(text: str, reason: str) -> None:
    with pytest.raises(RtpError, match="transport-wide feedback"):
        read(text)


@st.composite
def messages(draw: st.DrawFn) -> WideFeedback:
    base, count = draw(st.integers(0, 0xFFFF)), draw(st.integers(1, 400))
    arrived = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    at = draw(st.integers(-(1 << 30), 1 << 30))
    arrivals = []
    for there in arrived:
        if there:
            at += draw(st.one_of(st.integers(0, 255), st.integers(-30_000, 30_000)))
            arrivals.append(at)
    sequences = tuple((base + index) & 0xFFFF for index, there in enumerate(arrived) if there)
    return WideFeedback(7, 8, base, count, draw(st.integers(0, 255)), sequences, tuple(arrivals))


@given(messages())
def test_what_is_written_is_read(message: WideFeedback) -> None:
    assert rtcp.parse_compound(rtcp.serialize([message])) == [message]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tail: bytes) -> None:
    try:
        message = wide.parse(bytes(8) + tail)
    except RtpError:
        return
    assert len(message.sequences) == len(message.arrivals) <= len(tail)


def test_a_message_about_65535_packets_costs_no_more_than_its_bytes() -> None:
    runs = "1fff" * 8 + "0007"
    message = read(f"{HEAD} 0000 ffff 000000 00 {runs} 0000")
    assert (message.count, message.sequences) == (65535, ())
    with pytest.raises(RtpError, match="deltas"):  # all arrived, it says, and brings no times
        read(f"{HEAD} 0000 ffff 000000 00 {'3fff' * 8} 2007 0000")


def test_what_cannot_be_written_is_an_error() -> None:
    for sequences, arrivals in (((1,), (1, 2)), ((1, 2), (0, 40_000)), ((9,), (0,))):
        with pytest.raises(RtpError):
            wide.serialize(WideFeedback(1, 2, 1, 2, 0, sequences, arrivals))


def test_padding_of_any_length_is_passed_over_as_browsers_write_it() -> None:
    """One to three bytes, the last of which says how many: no whole words, as RFC 3550 §6.4.1 has it."""
    body = bytes.fromhex(f"{HEAD} 0064 0003 000001 07 2003 00 04 04 00 00 03")
    data = bytes((0xAF, 205)) + (len(body) // 4).to_bytes(2) + body
    (message,) = rtcp.parse_compound(data)
    assert isinstance(message, WideFeedback)
    assert message.sequences == (100, 101, 102)
    assert wide.is_alone(data)
    assert not wide.is_alone(data + data)
