"""A peer connection that sends what is played, by aiortc: packets as they are, or encoded by it.

Owner of the state: one attempt to publish.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiortc import (
    MediaStreamTrack,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from galene_py.client import ice_servers
from galene_py.client.errors import StreamError
from galene_py.client.playing import Line, Media, Part
from galene_py.sdp import reader
from galene_py.sdp.model import SdpError

_MIME = {"vp8": "video/VP8", "h264": "video/H264", "opus": "audio/opus", "libopus": "audio/opus"}
_OUR_PROFILE = "42e01f"
"""What aiortc says of its H.264; replaced by what is really sent, which it does not look at."""


class _Track(MediaStreamTrack):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self.kind = line.kind
        self.ended = asyncio.Event()
        self._line = line

    async def recv(self) -> Media:
        media = await self._line.next()
        if media is None:
            self.ended.set()
            self.stop()
            raise MediaStreamError
        return media


class Outgoing:
    """`offer`, then `take` the answer; `gone` says when the connection is."""

    def __init__(
        self,
        lines: Sequence[Line],
        parts: Mapping[str, Part],
        copied: frozenset[str],
        configuration: Mapping[str, object],
    ) -> None:
        """`copied`: kinds that are sent as they are; the others' codec is whatever the group likes best."""
        self.gone = asyncio.Event()
        self._tracks = [_Track(line) for line in lines]
        self._connection = RTCPeerConnection(ice_servers.for_aiortc(configuration))
        self._taken: frozenset[str] = frozenset()
        self._profile = ""
        self._connection.on("connectionstatechange", self._changed)
        for track in self._tracks:
            sender = self._connection.addTransceiver(track, direction="sendonly")
            if track.kind in copied:
                part = parts[track.kind]
                mime = _MIME[part.codec]
                known = RTCRtpSender.getCapabilities(track.kind).codecs
                sender.setCodecPreferences([codec for codec in known if codec.mimeType == mime])
                if part.codec == "h264":
                    self._profile = part.profile

    async def offer(self) -> str:
        """What is to be offered, all candidates in it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        sdp = str(self._connection.localDescription.sdp)
        return sdp.replace(_OUR_PROFILE, self._profile) if self._profile else sdp

    async def take(self, answer: str) -> frozenset[str]:
        """The kinds that are taken. Raises StreamError."""
        if self._profile:
            answer = answer.replace(self._profile, _OUR_PROFILE)
        try:
            sections = reader.parse(answer).sections
            taken = frozenset(
                each.kind
                for each in sections
                if not each.rejected and each.direction in ("recvonly", "sendrecv")
            )
            if taken:
                await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        except (SdpError, ValueError) as error:
            raise StreamError(f"the answer cannot be used: {error}") from None
        self._taken = taken
        return taken

    @property
    def ended(self) -> bool:
        """Whether all was sent."""
        return all(track.ended.is_set() for track in self._tracks if track.kind in self._taken)

    async def close(self) -> None:
        """End it. What is played may go on by another."""
        await self._connection.close()

    def _changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self.gone.set()
