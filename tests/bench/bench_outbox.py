"""Packets per CPU second of the outbox alone, beside the two limits nobody can pass: the kernel's `sendmmsg`
and libsrtp's protection. Everything in one run, on loopback, with a child process that empties the receivers.

    python tests/bench/bench_outbox.py [seconds per figure]
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from array import array
from collections.abc import Callable
from itertools import cycle
from typing import Any

from pylibsrtp import Session

from galene_py.transport import limits
from galene_py.transport.dtls.srtp import (
    PROFILES,
    Handle,
    SrtpKeys,
    make_arena,
    receive_session,
    transmit_session,
)
from galene_py.transport.sockets import native
from galene_py.transport.sockets.cohorts import Route
from galene_py.transport.sockets.outbox import Outbox
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.sockaddr import from_tuple
from galene_py.transport.sockets.udp import Reader, open_socket

FAN_OUTS = (2, 10, 30, 100)
LOADS = {
    "singles of 160 (audio)": [[160]],
    "singles of 1100": [[1100]],
    "1 to 3, sizes differ": [[1100, 1101], [1050], [1010, 1010, 1011], [990], [1101, 1100, 1100], [640, 640]],
    "bursts of 4 x 1100": [[1100] * 4],
}
GCM = PROFILES[0]
KEYS = SrtpKeys(GCM, bytes(range(28)), bytes(range(28)))


class Peer:
    """A receiver with an address."""

    def __init__(self, port: int, family: int, arena_handle: Callable[[Session], Handle]) -> None:
        self.path = UdpPath[Any](from_tuple(("::ffff:127.0.0.1", port), family))
        self.session = transmit_session(KEYS)
        self.route: Route | None = Route(arena_handle(self.session), GCM.rtp_overhead, self.path, b"")


class Source:
    """Batches of plaintext with growing sequence numbers."""

    def __init__(self, sizes: list[list[int]]) -> None:
        self.shapes = cycle([[bytearray(b"\x80\x60" + os.urandom(n - 2)) for n in batch] for batch in sizes])
        self.sequence = 0

    def batch(self) -> list[bytearray]:
        packets = next(self.shapes)
        for packet in packets:
            self.sequence = self.sequence + 1 & 0xFFFF
            packet[2:4] = self.sequence.to_bytes(2)
            packet[8:12] = b"SSRC"
        return packets


def measure(seconds: float, step: Callable[[], int]) -> float:
    """Best of three: units per CPU second of this process."""
    best = 0.0
    for _ in range(3):
        done = 0
        start = time.process_time()
        while (spent := time.process_time() - start) < seconds / 3:
            for _ in range(10):
                done += step()
        best = max(best, done / spent)
    return best


def outbox_figure(sock: socket.socket, ports: list[int], load: list[list[int]], seconds: float) -> float:
    outbox = Outbox(sock, lambda: None)
    peers = [Peer(port, sock.family, make_arena(0).handle) for port in ports]
    source = Source(load)

    def step() -> int:
        batch = source.batch()
        outbox.rtp(peers, batch)
        outbox.flush()
        return len(batch) * len(peers)

    return measure(seconds, step)


def kernel_figure(sock: socket.socket, ports: list[int], load: list[list[int]], seconds: float) -> float:
    """The same packets, ready made, one message each, one `sendmmsg` per batch."""
    paths = [UdpPath[Any](from_tuple(("::ffff:127.0.0.1", port), sock.family)) for port in ports]
    arena = make_arena(limits.DATAGRAM_BYTES)
    prepared = []
    for sizes in load:
        count = len(sizes) * len(paths)
        messages = native.MessageArray(count, 28)
        messages.set_column(native.NAME, array("Q", [path.pointer for path in paths for _ in sizes]))
        for i in range(count):
            messages.iovs[2 * i] = arena.address
            messages.iovs[2 * i + 1] = sizes[i % len(sizes)] + GCM.rtp_overhead
        prepared.append((messages, count))
    turns = cycle(prepared)

    def step() -> int:
        messages, count = next(turns)
        native.LIBC.sendmmsg(sock.fileno(), messages.pointer(0), count, native.MSG_DONTWAIT)
        return count

    return measure(seconds, step)


def crypto_figure(ports: list[int], load: list[list[int]], seconds: float) -> float:
    """A bare loop: unprotect each packet once, protect it for everybody, in place; nothing is sent."""
    arena, incoming = make_arena(4 * limits.DATAGRAM_BYTES), make_arena(4 * limits.DATAGRAM_BYTES)
    origin = transmit_session(KEYS)
    receiver = receive_session(KEYS)
    sender = incoming.handle(origin)
    sessions = [transmit_session(KEYS) for _ in ports]
    handles = [arena.handle(session) for session in sessions]
    source = Source(load)
    size, lengths = arena.length, incoming.length
    spent_preparing = 0.0

    def step() -> int:
        nonlocal spent_preparing
        batch = source.batch()
        for packet in batch:
            before = time.process_time()
            incoming.view[: len(packet)] = packet
            lengths[0] = len(packet)
            incoming.protect(sender, incoming.base, lengths)
            spent_preparing += time.process_time() - before
            incoming.unprotect(incoming.handle(receiver), incoming.base, lengths)
            for handle in handles:
                arena.view[: len(packet)] = incoming.view[: len(packet)]
                size[0] = len(packet)
                arena.protect(handle, arena.base, size)
        return len(batch) * len(handles)

    best = 0.0
    for _ in range(3):
        done, spent_preparing = 0, 0.0
        start = time.process_time()
        while time.process_time() - start < seconds / 3:
            done += step()
        best = max(best, done / (time.process_time() - start - spent_preparing))
    return best


def drain(receivers: list[socket.socket]) -> None:
    """Child process: empty all receivers until the parent is gone."""
    parent = os.getppid()
    poll = select.epoll()
    readers = {sock.fileno(): Reader(sock) for sock in receivers}
    for descriptor in readers:
        poll.register(descriptor, select.EPOLLIN)
    while os.getppid() == parent:
        for descriptor, _ in poll.poll(0.2):
            readers[descriptor].read(limits.RECEIVE_BATCH)
    os._exit(0)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    receivers = []
    for _ in range(max(FAN_OUTS)):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
        receivers.append(sock)
    if os.fork() == 0:
        drain(receivers)
    ports = [sock.getsockname()[1] for sock in receivers]
    sender = open_socket(0)
    print(f"sender: {Outbox(sender, lambda: None).sender.name}")
    print("packets per CPU second         fan-out   outbox  kernel alone  SRTP alone  outbox/kernel")
    for name, load in LOADS.items():
        for fan_out in FAN_OUTS:
            used = ports[:fan_out]
            outbox = outbox_figure(sender, used, load, seconds)
            kernel = kernel_figure(sender, used, load, seconds)
            crypto = crypto_figure(used, load, seconds)
            print(
                f"{name:30} {fan_out:7} {outbox:8.0f} {kernel:13.0f} {crypto:11.0f} {outbox / kernel:13.2f}"
            )


if __name__ == "__main__":
    main()
