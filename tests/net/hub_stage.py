"""A hub whose clock a test can advance, and people who join it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiortc_peer import Recorder
from light_client import LightClient, rtp

from galene_py.transport.hub import TransportHub
from galene_py.transport.peer import PeerTransport


class Clock:
    """Monotonic time that a test can advance."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def hub(clock: Clock) -> AsyncIterator[TransportHub]:
    hub = TransportHub(public_addresses=["127.0.0.1"], clock=clock)
    await hub.start(tcp=True)
    yield hub
    hub.close()


async def join(
    hub: TransportHub, *, tcp: bool = False, host: str = "127.0.0.1"
) -> tuple[LightClient, Recorder, PeerTransport]:
    recorder = Recorder()
    peer = hub.open(recorder)
    client = await LightClient(hub, peer, tcp=tcp, host=host).connect()
    assert recorder.connections == 1
    return client, recorder, peer


async def works(hub: TransportHub, client: LightClient, recorder: Recorder, peer: PeerTransport) -> None:
    """Packets pass both ways."""
    before = len(recorder.packets)
    client.sequence += 1
    number = client.sequence
    client.media(rtp(number, 1))
    await recorder.until(lambda: rtp(number, 1) in recorder.packets[before:])
    hub.outbox.rtp([peer], [rtp(number, 2)])
    await client.until(lambda: client.rtp and client.rtp[-1] == rtp(number, 2))


async def gone(*peers: PeerTransport) -> None:
    async with asyncio.timeout(5):
        while not all(peer.closed for peer in peers):  # noqa: ASYNC110  # nobody is told of these
            await asyncio.sleep(0.005)
