"""Who asks, and under which address: client address, public base URL, allowed origins. Pure functions.

Headers that a reverse proxy sets are believed only when the connection itself comes from this machine
(loopback or Unix socket): anybody else could have written them.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from galene_py import hosts
from galene_py.config import ServerConfig
from galene_py.hosts import Host, HostError, Origin
from galene_py.web import forwarded


def is_local_peer(peername: object) -> bool:
    """Whether a socket's peer is this machine: loopback or a Unix socket."""
    if not isinstance(peername, tuple) or not peername:
        return isinstance(peername, str | bytes)  # a Unix socket's peer has no address
    address = forwarded.read_address(str(peername[0]))
    return address is not None and address.is_loopback


def _peername(request: web.BaseRequest) -> object:
    transport = request.transport
    return None if transport is None else transport.get_extra_info("peername")


def client_address(request: web.BaseRequest) -> str:
    """The client's IP address without port; '' when it is unknown (Unix socket without a proxy)."""
    peername = _peername(request)
    if is_local_peer(peername) and (told := forwarded.client(request)) is not None:
        return hosts.address_text(told)
    if isinstance(peername, tuple) and peername:
        address = forwarded.read_address(str(peername[0]))
        return str(peername[0]) if address is None else hosts.address_text(address)
    return ""


def host_header(request: web.BaseRequest) -> Host | None:
    """The Host header in normal form; None if it is missing or malformed."""
    try:
        return hosts.read_host(request.headers.get("Host", ""))
    except HostError:
        return None


def scheme(request: web.BaseRequest) -> str:
    """'https' or 'http', as the browser sees it."""
    told = forwarded.scheme(request) if is_local_peer(_peername(request)) else ""
    return told or ("https" if request.secure else "http")


def base_url(request: web.BaseRequest, config: ServerConfig) -> str:
    """The server's public root, ending with a slash: proxyURL, or what the request says."""
    if config.proxyURL:
        return config.proxyURL.rstrip("/") + "/"
    host = host_header(request) or Host("localhost", None)
    return f"{host.at(scheme(request))}/"


def origin(url: str) -> Origin | None:
    """The origin of a URL or an Origin header, comparable; None when there is none ('null')."""
    try:
        return hosts.read_origin(url)
    except HostError:
        return None


def origin_of(url: str) -> str:
    """`scheme://host[:port]` of an http(s) URL, for a policy; '' when it has none or looks odd."""
    found = origin(url)
    return str(found) if found is not None and found.scheme in ("http", "https") else ""


def origin_allowed(request: web.BaseRequest, config: ServerConfig, extra: Iterable[str]) -> bool:
    """Whether a page of the request's Origin may talk to this server.

    No Origin means no browser, hence nobody whose passwords could be borrowed. Otherwise the origin must be
    the server's own (the Host asked for, canonicalHost or proxyURL) or one of `extra` ('*': any).
    """
    origins = request.headers.getall("Origin", [])
    if not origins:
        return True
    asking = origin(origins[0])
    if len(origins) > 1 or asking is None:
        return False
    own = [host_header(request)]
    if config.canonicalHost:
        own.append(hosts.read_host(config.canonicalHost))
    # Scheme and default port are the origin's: a proxy in front may have ended TLS.
    if any(host is not None and host.at(asking.scheme) == asking for host in own):
        return True
    if config.proxyURL and origin(config.proxyURL) == asking:
        return True
    return any(allowed == "*" or origin(allowed) == asking for allowed in extra)
