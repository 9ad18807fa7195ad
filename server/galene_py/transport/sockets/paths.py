"""A remote UDP address that belongs to a peer, with all that sending to it needs, worked out once.

Owned by the hub's address table. Never sends anything.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from galene_py.transport.sockets import native, sockaddr

IPV4_PKTINFO = struct.Struct("=QiiI4s4x4x")
IPV6_PKTINFO = struct.Struct("=Qii16sI4x")
IP_PKTINFO = 8
IPV6_PKTINFO_TYPE = 50


class PathOwner(Protocol):
    """What a path needs of the peer that it belongs to (`transport.peer.PeerTransport`)."""

    def reroute(self) -> None:
        """A property of the path in use has changed."""

    def lose(self, path: Any) -> None:
        """The path is another peer's now, or broken."""


Owner = TypeVar("Owner", bound=PathOwner)


class UdpPath(Generic[Owner]):
    """One remote address (and, on hosts with several addresses, the local one to send from)."""

    pinned: ClassVar[bool] = False
    """Whether any path has a pin: most servers need none, and need not look."""

    __slots__ = ("_storage", "address", "gso", "ip", "local", "peer", "pin", "pointer", "port", "raw")

    def __init__(self, raw: bytes, local: bytes | None = None, peer: Owner | None = None) -> None:
        self.raw = raw
        self.local = local
        """The local address that the peer sent to, when the kernel told."""
        self.ip, self.port, _ = sockaddr.unpack(raw)
        self.address = sockaddr.to_tuple(raw)
        self.peer = peer
        """Whose it is; nobody's before a check."""
        self.gso = True
        """False once the kernel refused to cut packets for this destination."""
        self.pin: bytes = b""
        """Control message that pins the source address; empty when the kernel's choice is right."""
        self._storage = native.ffi.new("char[]", raw)
        self.pointer = native.address_of(self._storage)

    @property
    def reliable(self) -> bool:
        return False

    def set_pin(self, pin: bytes) -> None:
        self.pin = pin
        UdpPath.pinned = True

    def refuse_runs(self) -> None:
        """From now on send packet by packet."""
        self.gso = False
        if self.peer is not None:
            self.peer.reroute()

    def __str__(self) -> str:
        return f"udp {ipaddress.ip_address(self.ip)} {self.port}"


def make_pin(local: bytes, family: int) -> bytes:
    """The control message (struct cmsghdr and pktinfo, padded) that makes the kernel send from `local`."""
    if family == socket.AF_INET6:
        full = sockaddr.MAPPED_PREFIX + local if len(local) == 4 else local
        return IPV6_PKTINFO.pack(36, socket.IPPROTO_IPV6, IPV6_PKTINFO_TYPE, full, 0)
    return IPV4_PKTINFO.pack(28, socket.IPPROTO_IP, IP_PKTINFO, 0, local)


def pinned_address(control: bytes, family: int) -> bytes | None:
    """The local address a datagram was sent to, from the control message that came with it."""
    if family == socket.AF_INET6:
        if len(control) < IPV6_PKTINFO.size:
            return None
        _, level, kind, full, _ = IPV6_PKTINFO.unpack_from(control)
        matches = level == socket.IPPROTO_IPV6 and kind == IPV6_PKTINFO_TYPE
        return sockaddr.unmap(full) if matches else None
    if len(control) < IPV4_PKTINFO.size:
        return None
    _, level, kind, _, local = IPV4_PKTINFO.unpack_from(control)
    return local if level == socket.IPPROTO_IP and kind == IP_PKTINFO else None


def usual_source(raw: bytes, family: int) -> bytes | None:
    """The local address that the kernel would send from; None when it has no route."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(sockaddr.to_tuple(raw))
            local = sockaddr.from_tuple(probe.getsockname(), family)
    except OSError:
        return None
    return sockaddr.unpack(local)[0]
