"""Everything that leaves: protects packets for each receiver into one block of memory and sends the block.

The unit of work is (batch of packets) × (receivers). The plaintext is written into equal cells, as often as
there are receivers, by one copy; one `map` protects every cell where it lies; the kernel is told of all by a
few columns of numbers. Nothing is done per packet in Python. Never waits and never queues beyond its block:
what the kernel does not take is dropped and counted. Owned by the hub, which flushes it at the end of every
wake-up.
"""

from __future__ import annotations

import socket
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from galene_py import limits
from galene_py.transport.audience import (
    OVERHEAD_MASK,
    STREAM,
    WITHOUT_RUNS,
    Audiences,
    Buffer,
    Group,
    Receiver,
    Route,
    StreamPath,
)
from galene_py.transport.demux import RTCP_HEADER_BYTES, RTP_HEADER_BYTES
from galene_py.transport.paths import UdpPath
from galene_py.transport.senders import Batch, make_sender
from galene_py.transport.srtp import NATIVE, RTCP_OVERHEAD_BYTES, Handle, make_arena

__all__ = ["STREAM", "WITHOUT_RUNS", "Outbox", "Receiver", "Route", "StreamPath", "make_runs"]

CELL_ALIGNMENT = 64
"""Bytes: a cache line; also keeps the number of different cell sizes small."""


class Layout:
    """The packets of a batch as one receiver's cells."""

    __slots__ = ("cell", "counts", "lengths", "plain", "segments", "sizes")

    def __init__(self, packets: Sequence[Buffer], overhead: int, most: int) -> None:
        """`most`: packets of one message at most."""
        lengths = [len(packet) for packet in packets]
        self.cell = cell = -(-(max(lengths) + overhead) // CELL_ALIGNMENT) * CELL_ALIGNMENT
        """Bytes of a cell."""
        self.plain = b"".join([bytes(packet).ljust(cell, b"\0") for packet in packets])
        self.lengths = array("i", lengths)
        """Of each packet, not protected."""
        self.sizes = array("Q", [length + overhead for length in lengths])
        """Of each packet, protected."""
        self.counts = array("Q", [1])
        """Packets of each message."""
        self.segments = array("Q", [0])
        """Bytes of each packet of a message that the kernel cuts; 0: it is one packet."""
        if len(lengths) > 1:
            runs = make_runs(self.sizes, most)
            self.counts = array("Q", [-(-size // segment) if segment else 1 for _, size, segment in runs])
            self.segments = array("Q", [segment for _, _, segment in runs])


def make_runs(sizes: Sequence[int], most: int) -> list[tuple[int, int, int]]:
    """Group packets that follow one another into messages (offset, bytes, segment): runs of equal sizes of
    which the last one may be shorter, of at most `most` packets. Pure."""
    runs: list[tuple[int, int, int]] = []
    at = start = total = count = segment = 0
    for size in sizes:
        if count and (size > segment or count == most or total + size > limits.SEGMENT_RUN_BYTES):
            runs.append((start, total, segment if count > 1 else 0))
            count = 0
        if not count:
            start, total, segment = at, 0, size
        count += 1
        total += size
        at += size
        if size < segment:
            runs.append((start, total, segment))
            count = 0
    if count:
        runs.append((start, total, segment if count > 1 else 0))
    return runs


class Outbox:
    """`rtp` and `rtcp` protect and queue, `raw` queues as it is, `flush` sends."""

    def __init__(
        self,
        sock: socket.socket,
        pending: Callable[[], None],
        *,
        native: bool = NATIVE,
        vectored: bool | None = None,
        segmentation: bool | None = None,
    ) -> None:
        """`pending` is called whenever the outbox stops being empty, so that somebody flushes it. The other
        arguments choose fall-backs."""
        self.packets = 0
        """Packets given to the kernel or to a TCP connection; the sender counts those it could not place."""
        self.unsendable = 0
        """Packets that were too long, too short, or that libsrtp did not take."""
        self._arena = make_arena(limits.OUTBOX_BYTES, native=native)
        self._lengths, self._set_lengths = self._arena.length_column(limits.OUTBOX_PACKETS)
        self.sender = make_sender(sock, self._arena, vectored=vectored, segmentation=segmentation)
        self._pending = pending
        self._audiences = Audiences()
        self._grids: dict[int, tuple[list[Any], array[int]]] = {}
        self._batch = Batch()
        self._end = 0

    def rtp(self, peers: Sequence[Receiver], packets: Sequence[Buffer]) -> None:
        """Send every packet to every peer that is connected. The buffers are read now and not kept."""
        if self._end == 0:
            self._pending()
        for start in range(0, len(packets), limits.OUTBOX_CHUNK):
            chunk = packets[start : start + limits.OUTBOX_CHUNK]
            sound = [p for p in chunk if RTP_HEADER_BYTES <= len(p) < limits.DATAGRAM_BYTES]
            self.unsendable += len(chunk) - len(sound)
            if sound:
                self._spread(peers, sound)

    def _spread(self, peers: Sequence[Receiver], packets: Sequence[Buffer]) -> None:
        for group in self._audiences.groups(peers):
            if group.stream:
                for route in group.routes:
                    self._singly(packets, route)
                continue
            runs = group.runs and self.sender.segmentation
            layout = Layout(packets, group.overhead, limits.SEGMENTS if runs else 1)
            start = 0
            while start < group.size:
                start += self._fill(layout, packets, group, start)

    def _grid(self, cell: int) -> tuple[list[Any], array[int]]:
        """All cells of this size in the block: as libsrtp takes them, and as the kernel does."""
        found = self._grids.get(cell)
        if found is None:
            base, address = self._arena.base, self._arena.address
            offsets = range(0, limits.OUTBOX_BYTES - cell + 1, cell)
            addresses = array("Q", [address + offset for offset in offsets])
            found = self._grids[cell] = [base + offset for offset in offsets], addresses
        return found

    def _fill(self, layout: Layout, packets: Sequence[Buffer], group: Group, start: int) -> int:
        """Protect the packets for as many receivers as there is room for; returns how many. The hottest
        function of the server; its steps are few and each works on all receivers."""
        batch, cell, each, runs = self._batch, layout.cell, len(packets), len(layout.counts)
        places, addresses = self._grid(cell)
        first = -(-self._end // cell)
        room = min(
            (len(places) - first) // each,
            (limits.OUTBOX_PACKETS - len(batch.places)) // each,
            (limits.OUTBOX_MESSAGES - len(batch.paths)) // runs,
            group.size - start,
        )
        if room < 1:
            self.flush()
            return 0
        handles, (paths, names) = group.handles(each), group.messages(runs)
        stop = start + room
        if room != group.size:
            handles = handles[start * each : stop * each]
            paths, names = paths[start * runs : stop * runs], names[start * runs : stop * runs]
        last = first + room * each
        self._arena.view[first * cell : last * cell] = layout.plain * room
        self._set_lengths(layout.lengths * room)
        if any(map(self._arena.protect, handles, places[first:last], self._lengths)):
            for route in group.routes[start:stop]:
                self._singly(packets, route)
            return room
        batch.paths += paths
        batch.names += names
        batch.counts += layout.counts * room
        batch.segments += layout.segments * room
        batch.places += addresses[first:last]
        batch.sizes += layout.sizes * room
        self._end = last * cell
        self.packets += room * each
        return room

    def _singly(self, packets: Sequence[Buffer], route: Route) -> None:
        """One message per packet: for TCP, and when libsrtp refused one of the batch (a retransmission that
        is too old). Protecting the others a second time gives the same bytes."""
        for packet in packets:
            self._protected(packet, route, self._arena.protect, route[1] & OVERHEAD_MASK)

    def rtcp(self, peer: Receiver, packet: Buffer) -> None:
        """Send one compound packet, if the peer is connected."""
        route = peer.route
        if route is None:
            return
        if not RTCP_HEADER_BYTES <= len(packet) < limits.DATAGRAM_BYTES:
            self.unsendable += 1
            return
        self._protected(packet, route, self._arena.protect_rtcp, RTCP_OVERHEAD_BYTES)

    def _protected(
        self, packet: Buffer, route: Route, protect: Callable[[Handle, Any, Any], int], overhead: int
    ) -> None:
        handle, _, path = route
        at = self._room(len(packet) + overhead)
        arena = self._arena
        arena.view[at : at + len(packet)] = packet
        arena.length[0] = len(packet)
        if protect(handle, arena.base + at, arena.length):
            self.unsendable += 1
        else:
            self._queue(path, at, arena.length[0])

    def raw(self, path: UdpPath | StreamPath, data: bytes) -> None:
        """Send one datagram as it is (STUN, DTLS)."""
        if len(data) > limits.DATAGRAM_BYTES:
            self.unsendable += 1
            return
        at = self._room(len(data))
        self._arena.view[at : at + len(data)] = data
        self._queue(path, at, len(data))

    def _room(self, size: int) -> int:
        """Where the next `size` bytes go."""
        if self._end == 0:
            self._pending()
        batch = self._batch
        full = self._end + size > limits.OUTBOX_BYTES or len(batch.places) >= limits.OUTBOX_PACKETS
        if full or len(batch.paths) >= limits.OUTBOX_MESSAGES:
            self.flush()
        return self._end

    def _queue(self, path: UdpPath | StreamPath, at: int, size: int) -> None:
        self.packets += 1
        if isinstance(path, UdpPath):
            self._batch.add(path, self._arena.address + at, size)
            self._end = at + size
        else:
            path.write(self._arena.view[at : at + size])

    def flush(self) -> None:
        """Hand everything that waits to the kernel."""
        if self._batch.paths:
            self.sender.send(self._batch)
            self._batch = Batch()
        self._end = 0

    def debug_state(self) -> dict[str, object]:
        counters = self.sender.counters
        return {
            "sender": self.sender.name,
            "native": bool(self._arena.address),
            "packets": self.packets,
            "unsendable": self.unsendable,
            "calls": counters.calls,
            "no_room": counters.no_room,
            "refused": counters.refused,
            "resent_singly": counters.resent_singly,
        }
