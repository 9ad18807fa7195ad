"""Transport-wide numbers in packets, and the feedback about those that came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import extensions
from galene_py.rtp.wide import WideFeedback
from galene_py.sfu import limits
from galene_py.sfu.arrivals import Arrivals
from galene_py.sfu.numbers import Numbers, Stamp
from kit import packets

WIDE_ID = 3
Items = dict[int, bytes]


def build(
    items: Items, *, two_byte: bool = False, csrcs: tuple[int, ...] = (), padding: int = 0
) -> bytearray:
    form = extensions.build_two_byte if two_byte else extensions.build_one_byte
    profile = extensions.TWO_BYTE_PROFILE if two_byte else extensions.ONE_BYTE_PROFILE
    payload = b"" if padding else b"payload"
    return packets.build(
        96, 1, 2, 3, payload, csrcs=csrcs, extension_profile=profile, extension=form(items), padding=padding
    )


def number(data: bytearray) -> int | None:
    found = extensions.find(data, WIDE_ID)
    return None if found is None else int.from_bytes(found)


layouts = st.builds(
    build,
    st.permutations([1, WIDE_ID, 4, 9]).flatmap(
        lambda order: st.fixed_dictionaries(
            {},
            optional={
                one: st.just(b"\x31\x07") if one == WIDE_ID else st.binary(min_size=1, max_size=5)
                for one in order
            },
        )
    ),
    two_byte=st.booleans(),
    csrcs=st.sampled_from([(), (7,), (7, 8)]),
)


@given(st.lists(layouts, max_size=20))
def test_each_packet_with_a_place_gets_the_next_number_and_nothing_else_changes(
    found: list[bytearray],
) -> None:
    """However the layout changes from one packet to the next."""
    numbers = Numbers()
    numbers.next = 0xFFFE
    before = [bytes(one) for one in found]
    came = Stamp(WIDE_ID, numbers).packets(found, 5.0)
    given_numbers = [value for one in found if (value := number(one)) is not None]
    assert came == [0x3107] * len(given_numbers)
    assert given_numbers == [(0xFFFE + index) & 0xFFFF for index in range(len(given_numbers))]
    for one, original in zip(found, before, strict=True):
        place = extensions.find(bytearray(original), WIDE_ID)
        if place is None:
            assert one == original
        else:
            at = original.index(b"\x31\x07")
            assert one[:at] + one[at + 2 :] == original[:at] + original[at + 2 :]


def test_it_is_known_when_and_how_long_the_last_ones_were() -> None:
    numbers = Numbers()
    stamp = Stamp(WIDE_ID, numbers)
    sent = [build({WIDE_ID: bytes(2)}) for _ in range(limits.WIDE_HISTORY + 10)]
    for index, one in enumerate(sent):
        stamp.packets([one], float(index))
    assert not numbers.known(10)
    assert numbers.known(11)
    assert not numbers.known(numbers.next)
    assert numbers.times[11] == 11.0
    assert numbers.totals[11] - numbers.totals[10] == len(sent[0])
    assert stamp.number(sent[11]) == 11


def test_padding_that_probes_us_is_not_passed_on() -> None:
    """One byte of it is, for the sequence must have no gap."""
    numbers = Numbers()
    one = build({WIDE_ID: bytes(2), 4: b"mid"}, padding=200)
    Stamp(WIDE_ID, numbers).packets([one], 1.0)
    read = packets.parse(one)
    assert (read.payload, read.padding) == (b"", 1)
    assert number(one) == 0
    assert numbers.totals[0] == len(one)


def test_short_and_damaged_packets_are_left_alone() -> None:
    damaged = build({WIDE_ID: bytes(2)})
    damaged[14:16] = b"\xff\xff"
    found = [bytearray(b""), bytearray(11), damaged, build({WIDE_ID: b"\x00"}), build({})]
    before = [bytes(one) for one in found]
    assert Stamp(WIDE_ID, Numbers()).packets(found, 1.0) == []
    assert found == before


# --- feedback ---


def told(messages: list[WideFeedback]) -> dict[int, int]:
    """Ticks by number."""
    return {
        number: ticks
        for message in messages
        for number, ticks in zip(message.sequences, message.arrivals, strict=True)
    }


def test_messages_are_due_while_something_comes() -> None:
    arrivals = Arrivals(1)
    assert arrivals.poll(2, 10.0) == []
    arrivals.heard([65534, 65535, 1], 10.0)
    assert arrivals.due == 10.0 + limits.WIDE_SECONDS
    (message,) = arrivals.poll(2, arrivals.due)
    assert (message.base, message.count, message.sequences) == (65534, 4, (65534, 65535, 1))
    assert message.arrivals == (40_000,) * 3
    assert arrivals.due == float("inf")
    arrivals.heard([3], 10.2)
    (message,) = arrivals.poll(2, arrivals.due)
    assert (message.base, message.count, message.sequences) == (2, 2, (3,))


def test_what_comes_late_is_told_and_nothing_twice() -> None:
    arrivals = Arrivals(1)
    arrivals.heard([1, 2, 5, 6], 1.0)
    arrivals.poll(2, 1.1)
    arrivals.heard([7, 3, 4], 1.2)
    late, fresh = arrivals.poll(2, 1.3)
    assert (late.base, late.sequences) == (3, (3, 4))
    assert (fresh.base, fresh.sequences) == (7, (7,))
    assert (late.number, fresh.number) == (2, 3)


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=300))
def test_whatever_numbers_come_the_messages_can_be_written(found: list[int]) -> None:
    arrivals = Arrivals(1)
    for index, one in enumerate(found):
        arrivals.heard([one], 1.0 + index / 100)
    for message in arrivals.poll(2, 1e9):
        assert 0 < message.count <= 0xFFFF
        assert set(message.sequences) <= set(found)


def test_a_flood_is_told_at_once() -> None:
    arrivals = Arrivals(1)
    arrivals.heard(range(limits.WIDE_MESSAGE_PACKETS), 1.0)
    assert arrivals.due == 1.0
    assert len(told(arrivals.poll(2, 1.0))) == limits.WIDE_MESSAGE_PACKETS
