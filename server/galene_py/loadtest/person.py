"""One person of a test: joins, sends if it has a camera, receives what it asked for, and goes.

Owned by the test. A person's signalling has one task; its media has none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp

from galene_py.client.address import Place
from galene_py.client.errors import ClientError
from galene_py.client.session import Credentials, Session, connect
from galene_py.loadtest import descriptions, limits
from galene_py.loadtest.descriptions import Incoming
from galene_py.loadtest.figures import Spread
from galene_py.loadtest.peer import MediaPeer
from galene_py.loadtest.receiver import Received, Receiver
from galene_py.loadtest.sender import Sender
from galene_py.rtp import RtpError, rtcp
from galene_py.rtp.rtcp import Item, Remb, Rr, Sr
from galene_py.sdp.model import SdpError
from galene_py.signalling import messages as m
from galene_py.transport.dtls.session import DtlsCertificate

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""


@dataclass(slots=True)
class Counted:
    """What all people of a test counted together."""

    joins: Spread = field(default_factory=Spread)
    """Seconds from the first packet to the server until `joined`."""
    connections: Spread = field(default_factory=Spread)
    """Seconds from a description to media that can flow."""
    received: Received = field(default_factory=Received)
    failures: dict[str, int] = field(default_factory=dict)
    """What went wrong, how often."""

    def failed(self, what: str) -> None:
        """Count a failure by its words."""
        self.failures[what] = self.failures.get(what, 0) + 1


class Down:
    """One stream that comes in: a connection and its sources."""

    def __init__(self, certificate: DtlsCertificate, counted: Received) -> None:
        self.peer = MediaPeer(certificate, self._rtp, self._rtcp)
        self.tracks: dict[int, Incoming] = {}
        self._counted = counted
        self._offered = time.monotonic()
        self._receivers: dict[bytes, Receiver] = {}
        self._report_due = 0.0

    def poll(self, now: float) -> None:
        """Ask and report, when that is due."""
        self.peer.poll(now)
        items: list[Item] = []
        for receiver in self._receivers.values():
            items += receiver.ask(now)
        if now >= self._report_due and self._receivers:
            self._report_due = now + limits.REPORT_SECONDS
            blocks = [receiver.report(now) for receiver in self._receivers.values()]
            videos = [each.ssrc for each in self._receivers.values() if each.track.kind == "video"]
            items.insert(0, Rr(1, tuple(block for block in blocks if block is not None)))
            if videos:
                items.append(Remb(1, limits.ABLE_BITS_PER_SECOND, tuple(videos)))
        if items:
            self.peer.send_rtcp(rtcp.serialize(items))

    def _rtp(self, packets: list[bytes], now: float) -> None:
        for packet in packets:
            receiver = self._receivers.get(packet[8:12])
            if receiver is None:
                track = self.tracks.get(packet[1] & 0x7F)
                if track is None:
                    continue
                ssrc = packet[8:12]
                receiver = Receiver(int.from_bytes(ssrc), track, self._counted, self._offered)
                self._receivers[ssrc] = receiver
            receiver.packet(packet, now)

    def _rtcp(self, compound: bytes, now: float) -> None:
        try:
            items = rtcp.parse_compound(compound)
        except RtpError:
            return
        for item in items:
            if isinstance(item, Sr) and (found := self._receivers.get(item.ssrc.to_bytes(4))):
                found.sender_report(item.ntp, now)


class Person:
    """`enter`, `publish`, then `poll` again and again; `leave`."""

    def __init__(self, certificate: DtlsCertificate, counted: Counted, number: int) -> None:
        self.number = number
        self._certificate = certificate
        self._counted = counted
        self._session: Session | None = None
        self._stack = AsyncExitStack()
        self._up: tuple[MediaPeer, Sender] | None = None
        self._flowing = False
        self._downs: dict[str, Down] = {}
        self._messages: asyncio.Queue[m.Message] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None

    @property
    def sent(self) -> Sender | None:
        """Its camera, if it has one."""
        return self._up[1] if self._up else None

    @property
    def streams(self) -> int:
        """That it receives."""
        return len(self._downs)

    async def enter(
        self,
        http: aiohttp.ClientSession,
        place: Place,
        credentials: Credentials,
        wants: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Join, and say what is wanted. Raises ClientError."""
        began = time.monotonic()
        listen = self._messages.put_nowait
        session = await self._stack.enter_async_context(connect(http, place.endpoint, listen=listen))
        self._session = session
        self._reader = asyncio.create_task(self._read(session))
        await session.join(place.group, credentials)
        self._counted.joins.add(time.monotonic() - began)
        await session.request(wants)

    async def publish(self, rate: int) -> None:
        """Begin to send; `rate`: bit/s of video. Raises ClientError, OSError, SdpError."""
        assert self._session is not None
        sender = Sender(rate, self.number)
        peer = MediaPeer(self._certificate, lambda packets, now: None, self._feedback)
        self._up = peer, sender
        offer = descriptions.offer(peer.ice, self._certificate.fingerprint, sender.ssrcs)
        began = time.monotonic()
        answer = await self._session.publish(f"camera-{self.number}-{peer.ice.ufrag}", offer)
        peer.set_remote(descriptions.remote(answer), controlling=True)
        await peer.connected
        now = time.monotonic()
        self._counted.connections.add(now - began)
        sender.start(now)
        self._flowing = True

    def poll(self, now: float) -> None:
        """Send, report and ask, as is due."""
        if self._up is not None:
            peer, sender = self._up
            peer.poll(now)
            if self._flowing:
                if packets := sender.poll(now):
                    peer.send_rtp(packets)
                report = sender.report(now, time.time() + NTP_EPOCH)
                if report is not None:
                    peer.send_rtcp(report)
        for down in self._downs.values():
            down.poll(now)

    async def leave(self) -> None:
        """Go. Harmless when gone."""
        self._flowing = False
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        for down in self._downs.values():
            down.peer.close()
        if self._up is not None:
            self._up[0].close()
        self._downs.clear()
        await self._stack.aclose()

    # --- inside ------------------------------------------------------------------------------------

    def _feedback(self, compound: bytes, now: float) -> None:
        if self._up is not None and (again := self._up[1].rtcp(compound)):
            self._up[0].send_rtp(again)

    async def _read(self, session: Session) -> None:
        while True:
            message = await self._messages.get()
            try:
                await self._handle(session, message)
            except (ClientError, SdpError, OSError) as error:
                self._counted.failed(str(error))

    async def _handle(self, session: Session, message: m.Message) -> None:
        match message:
            case m.Offer():
                await self._offered(session, message)
            case m.Close() if message.id in self._downs:
                self._downs.pop(message.id).peer.close()
            case m.Ice() if message.candidate is not None:
                line = str(message.candidate.get("candidate", ""))
                peers = [down.peer for identity, down in self._downs.items() if identity == message.id]
                for peer in peers or ([self._up[0]] if self._up else []):
                    peer.add(descriptions.addresses([line]))
            case m.UserMessage(kind="kicked"):
                self._counted.failed(f"put out: {message.value}")

    async def _offered(self, session: Session, message: m.Offer) -> None:
        if message.replace and message.replace in self._downs:
            self._downs.pop(message.replace).peer.close()
        down = self._downs.get(message.id)
        known = down is not None
        if down is None:
            down = Down(self._certificate, self._counted.received)
        text, tracks = descriptions.answer(message.sdp, down.peer.ice, self._certificate.fingerprint)
        down.tracks |= tracks
        self._downs[message.id] = down
        await session.answer(message.id, text)
        if not known:
            began = time.monotonic()
            down.peer.connected.add_done_callback(lambda future: self._connected(future, began))
            down.peer.set_remote(descriptions.remote(message.sdp), controlling=False)

    def _connected(self, future: asyncio.Future[None], began: float) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._counted.connections.add(time.monotonic() - began)
        else:
            self._counted.failed(str(error))
