"""Who sends: frames and sound when they are due, packets again and keyframes when they are asked for.

Pure but for the dice of its packets: the time in, packets out. Owned by one person's connection.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from galene_py.loadtest import limits
from galene_py.loadtest.camera import FRAME_SECONDS, SOUND_SECONDS, Camera, Microphone
from galene_py.rtp import RtpError, rtcp
from galene_py.rtp.rtcp import Fir, Nack, Pli, Rr, Sr


@dataclass(slots=True)
class Sent:
    """What one sender counted."""

    packets: int = 0
    octets: int = 0
    asked_again: int = 0
    """Packets that the server asked for again."""
    keyframes_asked: int = 0
    lost: int = 0
    """Packets that the server reports as lost."""


class Sender:
    """One camera with its microphone. `rate`: bit/s of video; 0: sound only."""

    def __init__(self, rate: int, seed: int) -> None:
        self.counted = Sent()
        self.ssrcs = {"audio": 2 * seed + 1} | ({"video": 2 * seed + 2} if rate else {})
        self._microphone = Microphone(self.ssrcs["audio"])
        self._camera = Camera(self.ssrcs["video"], rate, seed) if rate else None
        self._history: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._reports = {ssrc: [0, 0, 0] for ssrc in self.ssrcs.values()}
        """Of each source: packets, bytes, and the last timestamp."""
        self._sound_due = self._frame_due = self._report_due = 0.0
        self._lost: dict[int, int] = {}

    def start(self, now: float) -> None:
        """Media can flow from now on."""
        self._sound_due = self._frame_due = self._report_due = now

    def poll(self, now: float) -> list[bytes]:
        """The packets that are due."""
        packets: list[bytes] = []
        while self._sound_due <= now:
            packets.append(self._microphone.packet(now))
            self._sound_due += SOUND_SECONDS
        while self._camera is not None and self._frame_due <= now:
            packets += self._camera.frame(now)
            self._frame_due += FRAME_SECONDS
        for packet in packets:
            self._remember(packet)
        return packets

    def report(self, now: float, wall: float) -> bytes | None:
        """The sender reports, when they are due. `wall`: seconds since 1900."""
        if now < self._report_due:
            return None
        self._report_due = now + limits.REPORT_SECONDS
        ntp = int(wall * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        return b"".join(
            rtcp.sender_report(ssrc, ntp, timestamp, packets, octets)
            for ssrc, (packets, octets, timestamp) in self._reports.items()
        )

    def rtcp(self, compound: bytes) -> list[bytes]:
        """What the server says of us; the packets that it asks for again."""
        try:
            items = rtcp.parse_compound(compound)
        except RtpError:
            return []
        again: list[bytes] = []
        for item in items:
            match item:
                case Nack():
                    self.counted.asked_again += len(item.lost)
                    found = (self._history.get((item.media_ssrc, sequence)) for sequence in item.lost)
                    again += [packet for packet in found if packet is not None]
                case Pli() | Fir() if self._camera is not None:
                    self.counted.keyframes_asked += 1
                    self._camera.want_keyframe = True
                case Rr() | Sr():
                    self._lost |= {block.ssrc: max(0, block.lost) for block in item.reports}
                    self.counted.lost = sum(self._lost.values())
        return again

    def _remember(self, packet: bytes) -> None:
        sequence, ssrc = int.from_bytes(packet[2:4]), int.from_bytes(packet[8:12])
        self._history[ssrc, sequence] = packet
        if len(self._history) > limits.HISTORY_PACKETS:
            self._history.popitem(last=False)
        self.counted.packets += 1
        self.counted.octets += len(packet)
        counters = self._reports[ssrc]
        counters[0] += 1
        counters[1] += len(packet) - 12
        counters[2] = int.from_bytes(packet[4:8])
