"""Raw socket addresses are what the kernel writes."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.transport.sockets import sockaddr
from galene_py.transport.sockets.paths import UdpPath, make_pin, pinned_address

FAMILIES = st.sampled_from([socket.AF_INET, socket.AF_INET6])


@given(FAMILIES, st.ip_addresses(v=4), st.integers(0, 65535))
def test_ipv4_addresses_survive_either_kind_of_socket(
    family: int, ip: ipaddress.IPv4Address, port: int
) -> None:
    raw = sockaddr.pack(ip.packed, port, family)
    assert len(raw) == sockaddr.size_for(family)
    assert sockaddr.unpack(raw) == (ip.packed, port, 0)
    assert sockaddr.from_tuple(sockaddr.to_tuple(raw), family) == raw


@given(st.ip_addresses(v=6), st.integers(0, 65535), st.integers(0, 100))
def test_ipv6_addresses_survive(ip: ipaddress.IPv6Address, port: int, scope: int) -> None:
    raw = sockaddr.pack(ip.packed, port, socket.AF_INET6, scope)
    address, found, found_scope = sockaddr.unpack(raw)
    assert (found, found_scope) == (port, scope)
    assert address == (ip.ipv4_mapped.packed if ip.ipv4_mapped else ip.packed)
    assert sockaddr.from_tuple(sockaddr.to_tuple(raw), socket.AF_INET6) == raw


@given(FAMILIES, st.ip_addresses(v=4))
def test_a_pin_says_what_it_was_made_of(family: int, ip: ipaddress.IPv4Address) -> None:
    pin = make_pin(ip.packed, family)
    assert len(pin) % 8 == 0
    assert pinned_address(pin, family) == ip.packed
    assert pinned_address(pin[:10], family) is None
    assert pinned_address(bytes(40), family) is None


def test_a_path_knows_its_address_in_all_forms() -> None:
    path = UdpPath(sockaddr.pack(bytes((192, 0, 2, 7)), 4242, socket.AF_INET6))
    assert (path.ip, path.port) == (bytes((192, 0, 2, 7)), 4242)
    assert sockaddr.from_tuple(path.address, socket.AF_INET6) == path.raw
    assert str(path) == "udp 192.0.2.7 4242"
    assert not path.reliable


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_kernel_agrees(family: int) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family, socket.SOCK_DGRAM) as a, socket.socket(family, socket.SOCK_DGRAM) as b:
        try:
            a.bind((host, 0))
        except OSError:
            pytest.skip("no IPv6")
        raw = sockaddr.from_tuple(a.getsockname(), family)
        b.sendto(b"x", sockaddr.to_tuple(raw))
        a.settimeout(2)
        assert a.recv(10) == b"x"
