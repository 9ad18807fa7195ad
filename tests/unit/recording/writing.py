"""A writer in a process of its own, and a stand-in for the server that feeds it packets."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path

from galene_py.recording import messages, sidecar
from galene_py.rtp.extensions import ONE_BYTE_PROFILE, build_one_byte
from kit.packetizers import PACKETIZERS, coded
from kit.packets import build

RATES = {"opus": 48000, "pcmu": 8000, "pcma": 8000, "g722": 8000}
SOUND = {"opus": b"\xf8\xff\xfe\xff\xfe", "pcmu": b"\xff" * 160, "pcma": b"\xd5" * 160, "g722": bytes(160)}
LEVEL = 1
"""Identifier of the audio level."""


class Sender:
    """One track: packets at 30 pictures or 50 pieces of sound per second, numbers that wrap soon."""

    def __init__(self, server: FakeServer, number: int, codec: str) -> None:
        self.server, self.number, self.codec = server, number, codec
        self.rate = RATES.get(codec, 90000)
        self.sequence = 0xFFF0
        self.first = 0xFFFF_F000
        self.size = (64, 48)

    def stamp(self, seconds: float) -> int:
        return (self.first + round(seconds * self.rate)) & 0xFFFF_FFFF

    def clock(self, seconds: float, off: float = 0.0) -> None:
        """Say what timestamps mean; `off`: by how much the sender errs."""
        now = self.server.start + seconds
        self.server.send(messages.clock(self.number, now, self.stamp(seconds + off)))

    def packets(self, seconds: float, index: int = 0, level: int | None = None) -> list[bytes]:
        """Those of one picture or piece of sound."""
        stamp = self.stamp(seconds)
        if self.codec in SOUND:
            payloads = [SOUND[self.codec]]
        else:
            pictures = coded(self.codec, 30, self.size)
            payloads = PACKETIZERS[self.codec](pictures[index % len(pictures)][0])
        made = []
        for n, payload in enumerate(payloads):
            block = b"" if level is None else build_one_byte({LEVEL: bytes((level,))})
            packet = build(
                *(96, self.sequence & 0xFFFF, stamp, 7, payload),
                marker=self.codec not in SOUND and n == len(payloads) - 1,
                extension_profile=ONE_BYTE_PROFILE if block else None,
                extension=block,
            )
            self.sequence += 1
            made.append(bytes(packet))
        return made

    def send(self, seconds: float, index: int = 0, level: int | None = None) -> None:
        self.pass_on(self.packets(seconds, index, level), seconds)

    def pass_on(self, packets: list[bytes], seconds: float) -> None:
        now = self.server.start + seconds
        for packet in packets:
            self.server.send(messages.packets_header(self.number, now, [packet]) + packet)


class FakeServer:
    """The server's end. Time is what the messages say, so that nothing has to be waited for."""

    def __init__(self, root: Path, group: str = "club", *, file_bytes: int = 0, **start: object) -> None:
        """`file_bytes`: what the system lets a file grow to; 0: as it likes."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "galene_py.recording.writer", str(theirs.fileno())]
        if file_bytes:
            command = ["prlimit", f"--fsize={file_bytes}", *command]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
        theirs.close()
        ours.settimeout(30)
        self.socket = ours
        self.start = time.monotonic()
        self.directory = root / group
        self.reports: list[messages.AnyReport] = []
        fields: dict[str, object] = {
            "root": str(root),
            "group": group,
            "by": "Olga",
            "wall": time.time(),
            "now": self.start,
            "chat": False,
            **start,
        }
        self.order(messages.Start(**fields))  # type: ignore[arg-type]

    def send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # it has ended
            self.socket.send(data)

    def order(self, message: messages.AnyOrder) -> None:
        self.send(messages.order(message))

    def stream(self, *codecs: str, stream: str = "s1", username: str = "Ada", first: int = 1) -> list[Sender]:
        """A stream with a track for each codec."""
        self.order(messages.OpenStream(stream, f"id of {username}", username, "camera"))
        return [self.track(codec, stream, first + n, str(n)) for n, codec in enumerate(codecs)]

    def track(self, codec: str, stream: str, number: int, mid: str) -> Sender:
        rate = RATES.get(codec, 90000)
        level = LEVEL if codec in SOUND else 0
        self.order(messages.OpenTrack(number, stream, mid, codec, rate, 1, level))
        return Sender(self, number, codec)

    def meeting(self, senders: list[Sender], begin: float, end: float) -> None:
        """Everybody sends between two seconds."""
        times = [
            (index / (50 if sender.codec in SOUND else 30), n, index)
            for n, sender in enumerate(senders)
            for index in range(round(end * 50) + 1)
        ]
        clocks = {round(second) for second, _, _ in times}
        for second, n, index in sorted(times):
            if not begin <= second < end:
                continue
            if second == round(second) and round(second) in clocks:
                senders[n].clock(second)
            senders[n].send(second, index)

    def stop(self, seconds: float, reason: str = "") -> messages.Stopped:
        """Say that it ends; how it did."""
        self.order(messages.Stop(self.start + seconds, reason))
        return self.end()

    def end(self) -> messages.Stopped:
        """Wait for the end."""
        while True:
            report = self.hear()
            if isinstance(report, messages.Stopped):
                assert self.process.wait(timeout=20) == 0
                self.socket.close()
                return report

    def hear(self) -> messages.AnyReport:
        """The next report."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data = self.socket.recv(1 << 16)
        self.reports.append(messages.read_report(data))
        return self.reports[-1]

    def about(self) -> sidecar.Sidecar:
        (path,) = self.directory.glob("*.json")
        return sidecar.read(path)

    def files(self) -> list[Path]:
        """Of media, in order."""
        return [self.directory / each.name for each in self.about().files]
