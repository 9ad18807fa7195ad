"""The hub's TCP connections: silent ones, slow ones, and when they are used."""

from __future__ import annotations

import asyncio

from hub_stage import Clock, clock, hub, join, works
from light_client import report, rtp

from galene_py.transport import limits
from galene_py.transport.hub import TransportHub

__all__ = ["clock", "hub"]


async def test_tcp_connection_without_a_check_is_closed(hub: TransportHub, clock: Clock) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.tcp_port)
    writer.write(b"\0\x20\x16" + bytes(31))
    assert await reader.read() == b""
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.tcp_port)
    writer.write(b"\xff\xff")
    assert await reader.read() == b""
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.tcp_port)
    clock.ahead = limits.TCP_STRANGER_SECONDS + 1
    assert await reader.read() == b""
    writer.close()


async def test_too_many_silent_tcp_connections_push_out_the_oldest(hub: TransportHub) -> None:
    connections = [
        await asyncio.open_connection("127.0.0.1", hub.tcp_port) for _ in range(limits.TCP_STRANGERS + 3)
    ]
    for reader, _ in connections[:3]:
        assert await reader.read() == b""
    assert hub.debug_state()["tcp_unproven"] == limits.TCP_STRANGERS
    client, recorder, peer = await join(hub, tcp=True)
    await works(hub, client, recorder, peer)
    for _, writer in connections:
        writer.close()


async def test_a_slow_tcp_peer_loses_packets_and_holds_no_more_than_the_bound(hub: TransportHub) -> None:
    client, _, peer = await join(hub, tcp=True)
    client.loop.remove_reader(client.sock.fileno())
    packets = [rtp(n, 2, bytes(1100)) for n in range(20_000)]
    for start in range(0, len(packets), 100):
        hub.outbox.rtp([peer], packets[start : start + 100])
        await asyncio.sleep(0)
    client.loop.add_reader(client.sock.fileno(), client._readable)
    hub.outbox.rtcp(peer, report(9))
    await client.until(lambda: client.rtcp)
    assert 0 < len(client.rtp) < len(packets)


async def test_tcp_takes_over_when_it_is_all_there_is_and_udp_is_preferred(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub, tcp=True)
    client.tcp = False
    client.move()
    client.check()
    await client.until(lambda: len(client.stun) > 1)
    await works(hub, client, recorder, peer)
    ice = peer.debug_state()["ice"]
    assert isinstance(ice, dict)
    assert ice["transport"] == "udp"
