"""The hub against aiortc's ICE agent, DTLS client and SRTP, over real loopback sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiortc_peer import AiortcPeer, Recorder, receiver_report, rtp_packet

from galene_py.transport.hub import TransportHub


@pytest.fixture
async def hub() -> AsyncIterator[TransportHub]:
    hub = TransportHub(public_addresses=["127.0.0.1"])
    await hub.start(tcp=True)
    yield hub
    hub.close()


async def connected(hub: TransportHub, *, passive: bool = False) -> tuple[AiortcPeer, Recorder, object]:
    recorder, remote = Recorder(), AiortcPeer()
    peer = hub.open(recorder)
    await remote.connect(hub, peer, passive=passive)
    await recorder.until(lambda: recorder.connections)
    return remote, recorder, peer


@pytest.mark.parametrize("passive", [False, True])
async def test_packets_flow_both_ways(hub: TransportHub, *, passive: bool) -> None:
    remote, recorder, peer = await connected(hub, passive=passive)
    sent = [rtp_packet(1111, n) for n in range(20)]
    for packet in sent:
        await remote.send(packet)
    await remote.send(receiver_report(1111))
    await recorder.until(lambda: len(recorder.packets) == 20 and recorder.reports)
    assert recorder.packets == sent
    assert recorder.reports == [receiver_report(1111)]

    out = [rtp_packet(2222, n, bytes(n % 3) + bytes(100)) for n in range(200)]
    hub.outbox.rtp([peer], out)
    hub.outbox.rtcp(peer, receiver_report(2222))
    await remote.until(lambda: len(remote.rtp) == 200 and remote.rtcp)
    assert remote.rtp == out
    assert remote.rtcp == [receiver_report(2222)]
    await remote.close()
    await recorder.until(lambda: recorder.reason)
    print(hub.debug_state(), peer.debug_state())
