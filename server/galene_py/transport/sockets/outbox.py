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
from typing import Any, NamedTuple

from galene_py.rtp.packet import SSRC_OFFSET, Buffer, with_ssrc
from galene_py.transport import limits
from galene_py.transport.dtls.srtp import NATIVE, RTCP_OVERHEAD_BYTES, Handle, make_arena
from galene_py.transport.sockets.cohorts import (
    OVERHEAD_MASK,
    Cohort,
    Cohorts,
    Destination,
    Route,
)
from galene_py.transport.sockets.demux import RTCP_HEADER_BYTES, RTP_HEADER_BYTES
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.senders import Batch, make_sender
from galene_py.transport.sockets.tcp import TcpPath

CELL_ALIGNMENT = 64
"""Bytes: a cache line; also keeps the number of different cell sizes small."""


class Columns(NamedTuple):
    """What libsrtp and the kernel are told of a batch for some receivers."""

    lengths: array[int]
    """Of each packet, not protected."""
    sizes: array[int]
    """Of each packet, protected."""
    counts: array[int]
    """Packets of each message."""
    segments: array[int]
    """Bytes of each packet of a message that the kernel cuts; 0: it is one packet."""


class Layout:
    """Packets of certain lengths as one receiver's cells. Knows no packet, so that it can be kept."""

    __slots__ = ("_columns", "_one", "cell", "each", "runs")

    def __init__(self, lengths: Sequence[int], overhead: int, most: int) -> None:
        """`most`: packets of one message at most."""
        self.cell = -(-(max(lengths) + overhead) // CELL_ALIGNMENT) * CELL_ALIGNMENT
        """Bytes of a cell."""
        self.each = len(lengths)
        """Packets."""
        sizes = array("Q", [length + overhead for length in lengths])
        runs = make_runs(sizes, most)
        self.runs = len(runs)
        """Messages."""
        counts = array("Q", [-(-size // segment) if segment else 1 for _, size, segment in runs])
        segments = array("Q", [segment for _, _, segment in runs])
        self._one = Columns(array("i", lengths), sizes, counts, segments)
        self._columns: tuple[int, Columns] = (1, self._one)

    def columns(self, times: int) -> Columns:
        """For `times` receivers; the last answer is remembered. Not to be changed."""
        known, columns = self._columns
        if known != times:
            columns = Columns(*(column * times for column in self._one))
            self._columns = times, columns
        return columns


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
        self._cohorts = Cohorts()
        self._grids: dict[int, tuple[list[Any], array[int]]] = {}
        self._layouts: dict[tuple[int, ...], Layout] = {}
        self._batch = Batch()
        self._end = 0

    def rtp(self, peers: Sequence[Destination], packets: Sequence[Buffer]) -> None:
        """Send every packet to every peer that is connected. The buffers are read now and not kept."""
        if self._end == 0:
            self._pending()
        for start in range(0, len(packets), limits.OUTBOX_CHUNK):
            self._spread(peers, packets[start : start + limits.OUTBOX_CHUNK])

    def _spread(self, peers: Sequence[Destination], packets: Sequence[Buffer]) -> None:
        lengths = list(map(len, packets))
        if min(lengths) < RTP_HEADER_BYTES or max(lengths) >= limits.DATAGRAM_BYTES:
            packets = [p for p in packets if RTP_HEADER_BYTES <= len(p) < limits.DATAGRAM_BYTES]
            self.unsendable += len(lengths) - len(packets)
            if not packets:
                return
            lengths = list(map(len, packets))
        for cohort in self._cohorts.cohorts(peers):
            if cohort.stream:
                for route in cohort.routes:
                    self._singly(packets, route)
                continue
            layout = self._layout(lengths, cohort)
            start = 0
            while start < cohort.size:
                start += self._fill(layout, packets, cohort, start)

    def _layout(self, lengths: list[int], cohort: Cohort) -> Layout:
        """The layout of packets of these lengths: most have been there before."""
        most = limits.SEGMENTS if cohort.runs and self.sender.segmentation else 1
        key = (cohort.overhead, most, *lengths)
        found = self._layouts.get(key)
        if found is None:
            if len(self._layouts) >= limits.OUTBOX_LAYOUTS:
                self._layouts.clear()
            found = self._layouts[key] = Layout(lengths, cohort.overhead, most)
        return found

    def _grid(self, cell: int) -> tuple[list[Any], array[int]]:
        """All cells of this size in the block: as libsrtp takes them, and as the kernel does."""
        found = self._grids.get(cell)
        if found is None:
            base, address = self._arena.base, self._arena.address
            offsets = range(0, limits.OUTBOX_BYTES - cell + 1, cell)
            addresses = array("Q", [address + offset for offset in offsets])
            found = self._grids[cell] = [base + offset for offset in offsets], addresses
        return found

    def _write(self, packets: Sequence[Buffer], cell: int, at: int, times: int) -> None:
        """Write the packets into cells from `at` on, `times` times; copies are made from what is there."""
        view = self._arena.view
        end = at
        for packet in packets:
            view[end : end + len(packet)] = packet
            end += cell
        stop = at + (end - at) * times
        while end < stop:
            size = min(end - at, stop - end)
            view[end : end + size] = view[at : at + size]
            end += size

    def _rename(self, routes: Sequence[Route], each: int, cell: int, at: int) -> None:
        """Give what was written, `each` packets for each route, the SSRCs of the routes."""
        view = self._arena.view
        at += SSRC_OFFSET
        for route in routes:
            for _ in range(each):
                view[at : at + 4] = route.ssrc
                at += cell

    def _fill(self, layout: Layout, packets: Sequence[Buffer], cohort: Cohort, start: int) -> int:
        """Protect the packets for as many receivers as there is room for; returns how many. The hottest
        function of the server; its steps are few and each works on all receivers."""
        batch, cell, each, runs = self._batch, layout.cell, layout.each, layout.runs
        places, addresses = self._grid(cell)
        first = -(-self._end // cell)
        room = min(
            (len(places) - first) // each,
            (limits.OUTBOX_PACKETS - len(batch.places)) // each,
            (limits.OUTBOX_MESSAGES - len(batch.paths)) // runs,
            cohort.size - start,
        )
        if room < 1:
            self.flush()
            return 0
        handles, (paths, names) = cohort.handles(each), cohort.messages(runs)
        stop = start + room
        if room != cohort.size:
            handles = handles[start * each : stop * each]
            paths, names = paths[start * runs : stop * runs], names[start * runs : stop * runs]
        last = first + room * each
        columns = layout.columns(room)
        self._write(packets, cell, first * cell, room)
        if cohort.renamed:
            self._rename(cohort.routes[start:stop], each, cell, first * cell)
        self._set_lengths(columns.lengths)
        if any(map(self._arena.protect, handles, places[first:last], self._lengths)):
            for route in cohort.routes[start:stop]:
                self._singly(packets, route)
            return room
        batch.paths += paths
        batch.names += names
        batch.counts += columns.counts
        batch.segments += columns.segments
        batch.places += addresses[first:last]
        batch.sizes += columns.sizes
        self._end = last * cell
        self.packets += room * each
        return room

    def _singly(self, packets: Sequence[Buffer], route: Route) -> None:
        """One message per packet: for TCP, and when libsrtp refused one of the batch (a retransmission that
        is too old). Protecting the others a second time gives the same bytes."""
        for packet in packets:
            if route.ssrc:
                packet = with_ssrc(packet, route.ssrc)
            self._protected(packet, route, self._arena.protect, route.shape & OVERHEAD_MASK)

    def rtcp(self, peer: Destination, packet: Buffer) -> None:
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
        at = self._room(len(packet) + overhead)
        arena = self._arena
        arena.view[at : at + len(packet)] = packet
        arena.length[0] = len(packet)
        if protect(route.handle, arena.base + at, arena.length):
            self.unsendable += 1
        else:
            self._queue(route.path, at, arena.length[0])

    def raw(self, path: UdpPath[Any] | TcpPath[Any], data: bytes) -> None:
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

    def _queue(self, path: UdpPath[Any] | TcpPath[Any], at: int, size: int) -> None:
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

    def forget(self, *, everybody: bool) -> None:
        """Somebody is gone, or `everybody`: keep nothing on their account. Not in the middle of a wake-up."""
        self._cohorts.forget()
        if everybody:
            self._layouts.clear()
            self._grids.clear()

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
