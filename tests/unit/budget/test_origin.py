"""Whom an address belongs to."""

import pytest

from galene_py.budget.origin import origin, stands_for_many


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_network_counts_as_one(address: str, expected: str) -> None:
    assert origin(address) == expected


@pytest.mark.parametrize(
    ("address", "many"),
    [
        ("", True),
        ("unix", True),
        ("127.0.0.3", True),
        ("::1", True),
        ("192.0.2.7", False),
        ("2001:db8::1", False),
    ],
)
def test_a_proxy_that_names_nobody_stands_for_everybody(address: str, many: bool) -> None:
    assert stands_for_many(origin(address)) == many
