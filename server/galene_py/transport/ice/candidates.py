"""The addresses a server advertises, as ICE candidates (RFC 8445 §5.1, RFC 6544 §4). Never opens a socket."""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ifaddr

from galene_py.transport import limits

HOST_PREFERENCE = 126
PASSIVE_PREFERENCE = 4
"""Direction preference of a passive TCP host candidate (RFC 6544 §4.2)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(slots=True, frozen=True)
class Candidate:
    """One host candidate of component 1; `transport` is "udp" or "tcp" (passive)."""

    transport: str
    address: str
    port: int
    priority: int
    foundation: str

    def sdp(self) -> str:
        """The value of an `a=candidate:` line, from behind the colon (RFC 8839 §5.1)."""
        base = f"{self.foundation} 1 {self.transport} {self.priority} {self.address} {self.port} typ host"
        return base if self.transport == "udp" else f"{base} tcptype passive"


def usable(addresses: Iterable[Address]) -> list[Address]:
    """Those a stranger could reach: no loopback unless there is nothing else, nothing that needs a scope,
    no address that names nobody. IPv6 and IPv4 keep their order; duplicates go. Pure."""
    unique = dict.fromkeys(addresses)
    outside = [a for a in unique if not (a.is_link_local or a.is_unspecified or a.is_multicast)]
    reachable = [a for a in outside if not a.is_loopback]
    return (reachable or outside)[: limits.CANDIDATE_ADDRESSES]


def interface_addresses() -> list[Address]:
    """The addresses of this machine's interfaces."""
    found: list[Address] = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            text = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            try:
                found.append(ipaddress.ip_address(text))
            except ValueError:
                continue
    return found


def parse_public(texts: Sequence[str]) -> list[Address]:
    """The addresses of `--public-address`. Raises ValueError, naming the text, for anything else."""
    found: list[Address] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_address(text.strip().strip("[]")))
        except ValueError:
            raise ValueError(f"not an IP address: {text!r}") from None
    return found


def make_candidates(
    addresses: Sequence[Address],
    udp_port: int | None,
    tcp_port: int | None,
    *,
    tcp_addresses: Sequence[Address] | None = None,
    ipv6: bool = True,
) -> list[Candidate]:
    """One candidate per address and transport, UDP first; `tcp_addresses` where they differ for TCP. Pure."""
    shown = [a for a in addresses if ipv6 or a.version == 4]
    shown_tcp = shown if tcp_addresses is None else tcp_addresses
    made: list[Candidate] = []
    for rank, address in enumerate(shown):
        if udp_port is not None:
            # RFC 8445 §5.1.2.1; every address has its own local preference.
            made.append(_candidate("udp", address, udp_port, 65535 - rank))
    for rank, address in enumerate(shown_tcp):
        if tcp_port is not None:
            made.append(_candidate("tcp", address, tcp_port, PASSIVE_PREFERENCE << 13 | 8191 - rank))
    return made


def _candidate(transport: str, address: Address, port: int, preference: int) -> Candidate:
    type_preference = HOST_PREFERENCE if transport == "udp" else HOST_PREFERENCE - 36
    priority = type_preference << 24 | preference << 8 | 255
    foundation = str(zlib.crc32(f"{transport} {address}".encode()))
    return Candidate(transport, str(address), port, priority, foundation)
