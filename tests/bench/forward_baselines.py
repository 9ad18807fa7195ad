"""What bench_forward compares with: libsrtp alone, and the kernel alone, on the same bursts and receivers."""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
from typing import Any

from galene_py.transport import limits
from galene_py.transport.dtls.srtp import (
    PROFILES,
    NativeArena,
    SrtpKeys,
    make_arena,
    receive_session,
    transmit_session,
)
from galene_py.transport.sockets.outbox import make_runs
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.senders import Batch, MmsgSender
from galene_py.transport.sockets.sockaddr import pack

OVERHEAD = PROFILES[0].rtp_overhead


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def srtp_alone(bursts: list[list[bytes]], fan_out: int, seconds: float) -> float:
    """Packets per CPU second of: unprotect once, copy and protect for each receiver. No packet is sent."""
    keys = SrtpKeys(PROFILES[0], bytes(range(28)), bytes(range(28)))
    arena = NativeArena(1 << 16)
    source, incoming = transmit_session(keys), receive_session(keys)
    source_handle, incoming_handle = arena.handle(source), arena.handle(incoming)
    sessions = [transmit_session(keys) for _ in range(fan_out)]
    handles = [arena.handle(session) for session in sessions]
    base, view, length = arena.base, arena.view, arena.length
    protect, unprotect = arena.protect, arena.unprotect
    ready = []
    for burst in bursts:
        for packet in burst:
            view[: len(packet)] = packet
            length[0] = len(packet)
            protect(source_handle, base, length)
            ready.append(bytes(view[: length[0]]))
    done, began = 0, cpu()
    place = base + 4096
    while cpu() - began < seconds and ready:
        for packet in ready:
            view[: len(packet)] = packet
            length[0] = len(packet)
            unprotect(incoming_handle, base, length)
            size = length[0]
            for handle in handles:
                view[4096 : 4096 + size] = view[:size]
                length[0] = size
                protect(handle, place, length)
            done += fan_out
            if done % 4096 < fan_out and cpu() - began > seconds:
                break
        else:
            incoming = receive_session(keys)  # the same packets once more
            incoming_handle = arena.handle(incoming)
            continue
        break
    return done / (cpu() - began)


def drain(sockets: list[socket.socket]) -> int:
    """A child that empties the sockets until it is killed; its process id."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    poll = select.epoll()
    for sock in sockets:
        sock.setblocking(False)
        poll.register(sock, select.EPOLLIN)
    by_number = {sock.fileno(): sock for sock in sockets}
    buffer = bytearray(2048)
    while os.getppid() == parent:
        for number, _ in poll.poll(0.5):
            receive = by_number[number].recv_into
            try:
                for _ in range(64):
                    receive(buffer)
            except BlockingIOError:
                pass
    os._exit(0)


def kernel_alone(sizes: list[list[int]], fan_out: int, seconds: float, *, segmentation: bool) -> float:
    """Packets per CPU second of `sendmmsg` alone: each burst to each receiver, one call per burst."""
    receivers = []
    for _ in range(fan_out):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))
        receivers.append(sock)
    child = drain(receivers)
    sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sending.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.SOCKET_BUFFER_BYTES)
    arena = make_arena(1 << 16)
    sender = MmsgSender(sending, arena, segmentation)
    ports = [sock.getsockname()[1] for sock in receivers]
    paths = [UdpPath[Any](pack(b"\x7f\x00\x00\x01", port, socket.AF_INET)) for port in ports]
    batches = []
    for burst in sizes:
        batch = Batch()
        runs = make_runs([size + OVERHEAD for size in burst], limits.SEGMENTS if segmentation else 1)
        for path in paths:
            for offset, size, segment in runs:
                batch.add(path, arena.address + offset, size)
                batch.segments[-1] = segment
        batches.append((batch, fan_out * len(burst)))
    try:
        done, began = 0, cpu()
        while cpu() - began < seconds:
            for batch, packets in batches[:50]:
                sender.send(batch)
                done += packets
        return (done - sender.counters.no_room - sender.counters.refused) / (cpu() - began)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for sock in [*receivers, sending]:
            sock.close()
