"""A full ICE agent with DTLS and SRTP, from aiortc, as the browser's side of a hub; no signalling.

The whole participant, with Galène's protocol over a WebSocket, is `peer`.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceParameters, RTCIceTransport
from aiortc.sdp import candidate_from_sdp

from galene_py.transport.hub import TransportHub
from galene_py.transport.peer import PeerTransport


def rtp_packet(ssrc: int, sequence: int, payload: bytes = b"payload", payload_type: int = 96) -> bytes:
    return (
        struct.pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, sequence * 3000 & 0xFFFFFFFF, ssrc)
        + payload
    )


def receiver_report(ssrc: int) -> bytes:
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc)


class Waiting:
    """Somebody whose `changed` is set whenever something happened to them."""

    changed: asyncio.Event

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class Recorder(Waiting):
    """A PeerHandler that writes down what it is told."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.reports: list[bytes] = []
        self.batches: list[int] = []
        self.connections = 0
        self.reason: str | None = None
        self.changed = asyncio.Event()

    def connected(self) -> None:
        self.connections += 1
        self.changed.set()

    def rtp(self, packets: list[bytearray], now: float) -> None:
        self.packets += map(bytes, packets)
        self.batches.append(len(packets))
        self.changed.set()

    def rtcp(self, packet: bytes, now: float) -> None:
        self.reports.append(packet)
        self.changed.set()

    def closed(self, reason: str) -> None:
        self.reason = reason
        self.changed.set()


class AiortcPeer(Waiting):
    """ICE and DTLS client of one hub peer."""

    def __init__(self) -> None:
        self.gatherer = RTCIceGatherer(iceServers=[])
        self.ice = RTCIceTransport(self.gatherer)
        self.certificate = RTCCertificate.generateCertificate()
        self.dtls = RTCDtlsTransport(self.ice, [self.certificate])
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.changed = asyncio.Event()

    @property
    def fingerprints(self) -> list[tuple[str, str]]:
        return [(f.algorithm, f.value) for f in self.dtls.getLocalParameters().fingerprints]

    async def connect(
        self,
        hub: TransportHub,
        peer: PeerTransport,
        candidates: Sequence[str] | None = None,
        *,
        passive: bool = False,
    ) -> None:
        """`passive`: as the DTLS server."""
        await self.gatherer.gather()
        local = self.gatherer.getLocalParameters()
        peer.set_remote(local.usernameFragment, local.password, self.fingerprints, passive=passive)
        await self.attach(hub, peer, candidates, passive=passive)

    async def attach(
        self,
        hub: TransportHub,
        peer: PeerTransport,
        candidates: Sequence[str] | None = None,
        *,
        passive: bool = False,
    ) -> None:
        lines = candidates or [c.sdp() for c in hub.candidates() if c.transport == "udp"]
        for line in lines:
            await self.ice.addRemoteCandidate(candidate_from_sdp(line))
        await self.ice.addRemoteCandidate(None)
        self.ice._connection.ice_controlling = True
        # aiortc drops what it cannot route; look at it before.
        self.dtls._handle_rtp_data = self._on_rtp  # type: ignore[method-assign]
        self.dtls._handle_rtcp_data = self._on_rtcp  # type: ignore[method-assign]
        await self.ice.start(RTCIceParameters(peer.ufrag, peer.pwd, iceLite=True))
        fingerprint = RTCDtlsFingerprint("sha-256", hub.fingerprint)
        ours, theirs = ("server", "client") if passive else ("client", "server")
        self.dtls._set_role(ours)
        await self.dtls.start(RTCDtlsParameters([fingerprint], theirs))

    async def _on_rtp(self, data: bytes, arrival_time_ms: int) -> None:
        self.rtp.append(data)
        self.changed.set()

    async def _on_rtcp(self, data: bytes) -> None:
        self.rtcp.append(data)
        self.changed.set()

    async def send(self, packet: bytes) -> None:
        await self.dtls._send_rtp(packet)

    async def close(self) -> None:
        await self.dtls.stop()
        await self.ice.stop()
