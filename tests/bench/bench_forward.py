"""Forwarded packets per CPU second of a whole server process, against libsrtp alone and the kernel alone.

A server process (forward_server.py) forwards one sender's stream to N receivers. The sender's packets are
protected before the clock starts; receivers send reports, bandwidth and consent checks; a child process
drains their sockets. Sent packets are what the kernel took; CPU is user plus system time of the server.

    python tests/bench/bench_forward.py [--quick] [--seconds S] [--fan-out N ...] [--load NAME ...]
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import forward_baselines as baselines
import loadpeer
from loadpeer import OPUS, VP8, LoadPeer

HERE = Path(__file__).parent
LOADS = ("audio", "paced video", "video bursts")
FAN_OUTS = (2, 10, 30, 100)
INCOMING_MOST = 2000
"""Packets per second of the sender; real senders of one group together stay below."""
OUTGOING_AIM = 36_000
"""Packets per second to all receivers, so that fan-outs are comparable."""
REPORT_S = 1.0
CONSENT_S = 2.5
DRAIN_S = 0.005
REMB = 100_000_000
SEQUENCES = 1 << 16


def make_bursts(load: str, count: int) -> list[list[bytes]]:
    """`count` packets of a load, in the bursts they are sent in."""
    bursts: list[list[bytes]] = []
    sequence = frame = 0
    while sequence < count:
        if load == "audio":
            packet = loadpeer.rtp(1, sequence, sequence * 960, OPUS, "0", os.urandom(96), False)
            bursts.append([packet])
            sequence += 1
            continue
        size = 4 if load == "video bursts" else 1 + frame % 3
        burst = []
        for index in range(size):
            length = 1050 + (0 if load == "video bursts" else (frame + index) % 2)
            payload = loadpeer.vp8_payload(frame & 0x7FFF, length, start=index == 0, key=frame % 300 == 0)
            last = index == size - 1
            burst.append(loadpeer.rtp(2, sequence + index, frame * 3000, VP8, "1", payload, last))
        bursts.append(burst)
        sequence += size
        frame += 1
    return bursts


class Server:
    """The measured process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "forward_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.address = ("127.0.0.1", int(self.read()["port"]))

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the server process ended")
        return json.loads(line)  # type: ignore[no-any-return]

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        return self.read()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


class Shared:
    """Memory that the sender and the draining child both see."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, 8 * SEQUENCES + 8 * 4)
        view = memoryview(self._map)
        self.sent_at = view[: 8 * SEQUENCES].cast("d")
        """When the packet with a sequence number was handed to the kernel."""
        self.totals = view[8 * SEQUENCES :].cast("q")
        """Received packets."""


def drain(sockets: list[socket.socket], shared: Shared) -> tuple[int, int]:
    """Fork a child that empties the sockets; returns (process id, pipe). After SIGTERM it writes the delays
    (seconds, doubles) of the packets of the last socket to the pipe and ends."""
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    # Only the sampled socket wakes the child: waking somebody is no part of sending to a network, and would
    # be charged to the server. The others have room for seconds and are emptied every few milliseconds.
    sampled = sockets[-1]
    poll = select.epoll()
    poll.register(sampled, select.EPOLLIN)
    buffer, delays, total, due = bytearray(2048), array("d"), 0, 0.0
    clock = time.monotonic
    while not stopping and os.getppid() == parent:
        poll.poll(DRAIN_S)
        now = clock()
        if now < due:
            ready = sockets[-1:]
        else:
            ready, due = sockets, now + DRAIN_S
        for sock in ready:
            receive = sock.recv_into
            try:
                while True:
                    size = receive(buffer)
                    if size > 100 and buffer[0] >= 128 and not 192 <= buffer[1] <= 223:
                        total += 1
                        if sock is sampled:
                            delays.append(clock() - shared.sent_at[buffer[2] << 8 | buffer[3]])
            except BlockingIOError:
                pass
    shared.totals[0] = total
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(delays.tobytes())
    os._exit(0)


@dataclass(slots=True)
class Timed:
    """Packets of one receiver that are sent again and again."""

    due: float
    every: float
    sock: socket.socket
    packets: list[bytes]
    index: int = 0


def feedback(receivers: list[LoadPeer], ssrcs: list[int], per_second: float, seconds: float) -> list[Timed]:
    """Every receiver's reports (RR with REMB, once a second) and consent checks, spread over time."""
    timed = []
    for number, (peer, ssrc) in enumerate(zip(receivers, ssrcs, strict=True)):
        phase = number / len(receivers)
        reports = [
            loadpeer.receiver_report(7, ssrc, int((phase + second) * per_second), REMB)
            for second in range(int(seconds) + 3)
        ]
        timed.append(Timed(phase * REPORT_S, REPORT_S, peer.sock, peer.protected_rtcp(reports)))
        timed.append(Timed(phase * CONSENT_S, CONSENT_S, peer.sock, [peer.consent]))
    return timed


def run(server: Server, load: str, fan_out: int, seconds: float, rate: int) -> dict[str, Any]:
    """One measurement."""
    per_second = min(INCOMING_MOST, rate / fan_out)
    warm_up = 1.5
    bursts = make_bursts(load, int(per_second * (seconds + warm_up)))
    audio = load == "audio"
    sender = LoadPeer()
    published = server.ask(
        "publish", sdp=sender.offer(audio=1 if audio else None, video=None if audio else 2)
    )
    sender.connect(published["sdp"], server.address)
    receivers, ssrcs, joins = [], [], []
    for _ in range(fan_out):
        peer = LoadPeer()
        offer = server.ask("subscribe", id=published["id"])
        answer, announced = peer.answer(offer["sdp"])
        server.ask("accept", sub=offer["sub"], sdp=answer)
        began = time.monotonic()
        peer.connect(offer["sdp"], server.address)
        joins.append(time.monotonic() - began)
        receivers.append(peer)
        ssrcs += announced.values()
    ready = [sender.protected(burst) for burst in bursts]
    timed = feedback(receivers, ssrcs, per_second, seconds + warm_up)
    shared = Shared()
    child, pipe = drain([peer.sock for peer in receivers], shared)
    before = play(server, sender, ready, per_second, warm_up, timed, shared)
    after = server.ask("measure")
    time.sleep(0.1)
    os.kill(child, signal.SIGTERM)
    with os.fdopen(pipe, "rb") as file:
        delays = array("d", file.read())
    os.waitpid(child, 0)
    state = server.ask("state")
    server.ask("close")
    for peer in [sender, *receivers]:
        peer.sock.close()
    return summary(load, fan_out, before, after, sorted(delays), shared.totals[0], len(bursts), state)


def play(
    server: Server,
    sender: LoadPeer,
    ready: list[list[bytes]],
    per_second: float,
    warm_up: float,
    timed: list[Timed],
    shared: Shared,
) -> dict[str, Any]:
    """Send everything at its time; returns the server's counters after the warm-up."""
    send, clock, sent_at = sender.sock.send, time.monotonic, shared.sent_at
    before: dict[str, Any] = {}
    began, packets = clock(), 0
    for burst in ready:
        due = began + packets / per_second
        while (now := clock()) < due:
            late = [entry for entry in timed if began + entry.due <= now]
            for entry in late:
                entry.sock.send(entry.packets[entry.index % len(entry.packets)])
                entry.index += 1
                entry.due += entry.every
            time.sleep(max(0.0, min(due - clock(), 0.002)))
        if not before and now - began >= warm_up:
            before = server.ask("measure")
            before["first"] = packets
        for index, packet in enumerate(burst):
            sent_at[(packets + index) & 0xFFFF] = clock()
            send(packet)
        packets += len(burst)
    return before


def summary(
    load: str,
    fan_out: int,
    before: dict[str, Any],
    after: dict[str, Any],
    delays: list[float],
    arrived: int,
    bursts: int,
    state: dict[str, Any],
) -> dict[str, Any]:
    cpu = after["cpu"] - before["cpu"]
    wall = after["wall"] - before["wall"]
    sent = after["sent"] - before["sent"]
    middle = delays[len(delays) // 2] if delays else 0
    return {
        "load": load,
        "fan_out": fan_out,
        "per_cpu_second": sent / cpu,
        "sent_per_second": sent / wall,
        "cpu_share": cpu / wall,
        "user_share": (after["user"] - before["user"]) / cpu,
        "delay_ms": [1000 * middle, 1000 * delays[int(len(delays) * 0.99)] if delays else 0],
        "lag_ms": [1000 * value for value in after["lag"]],
        "arrived": arrived,
        "dropped": after["outbox"]["no_room"] - before["outbox"]["no_room"],
        "expected": (after["received"] - before["received"]) * fan_out,
        "sent": sent,
        "rss_mb": after["rss"] / 1024,
        "state": state,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fan-out 30 only, two seconds each")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--fan-out", type=int, nargs="*", default=list(FAN_OUTS))
    parser.add_argument("--load", nargs="*", default=list(LOADS), choices=LOADS)
    parser.add_argument("--rate", type=int, default=OUTGOING_AIM, help="packets per second to all receivers")
    parser.add_argument("--json", action="store_true", help="one JSON line per measurement")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.fan_out, chosen.seconds = [30], 2.0
    server = Server()
    head = (
        f"{'load':13} {'fan-out':>7} {'packets/CPU s':>14} {'of libsrtp':>10} {'of kernel':>10} {'runs':>6}"
    )
    print(head + f" {'CPU':>5} {'user':>5} {'delay ms 50/99%':>16} {'lag ms 50/99%':>15} {'lost':>6}")
    try:
        for load in chosen.load:
            for fan_out in chosen.fan_out:
                row(server, load, fan_out, chosen)
    finally:
        server.stop()


def row(server: Server, load: str, fan_out: int, chosen: argparse.Namespace) -> None:
    bursts = make_bursts(load, 240)
    sizes = [[len(packet) for packet in burst] for burst in bursts]
    srtp = baselines.srtp_alone(bursts, fan_out, 0.4)
    plain = baselines.kernel_alone(sizes, fan_out, 0.4, segmentation=False)
    runs = baselines.kernel_alone(sizes, fan_out, 0.4, segmentation=True)
    result = run(server, load, fan_out, chosen.seconds, chosen.rate)
    rate = result["per_cpu_second"]
    print(
        f"{load:13} {fan_out:7} {rate:14,.0f} {rate / srtp:10.2f} {rate / plain:10.2f} {rate / runs:6.2f}"
        f" {result['cpu_share']:5.0%} {result['user_share']:5.0%}"
        f" {result['delay_ms'][0]:8.2f}{result['delay_ms'][1]:8.2f}"
        f" {result['lag_ms'][0]:7.2f}{result['lag_ms'][1]:8.2f} {result['dropped']:6}",
        flush=True,
    )
    if chosen.json:
        result |= {"srtp": srtp, "kernel": plain, "kernel_runs": runs}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
