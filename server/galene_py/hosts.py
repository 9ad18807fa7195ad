"""Hosts and origins in one normal form, so that they can be compared: the only place that knows how.

Names go through UTS 46 as in browsers (WHATWG URL §3.3: non-transitional, symbols allowed) and come out as
A-labels in lower case without a trailing dot; IPv6 addresses come out as RFC 5952 writes them; a port that is
the scheme's own is left out. Text in, value or `HostError` out; resolves nothing. State: a cache of names.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import idna

from galene_py import limits

DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[0-9]{1,5}")


class HostError(ValueError):
    """What was read is no host or no origin; the text says why, without the value."""


class Host(NamedTuple):
    """A host in normal form, IPv6 without brackets, and the port if one was named."""

    name: str
    port: int | None

    def __str__(self) -> str:
        """`name` or `name:port`, IPv6 in brackets."""
        return _bracketed(self.name) + ("" if self.port is None else f":{self.port}")

    def at(self, scheme: str) -> Origin:
        """The origin of this host when it is asked by `scheme`."""
        return Origin(scheme, self.name, DEFAULT_PORTS.get(scheme, 0) if self.port is None else self.port)


class Origin(NamedTuple):
    """Scheme, host and port (RFC 6454 §4); equal for whatever a browser takes for the same."""

    scheme: str
    name: str
    port: int

    def __str__(self) -> str:
        """As a browser writes it (RFC 6454 §6.2)."""
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme, 0) else f":{self.port}"
        return f"{self.scheme}://{_bracketed(self.name)}{port}"


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def address_text(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An address as RFC 5952 writes it; an IPv4-mapped one as `::ffff:192.0.2.1` (§5)."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return f"::ffff:{address.ipv4_mapped}"  # what `str` makes of it differs between Python's versions
    return str(address)


def read_host(text: str) -> Host:
    """`host` or `host:port` as in a Host header; IPv6 in brackets. Raises HostError."""
    if text.startswith("["):
        inside, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise HostError("an IPv6 address is written in brackets, [2001:db8::1]")
        return Host(_ipv6(inside), _port(rest[1:]))
    name, _, port = text.partition(":")
    return Host(_name(name), _port(port))


def read_origin(url: str) -> Origin:
    """The origin of an absolute URL, or of an Origin header. Raises HostError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise HostError("it is no URL") from None
    if not parts.scheme or not parts.netloc:
        raise HostError("it has no scheme or no host")
    return read_host(parts.netloc.rpartition("@")[2]).at(parts.scheme.lower())


def _port(text: str) -> int | None:
    if not text:
        return None
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise HostError("a port is a number up to 65535")
    return int(text)


def _ipv6(text: str) -> str:
    try:
        if "%" in text:
            raise HostError("an address in a URL has no zone")
        return address_text(ipaddress.IPv6Address(text))
    except ipaddress.AddressValueError:
        raise HostError("what is in brackets is no IPv6 address") from None


def _name(text: str) -> str:
    if len(text) > limits.HOST_CHARS:
        raise HostError(f"a host has at most {limits.HOST_CHARS} characters")
    found = _normal_name(text)
    if isinstance(found, HostError):
        raise HostError(*found.args)
    return found


@lru_cache(maxsize=limits.HOSTS_CACHED)
def _normal_name(text: str) -> str | HostError:
    try:
        mapped = idna.uts46_remap(unquote(text, errors="strict"), std3_rules=False, transitional=False)
        name = ".".join(_ascii(label) for label in mapped.removesuffix(".").split("."))
        if _NUMBER.fullmatch(name.rpartition(".")[2]):  # browsers take it for an address (WHATWG URL §3.5)
            return str(ipaddress.IPv4Address(name))
    except ipaddress.AddressValueError:
        return HostError("it ends in a number, but is no IPv4 address")
    except UnicodeError:  # idna's errors among them
        return HostError("it is no host name (UTS 46)")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, name.split("."))):
        return HostError("it is no host name")
    return name


def _ascii(label: str) -> str:
    if label.startswith("xn--"):
        label.encode("ascii")
        return label if label[4:].encode().decode("punycode") else ""
    if label.isascii():
        return label
    try:
        return idna.alabel(label).decode()
    except idna.InvalidCodepoint:  # symbols, which UTS 46 lets pass and IDNA 2008 does not
        return "xn--" + label.encode("punycode").decode()
