"""Ways to hand a batch of datagrams to the kernel; the best one that works here is probed at start.

`sendmmsg` with UDP_SEGMENT (the kernel cuts a run of packets), `sendmmsg` without, `sendmsg` with and
without, `sendto`. Never waits and never queues: what the kernel has no room for is dropped and counted. A
sender belongs to one outbox and one socket.
"""

from __future__ import annotations

import errno
import socket
import struct
from array import array
from dataclasses import dataclass, field
from typing import Protocol

from galene_py import limits
from galene_py.transport import native
from galene_py.transport.paths import UdpPath
from galene_py.transport.sockaddr import size_for
from galene_py.transport.srtp import Arena

NO_ROOM = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.ENOMEM})
NO_SEGMENTS = frozenset({errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP})
"""What kernels answer when a device, or a path with a small MTU, cannot take a run of packets."""


@dataclass(slots=True)
class Batch:
    """Messages waiting in the arena. Columns, one entry per message: a message is one packet, or a run of
    packets of `segments[i]` bytes each, the last one not longer."""

    paths: list[UdpPath] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """Addresses: the arena's plus an offset."""
    sizes: list[int] = field(default_factory=list)
    """Bytes."""
    segments: list[int] = field(default_factory=list)
    """Bytes of each packet of a run; 0 for a single packet."""

    def clear(self) -> None:
        self.paths.clear()
        self.places.clear()
        self.sizes.clear()
        self.segments.clear()


@dataclass(slots=True)
class SendCounters:
    """Packets, unless the name says otherwise."""

    calls: int = 0
    no_room: int = 0
    refused: int = 0
    resent_singly: int = 0


class Sender(Protocol):
    name: str
    segmentation: bool
    counters: SendCounters

    def send(self, batch: Batch) -> None:
        """Give every message to the kernel, or drop it. Never raises for what the network does."""


def _packets(size: int, segment: int) -> int:
    return -(-size // segment) if segment else 1


class _Single:
    """Sending message by message through the `socket` module: fall-back and second try."""

    def __init__(self, sock: socket.socket, arena: Arena, counters: SendCounters) -> None:
        self.sock = sock
        self.arena = arena
        self.counters = counters

    def packets(self, path: UdpPath, place: int, size: int, segment: int) -> None:
        """Send each packet of a message on its own."""
        step = segment or size
        start = place - self.arena.address
        for at in range(start, start + size, step):
            end = min(at + step, start + size)
            try:
                self._datagram(path, self.arena.view[at:end])
            except OSError as error:
                if error.errno in NO_ROOM:
                    self.counters.no_room += _packets(start + size - at, segment)
                    return
                self.counters.refused += 1

    def _datagram(self, path: UdpPath, view: memoryview) -> None:
        if path.pin:
            _, level, kind = struct.unpack_from("=Qii", path.pin)
            data = path.pin[16 : struct.unpack_from("=Q", path.pin)[0]]
            self.sock.sendmsg([view], [(level, kind, data)], 0, path.address)
        else:
            self.sock.sendto(view, path.address)


class MmsgSender:
    """One `sendmmsg` for the whole batch."""

    def __init__(self, sock: socket.socket, arena: Arena, segmentation: bool) -> None:
        self.name = "sendmmsg with segmentation" if segmentation else "sendmmsg"
        self.segmentation = segmentation
        self.counters = SendCounters()
        self._single = _Single(sock, arena, self.counters)
        self._fd = sock.fileno()
        self._send = native.LIBC.sendmmsg
        self._array = native.MessageArray(limits.OUTBOX_MESSAGES, size_for(sock.family))
        header = native.SEGMENT_CONTROL_HEADER
        for i in range(limits.OUTBOX_MESSAGES):
            self._array.control[native.CONTROL_WORDS * i : native.CONTROL_WORDS * i + 2] = header
        self._pinned: list[int] = []
        self._controlled = False

    def send(self, batch: Batch) -> None:
        messages = self._array
        count = len(batch.paths)
        messages.set_column(native.NAME, [path.pointer for path in batch.paths])
        messages.iovs[0 : 2 * count : 2] = array("Q", batch.places)
        messages.iovs[1 : 2 * count : 2] = array("Q", batch.sizes)
        self._set_control(batch)
        self._submit(batch, count)

    def _set_control(self, batch: Batch) -> None:
        """Write control messages, and restore what the last batch changed."""
        messages, segments = self._array, batch.segments
        count = len(segments)
        for index in self._pinned:
            at = native.CONTROL_WORDS * index
            messages.control[at : at + 2] = native.SEGMENT_CONTROL_HEADER
        self._pinned.clear()
        segmented = any(segments)
        if segmented:
            messages.control[2 : native.CONTROL_WORDS * count : native.CONTROL_WORDS] = array("Q", segments)
            used = [native.SEGMENT_CONTROL_BYTES if segment else 0 for segment in segments]
            messages.set_column(native.CONTROL_LENGTH, used)
        elif self._controlled:
            messages.set_column(native.CONTROL_LENGTH, [0] * limits.OUTBOX_MESSAGES)
        self._controlled = segmented
        if UdpPath.pinned:
            for i, path in enumerate(batch.paths):
                if path.pin:
                    self._pin(i, path.pin, segments[i])

    def _pin(self, index: int, pin: bytes, segment: int) -> None:
        """Add the source address to the control message: behind the segment size, or alone."""
        at = native.CONTROL_WORDS * index
        words = array("Q", pin)
        start = at + 3 if segment else at
        self._array.control[start : start + len(words)] = words
        used = len(pin) + (native.SEGMENT_CONTROL_BYTES if segment else 0)
        self._array.headers[native.WORDS_PER_HEADER * index + native.CONTROL_LENGTH] = used
        self._pinned.append(index)
        self._controlled = True

    def _submit(self, batch: Batch, count: int) -> None:
        """Each turn of the loop sends or gives up at least one message, so it ends."""
        sent = 0
        while sent < count:
            self.counters.calls += 1
            done = self._send(self._fd, self._array.pointer(sent), count - sent, native.MSG_DONTWAIT)
            if done > 0:
                sent += done
                continue
            code = native.ffi.errno
            if code == errno.EINTR:
                continue
            if code in NO_ROOM:
                rest = range(sent, count)
                self.counters.no_room += sum(_packets(batch.sizes[i], batch.segments[i]) for i in rest)
                return
            self._refused(batch, sent, code)
            sent += 1

    def _refused(self, batch: Batch, index: int, code: int) -> None:
        segment = batch.segments[index]
        place, size = batch.places[index], batch.sizes[index]
        if not segment or code not in NO_SEGMENTS:
            self.counters.refused += _packets(size, segment)
            return
        path = batch.paths[index]
        path.refuse_runs()
        self.counters.resent_singly += _packets(size, segment)
        self._single.packets(path, place, size, segment)


class PlainSender:
    """One system call per message, through the `socket` module."""

    def __init__(self, sock: socket.socket, arena: Arena, segmentation: bool) -> None:
        self.name = "sendmsg with segmentation" if segmentation else "sendto"
        self.segmentation = segmentation
        self.counters = SendCounters()
        self._sock = sock
        self._arena = arena
        self._single = _Single(sock, arena, self.counters)

    def send(self, batch: Batch) -> None:
        columns = (batch.paths, batch.places, batch.sizes, batch.segments)
        for path, place, size, segment in zip(*columns, strict=True):
            self.counters.calls += 1
            if not segment or path.pin or not self._run(path, place - self._arena.address, size, segment):
                self._single.packets(path, place, size, segment)

    def _run(self, path: UdpPath, at: int, size: int, segment: int) -> bool:
        """Send a run; False if its packets are to be sent one by one."""
        control = [(native.SOL_UDP, native.UDP_SEGMENT, struct.pack("=H", segment))]
        try:
            self._sock.sendmsg([self._arena.view[at : at + size]], control, 0, path.address)
        except OSError as error:
            if error.errno in NO_SEGMENTS:
                path.refuse_runs()
                self.counters.resent_singly += _packets(size, segment)
                return False
            if error.errno in NO_ROOM:
                self.counters.no_room += _packets(size, segment)
            else:
                self.counters.refused += _packets(size, segment)
        return True


def probe_segmentation() -> bool:
    """Whether this kernel cuts a run of packets: send one over loopback and look what arrives."""
    try:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        ):
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(0.2)
            control = [(native.SOL_UDP, native.UDP_SEGMENT, struct.pack("=H", 100))]
            sender.sendmsg([bytes(150)], control, 0, receiver.getsockname())
            return len(receiver.recv(200)) == 100 and len(receiver.recv(200)) == 50
    except OSError:
        return False


def make_sender(
    sock: socket.socket,
    arena: Arena,
    *,
    vectored: bool | None = None,
    segmentation: bool | None = None,
) -> Sender:
    """The best sender for this machine; the arguments forbid or insist, for tests and benches."""
    if vectored is None:
        vectored = native.LIBC is not None and arena.address != 0
    if segmentation is None:
        segmentation = probe_segmentation()
    return MmsgSender(sock, arena, segmentation) if vectored else PlainSender(sock, arena, segmentation)
