"""What a connection held goes when it ends, by reference counts alone: the collector that finds cycles
may not run for hours. Counts the objects of a whole server, with real WebSockets and real media.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from galene_py.app import Options, Server
from kit import loadpeer
from kit.lightpeople import Person
from kit.loadpeer import VP8, LoadPeer
from kit.server import OPEN_GROUP

ON_UVLOOP = True
ROOMS = ("engine", "sfu", "transport", "conference", "signalling", "web")
COUNTED = (*(f"galene_py.{room}." for room in ROOMS), "OpenSSL.SSL.Connection", "pylibsrtp.", "aiohttp.web")
"""Modules of types; those of `groups` stay for a while, so that who lost the connection may come back."""


class Neighbour(Person):
    """A person in the process of the server."""

    async def connect(self, peer: LoadPeer, description: str) -> None:
        await asyncio.to_thread(peer.connect, description, self.media)

    def speak(self) -> None:
        """Send a keyframe, and reports on what is received."""
        assert self.up is not None
        payload = loadpeer.vp8_payload(1, 500, start=True, key=True)
        for packet in self.up.protected([loadpeer.rtp(2, 1, 3000, VP8, "1", payload, True)]):
            self.up.sock.send(packet)
        for peer, ssrcs in self.down:
            for report in peer.protected_rtcp([loadpeer.receiver_report(7, ssrcs["video"], 1, 1_000_000)]):
                peer.sock.send(report)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    groups = tmp_path / "groups"
    groups.mkdir()
    (groups / "meeting.json").write_text(json.dumps(OPEN_GROUP))
    server = Server(
        Options(
            http="127.0.0.1:0",
            insecure=True,
            data=tmp_path / "data",
            groups=groups,
            recordings=tmp_path / "recordings",
        )
    )
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def census() -> Counter[str]:
    """How many objects there are of each type that is counted."""
    kinds = Counter(type(thing) for thing in gc.get_objects())
    names = {f"{kind.__module__}.{kind.__qualname__}": count for kind, count in kinds.items()}
    return Counter({name: count for name, count in names.items() if name.startswith(COUNTED)})


async def meet(server: Server) -> None:
    """Four people with cameras, all of whom go in another way."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        people = []
        for number in range(4):
            socket = await session.ws_connect(f"ws://127.0.0.1:{server.port}/ws")
            people.append(one := Neighbour(socket, server.port))
            stack.callback(one.close)
            await one.join("meeting", f"person {number}")
        for one in people:
            await one.publish()
        for one in people:
            await one.receive(3)
        peers = server.hub.peers
        assert len(peers) == 16
        assert all(peer.connected for peer in peers)
        for one in people:
            one.speak()
        await until(lambda: all(len(peer.incoming.sources) for peer in server.hub.peers))
        ends_stream, leaves, says_goodbye, is_cut = people
        await ends_stream.send(type="close", id=ends_stream.stream)
        await leaves.next("close")
        await leaves.send(type="join", kind="leave", group="meeting")
        await leaves.next("joined")
        await says_goodbye.socket.close()
        is_cut.socket._response.close()  # type: ignore[attr-defined]  # no closing handshake
        await ends_stream.socket.close()
        await leaves.socket.close()
    await until(lambda: not server.debug_state()["conference"]["clients"])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # of objects that go, nobody is told
            await asyncio.sleep(0.05)


async def test_everything_goes_without_the_collector(server: Server, no_collector: None) -> None:
    await meet(server)  # what stays after the first serves the following ones
    gc.collect()
    before = census()
    await meet(server)
    try:
        await until(lambda: not census() - before)
    except TimeoutError:
        pytest.fail(f"left behind: {dict(census() - before)}")
