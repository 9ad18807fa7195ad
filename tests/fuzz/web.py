"""Targets: what strangers write in HTTP requests: paths, hosts, what proxies say, WHIP's fragments."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
from contextlib import suppress
from urllib.parse import quote

from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from fuzz.target import Target
from fuzz.texts import OFFERS, text
from galene_py import hosts, resources
from galene_py.groups import names
from galene_py.hosts import HostError
from galene_py.web import address, group_pages, paths, redirect, words
from galene_py.web import limits as web_limits
from galene_py.whip import fragment
from galene_py.whip import limits as whip_limits
from galene_py.whip.fragment import FragmentError

PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=\-\[\]:%]+")
FORWARDED = {b"F": "X-Forwarded-For", b"P": "X-Forwarded-Proto", b"A": "Forwarded"}
LANGUAGES = words.Languages(resources.static_dir() / "i18n")
CREDENTIAL = re.compile(r"[A-Za-z0-9+/]{4,256}")


def run_path(data: bytes) -> None:
    """A name is never a way: no dot, no separator, nothing to be decoded twice."""
    raw = text(data)
    found = paths.segments(raw)
    if found is not None:
        assert found and all(found)
        assert not any(name.startswith(".") or set(name) & set("/\\\0") for name in found)
        again = "/".join(quote(name, safe="") for name in found)
        assert paths.segments(again) == found or len(again) > web_limits.URL_PATH_BYTES
    up = paths.up(raw)
    assert up == "./" or not up.replace("../", "")


def run_group_path(data: bytes) -> None:
    found = group_pages.split(text(data))
    if found is None:
        return
    group, rest = found
    assert group and all(segment and not segment.startswith(".") for segment in group.split("/"))
    assert not rest or rest[0].startswith(".")
    assert not any(set(segment) & set("/\\\0") for segment in rest)
    again = "/".join(quote(segment, safe="") for segment in (*group.split("/"), *rest))
    assert group_pages.split(again) == found or len(again) > web_limits.URL_PATH_BYTES


def run_name(data: bytes) -> None:
    name = text(data)
    assert names.normal(names.normal(name)) == names.normal(name)
    if names.valid_group_name(name):
        assert not name.startswith("/") and ".." not in name.split("/") and "\0" not in name
        assert all(names.valid_group_name(parent) for parent in names.parents(name))
    if names.valid_user_name(name) and name:
        assert not names.blank(name) and ".." not in name.split("/")


def run_redirect(data: bytes) -> None:
    """Plain HTTP on the TLS port: one answer, whatever was asked, and nothing of the question breaks it."""
    head, _, body = redirect.answer(data).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] in (b"HTTP/1.1 308 Permanent Redirect", b"HTTP/1.1 400 Bad Request")
    assert all(re.fullmatch(rb"[A-Za-z-]+: [\x20-\x7e]+", line) for line in lines[1:])
    assert len(lines) == 9 - (b" 400 " in lines[0]) and len(body) < 100


def run_fragment(data: bytes) -> None:
    said = text(data)
    try:
        read = fragment.parse(said)
    except FragmentError as error:
        assert len(str(error)) < 300
        return
    assert read.candidates <= whip_limits.FRAGMENT_LINES
    assert bool(read.ufrag) == bool(read.pwd)
    if read.ufrag:
        assert CREDENTIAL.fullmatch(read.ufrag) and CREDENTIAL.fullmatch(read.pwd)
        offer = fragment.restarted(OFFERS[0].decode(), read)
        assert fragment.credentials(offer) == fragment.Fragment(read.ufrag, read.pwd)
    fragment.of_answer(said)
    fragment.credentials(said)


def run_host(data: bytes) -> None:
    """Hosts and origins have one normal form, in which nothing breaks out of a header or a policy."""
    with suppress(HostError):
        host = hosts.read_host(text(data))
        assert PLAIN.fullmatch(str(host))
        assert hosts.read_host(str(host)) == host
    with suppress(HostError):
        origin = hosts.read_origin(text(data))
        if origin.scheme in ("http", "https"):
            assert hosts.read_origin(str(origin)) == origin
    assert not set(address.origin_of(text(data))) & set(" ;,'\"\r\n\t*@")


def run_languages(data: bytes) -> None:
    """Languages come in the order of their weights, and one of those that there are is chosen."""
    header = text(data)
    found = words.wanted_languages(header)
    assert len(found) <= words.ACCEPTED_LANGUAGES
    assert all(tag and tag in header for tag in found)
    assert LANGUAGES.best(header).tag in json.loads(LANGUAGES.listed)


class Proxy(asyncio.Transport):
    """A connection from this machine."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 1) if name == "peername" else default


ASKED = make_mocked_request("GET", "/", transport=Proxy())


def run_forwarded(data: bytes) -> None:
    """What comes of a proxy's headers is an address and one of two words."""
    said = [line.partition(b":") for line in data.split(b"\n")[:8]]
    lines = CIMultiDict(
        (FORWARDED[name[:1]], text(value))
        for name, _, value in said
        if name[:1] in FORWARDED and not set(value) & set(b"\r\0")
    )
    request = ASKED.clone(headers=lines)
    assert ipaddress.ip_address(address.client_address(request))
    assert address.scheme(request) in ("http", "https")


TARGETS = (
    Target("path", run_path, [b"static/main.js", b"a%2e%2e/%5c", b"%C3%A9/..", b"a//b", b"%00%0a%252e"]),
    Target("group-path", run_group_path, [b"teaching/maths", b"a/.whip/x%20y", b"a/%2estatus", b"%c3%a9"]),
    Target("name", run_name, [b"teaching/maths", "e\u0301 \u200d 1\ufe0f\u20e3".encode()]),
    Target("redirect", run_redirect, [b"GET /a?b HTTP/1.1\r\nHost: x.example:8443\r\n\r\n"]),
    Target("whip-fragment", run_fragment, [
        b"a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 X 0\r\na=mid:0\r\n"
        b"a=candidate:1 1 udp 2 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n", OFFERS[0],
    ]),
    Target("host", run_host, [b"https://u:p@example.org:444/x?y#z", b"http://[::1]:80/", b"null"]),
    Target("languages", run_languages, [b"de-AT,de;q=0.9, en;q=0.8,*;q=0.1", b"zh-TW;q=1.000,;q=,x;q=2"]),
    Target("forwarded", run_forwarded, [
        b"F: 203.0.113.9, [2001:db8::1]:443\nP: https\nA:for=192.0.2.1;proto=https, for=\"[2001:db8::1]:5\"",
        b"A:for=_hidden;by=\"unknown\"\nA:for=127.0.0.1",
    ]),
)  # fmt: skip
