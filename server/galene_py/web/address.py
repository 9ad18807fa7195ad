"""Who asks, and under which address: client address, public base URL, allowed origins. Pure functions.

Headers that a reverse proxy sets are believed only when the connection itself comes from this machine
(loopback or Unix socket): anybody else could have written them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web

from galene_py.config import ServerConfig

_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")


def is_local_peer(peername: object) -> bool:
    """Whether a socket's peer is this machine: loopback or a Unix socket."""
    if not isinstance(peername, tuple) or not peername:
        return isinstance(peername, str | bytes)  # a Unix socket's peer has no address
    try:
        address = ipaddress.ip_address(str(peername[0]).partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _peername(request: web.BaseRequest) -> object:
    transport = request.transport
    return None if transport is None else transport.get_extra_info("peername")


def client_address(request: web.BaseRequest) -> str:
    """The client's IP address without port; '' when it is unknown (Unix socket without a proxy)."""
    peername = _peername(request)
    if is_local_peer(peername):
        # The last entry is the one our own proxy appended; those before it are hearsay.
        last = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2].strip()
        try:
            return str(ipaddress.ip_address(last))
        except ValueError:
            pass
    if isinstance(peername, tuple) and peername:
        return str(peername[0]).removeprefix("::ffff:")
    return ""


def host_header(request: web.BaseRequest) -> str:
    """The Host header if it is a well-formed host and optional port, else ''."""
    host = request.headers.get("Host", "")
    return host if _HOST.match(host) else ""


def scheme(request: web.BaseRequest) -> str:
    """'https' or 'http', as the browser sees it."""
    forwarded = request.headers.get("X-Forwarded-Proto", "").lower()
    if forwarded in ("http", "https") and is_local_peer(_peername(request)):
        return forwarded
    return "https" if request.secure else "http"


def base_url(request: web.BaseRequest, config: ServerConfig) -> str:
    """The server's public root, ending with a slash: proxyURL, or what the request says."""
    if config.proxyURL:
        return config.proxyURL.rstrip("/") + "/"
    return f"{scheme(request)}://{host_header(request) or 'localhost'}/"


def origin_key(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL or an Origin header, comparable; None when there is none ('null')."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return None
    if not parts.hostname or not parts.scheme:
        return None
    return parts.scheme.lower(), parts.hostname.lower(), port


def origin_of(url: str) -> str:
    """`scheme://host[:port]` of an http(s) URL, for a policy; '' when it has none or looks odd."""
    parts = urlsplit(url) if origin_key(url) else None
    if parts is None or parts.scheme not in ("http", "https"):
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if _HOST.match(host) else ""


def origin_allowed(request: web.BaseRequest, config: ServerConfig, extra: Iterable[str]) -> bool:
    """Whether a page of the request's Origin may talk to this server.

    No Origin means no browser, hence nobody whose passwords could be borrowed. Otherwise the origin must be
    the server's own (the Host asked for, canonicalHost or proxyURL) or one of `extra` ('*': any).
    """
    origins = request.headers.getall("Origin", [])
    if not origins:
        return True
    key = origin_key(origins[0])
    if len(origins) > 1 or key is None:
        return False
    own = [host_header(request), config.canonicalHost]
    for host in filter(None, own):
        # Scheme and default port are the origin's: a proxy in front may have ended TLS.
        if origin_key(f"{key[0]}://{host}") == key:
            return True
    if config.proxyURL and origin_key(config.proxyURL) == key:
        return True
    return any(allowed == "*" or origin_key(allowed) == key for allowed in extra)
