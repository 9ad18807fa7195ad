"""Listening sockets from what the admin wrote: `:8443`, `host:port`, `[::1]:port`, or `/path` (Unix socket).

Binds and removes; never accepts. Every failure is a `ListenError` whose text is for the admin.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from galene_py import limits


class ListenError(Exception):
    """An address cannot be listened on; the text says which and why."""


@dataclass(frozen=True, slots=True)
class HttpAddress:
    """Where HTTP listens: a Unix socket's path, or host ('' = every interface) and port."""

    host: str = ""
    port: int = 0
    path: str = ""


def parse_address(text: str) -> HttpAddress:
    """Raises ListenError."""
    if text.startswith("/"):
        return HttpAddress(path=text)
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ListenError(f"{text!r} is no address: use :8443, host:8443 or the path of a Unix socket")
    return HttpAddress(host=host, port=int(port))


def listen(address: HttpAddress) -> list[socket.socket]:
    """Non-blocking listening sockets; more than one when a host name has several addresses."""
    if address.path:
        return [_listen_unix(address.path)]
    if not address.host:
        return [_listen_everywhere(address.port)]
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ListenError(f"cannot listen on {address.host}: {error.strerror}") from None
    sockets: list[socket.socket] = []
    port = address.port
    try:
        for family, _, _, _, where in dict.fromkeys(found):
            sockets.append(_listen_tcp(family, (where[0], port, *where[2:])))
            port = port or sockets[0].getsockname()[1]
    except ListenError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _listen_everywhere(port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        with contextlib.suppress(_NoIPv6):
            return _listen_tcp(socket.AF_INET6, ("::", port), dual=True)
    return _listen_tcp(socket.AF_INET, ("0.0.0.0", port))


class _NoIPv6(Exception):
    """This machine has IPv6 compiled in but switched off."""


def _listen_tcp(family: int, where: tuple[object, ...], *, dual: bool = False) -> socket.socket:
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if dual:
            raise _NoIPv6 from None
        raise ListenError(f"cannot listen on {where[0]}: no such kind of address here") from None
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual else 1)
        # Of each connection, also of media over TCP; it has to be said before they come (tcp(7)).
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.CONNECTION_BUFFER_BYTES)
        sock.bind(where)
        sock.listen(limits.LISTEN_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        if dual and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise _NoIPv6 from None
        raise ListenError(_explain(error, where)) from None
    return sock


def _explain(error: OSError, where: tuple[object, ...]) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {where[1]} is in use by another program; stop it or choose another with --http"
    if error.errno == errno.EACCES:
        return f"port {where[1]} may not be used without privileges; choose one above 1023 with --http"
    return f"cannot listen on {where[0]} port {where[1]}: {error.strerror}"


def _listen_unix(path: str) -> socket.socket:
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        # A reverse proxy runs as another user; who may reach the socket is its directory's business.
        os.chmod(path, 0o666)
        sock.listen(limits.LISTEN_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise ListenError(f"cannot listen on {path}: {error.strerror}") from None
    return sock


def _remove_stale(path: str) -> None:
    """Remove a socket that a dead server left behind; anything else is somebody's."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise ListenError(f"cannot listen on {path}: there is a file of that name")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ListenError(f"cannot listen on {path}: {error.strerror}") from None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            Path(path).unlink(missing_ok=True)
            return
    raise ListenError(f"{path} is in use by another program")
