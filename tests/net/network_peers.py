"""A camera and a viewer for tests on bad networks: what browsers do, as far as a server can see it.

Real ICE checks, DTLS, SRTP and RTCP through a `Line` of the emulator. A camera obeys REMB, answers requests
for packets and keyframes and reports; a viewer asks for what is missing, reports, and keeps account of what
it could have shown and heard, and when.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import struct
from collections.abc import Sequence

from emulator import Line, Link
from OpenSSL import SSL
from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

from galene_py.engine.media import MediaEngine
from galene_py.engine.published import PublishedStream
from galene_py.engine.subscribed import SubscribedStream
from galene_py.rtp import packet, rtcp
from galene_py.rtp.sequence import extend
from galene_py.sfu.clock import middle, to_ntp
from galene_py.transport import sdp, stun
from galene_py.transport.dtls import Certificate
from galene_py.transport.hub import TransportHub

CERTIFICATE = Certificate()
OPUS, VP8 = 111, 96
MID_ID, RID_ID = 4, 10
AUDIO_SSRC, VIDEO_SSRC = 1, 2
RIDS = ("h", "l")
CHECK_S = 2.5
RETRY_S = 0.15
FRAME_S = 1 / 30
SOUND_S = 0.02
PAYLOAD_BYTES = 1000
BOTH = frozenset({"audio", "video"})
SEED = os.environ.get("NETWORK_SEED", "1")
"""Another one gives other losses: for looking further than the test run does."""
FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


class Endpoint:
    """ICE controlling agent, DTLS client, SRTP, on one socket; repeats what gets lost."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.ufrag, self.pwd = os.urandom(4).hex(), os.urandom(16).hex()
        self.loop = asyncio.get_running_loop()
        self.connected = asyncio.Event()
        self.answers = 0
        self.closed = False
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.sock.connect(line.address)
        self.loop.add_reader(self.sock, self._readable)
        context = SSL.Context(SSL.DTLS_CLIENT_METHOD)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.use_certificate(CERTIFICATE.certificate)
        context.use_privatekey(CERTIFICATE.key)
        context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
        self._ssl = SSL.Connection(context, None)
        self._ssl.set_ciphertext_mtu(1200)
        self._ssl.set_connect_state()
        self._flight: list[bytes] = []
        self._tx: Session | None = None
        self._rx: Session | None = None

    # Descriptions

    def head(self, mids: Sequence[str]) -> list[str]:
        return ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]

    def transport(self, setup: str) -> list[str]:
        return [
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            f"a=fingerprint:sha-256 {CERTIFICATE.fingerprint}",
            f"a=setup:{setup}",
            "a=rtcp-mux",
        ]

    # Connection

    async def connect(self, description: str, patience: float = 10.0) -> None:
        """`description`: the server's offer or answer."""
        session = sdp.parse(description)
        remote = session.transport_of(session.sections[0])
        self._remote = (remote.ufrag, remote.pwd)
        self._check()
        async with asyncio.timeout(patience):
            await self.connected.wait()
        self.started()

    def started(self) -> None:
        """Media can flow."""

    def _check(self) -> None:
        if self.closed:
            return
        ufrag, pwd = self._remote
        attributes = [
            (stun.USERNAME, f"{ufrag}:{self.ufrag}".encode()),
            (stun.PRIORITY, (1 << 24).to_bytes(4)),
            (stun.ICE_CONTROLLING, bytes(8)),
            (stun.USE_CANDIDATE, b""),
        ]
        self.send(stun.build(stun.BINDING, stun.REQUEST, os.urandom(12), attributes, key=pwd.encode()))
        self.loop.call_later(CHECK_S if self.connected.is_set() else RETRY_S, self._check)
        if self.answers and not self.connected.is_set():
            for datagram in self._flight:
                self.send(datagram)

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # as on any network
            self.sock.send(data)

    def media(self, plain: bytes) -> None:
        assert self._tx is not None
        self.send(self._tx.protect(plain))

    def report(self, *items: rtcp.Item) -> None:
        assert self._tx is not None
        if not self.closed:
            self.send(self._tx.protect_rtcp(rtcp.serialize(items)))

    def rtp(self, data: bytes) -> None:
        """A packet came."""

    def repeated(self, data: bytes) -> None:
        """A packet that came before came again."""

    def rtcp(self, items: list[rtcp.Item]) -> None:
        """A compound came."""

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(200):
                self._receive(self.sock.recv(65536))

    def _receive(self, data: bytes) -> None:
        if data[0] <= 3:
            self.answers += 1
            if self.answers == 1:
                self._handshake()
        elif data[0] < 64:
            self._ssl.bio_write(data)
            self._handshake()
        elif self._rx is None:
            pass
        else:
            self._decrypt(data)

    def _decrypt(self, data: bytes) -> None:
        assert self._rx is not None
        report = 192 <= data[1] <= 223
        try:
            plain = self._rx.unprotect_rtcp(data) if report else self._rx.unprotect(data)
        except SrtpError:
            if not report:
                self.repeated(data)
        else:
            if report:
                self.rtcp(rtcp.parse_compound(plain))
            else:
                self.rtp(plain)

    def _handshake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            pass
        else:
            if self._tx is None:
                self._keys()
        flight = []
        with contextlib.suppress(SSL.Error):
            while True:
                flight.append(self._ssl.bio_read(1200))
        if flight:
            self._flight = flight
            for datagram in flight:
                self.send(datagram)

    def _keys(self) -> None:
        block = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
        ours, theirs = block[:16] + block[32:44], block[16:32] + block[44:]
        profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        outgoing = Policy(ours, Policy.SSRC_ANY_OUTBOUND, 0, profile)
        outgoing.allow_repeat_tx = True
        outgoing.window_size = 4096
        incoming = Policy(theirs, Policy.SSRC_ANY_INBOUND, 0, profile)
        incoming.window_size = 1024
        self._tx, self._rx = Session(outgoing), Session(incoming)
        self.connected.set()

    def vanish(self) -> None:
        """Gone without a word."""
        if not self.closed:
            self.closed = True
            self.loop.remove_reader(self.sock)
            self.sock.close()


class Camera(Endpoint):
    """Sound, and a picture in one or two encodings, best first; 30 frames per second."""

    def __init__(self, line: Line, rates: Sequence[int], temporal_layers: int = 1) -> None:
        super().__init__(line)
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
            head.append(0 if key else 1)
            payload = bytes(head) + bytes(max(0, size // count - len(head)))
            stamp = self._frames * 3000 + 100_000 * index
            self.send_packet(1 + index, VIDEO_SSRC + index, VP8, stamp, payload, part == count - 1)

    def sound(self) -> None:
        if self.closed:
            return
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


class Source:
    """What came of one SSRC."""

    def __init__(self, now: float) -> None:
        self.got: dict[int, tuple[float, bytes]] = {}
        """By extended sequence number: when, and the first bytes."""
        self.asked: dict[int, tuple[int, float]] = {}
        self.first = self.highest = -1
        self.received = self.bytes = 0
        self.last_report = (0, 0.0)
        self.began = now
        self._before = (0, 0)

    def take(self, plain: bytes, now: float) -> bool:
        """True: something before it is missing."""
        number = packet.sequence_number(plain)
        extended = extend(self.highest, number) if self.highest >= 0 else 0x10000 + number
        if self.first < 0:
            self.first, self.highest = extended, extended - 1
        self.bytes += len(plain)
        self.received += extended not in self.asked
        self.got[extended] = (now, plain[:32])
        gap = extended > self.highest + 1
        for missing in range(self.highest + 1, extended):
            self.asked[missing] = (0, now)
        self.highest = max(self.highest, extended)
        return gap

    def block(self, ssrc: int, now: float) -> rtcp.ReportBlock:
        expected = self.highest - self.first + 1
        interval = expected - self._before[0]
        lost = max(0, interval - (self.received - self._before[1]))
        self._before = (expected, self.received)
        last, heard = self.last_report
        delay = int((now - heard) * 65536) if last else 0
        fraction = min(255, 256 * lost // interval) if interval > 0 else 0
        total = max(0, expected - self.received)
        return rtcp.ReportBlock(ssrc, fraction, total, self.highest & 0xFFFFFFFF, 0, last, delay)

    def missing(self, since: float, until: float) -> float:
        """Share of packets that never came, of those around which others came in that time."""
        numbers = [number for number, (at, _) in self.got.items() if since <= at <= until]
        wanted = range(min(numbers), max(numbers) + 1)
        return sum(number not in self.got for number in wanted) / len(wanted)

    def longest_gap(self, since: float) -> float:
        """Seconds without a packet, at most, in order of arrival."""
        times = sorted(at for at, _ in self.got.values() if at >= since)
        return max(after - before for before, after in itertools.pairwise(times))

    def rate(self, since: float, until: float) -> float:
        """Packets per second."""
        return sum(since <= at < until for at, _ in self.got.values()) / (until - since)


class Viewer(Endpoint):
    """One receiver of one stream."""

    def __init__(self, line: Line, *, impatient: bool = False, remb: bool = False) -> None:
        """`impatient`: asks for keyframes after 0.2 s without a picture instead of a second. `remb`: sends
        estimates of its own, as browsers do."""
        super().__init__(line)
        self.sources: dict[int, Source] = {}
        self.kinds: dict[int, str] = {}
        self.shown: list[float] = []
        """When each frame could be shown."""
        self.nacks = self.plis = 0
        self.doubles = 0
        """Packets that came twice although nobody asked for them."""
        self._patience = 0.2 if impatient else 1.0
        self._remb = 0.0 if remb else -1.0
        self._remb_bytes = 0
        self._next = -1
        self._asking = False
        self.subscribed: SubscribedStream
        self.reasons: list[str] = []

    async def subscribe(self, camera: Camera, want: frozenset[str] = BOTH) -> Viewer:
        subscribed = camera.stream.subscribe(want, on_closed=self.reasons.append)
        assert subscribed is not None
        self.subscribed = subscribed
        session = sdp.parse(subscribed.offer)
        lines = self.head([section.mid for section in session.sections])
        for section in session.sections:
            (format_,) = section.formats.values()
            self.kinds[next(iter(section.ssrcs))] = section.kind
            lines += [
                f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {format_.payload_type}",
                *self.transport("active"),
            ]
            lines += [f"a=mid:{section.mid}", "a=recvonly"]
            name = f"{format_.name}/{format_.clock_rate}/{format_.channels}"
            lines += [f"a=rtpmap:{format_.payload_type} {name}"]
            lines += [f"a=rtcp-fb:{format_.payload_type} {item}" for item in format_.feedback]
        subscribed.accept("\r\n".join(lines) + "\r\n")
        await self.connect(subscribed.offer)
        return self

    def started(self) -> None:
        self.began = self.loop.time()
        self.loop.call_later(1.0, self.receiver_reports)
        self.loop.call_later(self._patience, self.look)

    @property
    def video(self) -> Source:
        return next(source for ssrc, source in self.sources.items() if self.kinds[ssrc] == "video")

    @property
    def audio(self) -> Source:
        return next(source for ssrc, source in self.sources.items() if self.kinds[ssrc] == "audio")

    # Media

    def rtp(self, plain: bytes) -> None:
        ssrc, now = packet.ssrc(plain), self.loop.time()
        source = self.sources.setdefault(ssrc, Source(now))
        gap = source.take(plain, now)
        if self.kinds[ssrc] == "video":
            if gap and not self._asking:
                self._asking = True
                self.loop.call_later(0.005, self.ask)
            self._play(source, now)

    def repeated(self, data: bytes) -> None:
        source = self.sources[packet.ssrc(data)]
        self.doubles += extend(source.highest, packet.sequence_number(data)) not in source.asked

    def _play(self, source: Source, now: float) -> None:
        """Show what is whole. A keyframe lets what is missing before it be."""
        if self._next < 0:
            self._next = source.first
        if self._next not in source.got:
            starts = (
                n for n in range(self._next + 1, source.highest + 1) if self._starts_keyframe(source, n)
            )
            first = next(starts, None)
            if first is not None and now - source.got[first][0] > 0.15:
                self._next = first
        while self._next in source.got:
            if packet.marker(source.got[self._next][1]):
                self.shown.append(now)
            self._next += 1

    def _starts_keyframe(self, source: Source, number: int) -> bool:
        if number not in source.got:
            return False
        head = source.got[number][1]
        payload = head[16 + 4 * int.from_bytes(head[14:16]) :]
        descriptor = 4 if not payload[1] & 0x40 else 6
        return bool(payload[0] & 0x10) and not payload[descriptor] & 1

    def longest_freeze(self, since: float) -> float:
        """Seconds between two pictures, at most; the time until now counts."""
        times = [since, *(at for at in self.shown if at >= since), self.loop.time()]
        return max(after - before for before, after in itertools.pairwise(times))

    # Feedback

    def ask(self) -> None:
        now, source = self.loop.time(), self.video
        lost = []
        for number, (tries, at) in list(source.asked.items()):
            if number in source.got or number < self._next or tries >= 10:
                continue
            if tries == 0 or now - at > 0.06:
                lost.append(number & 0xFFFF)
                source.asked[number] = (tries + 1, now)
        self._asking = any(
            number not in source.got and number >= self._next and tries < 10
            for number, (tries, _) in source.asked.items()
        )
        for start in range(0, len(lost), 100):
            ssrc = next(ssrc for ssrc, kind in self.kinds.items() if kind == "video")
            self.nacks += len(lost[start : start + 100])
            self.report(rtcp.Nack(9, ssrc, tuple(lost[start : start + 100])))
        if self._asking and not self.closed:
            self.loop.call_later(0.02, self.ask)

    def look(self) -> None:
        """No picture for some time: ask for a keyframe."""
        if self.closed:
            return
        last = self.shown[-1] if self.shown else self.began
        if self.loop.time() - last > self._patience:
            ssrc = next(ssrc for ssrc, kind in self.kinds.items() if kind == "video")
            self.plis += 1
            self.report(rtcp.Pli(9, ssrc))
        self.loop.call_later(0.2, self.look)

    def receiver_reports(self) -> None:
        if self.closed:
            return
        now = self.loop.time()
        blocks = tuple(source.block(ssrc, now) for ssrc, source in self.sources.items())
        items: list[rtcp.Item] = [rtcp.Rr(9, blocks)]
        if self._remb >= 0 and self.sources:
            items.append(self._estimate(self.line.down))
        self.report(*items)
        self.loop.call_later(1.0, self.receiver_reports)

    def _estimate(self, link: Link) -> rtcp.Remb:
        """Down to a share of what arrives when packets queue, slowly up otherwise."""
        total = sum(source.bytes for source in self.sources.values())
        arriving = 8.0 * (total - self._remb_bytes)
        self._remb_bytes = total
        if not self._remb:
            self._remb = arriving
        elif link.queue > 0.03:
            self._remb = min(self._remb, 0.85 * arriving)
        else:
            self._remb = max(self._remb, min(1.08 * self._remb, 1.5 * arriving + 10_000))
        ssrc = next(ssrc for ssrc, kind in self.kinds.items() if kind == "video")
        return rtcp.Remb(9, int(self._remb), (ssrc,))

    def rtcp(self, items: list[rtcp.Item]) -> None:
        for item in items:
            if isinstance(item, rtcp.Sr) and item.ssrc in self.sources:
                self.sources[item.ssrc].last_report = (middle(item.ntp), self.loop.time())

    def state(self, kind: str = "video") -> dict[str, object]:
        """What the server knows of this receiver."""
        tracks = self.subscribed.debug_state()["tracks"]
        assert isinstance(tracks, list)
        return next(track for track in tracks if track["kind"] == kind)


class Stage:
    """The real hub and engine in virtual time, and everybody on it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hub = TransportHub(host="127.0.0.1", clock=self.loop.time)
        self.engine = MediaEngine(self.hub, self.loop.time)
        self.people: list[Endpoint] = []

    async def __aenter__(self) -> Stage:
        await self.hub.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.close()
        self.hub.close()
        for person in self.people:
            person.vanish()
            person.line.close()

    def line(self) -> Line:
        return Line(self.hub.udp_port, seed=(SEED, len(self.people)))

    async def camera(self, *rates: int, temporal_layers: int = 1) -> Camera:
        camera = Camera(self.line(), rates or (600_000,), temporal_layers)
        self.people.append(camera)
        return await camera.publish(self.engine)

    async def viewer(self, camera: Camera, **options: bool) -> Viewer:
        viewer = Viewer(self.line(), **options)
        self.people.append(viewer)
        return await viewer.subscribe(camera)

    async def run(self, seconds: float) -> float:
        """Let time pass; returns when it began."""
        began = self.loop.time()
        await asyncio.sleep(seconds)
        return began
