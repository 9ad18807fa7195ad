"""What bench_forward sends and receives: bursts in time, receivers' reports, and a child that drains."""

from __future__ import annotations

import mmap
import os
import select
import signal
import socket
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kit import loadpeer
from kit.loadpeer import OPUS, VP8, LoadPeer

BURST = {"audio": 1, "video singles": 1, "paced video": 0, "video bursts": 4}
"""Packets sent in one go; 0: one to three by turns."""
REPORT_S = 1.0
CONSENT_S = 2.5
WIDE_S = 0.1
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
        size = BURST[load] or 1 + frame % 3
        burst = []
        for index in range(size):
            length = 1050 + (0 if BURST[load] else (frame + index) % 2)
            payload = loadpeer.vp8_payload(frame & 0x7FFF, length, start=index == 0, key=frame % 300 == 0)
            last = index == size - 1
            number = sequence + index
            burst.append(loadpeer.rtp(2, number, frame * 3000, VP8, "1", payload, last))
        bursts.append(burst)
        sequence += size
        frame += 1
    return bursts


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
        if peer.wide:
            each = round(per_second * WIDE_S)
            told = [
                loadpeer.receipts(index * each, each, round(4000 * (1 + index * WIDE_S)), WIDE_S)
                for index in range(int(seconds / WIDE_S) + 20)
            ]
            timed.append(Timed((1 + phase) * WIDE_S, WIDE_S, peer.sock, peer.protected_rtcp(told)))
    return timed


@dataclass(slots=True)
class Sender:
    """One of those whose packets are forwarded."""

    peer: LoadPeer
    ready: list[list[bytes]]
    """Protected, in bursts."""
    index: int = 0
    packets: int = 0
    due: float = 0.0


def play(
    senders: list[Sender],
    per_second: float,
    warm_up: float,
    timed: list[Timed],
    shared: Shared,
    measure: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Send everything at its time; returns the server's counters after the warm-up. The delays of the last
    sender's packets are measured."""
    clock, sent_at, sampled = time.monotonic, shared.sent_at, senders[-1]
    before: dict[str, Any] = {}
    for number, sender in enumerate(senders):
        sender.due = number / len(senders) * len(sender.ready[0]) / per_second
    began = clock()
    while (sender := min(senders, key=lambda one: one.due)).index < len(sender.ready):
        while (now := clock() - began) < sender.due:
            for entry in timed:
                if entry.due <= now:
                    entry.sock.send(entry.packets[entry.index % len(entry.packets)])
                    entry.index += 1
                    entry.due += entry.every
            time.sleep(max(0.0, min(sender.due - (clock() - began), 0.002)))
        if not before and now >= warm_up:
            before = measure()
        send = sender.peer.sock.send
        for packet in sender.ready[sender.index]:
            if sender is sampled:
                sent_at[sender.packets & 0xFFFF] = clock()
            send(packet)
            sender.packets += 1
        # The next burst when this one's packets are due, so that every load has the same rate of packets.
        sender.due += len(sender.ready[sender.index]) / per_second
        sender.index += 1
    return before
