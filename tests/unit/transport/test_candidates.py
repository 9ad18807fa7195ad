"""Which addresses are advertised, and how."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from aiortc.sdp import candidate_from_sdp

from galene_py.transport import limits
from galene_py.transport.ice.candidates import interface_addresses, make_candidates, parse_public, usable


def test_loopback_only_when_there_is_nothing_else() -> None:
    loopback = [ip_address("127.0.0.1"), ip_address("::1")]
    assert usable([*loopback, ip_address("192.0.2.1")]) == [ip_address("192.0.2.1")]
    assert usable(loopback) == loopback


def test_addresses_nobody_can_use_are_left_out() -> None:
    useless = ["0.0.0.0", "::", "169.254.1.1", "fe80::1", "224.0.0.1", "ff02::1"]
    good = ["2001:db8::1", "192.0.2.1", "10.0.0.1"]
    assert usable(map(ip_address, useless + good + good)) == [ip_address(text) for text in good]


def test_the_number_of_addresses_is_bounded() -> None:
    many = [ip_address(f"10.0.{n // 256}.{n % 256}") for n in range(1, 600)]
    assert len(usable(many)) == limits.CANDIDATE_ADDRESSES


def test_this_machine_has_an_address() -> None:
    assert usable(interface_addresses())


def test_candidates_are_understood_by_others() -> None:
    addresses = [ip_address("192.0.2.1"), ip_address("2001:db8::1")]
    made = make_candidates(addresses, 8443, 8443)
    assert [c.transport for c in made] == ["udp", "udp", "tcp", "tcp"]
    for ours in made:
        theirs = candidate_from_sdp(ours.sdp())
        assert (theirs.ip, theirs.port, theirs.protocol) == (ours.address, 8443, ours.transport)
        assert (theirs.type, theirs.component, theirs.priority) == ("host", 1, ours.priority)
        assert theirs.tcpType == (None if ours.transport == "udp" else "passive")


def test_priorities_are_distinct_and_prefer_udp_and_the_first_address() -> None:
    made = make_candidates([ip_address(f"192.0.2.{n}") for n in range(1, 5)], 1, 2)
    priorities = [c.priority for c in made]
    assert priorities == sorted(set(priorities), reverse=True)
    assert all(0 < p < 2**31 for p in priorities)
    assert len({c.foundation for c in made}) == len(made)


def test_without_ipv6_or_without_tcp() -> None:
    addresses = [ip_address("192.0.2.1"), ip_address("2001:db8::1")]
    made = make_candidates(addresses, 8443, None, ipv6=False)
    assert [(c.address, c.transport) for c in made] == [("192.0.2.1", "udp")]


def test_public_addresses_are_addresses() -> None:
    assert parse_public([" 192.0.2.1", "[2001:db8::1]"]) == [
        ip_address("192.0.2.1"),
        ip_address("2001:db8::1"),
    ]
    with pytest.raises(ValueError, match="example"):
        parse_public(["example.org"])


def test_tcp_is_advertised_only_where_somebody_listens() -> None:
    made = make_candidates([ip_address("192.0.2.1")], 1, 2, tcp_addresses=[ip_address("127.0.0.1")])
    assert [(c.transport, c.address) for c in made] == [("udp", "192.0.2.1"), ("tcp", "127.0.0.1")]
