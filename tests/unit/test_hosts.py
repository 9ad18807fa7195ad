"""One host, many spellings: all of them have one normal form, and what is no host is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from galene_py import hosts, limits
from galene_py.hosts import HostError, read_host, read_origin


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("example.org", "example.org"),
        ("EXAMPLE.org.", "example.org"),
        ("example.org:8443", "example.org:8443"),
        ("example.org:", "example.org"),
        ("localhost", "localhost"),
        ("my_host-1", "my_host-1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BU\u0308CHER.example.", "xn--bcher-kva.example"),  # decomposed, and in capitals
        ("b%C3%BCcher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),  # non-transitional, as in browsers
        ("ｅｘａｍｐｌｅ。org", "example.org"),
        ("☃.example", "xn--n3h.example"),  # no name by IDNA 2008, but browsers go there
        ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
        ("192.0.2.1:80", "192.0.2.1:80"),
        ("１９２.0.2.1", "192.0.2.1"),
        ("[::1]", "[::1]"),
        ("[2001:DB8:0:0:1:0:0:1]:443", "[2001:db8::1:0:0:1]:443"),
        ("[2001:db8:0:1:1:1:1:1]", "[2001:db8:0:1:1:1:1:1]"),
        ("[::ffff:C000:0201]", "[::ffff:192.0.2.1]"),
        ("[::FFFF:192.0.2.1]", "[::ffff:192.0.2.1]"),
    ],
)
def test_a_host_has_one_normal_form(text: str, normal: str) -> None:
    host = read_host(text)
    assert str(host) == normal
    assert read_host(normal) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        ".example.org",
        "-a.example",
        "a b",
        "a/b",
        "a@b",
        "a\\b",
        "a,b",
        "a;b",
        "ex\u00ad\u200b.example\x00",
        "example.org:x",
        "example.org:65536",
        "example.org:80:80",
        "::1",
        "[::1",
        "[::1]x",
        "[::1]:x",
        "[fe80::1%25eth0]",
        "[1.2.3.4]",
        "256.0.0.1",
        "1.2.3",
        "0x7f.1",
        "xn--\u00fc.example",
        "xn--.example",
        "%ff.example",
        "a" * 64 + ".example",
        "a." * 127 + "ab",
        "ü" * (limits.HOST_CHARS + 1),
    ],
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(HostError):
        read_host(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://X.example", "https://x.example:443/"),
        ("http://x.example", "HTTP://x.example.:80"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::0]", "https://[2001:db8::]:443"),
        ("https://user:secret@x.example/path?query#fragment", "https://x.example"),
    ],
)
def test_spellings_of_one_origin_are_equal(one: str, other: str) -> None:
    assert read_origin(one) == read_origin(other)
    assert str(read_origin(one)) == str(read_origin(other))


def test_other_schemes_and_ports_are_other_origins() -> None:
    urls = [
        "https://x.example",
        "http://x.example",
        "https://x.example:80",
        "https://y.example",
        "app://x.example",
    ]
    assert len({read_origin(url) for url in urls}) == len(urls)
    assert [str(read_origin(url)) for url in urls] == urls


@pytest.mark.parametrize(
    "url", ["null", "", "example.org", "//example.org", "https://", "https:///x", "https://["]
)
def test_what_has_no_origin_is_refused(url: str) -> None:
    with pytest.raises(HostError):
        read_origin(url)


@given(st.text(max_size=60))
@example("xn--99999999")
@example("xn--a\udc80")
@example("%ed%a0%80")
@example("1" * 5000)
def test_any_text_is_a_host_or_refused_and_normal_forms_stay(text: str) -> None:
    with contextlib.suppress(HostError):
        host = read_host(text)
        assert str(host).isascii()
        assert str(host) == str(host).lower()
        assert read_host(str(host)) == host
        origin = host.at("https")
        assert hosts.read_origin(str(origin)) == origin
