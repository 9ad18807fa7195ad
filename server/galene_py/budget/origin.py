"""Whom an address belongs to, as far as budgets are concerned.

Whoever has one IPv6 address has a whole /64 of them (RFC 6177), so that is counted as one.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from galene_py.budget import limits

_AROUND_LOOPBACK = ipaddress.ip_network(f"::/{limits.ORIGIN_PREFIX_BITS}")


@lru_cache(maxsize=limits.ORIGINS_CACHED)
def origin(address: str) -> str:
    """Return the IPv4 address, or the IPv6 /64 prefix; anything else (a Unix socket has no address) as it is.

    An IPv4-mapped IPv6 address counts as the IPv4 address in it (RFC 4291 §2.5.5.2).
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, limits.ORIGIN_PREFIX_BITS), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)


def stands_for_many(origin: str) -> bool:
    """Whether everybody may come from there: this machine, hence a proxy that says nothing of its clients."""
    try:
        network = ipaddress.ip_network(origin)
    except ValueError:
        return True
    return network.is_loopback or network == _AROUND_LOOPBACK
