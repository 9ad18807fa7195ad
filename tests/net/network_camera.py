"""A camera for tests on bad networks: what a sending browser does, as far as a server can see it.

Obeys REMB, answers requests for packets and keyframes, and reports.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from emulator import Line
from network_endpoint import Endpoint

from galene_py.engine.media import MediaEngine
from galene_py.engine.published import PublishedStream
from galene_py.rtp import rtcp
from galene_py.sfu.clock import to_ntp

OPUS, VP8 = 111, 96
MID_ID, RID_ID = 4, 10
AUDIO_SSRC, VIDEO_SSRC = 1, 2
RIDS = ("h", "l")
FRAME_S = 1 / 30
SOUND_S = 0.02
PAYLOAD_BYTES = 1000
FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


class Camera(Endpoint):
    """Sound, and a picture in one or two encodings, best first; 30 frames per second."""

    def __init__(self, line: Line, rates: Sequence[int], temporal_layers: int = 1) -> None:
        super().__init__(line)
        self.quiet = False
        """Whether nobody speaks: a packet of sound every 400 ms (DTX)."""
        self.rates = list(rates)
        self.temporal_layers = temporal_layers
        self.allowed = float(sum(rates))
        self.sent = self.nacked = self.keyframe_requests = 0
        self.history: dict[tuple[int, int], bytes] = {}
        self.sequences = [0xFFF0] * (1 + len(rates))
        """Of sound, then of each encoding; they wrap soon."""
        self.wanted = [True] * len(rates)
        self._frames = self._sounds = 0
        self._tl0 = [0] * len(rates)
        self.stream: PublishedStream
        self.reasons: list[str] = []

    async def publish(self, engine: MediaEngine) -> Camera:
        lines = self.head(["0", "1"])
        lines += [f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}", *self.transport("actpass"), "a=mid:0"]
        lines += [f"a=extmap:{MID_ID} urn:ietf:params:rtp-hdrext:sdes:mid", "a=sendonly"]
        lines += [f"a=rtpmap:{OPUS} opus/48000/2", f"a=ssrc:{AUDIO_SSRC} cname:camera"]
        lines += [f"m=video 9 UDP/TLS/RTP/SAVPF {VP8}", *self.transport("actpass"), "a=mid:1"]
        lines += [f"a=extmap:{MID_ID} urn:ietf:params:rtp-hdrext:sdes:mid"]
        lines += [f"a=extmap:{RID_ID} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", "a=sendonly"]
        lines += [f"a=rtpmap:{VP8} VP8/90000", *(f"a=rtcp-fb:{VP8} {item}" for item in FEEDBACK)]
        if len(self.rates) > 1:
            lines += [*(f"a=rid:{rid} send" for rid in RIDS), "a=simulcast:send " + ";".join(RIDS)]
        else:
            lines += [f"a=ssrc:{VIDEO_SSRC} cname:camera"]
        offer = "\r\n".join(lines) + "\r\n"
        self.stream = engine.publish(
            offer, codecs=["vp8", "opus"], label="camera", on_closed=self.reasons.append
        )
        await self.connect(self.stream.answer)
        return self

    def started(self) -> None:
        self._began = self.loop.time()
        self.picture()
        self.sound()
        self.sender_reports()

    # Media

    def picture(self) -> None:
        if self.closed:
            return
        layer = {1: (0,), 2: (0, 1), 3: (0, 2, 1, 2)}[self.temporal_layers]
        temporal = layer[self._frames % len(layer)]
        left = self.allowed
        for index in reversed(range(len(self.rates))):  # the poorest first, as browsers do
            rate = min(left, self.rates[index])
            if rate < self.rates[index] / 3 and index + 1 < len(self.rates):
                continue
            left -= rate
            self.frame(index, int(rate * FRAME_S / 8), temporal)
        self._frames += 1
        self.loop.call_at(self._began + self._frames * FRAME_S, self.picture)

    def frame(self, index: int, size: int, temporal: int) -> None:
        key, self.wanted[index] = self.wanted[index], False
        temporal = 0 if key else temporal
        if temporal == 0:
            self._tl0[index] = (self._tl0[index] + 1) & 0xFF
        count = max(1, -(-size // PAYLOAD_BYTES))
        for part in range(count):
            head = bytearray((0x80 | (0x10 if part == 0 else 0), 0x80))
            head += (0x8000 | self._frames & 0x7FFF).to_bytes(2)
            if self.temporal_layers > 1:
                head[1] |= 0x60
                sync = key or self._frames % 4 in (1, 2)  # these refer to the base layer only, as in libvpx
                head += bytes((self._tl0[index], temporal << 6 | (0x20 if sync else 0)))
            # The frame's own header, with the size where it is a keyframe (RFC 6386 §9.1).
            head += (
                bytes((0, 0, 0, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00)) if key and part == 0 else b"\x01"
            )
            payload = bytes(head) + bytes(max(0, size // count - len(head)))
            stamp = self._frames * 3000 + 100_000 * index
            self.send_packet(1 + index, VIDEO_SSRC + index, VP8, stamp, payload, part == count - 1)

    def sound(self) -> None:
        if self.closed:
            return
        if not self.quiet or self._sounds % 20 == 0:
            self.send_packet(0, AUDIO_SSRC, OPUS, self._sounds * 960, bytes(80), False)
        self._sounds += 1
        self.loop.call_at(self._began + self._sounds * SOUND_S, self.sound)

    def send_packet(
        self, section: int, ssrc: int, payload_type: int, stamp: int, payload: bytes, marker: bool
    ) -> None:
        sequence = self.sequences[section] = (self.sequences[section] + 1) & 0xFFFF
        mid = b"1" if section else b"0"
        extension = bytes((MID_ID << 4 | len(mid) - 1,)) + mid
        if section and len(self.rates) > 1:
            extension += bytes((RID_ID << 4,)) + RIDS[section - 1].encode()
        extension += bytes(-len(extension) % 4)
        head = struct.pack(
            "!BBHII", 0x90, marker << 7 | payload_type, sequence, stamp & 0xFFFFFFFF, ssrc
        ) + struct.pack("!HH", 0xBEDE, len(extension) // 4)
        plain = self.history[ssrc, sequence] = head + extension + payload
        self.sent += 1
        self.media(plain)

    def sender_reports(self) -> None:
        if self.closed:
            return
        elapsed = self.loop.time() - self._began
        ntp = to_ntp(5000 + elapsed)
        self.report(
            rtcp.Sr(AUDIO_SSRC, ntp, int(48000 * elapsed), 0, 0), rtcp.Sdes.cname(AUDIO_SSRC, "camera")
        )
        for index in range(len(self.rates)):
            ssrc, stamp = VIDEO_SSRC + index, int(90000 * elapsed) + 100_000 * index
            self.report(rtcp.Sr(ssrc, ntp, stamp & 0xFFFFFFFF, 0, 0), rtcp.Sdes.cname(ssrc, "camera"))
        self.loop.call_later(0.5, self.sender_reports)

    # Feedback

    def rtcp(self, items: list[rtcp.Item]) -> None:
        for item in items:
            if isinstance(item, rtcp.Nack):
                self.nacked += len(item.lost)
                for sequence in item.lost:
                    known = self.history.get((item.media_ssrc, sequence))
                    if known is not None:
                        self.media(known)
            elif isinstance(item, rtcp.Pli):
                self.keyframe_requests += 1
                self.wanted[item.media_ssrc - VIDEO_SSRC] = True
            elif isinstance(item, rtcp.Remb):
                self.allowed = float(item.bitrate)

    # What the server knows

    def track(self, kind: str) -> dict[str, object]:
        tracks = self.stream.debug_state()["tracks"]
        assert isinstance(tracks, list)
        return next(track for track in tracks if track["kind"] == kind)

    def encoding(self, index: int = 0) -> dict[str, float]:
        encodings = self.track("video")["encodings"]
        assert isinstance(encodings, list)
        found: dict[str, float] = encodings[index]
        return found
