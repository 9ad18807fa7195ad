"""What reverse proxies say of the client: X-Forwarded-For, X-Forwarded-Proto, and Forwarded (RFC 7239).

Reads the words of headers that the caller has reason to believe. A proxy that writes `X-Forwarded-…` may pass
on a `Forwarded` that the client made up, so the latter counts only where the former are missing. Pure.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping

from aiohttp import web
from multidict import CIMultiDictProxy

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: str) -> Address | None:
    """An address in any of the forms that proxies write, IPv4-mapped ones as IPv4; None if it is none.

    `192.0.2.1`, `192.0.2.1:5678`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`, each also in
    quotes, and with a zone, which is dropped: it means something on the proxy only. Names are
    none (§6).
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client(request: web.BaseRequest) -> Address | None:
    """The client, as the proxies of this machine report it; None if they do not know.

    Each proxy adds at the end whom it was asked by: what comes before the last address that is not this
    machine's own is hearsay.
    """
    found = None
    for text in _clients(request):
        address = read_address(text)
        if address is None:
            break
        found = address
        if not address.is_loopback:
            break
    return found


def scheme(request: web.BaseRequest) -> str:
    """'https' or 'http', as the browser sees it: what the first proxy of a chain said; '' if none did."""
    said = _items(request.headers, "X-Forwarded-Proto") or [
        element.get("proto", "") for element in request.forwarded
    ]
    return next((word.lower() for word in said if word.lower() in ("http", "https")), "")


def _clients(request: web.BaseRequest) -> Iterator[str]:
    """The nearest first."""
    said = _items(request.headers, "X-Forwarded-For")
    elements: Iterable[Mapping[str, str]] = () if said else request.forwarded
    return reversed(said or [element.get("for", "") for element in elements])


def _items(headers: CIMultiDictProxy[str], name: str) -> list[str]:
    """The items of a list that may be spread over several lines (RFC 9110 §5.3)."""
    return [item for text in headers.getall(name, ()) for part in text.split(",") if (item := part.strip())]
