"""Two people meet through the distribution's nginx and Caddy, at the root and below a sub-path.

The WebSocket passes through the proxy, media beside it. The fixtures are those of `test_proxies`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiortc.mediastreams import MediaStreamError
from test_proxies import Behind, behind, setup

from kit.peer import Participant, participant
from kit.server import start_server

__all__ = ["behind", "setup", "start_server"]


class Frames:
    """Counts what a participant decodes."""

    def __init__(self, one: Participant) -> None:
        self.counts = {"audio": 0, "video": 0}
        self.enough = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        one.consume = lambda track: self.tasks.append(asyncio.create_task(self.count(track)))

    async def count(self, track: Any) -> None:
        try:
            while True:
                await track.recv()
                self.counts[track.kind] += 1
                if min(self.counts.values()) >= 5:
                    self.enough.set()
        except MediaStreamError:
            pass


async def test_people_meet_behind_a_proxy(behind: Behind) -> None:
    server, url = behind
    websocket = f"wss{url.removeprefix('https')}ws"
    async with participant(websocket) as jane, participant(websocket) as john:
        seen = Frames(john)
        await jane.join("demo", "jane")
        await john.join("demo", "john")
        await jane.publish()
        async with asyncio.timeout(20):
            await seen.enough.wait()
        await jane.send(type="chat", source=jane.id, username="jane", value="hello")
        assert (await john.wait("chat"))["value"] == "hello"
    assert "Traceback" not in server.log()
