"""Addresses and origins: what proxies may say, and nothing that could break out of a policy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.web import address, headers

HOSTILE = st.text(alphabet="htps:/.;' \"*,\n\t@[]abc01%", max_size=40)


@given(st.one_of(HOSTILE, HOSTILE.map("https://".__add__)))
def test_an_origin_never_breaks_the_policy(url: str) -> None:
    origin = address.origin_of(url)
    assert not set(origin) & set(" ;,'\"\n\t*@")
    assert headers.page_policy(origin, [origin]).count(";") == headers.page_policy().count(";")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://auth.example.org/login", "https://auth.example.org"),
        ("https://user:secret@auth.example.org:444/x?y#z", "https://auth.example.org:444"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://BÜCHER.example:443/login", "https://xn--bcher-kva.example"),
        ("javascript:alert(1)", ""),
        ("/relative", ""),
        ("", ""),
        ("https://", ""),
        ("https://x:y/", ""),
        ("https://a b/", ""),
    ],
)
def test_origin_of(url: str, origin: str) -> None:
    assert address.origin_of(url) == origin


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        (("127.0.0.1", 1), True),
        (("127.9.9.9", 1), True),
        (("::1", 1, 0, 0), True),
        (("::ffff:127.0.0.1", 1, 0, 0), True),
        (("::ffff:192.0.2.1", 1, 0, 0), False),
        (("192.0.2.1", 1), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        (("nonsense", 1), False),
        ((), False),
        ("", True),
        (None, False),
    ],
)
def test_only_this_machine_is_believed(peer: object, local: bool) -> None:
    assert address.is_local_peer(peer) is local
