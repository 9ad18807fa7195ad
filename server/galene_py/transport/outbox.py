"""Everything that leaves: protects packets for each receiver into one block of memory and sends the block.

The unit of work is (batch of packets) × (receivers): the plaintext is laid out once, copied per receiver as
one piece, protected where it lies, and described to the kernel as few messages. No object per packet. Never
waits and never queues beyond its block: what the kernel does not take is dropped and counted. Owned by the
hub, which flushes it at the end of every wake-up.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from galene_py import limits
from galene_py.transport.demux import RTCP_HEADER_BYTES, RTP_HEADER_BYTES
from galene_py.transport.paths import UdpPath
from galene_py.transport.senders import Batch, make_sender
from galene_py.transport.srtp import (
    NATIVE,
    PROFILES,
    RTCP_OVERHEAD_BYTES,
    RTP_OVERHEAD_BYTES,
    Handle,
    make_arena,
)

Buffer = bytes | bytearray | memoryview

TEMPLATE_BYTES = limits.OUTBOX_CHUNK * (limits.DATAGRAM_BYTES + RTP_OVERHEAD_BYTES)


class StreamPath(Protocol):
    """A path that is a TCP connection."""

    def write(self, frame: Buffer) -> None:
        """Send one packet, or drop it when the connection is not fast enough."""


Route = tuple[Handle, int, UdpPath | StreamPath]
"""How packets get to a peer: its session, its shape, its path. A shape is the number of bytes that protection
adds to a packet, plus `WITHOUT_RUNS` when packets are sent one by one and `STREAM` when the path is TCP."""

WITHOUT_RUNS = 256
STREAM = 512
OVERHEAD_MASK = 255
SHAPES = 2 * len(PROFILES) + len(PROFILES)
"""Different shapes among the receivers of one batch: each profile with and without runs, and over TCP."""


class Receiver(Protocol):
    """What the outbox needs to know of a peer."""

    @property
    def route(self) -> Route | None:
        """None while packets cannot be sent."""


class Layout:
    """Where the packets of a batch lie for one shape of receiver."""

    __slots__ = ("pieces", "runs", "size", "source")

    def __init__(self, source: Any) -> None:
        self.source = source
        """The place of the plaintexts, laid out, in the template."""
        self.size = 0
        self.pieces: list[tuple[int, int]] = []
        """(offset, bytes) of each plaintext."""
        self.runs: list[tuple[int, int, int]] = []
        """(offset, bytes, bytes of each packet or 0) of each message."""


def make_runs(sizes: Sequence[int], most: int) -> list[tuple[int, int, int]]:
    """Group packets that lie one behind the other into messages (offset, bytes, segment): runs of equal sizes
    of which the last one may be shorter, of at most `most` packets. Pure."""
    if len(sizes) == 1:
        return [(0, sizes[0], 0)]
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
        self._template = make_arena(SHAPES * TEMPLATE_BYTES, native=native)
        self.sender = make_sender(sock, self._arena, vectored=vectored, segmentation=segmentation)
        self._pending = pending
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
        """Group the receivers by shape: each shape has its own layout of the same packets."""
        routes = [route for peer in peers if (route := peer.route) is not None]
        shapes = {route[1] for route in routes}
        for index, shape in enumerate(shapes):
            group = routes if len(shapes) == 1 else [route for route in routes if route[1] == shape]
            if shape & STREAM:
                for route in group:
                    self._singly(packets, route)
                continue
            layout = self._lay_out(packets, shape, index)
            start = 0
            while start < len(group):
                start += self._fill(layout, packets, group, start)

    def _fill(self, layout: Layout, packets: Sequence[Buffer], group: list[Route], start: int) -> int:
        """Protect the packets for as many receivers as there is room for; returns how many.

        The hot loop: everything it touches is a local name and nothing is made per packet but a pointer.
        What can be written for all receivers together is written after it."""
        size, runs, batch = layout.size, layout.runs, self._batch
        room = min(
            (limits.OUTBOX_BYTES - self._end) // size,
            (limits.OUTBOX_MESSAGES - len(batch.paths)) // len(runs),
        )
        if room < 1:
            self.flush()
            return 0
        chunk = group[start : start + room]
        arena = self._arena
        lengths, protect, copy, source = arena.length, arena.protect, arena.copy, layout.source
        place = arena.base + self._end
        (_, first), *rest = layout.pieces
        failed = 0
        for handle, _, _ in chunk:
            copy(place, source, size)
            lengths[0] = first
            failed |= protect(handle, place, lengths)
            for offset, length in rest:
                lengths[0] = length
                failed |= protect(handle, place + offset, lengths)
            place += size
        if failed:
            for route in chunk:
                self._singly(packets, route)
            return len(chunk)
        begin = arena.address + self._end
        end = begin + size * len(chunk)
        for offset, length, segment in runs:
            batch.paths += [path for _, _, path in chunk]  # type: ignore[misc]  # no stream has a layout
            batch.places += range(begin + offset, end, size)
            batch.sizes += [length] * len(chunk)
            batch.segments += [segment] * len(chunk)
        self._end += size * len(chunk)
        self.packets += len(packets) * len(chunk)
        return len(chunk)

    def _lay_out(self, packets: Sequence[Buffer], shape: int, index: int) -> Layout:
        """Write the plaintexts into the template, with room for what protection adds behind each."""
        overhead = shape & OVERHEAD_MASK
        start = at = index * TEMPLATE_BYTES
        layout = Layout(self._template.base + start)
        view = self._template.view
        for packet in packets:
            length = len(packet)
            view[at : at + length] = packet
            layout.pieces.append((at - start, length))
            at += length + overhead
        layout.size = at - start
        most = 1 if shape & WITHOUT_RUNS or not self.sender.segmentation else limits.SEGMENTS
        layout.runs = make_runs([length + overhead for _, length in layout.pieces], most)
        return layout

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
        full = self._end + size > limits.OUTBOX_BYTES
        if full or len(self._batch.paths) >= limits.OUTBOX_MESSAGES:
            self.flush()
        return self._end

    def _queue(self, path: UdpPath | StreamPath, at: int, size: int) -> None:
        self.packets += 1
        if isinstance(path, UdpPath):
            self._batch.paths.append(path)
            self._batch.places.append(self._arena.address + at)
            self._batch.sizes.append(size)
            self._batch.segments.append(0)
            self._end = at + size
        else:
            path.write(self._arena.view[at : at + size])

    def flush(self) -> None:
        """Hand everything that waits to the kernel."""
        if self._batch.paths:
            self.sender.send(self._batch)
            self._batch.clear()
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
