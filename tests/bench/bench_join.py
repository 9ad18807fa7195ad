"""From asking for a stream to its first packet and its first keyframe, for late joiners on loopback.

A sender with sound (50 packets a second) and picture (30 frames a second, three packets each) answers
keyframe requests with its next frame. Receivers join one after the other; the clock starts before the
subscription is asked for and includes the descriptions, the connectivity check and the DTLS handshake.

    python tests/bench/bench_join.py [--joins N]
"""

from __future__ import annotations

import argparse
import threading
import time

from bench_forward import Server

from kit import loadpeer
from kit.loadpeer import OPUS, VP8, LoadPeer

FRAME_S = 1 / 30
SOUND_S = 0.02
PLI = (206, 1)


class LiveSender(threading.Thread):
    """Sends until stopped; the sockets and the SRTP session are this thread's own."""

    def __init__(self, peer: LoadPeer) -> None:
        super().__init__(daemon=True)
        self.peer = peer
        self.stopping = False
        self.keyframe_wanted = True
        self.requests = 0

    def run(self) -> None:
        began = time.monotonic()
        sounds = frames = sequence = 0
        while not self.stopping:
            now = time.monotonic() - began
            if now >= sounds * SOUND_S:
                self.send(loadpeer.rtp(1, sounds, sounds * 960, OPUS, "0", bytes(90), False))
                sounds += 1
            if now >= frames * FRAME_S:
                self.listen()
                sequence = self.frame(frames, sequence)
                frames += 1
            time.sleep(0.001)

    def frame(self, number: int, sequence: int) -> int:
        key, self.keyframe_wanted = self.keyframe_wanted, False
        for index in range(3):
            payload = loadpeer.vp8_payload(number & 0x7FFF, 1000, start=index == 0, key=key)
            self.send(loadpeer.rtp(2, sequence, number * 3000, VP8, "1", payload, index == 2))
            sequence += 1
        return sequence

    def send(self, packet: bytes) -> None:
        self.peer.sock.send(self.peer.protected([packet])[0])

    def listen(self) -> None:
        """Look for keyframe requests."""
        assert self.peer.receive is not None
        try:
            while True:
                data = self.peer.sock.recv(2048)
                if not 192 <= data[1] <= 223:
                    continue
                plain, at = self.peer.receive.unprotect_rtcp(data), 0
                while at + 4 <= len(plain):
                    if (plain[at + 1], plain[at] & 31) == PLI:
                        self.keyframe_wanted = True
                        self.requests += 1
                    at += 4 + 4 * int.from_bytes(plain[at + 2 : at + 4])
        except BlockingIOError:
            pass


def join(server: Server, stream: int) -> tuple[float, float, float]:
    """Seconds to the handshake's end, the first packet, the first packet of a keyframe."""
    began = time.monotonic()
    peer = LoadPeer()
    offer = server.ask("subscribe", id=stream)
    answer, ssrcs = peer.answer(offer["sdp"])
    server.ask("accept", sub=offer["sub"], sdp=answer)
    peer.connect(offer["sdp"], server.address)
    connected = time.monotonic() - began
    assert peer.receive is not None
    first = 0.0
    peer.sock.settimeout(3)
    while True:
        data = peer.sock.recv(2048)
        if data[0] < 128 or 192 <= data[1] <= 223:
            continue
        plain = peer.receive.unprotect(data)
        first = first or time.monotonic() - began
        payload = plain[12 + 4 + 4 * int.from_bytes(plain[14:16]) :]
        if int.from_bytes(plain[8:12]) == ssrcs["video"] and payload[0] & 0x10 and not payload[4] & 1:
            return connected, first, time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--joins", type=int, default=40)
    joins = parser.parse_args().joins
    server = Server()
    try:
        peer = LoadPeer()
        published = server.ask("publish", sdp=peer.offer(audio=1, video=2))
        peer.connect(published["sdp"], server.address)
        sender = LiveSender(peer)
        sender.start()
        time.sleep(1.0)
        results = []
        for _ in range(joins):
            results.append(join(server, published["id"]))
            time.sleep(0.02)
        sender.stopping = True
        sender.join()
    finally:
        server.stop()
    print(f"{joins} late joiners, milliseconds   median     90 %     most")
    for name, values in zip(
        ("connected", "first packet", "first keyframe"), zip(*results, strict=True), strict=True
    ):
        ordered = sorted(1000 * value for value in values)
        middle, most = ordered[len(ordered) // 2], ordered[-1]
        print(f"{name:32} {middle:9.1f} {ordered[int(len(ordered) * 0.9)]:8.1f} {most:8.1f}")
    print(f"keyframes asked for: {sender.requests}")


if __name__ == "__main__":
    main()
