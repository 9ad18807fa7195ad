"""What the server tells of itself, in the form of Galène's statistics: group, client, connection, track.

A track has `bitrate` and `maxBitrate` in bit/s, `loss` from 0 to 1, `rtt` and `jitter` in milliseconds, and,
when it is received, the layers `sid` and `tid` with their maxima. Ours adds `username`, `label`, `kind`,
`codec` and, under `detail`, everything else that the parts tell.

Packets wait while Python is busy here, so it works in portions and lets the event loop go on after each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from galene_py.web import limits

Json = dict[str, Any]
State = Mapping[str, Any]


async def groups(states: Iterable[tuple[str, State]]) -> list[Json]:
    """The groups with people in them, by name; their clients are encoded already.

    `states`: the group and the `debug_state` of one client after the other, taken as the work goes on.
    """
    members: dict[str, list[State]] = {}
    async for name, client in _in_portions(states):
        members.setdefault(name, []).append(client)
    return [{"name": name, "clients": await _clients(members[name])} for name in sorted(members)]


async def _clients(clients: list[State]) -> list[msgspec.Raw]:
    senders = {stream["id"]: stream for client in clients for stream in client.get("up", ())}
    states = (("", client) for client in sorted(clients, key=lambda client: client["id"]))
    return [
        msgspec.Raw(msgspec.json.encode(_client(client, senders))) async for _, client in _in_portions(states)
    ]


async def _in_portions(states: Iterable[tuple[str, State]]) -> AsyncIterator[tuple[str, State]]:
    done = 0
    for name, client in states:
        yield name, client
        done += 1 + len(client.get("up", ())) + len(client.get("down", ()))
        if done >= limits.STATISTICS_PORTION:
            done = 0
            await asyncio.sleep(0)


def _client(client: Mapping[str, Any], senders: Mapping[str, Mapping[str, Any]]) -> Json:
    ways = {
        "up": [_connection(stream, _sent(stream)) for stream in client.get("up", ())],
        "down": [
            _connection(stream, _received(stream, senders.get(stream["id"], {})))
            for stream in client.get("down", ())
        ],
    }
    known = {
        way: sorted(streams, key=lambda stream: stream["id"]) for way, streams in ways.items() if streams
    }
    return {
        "id": client["id"],
        "username": client["username"],
        **known,
        "detail": _rest(client, "up", "down"),
    }


def _connection(stream: Mapping[str, Any], tracks: Iterable[Json]) -> Json:
    label = {"label": stream["label"]} if "label" in stream else {}
    return {"id": stream["id"], **label, "tracks": list(tracks), "detail": _rest(stream, "tracks", "label")}


def _sent(stream: Mapping[str, Any]) -> Iterator[Json]:
    """One line per encoding."""
    for track in stream.get("tracks", ()):
        for index, encoding in enumerate(track.get("encodings", ())):
            yield {
                "kind": track.get("kind", ""),
                "codec": track.get("codec", ""),
                **({"encoding": index} if len(track["encodings"]) > 1 else {}),
                "bitrate": encoding.get("bitrate", 0),
                **_maximum(track.get("askedRate")),
                "loss": encoding.get("fractionLost", 0.0),
                "jitter": _milliseconds(encoding.get("jitter")),
                "detail": _rest(track, "encodings") | {"encoding": dict(encoding)},
            }


def _received(stream: Mapping[str, Any], sender: Mapping[str, Any]) -> Iterator[Json]:
    for track in stream.get("tracks", ()):
        yield {
            "kind": track.get("kind", ""),
            "codec": track.get("codec", ""),
            **_layers(track, sender),
            "bitrate": track.get("bitrate", 0),
            **_maximum(track.get("maximum")),
            "loss": track.get("loss") or 0.0,
            "rtt": _milliseconds(track.get("roundTrip")),
            "jitter": _milliseconds(track.get("jitter")),
            "detail": dict(track),
        }


def _layers(track: Mapping[str, Any], sender: Mapping[str, Any]) -> Json:
    """Which layers are received, of how many. An encoding of several counts as a spatial layer."""
    chosen = track.get("encoding")
    sources = [up for up in sender.get("tracks", ()) if up.get("mid") == track.get("mid")]
    sources = sources or [up for up in sender.get("tracks", ()) if up.get("kind") == track.get("kind")]
    encodings = sources[0].get("encodings", []) if sources else []
    if not isinstance(chosen, int) or chosen >= len(encodings):
        return {"sid": 0, "maxSid": 0, "tid": 0, "maxTid": 0}
    encoding = encodings[chosen]
    most_temporal = max(encoding.get("temporalLayers", 1) - 1, 0)
    most_spatial = max(encoding.get("spatialLayers", 1) - 1, 0)
    spatial, temporal = track.get("spatial"), track.get("temporal")
    if len(encodings) > 1:
        most_spatial = len(encodings) - 1
        spatial = most_spatial - chosen  # the best encoding has index 0
    return {
        "sid": min(spatial or 0, most_spatial),
        "maxSid": most_spatial,
        "tid": min(temporal or 0, most_temporal),
        "maxTid": most_temporal,
    }


def _maximum(rate: object) -> Json:
    return {"maxBitrate": round(rate)} if isinstance(rate, int | float) and rate > 0 else {}


def _milliseconds(seconds: object) -> float:
    return round(1000 * seconds, 3) if isinstance(seconds, int | float) else 0.0


def _rest(state: Mapping[str, Any], *known: str) -> Json:
    return {name: value for name, value in state.items() if name not in (*known, "id", "username")}
