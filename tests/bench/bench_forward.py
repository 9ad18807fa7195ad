"""Forwarded packets per CPU second of a whole server process, against libsrtp alone and the kernel alone.

A server process (forward_server.py) forwards streams, each to N receivers. The senders' packets are
protected before the clock starts; receivers send reports, bandwidth and consent checks; a child process
drains their sockets. Sent packets are what the kernel took; CPU is user plus system time of the server.

    python tests/bench/bench_forward.py [--quick] [--seconds S] [--fan-out N ...] [--load NAME ...]
    python tests/bench/bench_forward.py --peer
    python tests/bench/bench_forward.py --wide --load "video bursts" --fan-out 30
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import forward_baselines as baselines
import forward_traffic as traffic
from forward_traffic import Sender, Shared

from kit.loadpeer import LoadPeer

HERE = Path(__file__).parent
LOADS = ("audio", "paced video", "video bursts")
FAN_OUTS = (2, 10, 30, 100)
INCOMING_MOST = 2000
"""Packets per second of one sender; real senders of one group together stay below."""
OUTGOING_AIM = 36_000
"""Packets per second to all receivers, so that fan-outs are comparable."""


class Room(NamedTuple):
    """Who sends what to how many."""

    load: str
    senders: int
    fan_out: int
    """Receivers of each sender."""
    rate: int
    """Packets per second to all receivers together."""


AGAINST_PEER = {
    Room("video bursts", 1, 30, 6_000): 46_000,
    Room("video bursts", 1, 30, 24_000): 73_000,
    Room("video bursts", 1, 100, 20_000): 65_000,
    Room("video singles", 1, 100, 20_000): 52_000,
    Room("video bursts", 1, 200, 20_000): 56_000,
    Room("video singles", 16, 15, 15_000): 34_000,
    Room("paced video", 16, 15, 15_000): 36_000,
}
"""What Galène 1.2 forwards per CPU second, whole server: measured once on two cores with these packets and
this feedback, each room by turns with ours; the best of two or three runs. The same machine gave other
figures on another day, theirs and ours alike: only runs by turns compare."""


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


def join(
    server: Server, room: Room, *, wide: bool = False
) -> tuple[list[LoadPeer], list[LoadPeer], list[int]]:
    """Connect everybody: senders, receivers of all of them, and the SSRC that each receiver gets."""
    audio = room.load == "audio"
    senders: list[LoadPeer] = []
    receivers: list[LoadPeer] = []
    ssrcs: list[int] = []
    for _ in range(room.senders):
        sender = LoadPeer()
        offer = sender.offer(audio=1 if audio else None, video=None if audio else 2)
        published = server.ask("publish", sdp=offer)
        sender.connect(published["sdp"], server.address)
        senders.append(sender)
        for person in range(room.fan_out):
            peer = LoadPeer(wide=wide)
            offered = server.ask("subscribe", id=published["id"], person=person)
            answer, announced = peer.answer(offered["sdp"])
            server.ask("accept", sub=offered["sub"], sdp=answer)
            peer.connect(offered["sdp"], server.address)
            receivers.append(peer)
            ssrcs += announced.values()
    return senders, receivers, ssrcs


def run(
    server: Server,
    room: Room,
    seconds: float,
    *,
    begin: Callable[[], None] = lambda: None,
    warm_up: float = 1.5,
    wide: bool = False,
) -> dict[str, Any]:
    """One measurement. `begin`: called when everybody is there, before anything is sent. `wide`: with
    transport-wide numbers, and ten feedback messages a second from each receiver."""
    per_second = min(INCOMING_MOST, room.rate / room.fan_out / room.senders)
    bursts = traffic.make_bursts(room.load, int(per_second * (seconds + warm_up)))
    peers, receivers, ssrcs = join(server, room, wide=wide)
    senders = [Sender(peer, [peer.protected(burst) for burst in bursts]) for peer in peers]
    timed = traffic.feedback(receivers, ssrcs, per_second, seconds + warm_up)
    shared = Shared()
    child, pipe = traffic.drain([peer.sock for peer in receivers], shared)
    begin()
    before = traffic.play(senders, per_second, warm_up, timed, shared, lambda: server.ask("measure"))
    after = server.ask("measure")
    time.sleep(0.1)
    os.kill(child, signal.SIGTERM)
    with os.fdopen(pipe, "rb") as file:
        delays = array("d", file.read())
    os.waitpid(child, 0)
    state = server.ask("state")
    server.ask("close")
    for peer in [*peers, *receivers]:
        peer.sock.close()
    return summary(room, before, after, sorted(delays), shared.totals[0], state)


def summary(
    room: Room,
    before: dict[str, Any],
    after: dict[str, Any],
    delays: list[float],
    arrived: int,
    state: dict[str, Any],
) -> dict[str, Any]:
    cpu = after["cpu"] - before["cpu"]
    wall = after["wall"] - before["wall"]
    sent = after["sent"] - before["sent"]
    middle = delays[len(delays) // 2] if delays else 0
    return {
        **room._asdict(),
        "per_cpu_second": sent / cpu,
        "sent_per_second": sent / wall,
        "cpu_share": cpu / wall,
        "user_share": (after["user"] - before["user"]) / cpu,
        "delay_ms": [1000 * middle, 1000 * delays[int(len(delays) * 0.99)] if delays else 0],
        "lag_ms": [1000 * value for value in after["lag"]],
        "arrived": arrived,
        "dropped": after["outbox"]["no_room"] - before["outbox"]["no_room"],
        "expected": (after["received"] - before["received"]) * room.fan_out,
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
    parser.add_argument("--load", nargs="*", default=list(LOADS), choices=list(traffic.BURST))
    parser.add_argument("--rate", type=int, default=OUTGOING_AIM, help="packets per second to all receivers")
    parser.add_argument("--json", action="store_true", help="one JSON line per measurement")
    parser.add_argument("--peer", action="store_true", help="the table 'against the peer's figures'")
    parser.add_argument("--wide", action="store_true", help="with transport-wide congestion control")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.fan_out, chosen.seconds = [30], 2.0
    rooms = [Room(load, 1, fan_out, chosen.rate) for load in chosen.load for fan_out in chosen.fan_out]
    if chosen.peer:
        print("against the peer's figures")
        rooms = list(AGAINST_PEER)
    server = Server()
    head = f"{'load':13} {'senders x fan-out':>17} {'packets/s':>9} {'packets/CPU s':>14} {'of libsrtp':>10}"
    head += f" {'of kernel':>10} {'runs':>6} {'CPU':>5} {'user':>5} {'delay ms 50/99%':>16}"
    print(
        head + f" {'lag ms 50/99%':>15} {'lost':>6}" + (f" {'peer':>7} {'times':>6}" if chosen.peer else "")
    )
    try:
        for room in rooms:
            row(server, room, chosen)
    finally:
        server.stop()


def row(server: Server, room: Room, chosen: argparse.Namespace) -> None:
    bursts = traffic.make_bursts(room.load, 240)
    sizes = [[len(packet) for packet in burst] for burst in bursts]
    srtp = baselines.srtp_alone(bursts, room.fan_out, 0.4)
    plain = baselines.kernel_alone(sizes, room.fan_out, 0.4, segmentation=False)
    runs = baselines.kernel_alone(sizes, room.fan_out, 0.4, segmentation=True)
    result = run(server, room, chosen.seconds, wide=chosen.wide)
    rate = result["per_cpu_second"]
    print(
        f"{room.load:13} {room.senders:11} x {room.fan_out:3} {result['sent_per_second']:9,.0f}"
        f" {rate:14,.0f} {rate / srtp:10.2f} {rate / plain:10.2f} {rate / runs:6.2f}"
        f" {result['cpu_share']:5.0%} {result['user_share']:5.0%}"
        f" {result['delay_ms'][0]:8.2f}{result['delay_ms'][1]:8.2f}"
        f" {result['lag_ms'][0]:7.2f}{result['lag_ms'][1]:8.2f} {result['dropped']:6}",
        *((f"{AGAINST_PEER[room]:7,} {rate / AGAINST_PEER[room]:6.2f}",) if chosen.peer else ()),
        flush=True,
    )
    if chosen.json:
        result |= {"srtp": srtp, "kernel": plain, "kernel_runs": runs}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
