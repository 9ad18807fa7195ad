"""Header extensions of both forms, whole and damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import RtpError, extensions
from kit import packets

one_byte = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=5)
two_byte = st.dictionaries(st.integers(1, 255), st.binary(max_size=30), max_size=5)


def with_block(profile: int, block: bytes) -> bytearray:
    block += bytes(-len(block) % 4)
    return packets.build(96, 1, 2, 3, b"payload", csrcs=(5,), extension_profile=profile, extension=block)


@given(one_byte)
def test_one_byte_elements_are_found(items: dict[int, bytes]) -> None:
    made = with_block(extensions.ONE_BYTE_PROFILE, extensions.build_one_byte(items))
    for identifier in range(1, 256):
        found = extensions.find(made, identifier)
        assert (None if found is None else bytes(found)) == items.get(identifier)


@given(two_byte, st.integers(0, 15))
def test_two_byte_elements_are_found(items: dict[int, bytes], application: int) -> None:
    made = with_block(extensions.TWO_BYTE_PROFILE | application, extensions.build_two_byte(items))
    for identifier in range(1, 256):
        found = extensions.find(made, identifier)
        assert (None if found is None else bytes(found)) == items.get(identifier)


def test_padding_between_elements_is_skipped() -> None:
    made = with_block(extensions.ONE_BYTE_PROFILE, bytes.fromhex("00 10aa 00 00 2001"))
    assert [(i, n) for i, _, n in extensions.elements(made)] == [(1, 1), (2, 1)]


def test_identifier_fifteen_ends_the_walk() -> None:
    made = with_block(extensions.ONE_BYTE_PROFILE, bytes.fromhex("10aa f0bb 20cc 0000"))
    assert [i for i, _, _ in extensions.elements(made)] == [1]


def test_element_longer_than_its_block_is_not_there() -> None:
    made = with_block(extensions.ONE_BYTE_PROFILE, bytes.fromhex("10aa 2fbb"))
    assert [i for i, _, _ in extensions.elements(made)] == [1]
    made = with_block(extensions.TWO_BYTE_PROFILE, bytes.fromhex("01ff 0000"))
    assert list(extensions.elements(made)) == []


def test_unknown_profile_has_no_elements() -> None:
    assert list(extensions.elements(with_block(0x1234, bytes.fromhex("10aa0000")))) == []


def test_block_longer_than_the_packet_is_refused() -> None:
    made = packets.build(96, 1, 2, 3, extension_profile=0xBEDE, extension=bytes(4))
    made[15] = 200
    with pytest.raises(RtpError):
        list(extensions.elements(made))
    assert extensions.find(made, 1) is None


@given(st.none() | one_byte, st.integers(1, 14), st.binary(min_size=1, max_size=16))
def test_adding_keeps_what_is_there(items: dict[int, bytes] | None, identifier: int, data: bytes) -> None:
    """Whatever stands in the one-byte block, or without a block."""
    made = packets.build(96, 1, 2, 3, b"payload", csrcs=(5,), marker=True, padding=2)
    if items is not None:
        block = extensions.build_one_byte(items)
        made = packets.build(
            96,
            1,
            2,
            3,
            b"payload",
            csrcs=(5,),
            marker=True,
            padding=2,
            extension_profile=0xBEDE,
            extension=block,
        )
    longer = extensions.added(made, identifier, data)
    before, after = packets.parse(made), packets.parse(longer)
    found = {i: bytes(longer[at : at + n]) for i, at, n in extensions.elements(longer)}
    assert found == {identifier: data} | (items or {})
    assert (after.csrcs, after.payload, after.padding) == (before.csrcs, before.payload, before.padding)
    assert (after.marker, after.sequence, after.timestamp) == (before.marker, 1, 2)


@given(two_byte)
def test_adding_uses_the_form_that_is_there(items: dict[int, bytes]) -> None:
    made = with_block(extensions.TWO_BYTE_PROFILE, extensions.build_two_byte(items))
    longer = extensions.added(made, 4, b"mid")
    found = {i: bytes(longer[at : at + n]) for i, at, n in extensions.elements(longer)}
    assert found == {4: b"mid"} | items
    other = with_block(0x1234, bytes(4))
    assert extensions.added(other, 4, b"mid") == other


@given(st.binary(min_size=12, max_size=80), st.integers(0, 255))
def test_any_bytes_are_survived(data: bytes, identifier: int) -> None:
    extensions.find(data, identifier)
    assert extensions.added(data, 4, b"mid").endswith(data[12 + 4 * (data[0] & 15) + 4 :])


def test_what_does_not_fit_is_refused() -> None:
    for items in ({15: b"a"}, {1: b""}, {1: bytes(17)}):
        with pytest.raises(RtpError):
            extensions.build_one_byte(items)
    for items in ({0: b"a"}, {1: bytes(256)}):
        with pytest.raises(RtpError):
            extensions.build_two_byte(items)
