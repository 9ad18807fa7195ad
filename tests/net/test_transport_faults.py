"""The hub and bad input: strangers, forgeries, floods, more sources than there is room for, a standstill."""

from __future__ import annotations

import asyncio
import os
import socket
import time

import pytest
from aiortc_peer import Recorder
from hub_stage import Clock, clock, hub, join, works
from light_client import LightClient, report, rtp

from galene_py.transport import limits
from galene_py.transport.hub import TransportHub
from galene_py.transport.ice import stun
from galene_py.transport.interfaces import CloseReason

__all__ = ["clock", "hub"]


async def test_udp_ipv4_ipv6_and_tcp(hub: TransportHub) -> None:
    for tcp in (False, True):
        for host in ("127.0.0.1", "::1"):
            try:
                client, recorder, peer = await join(hub, tcp=tcp, host=host)
            except OSError:
                continue  # no IPv6 here
            await works(hub, client, recorder, peer)
            client.report(report())
            await recorder.until(lambda recorder=recorder: recorder.reports == [report()])
            hub.outbox.rtcp(peer, report(2))
            await client.until(lambda client=client: client.rtcp == [report(2)])
            client.close()


async def test_a_reply_comes_from_the_address_that_was_asked(hub: TransportHub) -> None:
    """On a host with several addresses: a connected socket would not see any other."""
    client, _, peer = await join(hub, host="127.0.0.7")
    packets = [rtp(n, 2) for n in range(8)]
    hub.outbox.rtp([peer], packets)
    await client.until(lambda: client.rtp == packets)


@pytest.mark.parametrize("size", [0, 1, 2, 11, 12, 13, 20, 1500, 1501, 2047, 2048, 2049, 9000, 65507])
async def test_strangers_datagrams_of_every_size_and_first_byte(hub: TransportHub, size: int) -> None:
    client, recorder, peer = await join(hub)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for first in range(256) if size < 3000 else range(0, 256, 16):
            data = (bytes((first,)) + os.urandom(size))[:size]
            stranger.sendto(data, ("127.0.0.1", hub.udp_port))
            if first % 16 == 0:
                await asyncio.sleep(0)
        await works(hub, client, recorder, peer)
    assert recorder.reason is None
    assert hub.debug_state()["peers"] == 1
    assert hub.debug_state()["paths"] == 1


@pytest.mark.parametrize("size", [0, 1, 2, 11, 12, 13, 20, 40, 1500, 2047, 2048, 9000])
async def test_nonsense_from_the_peers_own_address(hub: TransportHub, size: int) -> None:
    client, recorder, peer = await join(hub)
    for first in range(256):
        client.send((bytes((first,)) + os.urandom(size))[:size])
        if first % 16 == 0:
            await asyncio.sleep(0)
    await works(hub, client, recorder, peer)
    assert recorder.reason is None


async def test_a_flood_does_not_stop_others(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for _ in range(20):
            for n in range(500):
                stranger.sendto(b"\0\1" + os.urandom(50 + n % 3), ("127.0.0.1", hub.udp_port))
            await asyncio.sleep(0)
        await works(hub, client, recorder, peer)


async def test_dtls_and_media_before_a_check_are_ignored(hub: TransportHub) -> None:
    recorder = Recorder()
    peer = hub.open(recorder)
    client = LightClient(hub, peer)
    client.shake()
    client.send(rtp(1))
    client.check(pwd="guess")
    client.check(ufrag="nobody")
    client.shake()
    client.check()
    await client.until(lambda: client.stun)
    assert len(client.stun) == 1
    assert peer.debug_state()["dtls"] is None
    assert not recorder.packets
    state = hub.debug_state()
    assert state["strangers"] == 2
    assert state["unknown_checks"] == 1


async def test_role_conflict_is_answered(hub: TransportHub) -> None:
    peer = hub.open(Recorder())
    client = LightClient(hub, peer)
    attributes = [
        (stun.USERNAME, f"{peer.ufrag}:x".encode()),
        (stun.PRIORITY, bytes(4)),
        (stun.ICE_CONTROLLED, bytes(8)),
    ]
    client.send(stun.build(stun.BINDING, stun.REQUEST, bytes(12), attributes, key=peer.pwd.encode()))
    await client.until(lambda: client.stun)
    assert client.stun[0].message_class == stun.ERROR


async def test_a_wrong_fingerprint_tears_down(hub: TransportHub) -> None:
    recorder = Recorder()
    peer = hub.open(recorder)
    client = LightClient(hub, peer)
    client.fingerprints = [("sha-256", "00:" * 31 + "00")]
    await client.connect()
    await recorder.until(lambda: recorder.reason)
    assert recorder.reason == CloseReason.FINGERPRINT
    assert recorder.connections == 0
    assert not hub.peers


async def test_the_description_may_come_after_the_handshake(hub: TransportHub) -> None:
    recorder = Recorder()
    peer = hub.open(recorder)
    client = LightClient(hub, peer)
    client.check()
    await client.until(lambda: client.stun)
    client.shake()
    await client.until(lambda: client.connected)
    client.media(rtp(1))
    await client.settled()
    assert not recorder.packets
    peer.set_remote(client.ufrag, client.pwd, client.fingerprints)
    assert recorder.connections == 1
    await works(hub, client, recorder, peer)


async def test_replayed_and_forged_packets_are_dropped(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    assert client.tx is not None
    packet = client.tx.protect(rtp(1))
    forged = bytearray(client.tx.protect(rtp(2)))
    forged[-1] ^= 1
    for data in (packet, packet, bytes(forged), packet):
        client.send(data)
    await client.settled()
    assert recorder.packets == [rtp(1)]
    assert peer.debug_state()["rejected"] == 3


async def test_sources_are_bounded(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    for ssrc in range(1, 200):
        client.media(rtp(1, ssrc))
        if ssrc % 20 == 0:
            await client.settled()
    await client.settled()
    assert len(recorder.packets) == limits.SSRCS_PER_PEER
    assert peer.debug_state()["overflow"] == 199 - limits.SSRCS_PER_PEER
    await works(hub, client, recorder, peer)


async def test_a_source_that_was_long_silent_makes_room(hub: TransportHub, clock: Clock) -> None:
    """One after the other there may be any number; what made room cannot be replayed."""
    client, recorder, peer = await join(hub)
    assert client.tx is not None
    recorded = client.tx.protect(rtp(1, 1000))
    client.send(recorded)
    for ssrc in range(1001, 1000 + 3 * limits.SSRCS_PER_PEER):
        client.media(rtp(1, ssrc))
        if ssrc % 8 == 0:
            await works(hub, client, recorder, peer)
            clock.ahead += limits.SSRC_PERIOD_SECONDS
            peer.poll(hub.clock())
    await works(hub, client, recorder, peer)
    assert peer.debug_state()["sources"] == limits.SSRCS_PER_PEER
    assert not peer.debug_state()["overflow"]
    before = len(recorder.packets)
    client.send(recorded)
    await works(hub, client, recorder, peer)
    assert len(recorder.packets) == before + 1


async def test_state_of_what_is_sent_no_more_is_freed(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    for ssrc in range(1000, 1010):
        hub.outbox.rtp([peer], [rtp(1, ssrc)])
        hub.outbox.rtcp(peer, report(ssrc))
        peer.retire(ssrc)
        peer.retire(ssrc)
    await client.until(lambda: len(client.rtp) == len(client.rtcp) == 10)
    await works(hub, client, recorder, peer)


async def test_forged_sources_do_not_use_up_the_bound(hub: TransportHub) -> None:
    client, recorder, peer = await join(hub)
    for ssrc in range(1000, 1100):
        client.send(rtp(1, ssrc, bytes(40)))
    await client.settled()
    await works(hub, client, recorder, peer)


@pytest.mark.parametrize("tcp", [False, True])
async def test_media_that_waited_while_the_process_stood_still_is_dropped(
    hub: TransportHub, monkeypatch: pytest.MonkeyPatch, tcp: bool
) -> None:
    """And checks that waited are answered; what comes afterwards is as good as ever."""
    client, recorder, peer = await join(hub, tcp=tcp)
    await works(hub, client, recorder, peer)
    monkeypatch.setattr(limits, "STANDSTILL_SECONDS", 0.3)
    await client.settled()
    before = len(recorder.packets)
    for number in range(100):  # fits every kernel's buffer
        client.media(rtp(number, 7))
        client.report(report(7))
    answers = len(client.stun)
    client.check()
    time.sleep(0.4)  # noqa: ASYNC251  # nobody runs
    await client.until(lambda: len(client.stun) > answers)
    monkeypatch.undo()
    await works(hub, client, recorder, peer)
    assert len(recorder.packets) == before + 1
    assert not recorder.reports
    assert hub.debug_state()["stale"] == 200


async def test_packets_of_one_wake_up_come_together_and_before_the_report(hub: TransportHub) -> None:
    client, recorder, _ = await join(hub)
    client.report(report())
    for n in range(10):
        client.media(rtp(n))
    await recorder.until(lambda: len(recorder.packets) == 10)
    assert recorder.batches == [10]
