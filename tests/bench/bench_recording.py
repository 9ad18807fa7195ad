"""What recording costs: the server's CPU per packet, the delay of forwarding, and the writer's CPU.

A server process forwards paced video of N senders to two receivers each, by turns without and with a
recording of all of them; at last with a writer that stands still for two seconds, as on a disk that stalls.
The added cost is per packet that a sender sends. The writer's share is of one core.

    python tests/bench/bench_recording.py [--seconds S] [--streams N ...]
"""

from __future__ import annotations

import argparse
import signal
import tempfile
import threading
import time
from typing import Any

import psutil
from bench_forward import Room, Server, run

STREAMS = (1, 4, 16)
PACKETS = 250
"""Packets per second of one sender: 2.2 Mbit/s."""
RECEIVERS = 2
WARM_UP = 6.5
"""Seconds: these senders never say what their timestamps mean, so the writer begins after five."""


class Recorded:
    """One measurement with a recording."""

    def __init__(self, server: Server, *, stall: bool) -> None:
        self.server = server
        self.stall = stall
        self.writer: psutil.Process | None = None
        self.cpu = 0.0
        self.directory = tempfile.TemporaryDirectory()

    def begin(self) -> None:
        pid = self.server.ask("record", root=self.directory.name)["pid"]
        self.writer = psutil.Process(pid)
        if self.stall:
            threading.Timer(WARM_UP + 1, self._stand_still).start()
        threading.Timer(WARM_UP, self._mark).start()

    def _mark(self) -> None:
        assert self.writer is not None
        times = self.writer.cpu_times()
        self.cpu, self.at = times.user + times.system, time.monotonic()

    def _stand_still(self) -> None:
        assert self.writer is not None
        self.writer.send_signal(signal.SIGSTOP)
        time.sleep(2)
        self.writer.send_signal(signal.SIGCONT)

    def share(self) -> float:
        """Of one core that the writer took."""
        assert self.writer is not None
        times = self.writer.cpu_times()
        return (times.user + times.system - self.cpu) / (time.monotonic() - self.at)


def measure(server: Server, streams: int, seconds: float, how: str) -> dict[str, Any]:
    room = Room("paced video", streams, RECEIVERS, PACKETS * RECEIVERS * streams)
    if how == "no":
        return run(server, room, seconds, warm_up=WARM_UP)
    recorded = Recorded(server, stall=how == "stalls")
    shares: list[float] = []
    timer = threading.Timer(WARM_UP + seconds - 0.3, lambda: shares.append(recorded.share()))

    def begin() -> None:
        recorded.begin()
        timer.start()

    result = run(server, room, seconds, begin=begin, warm_up=WARM_UP)
    timer.join()
    result |= server.ask("stop_recording")
    recorded.directory.cleanup()
    return {**result, "writer": shares[0]}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--streams", type=int, nargs="*", default=list(STREAMS))
    chosen = parser.parse_args()
    server = Server()
    print(
        f"{'streams':>7} {'recording':>9} {'packets/s':>9} {'CPU us/packet':>13} {'added':>6}"
        f" {'delay ms 50/99%':>16} {'lost':>5} {'not written':>11} {'writer CPU':>10}"
    )
    try:
        for streams in chosen.streams:
            rows(server, streams, chosen.seconds)
    finally:
        server.stop()


def rows(server: Server, streams: int, seconds: float) -> None:
    without = 0.0
    for how in ("no", "yes", "no", "yes", "stalls"):
        result = measure(server, streams, seconds, how)
        incoming = result["sent"] / RECEIVERS
        cost = 1e6 * result["sent"] / result["per_cpu_second"] / incoming
        if how == "no":
            without = cost
        added = f"{cost - without:6.1f}" if how != "no" else " " * 6
        print(
            f"{streams:7} {how:>9} {incoming / seconds:9,.0f} {cost:13.1f} {added}"
            f" {result['delay_ms'][0]:8.2f}{result['delay_ms'][1]:8.2f} {result['dropped']:5}",
            f"{result.get('unwritten', 0):11}",
            f"{result['writer']:10.1%}" if "writer" in result else "",
            flush=True,
        )


if __name__ == "__main__":
    main()
