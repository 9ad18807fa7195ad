"""What a connection held goes when it ends, by reference counts alone: the collector that finds cycles
may not run for hours. Counts the objects of a whole server, with real WebSockets and real media.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from census import census, server_here, without_collector

from galene_py.app import Server
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
    async with server_here(tmp_path, "meeting", OPEN_GROUP) as server:
        yield server


@pytest.fixture
def no_collector() -> Iterator[None]:
    with without_collector():
        yield


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
    before = census(COUNTED)
    await meet(server)
    try:
        await until(lambda: not census(COUNTED) - before)
    except TimeoutError:
        pytest.fail(f"left behind: {dict(census(COUNTED) - before)}")
