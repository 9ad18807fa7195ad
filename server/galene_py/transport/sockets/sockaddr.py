"""Raw socket addresses: how the kernel writes them, as the keys of the address table. Pure.

A dual-stack socket shows IPv4 peers as IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2); `unpack` undoes that.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys

IPV4 = struct.Struct("!2s H 4s 8x")
IPV6 = struct.Struct("!2s H I 16s 4s")
MAPPED_PREFIX = bytes(10) + b"\xff\xff"

FAMILY_IPV4 = int(socket.AF_INET).to_bytes(2, sys.byteorder)
FAMILY_IPV6 = int(socket.AF_INET6).to_bytes(2, sys.byteorder)


def size_for(family: int) -> int:
    """Bytes of a raw address of a socket of that family."""
    return IPV6.size if family == socket.AF_INET6 else IPV4.size


def pack(ip: bytes, port: int, family: int, scope: int = 0) -> bytes:
    """The raw address of an IP address (4 or 16 bytes) as a socket of that family takes it."""
    if family == socket.AF_INET6:
        full = MAPPED_PREFIX + ip if len(ip) == 4 else ip
        return IPV6.pack(FAMILY_IPV6, port, 0, full, scope.to_bytes(4, sys.byteorder))
    return IPV4.pack(FAMILY_IPV4, port, ip)


def unpack(raw: bytes) -> tuple[bytes, int, int]:
    """(IP address as 4 or 16 bytes, port, scope) of a raw address."""
    if len(raw) == IPV6.size:
        _, port, _, full, scope = IPV6.unpack(raw)
        return unmap(full), port, int.from_bytes(scope, sys.byteorder)
    _, port, ip = IPV4.unpack(raw)
    return ip, port, 0


def unmap(full: bytes) -> bytes:
    """The IPv4 address inside an IPv4-mapped one; any other address as it is."""
    return full[12:] if full.startswith(MAPPED_PREFIX) else full


def to_tuple(raw: bytes) -> tuple[str, int] | tuple[str, int, int, int]:
    """The address as the `socket` module takes it."""
    if len(raw) == IPV6.size:
        _, port, _, full, scope = IPV6.unpack(raw)
        return str(ipaddress.IPv6Address(full)), port, 0, int.from_bytes(scope, sys.byteorder)
    _, port, ip = IPV4.unpack(raw)
    return str(ipaddress.IPv4Address(ip)), port


def from_tuple(address: tuple[object, ...], family: int) -> bytes:
    """The raw form of an address that the `socket` module returned."""
    host, port = str(address[0]), address[1]
    assert isinstance(port, int)
    scope = address[3] if len(address) > 3 and isinstance(address[3], int) else 0
    return pack(ipaddress.ip_address(host.partition("%")[0]).packed, port, family, scope)
