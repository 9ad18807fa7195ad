"""What the server tells of itself, in the form of Galène's statistics: group, client, connection, track.

A track has `bitrate` and `maxBitrate` in bit/s, `loss` from 0 to 1, `rtt` and `jitter` in milliseconds, and,
when it is received, the layers `sid` and `tid` with their maxima. Ours adds `username`, `label`, `kind`,
`codec` and, under `detail`, everything else that the parts tell. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]


def groups(state: Mapping[str, Any]) -> list[Json]:
    """The groups with people in them, by name, from the server's `debug_state`."""
    return sorted((_group(group) for group in state.get("groups", ())), key=lambda group: group["name"])


def server(state: Mapping[str, Any]) -> Json:
    """What concerns no group: version, uptime in seconds, media and network."""
    return {name: value for name, value in state.items() if name != "groups"}


def _group(group: Mapping[str, Any]) -> Json:
    clients = sorted(group["clients"], key=lambda client: client["id"])
    senders = {stream["id"]: stream for client in clients for stream in client.get("up", ())}
    return {"name": group["name"], "clients": [_client(client, senders) for client in clients]}


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
