"""STUN messages: the vectors of RFC 5769, round trips, and bytes that make no sense."""

from __future__ import annotations

import contextlib
import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.transport import limits
from galene_py.transport.ice import stun
from galene_py.transport.ice.stun import StunError

DATA = Path(__file__).parents[2] / "data" / "stun"
PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")


def vector(name: str) -> bytes:
    return bytes.fromhex((DATA / f"{name}.hex").read_text())


def test_request_of_the_rfc() -> None:
    message = stun.parse(vector("rfc5769-request"))
    assert (message.method, message.message_class) == (stun.BINDING, stun.REQUEST)
    assert message.transaction == TRANSACTION
    assert message.get(stun.USERNAME) == b"evtj:h6vY"
    assert message.get(0x8022) == b"STUN test client"
    assert message.unsigned(stun.PRIORITY, 4) == 0x6E0001FF
    assert message.unsigned(stun.ICE_CONTROLLED, 8) == 0x932FF9B151263B36
    assert message.is_authentic(PASSWORD)
    assert not message.is_authentic(b"another")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("rfc5769-response-ipv4", "192.0.2.1"),
        ("rfc5769-response-ipv6", "2001:db8:1234:5678:11:2233:4455:6677"),
    ],
)
def test_responses_of_the_rfc(name: str, address: str) -> None:
    message = stun.parse(vector(name))
    assert (message.method, message.message_class) == (stun.BINDING, stun.SUCCESS)
    assert message.is_authentic(PASSWORD)
    value = message.get(stun.XOR_MAPPED_ADDRESS)
    assert value is not None
    packed = ipaddress.ip_address(address).packed
    assert stun.pack_xor_address(packed, 32853, message.transaction) == value


@given(
    method=st.integers(0, 0xFFF),
    message_class=st.integers(0, 3),
    transaction=st.binary(min_size=12, max_size=12),
    attributes=st.lists(
        st.tuples(
            st.integers(0, 0xFFFF).filter(lambda k: k not in (stun.MESSAGE_INTEGRITY, stun.FINGERPRINT)),
            st.binary(max_size=40),
        ),
        max_size=limits.STUN_ATTRIBUTES - 2,
    ),
    key=st.none() | st.binary(min_size=1, max_size=30),
    fingerprint=st.booleans(),
)
def test_what_is_built_is_parsed(
    method: int,
    message_class: int,
    transaction: bytes,
    attributes: list[tuple[int, bytes]],
    key: bytes | None,
    fingerprint: bool,
) -> None:
    data = stun.build(method, message_class, transaction, attributes, key=key, fingerprint=fingerprint)
    message = stun.parse(data)
    assert (message.method, message.message_class) == (method, message_class)
    assert message.transaction == transaction
    assert list(message.attributes) == attributes
    assert message.is_authentic(key or b"") == (key is not None)


@given(st.binary(max_size=200))
def test_random_bytes_raise_one_error_or_parse(data: bytes) -> None:
    with contextlib.suppress(StunError):
        stun.parse(data)


@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    """Either the fingerprint or the integrity fails, wherever the bit is before the fingerprint itself."""
    raw = bytearray(vector("rfc5769-request"))
    at = data.draw(st.integers(0, (len(raw) - 8) * 8 - 1))
    raw[at // 8] ^= 1 << at % 8
    try:
        message = stun.parse(bytes(raw))
    except StunError:
        return
    assert not message.is_authentic(PASSWORD)


def test_every_truncation_is_refused() -> None:
    raw = vector("rfc5769-request")
    for size in range(len(raw)):
        with pytest.raises(StunError):
            stun.parse(raw[:size])


def test_attributes_behind_the_integrity_do_not_count() -> None:
    inner = stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, [], key=b"k", fingerprint=False)
    late = stun.ATTRIBUTE.pack(stun.USE_CANDIDATE, 0)
    raw = inner[:2] + (len(inner) - 20 + len(late)).to_bytes(2) + inner[4:] + late
    message = stun.parse(raw)
    assert message.is_authentic(b"k")
    assert message.get(stun.USE_CANDIDATE) is None


def test_more_attributes_than_the_bound_are_refused() -> None:
    attributes = [(0x8000, b"")] * (limits.STUN_ATTRIBUTES + 1)
    with pytest.raises(StunError):
        stun.parse(stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, attributes, fingerprint=False))


def test_a_number_of_another_size_is_refused() -> None:
    message = stun.parse(stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, [(stun.PRIORITY, b"123")]))
    with pytest.raises(StunError):
        message.unsigned(stun.PRIORITY, 4)
    assert message.unsigned(stun.ICE_CONTROLLING, 8) is None


def test_impossible_values_are_not_built() -> None:
    with pytest.raises(StunError):
        stun.build(stun.BINDING, stun.REQUEST, b"short")
    with pytest.raises(StunError):
        stun.pack_xor_address(b"12345", 1, TRANSACTION)
    with pytest.raises(StunError):
        stun.build(stun.BINDING, stun.REQUEST, TRANSACTION, [(1 << 16, b"")])
