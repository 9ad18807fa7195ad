"""Transport-wide numbers in packets: each gets the next one, and nothing else of it changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import extensions
from galene_py.sfu import limits
from galene_py.sfu.numbers import Numbers, Stamp
from kit import packets

WIDE_ID = 13


def build(
    items: dict[int, bytes] | None, *, two_byte: bool = False, csrcs: tuple[int, ...] = ()
) -> bytearray:
    if items is None:
        return packets.build(96, 1, 2, 3, b"payload", csrcs=csrcs)
    form = extensions.build_two_byte if two_byte else extensions.build_one_byte
    profile = extensions.TWO_BYTE_PROFILE if two_byte else extensions.ONE_BYTE_PROFILE
    block = form(items)
    return packets.build(96, 1, 2, 3, b"payload", csrcs=csrcs, extension_profile=profile, extension=block)


layouts = st.builds(
    build,
    st.one_of(st.none(), st.dictionaries(st.sampled_from([1, 4, 9]), st.binary(min_size=1, max_size=5))),
    two_byte=st.booleans(),
    csrcs=st.sampled_from([(), (7,), (7, 8)]),
)


@given(st.lists(layouts, max_size=20))
def test_each_packet_gets_the_next_number_and_nothing_else_changes(found: list[bytearray]) -> None:
    """Whatever extensions it has, and in whatever form."""
    numbers = Numbers()
    numbers.next = 0xFFFE
    before = [bytes(one) for one in found]
    stamp = Stamp(WIDE_ID, numbers)
    stamp.packets(found, 5.0)
    assert [stamp.number(one) for one in found] == [(0xFFFE + index) & 0xFFFF for index in range(len(found))]
    for one, original in zip(found, before, strict=True):
        after, then = packets.parse(one), packets.parse(original)
        assert (after.payload, after.csrcs, after.sequence) == (then.payload, then.csrcs, then.sequence)
        kept = {number: bytes(original[at : at + size]) for number, at, size in extensions.elements(original)}
        there = {number: bytes(one[at : at + size]) for number, at, size in extensions.elements(one)}
        assert {number: data for number, data in there.items() if number != WIDE_ID} == kept
        assert len(one) - len(original) in (4, 8)


def test_it_is_known_when_and_how_long_the_last_ones_were() -> None:
    numbers = Numbers()
    stamp = Stamp(WIDE_ID, numbers)
    sent = [build({4: b"0"}) for _ in range(limits.WIDE_HISTORY + 10)]
    for index, one in enumerate(sent):
        stamp.packets([one], float(index))
    assert not numbers.known(10)
    assert numbers.known(11)
    assert not numbers.known(numbers.next)
    assert numbers.times[11] == 11.0
    assert numbers.totals[11] - numbers.totals[10] == len(sent[0])


def test_what_has_no_place_for_a_number_stays_as_it_is() -> None:
    """An extension of another kind, and one that is damaged."""
    foreign = packets.build(96, 1, 2, 3, b"p", extension_profile=0xABCD, extension=b"1234")
    before = bytes(foreign)
    stamp = Stamp(WIDE_ID, Numbers())
    stamp.packets([foreign], 1.0)
    assert foreign == before
    assert stamp.number(foreign) is None


def test_a_packet_for_one_receiver_gets_a_number_of_its_own() -> None:
    numbers = Numbers()
    stamp = Stamp(WIDE_ID, numbers)
    one = build({4: b"0"})
    stamp.packets([one], 1.0)
    again = bytearray(one)
    stamp.mark(again, 2.0)
    assert (stamp.number(one), stamp.number(again)) == (0, 1)
    assert numbers.times[1] == 2.0
