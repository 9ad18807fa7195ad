"""`.stats` is what Galène's statistics page reads; ours finds more in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec

from galene_py.web import limits
from galene_py.web.api import statistics
from galene_py.web.api.schemas import STATISTICS
from unit.api.backend import Backend, Client

GALENE_TRACK = {"sid", "maxSid", "tid", "maxTid", "bitrate", "maxBitrate", "loss", "rtt", "jitter"}

ENCODING = {"ssrc": 1, "bitrate": 700_000, "fractionLost": 0.25, "jitter": 0.0125, "temporalLayers": 3}
UP = {
    "id": "u1",
    "label": "camera",
    "transport": {"state": "connected"},
    "tracks": [
        {
            "mid": "0",
            "kind": "audio",
            "codec": "opus",
            "askedRate": 0,
            "encodings": [{**ENCODING, "bitrate": 5}],
        },
        {
            "mid": "1",
            "kind": "video",
            "codec": "vp8",
            "askedRate": 900_000,
            "encodings": [{**ENCODING, "spatialLayers": 1}, {**ENCODING, "spatialLayers": 1, "bitrate": 100}],
        },
    ],
}


def down(**more: object) -> dict[str, Any]:
    track = {"mid": "1", "kind": "video", "codec": "vp8", "bitrate": 90, "maximum": 512_000.4, "loss": 0.5}
    track |= {"jitter": 0.003, "roundTrip": 0.045, "encoding": 0, "spatial": 7, "temporal": 7, **more}
    return {"id": "u1", "tracks": [track], "want": ["video"], "transport": {}}


def states(**more: object) -> list[tuple[str, dict[str, Any]]]:
    bea = {"id": "b", "username": "bea", "session": {"state": "joined"}, "up": [], "down": [down(**more)]}
    return [("room", bea), ("room", {"id": "a", "username": "ann", "session": {}, "up": [UP], "down": []})]


async def told(**more: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(await statistics.groups(states(**more))))


async def test_groups_clients_connections_and_tracks_as_galene_has_them() -> None:
    (group,) = await told()
    described = STATISTICS["items"]["properties"]["clients"]["items"]["properties"]
    tracks = described["up"]["items"]["properties"]["tracks"]["items"]["properties"]
    assert set(tracks) >= GALENE_TRACK
    ann, bea = group["clients"]
    assert (group["name"], ann["id"], bea["id"]) == ("room", "a", "b")
    assert "down" not in ann
    assert "up" not in bea
    audio, best, low = ann["up"][0]["tracks"]
    assert (audio["bitrate"], "maxBitrate" in audio, "encoding" in audio) == (5, False, False)
    assert (best["maxBitrate"], best["loss"], best["jitter"], best["encoding"]) == (900_000, 0.25, 12.5, 0)
    assert (low["bitrate"], low["encoding"]) == (100, 1)
    (track,) = bea["down"][0]["tracks"]
    galene = {name: value for name, value in track.items() if name in GALENE_TRACK}
    assert galene == {
        "sid": 1, "maxSid": 1, "tid": 2, "maxTid": 2,
        "bitrate": 90, "maxBitrate": 512_000, "loss": 0.5, "rtt": 45.0, "jitter": 3.0,
    }  # fmt: skip
    assert bea["down"][0]["id"] == ann["up"][0]["id"]


async def test_layers_never_exceed_their_maximum() -> None:
    for more in ({"encoding": 1}, {"encoding": None, "spatial": None, "temporal": None}, {"encoding": 5}):
        (group,) = await told(**more)
        track = group["clients"][1]["down"][0]["tracks"][0]
        assert track["sid"] <= track["maxSid"]
        assert track["tid"] <= track["maxTid"]
    (group,) = await told(encoding=1)
    assert group["clients"][1]["down"][0]["tracks"][0]["sid"] == 0


async def test_the_server_itself_is_told_apart(api: Client, backend: Backend) -> None:
    backend.client_states = states()
    backend.server_state = {"version": "1", "uptime": 2.5, "hub": {}}
    answer = (await api("GET", ".stats")).json()
    assert [group["name"] for group in answer] == ["room"]
    assert (await api("GET", ".server")).json() == {"version": "1", "uptime": 2.5, "hub": {}}
    backend.client_states = []
    assert (await api("GET", ".stats")).json() == []


async def test_a_long_list_lets_the_event_loop_go_on() -> None:
    """Whoever is asked for between two looks of the loop is counted; nobody needs more than a portion."""
    since_turn = most = 0

    async def turns() -> None:
        nonlocal since_turn
        while True:
            since_turn = 0
            await asyncio.sleep(0)

    def many() -> Iterator[tuple[str, dict[str, Any]]]:
        nonlocal since_turn, most
        for number in range(10 * limits.STATISTICS_PORTION):
            since_turn += 2
            most = max(most, since_turn)
            yield (
                "room",
                {"id": f"{number:04}", "username": "x", "up": [UP] if number == 0 else [], "down": [down()]},
            )

    other = asyncio.create_task(turns())
    (group,) = await statistics.groups(many())
    other.cancel()
    assert len(group["clients"]) == 10 * limits.STATISTICS_PORTION
    assert most <= limits.STATISTICS_PORTION + 2
