"""The figures of a whole `galene-py serve` in which people meet: they follow the meeting and outlast it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from kit.peer import participant
from kit.server import Server

PATIENCE_S = 20
TOKEN = "a-token-for-this-test-only"
Figures = dict[tuple[str, ...], float]


async def figures(http: aiohttp.ClientSession, url: str) -> Figures:
    async with http.get(url) as response:
        families = text_string_to_metric_families(await response.text())
        return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


async def test_they_follow_a_meeting_and_outlast_it(tmp_path: Path) -> None:
    path = str(tmp_path / "metrics.sock")
    with Server(tmp_path, config={"metricsToken": TOKEN}, args=["--metrics", path]) as server:
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as http:

            async def until(condition: Callable[[Figures], bool]) -> Figures:
                deadline = time.monotonic() + PATIENCE_S
                while not condition(now := await figures(http, "http://server/metrics")):
                    assert time.monotonic() < deadline, now
                    await asyncio.sleep(0.1)
                return now

            async with participant(server.ws_url) as one, participant(server.ws_url) as other:
                await one.join("demo", "op", "op")
                await other.join("demo", "guest", request={"": ["audio", "video"]})
                await one.publish()
                during = await until(lambda now: now["galene_sent_packets_total", "video"] > 20)
                assert during["galene_clients",] == 2
                assert during["galene_groups",] == 1
                assert during["galene_received_tracks", "opus", "audio"] == 1
                assert during["galene_sent_tracks", "vp8", "video"] == 1
                assert during["galene_events_total", "login", ""] == 2
            after = await until(lambda now: now["galene_clients",] == 0 and now["galene_connections",] == 0)
            for name in ("galene_received_packets_total", "galene_sent_packets_total"):
                for kind in ("audio", "video"):
                    assert after[name, kind] >= during[name, kind] > 0
            assert ("galene_sent_tracks", "vp8", "video") not in after

        async with aiohttp.ClientSession() as http:
            async with http.get(f"{server.url}metrics") as response:
                assert response.status == 404
            known = {"Authorization": f"Bearer {TOKEN}"}
            async with http.get(f"{server.url}metrics", headers=known) as response:
                assert response.status == 200
                assert "galene_clients 0.0" in await response.text()
