"""What proxies write about the client: every form that they use, and nobody is taken for another."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from galene_py.web import address, forwarded


class Connection:
    """A connection from a peer; all that is asked of one."""

    def __init__(self, peer: object) -> None:
        self.peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.peer if name == "peername" else default


def asked(*headers: tuple[str, str], peer: object = ("127.0.0.1", 40000)) -> tuple[str, str]:
    """Client and scheme of a request with these headers."""
    lines = CIMultiDict(headers)
    request = make_mocked_request("GET", "/", headers=lines, transport=Connection(peer))  # type: ignore[arg-type]
    return address.client_address(request), address.scheme(request)


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:5678", "203.0.113.9"),  # Azure's gateways, IIS
        ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0::0001", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),  # a proxy whose socket speaks both
        ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),  # only the last one is our proxy's own word
        ("10.9.9.9,203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 127.0.0.1", "203.0.113.9"),  # two proxies on this machine
        ("10.9.9.9, 203.0.113.9, ::1, 127.0.0.1:9", "203.0.113.9"),
        ("203.0.113.9,", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1"),
        ("203.0.113.9, unknown", "127.0.0.1"),
        ("203.0.113.9, unknown, 127.0.0.2", "127.0.0.2"),
        ("unknown", "127.0.0.1"),
        ("_hidden", "127.0.0.1"),
        ("meet.example.org", "127.0.0.1"),
        ("203.0.113.999", "127.0.0.1"),
        ("", "127.0.0.1"),
        (",", "127.0.0.1"),
    ],
)
def test_every_form_of_the_client_is_read(said: str, client: str) -> None:
    assert asked(("X-Forwarded-For", said))[0] == client


def test_a_list_may_be_spread_over_lines() -> None:
    assert asked(("X-Forwarded-For", "10.9.9.9"), ("X-Forwarded-For", "203.0.113.9"))[0] == "203.0.113.9"


@pytest.mark.parametrize(
    ("said", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("http", "http"),
        ("https, http", "https"),  # the browser's is the first of a chain
        ("https,http,http", "https"),
        ("http, https", "http"),
        (" , https", "https"),
        ("wss", "http"),
        ("", "http"),
        ("https://", "http"),
    ],
)
def test_every_form_of_the_scheme_is_read(said: str, scheme: str) -> None:
    assert asked(("X-Forwarded-Proto", said))[1] == scheme


@pytest.mark.parametrize(
    ("said", "client", "scheme"),
    [
        ("for=203.0.113.9", "203.0.113.9", "http"),
        ("For=203.0.113.9;Proto=https;by=10.0.0.1", "203.0.113.9", "https"),
        ('for="203.0.113.9:5678"', "203.0.113.9", "http"),
        ('for="[2001:db8::1]:4711";proto=https', "2001:db8::1", "https"),
        ('for="[2001:db8::1]"', "2001:db8::1", "http"),
        ("for=10.9.9.9;proto=https, for=203.0.113.9;proto=http", "203.0.113.9", "https"),
        ("for=203.0.113.9;proto=https,for=127.0.0.1", "203.0.113.9", "https"),
        ("for=unknown;proto=https", "127.0.0.1", "https"),
        ("for=_gazonk", "127.0.0.1", "http"),
        ("proto=https", "127.0.0.1", "https"),
        ("for=", "127.0.0.1", "http"),
        ("nonsense", "127.0.0.1", "http"),
        (';;,"', "127.0.0.1", "http"),
    ],
)
def test_the_standard_header_is_read(said: str, client: str, scheme: str) -> None:
    assert asked(("Forwarded", said)) == (client, scheme)


def test_a_made_up_standard_header_counts_for_nothing_where_the_proxy_writes_the_other() -> None:
    lines = [("Forwarded", "for=198.51.100.1;proto=https"), ("X-Forwarded-For", "203.0.113.9")]
    assert asked(*lines, ("X-Forwarded-Proto", "http")) == ("203.0.113.9", "http")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded"])
def test_strangers_are_not_believed(name: str) -> None:
    lines = [(name, "for=203.0.113.9;proto=https"), ("X-Forwarded-Proto", "https")]
    assert asked(*lines, peer=("198.51.100.7", 1)) == ("198.51.100.7", "http")
    assert asked(*lines, peer=("::ffff:198.51.100.7", 1, 0, 0)) == ("198.51.100.7", "http")
    assert asked(*lines, peer=("2001:DB8:0::7", 1, 0, 0)) == ("2001:db8::7", "http")


def test_a_unix_socket_has_no_address_of_its_own() -> None:
    assert asked(peer="")[0] == ""
    assert asked(("X-Forwarded-For", "203.0.113.9:1"), peer="")[0] == "203.0.113.9"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = forwarded.read_address(text)
    assert found is None or forwarded.read_address(str(found)) == found
