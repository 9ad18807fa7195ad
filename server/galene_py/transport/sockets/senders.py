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
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

from galene_py.transport import limits
from galene_py.transport.dtls.srtp import Arena
from galene_py.transport.sockets import native
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.sockaddr import size_for

NO_ROOM = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.ENOMEM})
NO_SEGMENTS = frozenset({errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.EOPNOTSUPP})
"""What kernels answer when a device, or a path with a small MTU, cannot take a run of packets."""


class Batch:
    """Messages waiting in the arena, as columns. A message is one packet, or a run of packets of
    `segments[i]` bytes each, the last one not longer."""

    __slots__ = ("counts", "names", "paths", "places", "segments", "sizes")

    def __init__(self) -> None:
        # Of each message:
        self.paths: list[UdpPath[Any]] = []
        self.names = array("Q")
        """The paths' pointers."""
        self.counts = array("Q")
        """Packets."""
        self.segments = array("Q")
        """Bytes of each packet of a run; 0 for a single packet."""
        # Of each packet, message by message:
        self.places = array("Q")
        """Addresses: the arena's plus an offset."""
        self.sizes = array("Q")
        """Bytes."""

    def add(self, path: UdpPath[Any], place: int, size: int) -> None:
        """One packet as one message."""
        self.paths.append(path)
        self.names.append(path.pointer)
        self.counts.append(1)
        self.segments.append(0)
        self.places.append(place)
        self.sizes.append(size)

    def packets(self, index: int) -> list[tuple[int, int]]:
        """(place, bytes) of the packets of message `index`. Slow: for what the kernel refused."""
        first = sum(self.counts[:index])
        last = first + self.counts[index]
        return list(zip(self.places[first:last], self.sizes[first:last], strict=True))


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


class _Single:
    """Sending packet by packet through the `socket` module: fall-back and second try."""

    def __init__(self, sock: socket.socket, arena: Arena, counters: SendCounters) -> None:
        self.sock = sock
        self.arena = arena
        self.counters = counters

    def view(self, place: int, size: int) -> memoryview:
        start = place - self.arena.address
        return self.arena.view[start : start + size]

    def packets(self, path: UdpPath[Any], packets: list[tuple[int, int]]) -> None:
        """Send each (place, bytes) on its own."""
        for index, (place, size) in enumerate(packets):
            try:
                self._datagram(path, self.view(place, size))
            except OSError as error:
                if error.errno in NO_ROOM:
                    self.counters.no_room += len(packets) - index
                    return
                self.counters.refused += 1

    def _datagram(self, path: UdpPath[Any], view: memoryview) -> None:
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
        count = limits.OUTBOX_MESSAGES
        self._array = native.MessageArray(count, size_for(sock.family), limits.OUTBOX_PACKETS)
        header = native.SEGMENT_CONTROL_HEADER
        for i in range(count):
            self._array.control[native.CONTROL_WORDS * i : native.CONTROL_WORDS * i + 2] = header
        self._plain_vectors = array("Q", self._array.column(native.IOV, count))
        self._ones, self._zeros = array("Q", [1]) * count, array("Q", [0]) * count
        self._used = array("Q", [native.SEGMENT_CONTROL_BYTES]) * count
        self._pinned: list[int] = []
        self._runs = 0
        """Messages whose vectors are not plain since an earlier batch."""
        self._controlled = 0
        """Messages with a control message since an earlier batch."""

    def send(self, batch: Batch) -> None:
        messages = self._array
        packets = len(batch.places)
        messages.set_column(native.NAME, batch.names)
        messages.iovs[0 : 2 * packets : 2] = batch.places
        messages.iovs[1 : 2 * packets : 2] = batch.sizes
        self._set_vectors(batch, packets)
        self._set_control(batch)
        self._submit(batch, len(batch.paths))

    def _set_vectors(self, batch: Batch, packets: int) -> None:
        """Say which packets each message consists of."""
        messages = self._array
        if packets > len(batch.paths):
            starts = accumulate(batch.counts, initial=0)
            vectors = [messages.vectors + 16 * start for start, _ in zip(starts, batch.counts, strict=False)]
            messages.set_column(native.IOV, array("Q", vectors))
            messages.set_column(native.IOV_COUNT, batch.counts)
            self._runs = max(self._runs, len(vectors))
        elif self._runs:
            messages.set_column(native.IOV, self._plain_vectors[: self._runs])
            messages.set_column(native.IOV_COUNT, self._ones[: self._runs])
            self._runs = 0

    def _set_control(self, batch: Batch) -> None:
        """Write control messages, and restore what the last batch changed."""
        messages, segments = self._array, batch.segments
        for index in self._pinned:
            at = native.CONTROL_WORDS * index
            messages.control[at : at + 2] = native.SEGMENT_CONTROL_HEADER
        self._pinned.clear()
        if self._controlled:
            messages.set_column(native.CONTROL_LENGTH, self._zeros[: self._controlled])
            self._controlled = 0
        if any(segments):
            count = self._controlled = len(segments)
            messages.control[2 : native.CONTROL_WORDS * count : native.CONTROL_WORDS] = segments
            used = self._used[:count]
            if not all(segments):
                used = array("Q", [native.SEGMENT_CONTROL_BYTES if segment else 0 for segment in segments])
            messages.set_column(native.CONTROL_LENGTH, used)
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
        self._controlled = max(self._controlled, index + 1)

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
                self.counters.no_room += sum(batch.counts[sent:])
                return
            self._refused(batch, sent, code)
            sent += 1

    def _refused(self, batch: Batch, index: int, code: int) -> None:
        count = batch.counts[index]
        if count == 1 or code not in NO_SEGMENTS:
            self.counters.refused += count
            return
        path = batch.paths[index]
        path.refuse_runs()
        self.counters.resent_singly += count
        self._single.packets(path, batch.packets(index))


class PlainSender:
    """One system call per message, through the `socket` module."""

    def __init__(self, sock: socket.socket, arena: Arena, segmentation: bool) -> None:
        self.name = "sendmsg with segmentation" if segmentation else "sendto"
        self.segmentation = segmentation
        self.counters = SendCounters()
        self._sock = sock
        self._single = _Single(sock, arena, self.counters)

    def send(self, batch: Batch) -> None:
        packets = list(zip(batch.places, batch.sizes, strict=True))
        at = 0
        for path, count, segment in zip(batch.paths, batch.counts, batch.segments, strict=True):
            message = packets[at : at + count]
            at += count
            self.counters.calls += 1
            if not segment or path.pin or not self._run(path, message, segment):
                self._single.packets(path, message)

    def _run(self, path: UdpPath[Any], packets: list[tuple[int, int]], segment: int) -> bool:
        """Send a run; False if its packets are to be sent one by one."""
        control = [(native.SOL_UDP, native.UDP_SEGMENT, struct.pack("=H", segment))]
        try:
            views = [self._single.view(place, size) for place, size in packets]
            self._sock.sendmsg(views, control, 0, path.address)
        except OSError as error:
            if error.errno in NO_SEGMENTS:
                path.refuse_runs()
                self.counters.resent_singly += len(packets)
                return False
            if error.errno in NO_ROOM:
                self.counters.no_room += len(packets)
            else:
                self.counters.refused += len(packets)
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
