"""What a server says of STUN and TURN, as aioice and aiortc take it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer

_URL = re.compile(
    r"(stuns?|turns?):(\[[^\]]+\]|[^:?]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?\Z", re.IGNORECASE
)
_PORTS = {"stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349}


def for_aioice(configuration: Mapping[str, object]) -> dict[str, Any]:
    """Keyword arguments of `aioice.Connection`: the first STUN server and the first TURN server in it."""
    found: dict[str, Any] = {}
    for server in _servers(configuration):
        for url in _urls(server):
            match = _URL.match(url)
            if match is None:
                continue
            scheme, host = match[1].lower(), match[2].strip("[]")
            where = host, int(match[3] or _PORTS[scheme])
            if scheme == "stun" and "stun_server" not in found:
                found["stun_server"] = where
            elif scheme.startswith("turn") and "turn_server" not in found:
                found |= {
                    "turn_server": where,
                    "turn_username": server.get("username"),
                    "turn_password": server.get("credential"),
                    "turn_ssl": scheme == "turns",
                    "turn_transport": (match[4] or ("tcp" if scheme == "turns" else "udp")).lower(),
                }
    return found


def for_aiortc(configuration: Mapping[str, object]) -> RTCConfiguration:
    """The same for a peer connection of aiortc. Without servers it asks none: its default is a public one."""
    servers = [
        RTCIceServer(urls=_urls(server), username=server.get("username"), credential=server.get("credential"))
        for server in _servers(configuration)
        if _urls(server)
    ]
    return RTCConfiguration(iceServers=servers)


def _servers(configuration: Mapping[str, object]) -> list[Mapping[str, Any]]:
    servers = configuration.get("iceServers")
    return [each for each in servers if isinstance(each, dict)] if isinstance(servers, list) else []


def _urls(server: Mapping[str, Any]) -> list[str]:
    urls = server.get("urls")
    listed = urls if isinstance(urls, list) else [urls]
    return [url for url in listed if isinstance(url, str) and _URL.match(url)]
