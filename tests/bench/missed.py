"""What a receiver did not get: one of a meeting looks at the sequence numbers of all that it is sent.

Headers are not encrypted, so nothing is deciphered. What it is too slow for counts as missed; its sockets get
large buffers for that.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from kit.lightpeople import Person

BUFFER_BYTES = 1 << 20


@dataclass(slots=True)
class Sample:
    """One receiver that looks at the sequence numbers of all that it is sent."""

    person: Person
    first: dict[bytes, int] = field(default_factory=dict)
    last: dict[bytes, int] = field(default_factory=dict)
    received: int = 0
    stopping: bool = False

    def read(self) -> None:
        with selectors.DefaultSelector() as ready:
            for peer, _ in self.person.down:
                peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
                with suppress(BlockingIOError):  # what overflowed before anybody looked
                    while True:
                        peer.sock.recv(2048)
                ready.register(peer.sock, selectors.EVENT_READ)
            while not self.stopping:
                for key, _ in ready.select(0.2):
                    with suppress(OSError):
                        self._packet(key.fileobj.recv(2048))  # type: ignore[union-attr]

    def _packet(self, data: bytes) -> None:
        if len(data) < 12 or data[0] < 128 or 192 <= data[1] <= 223:
            return
        ssrc, sequence = data[8:12], int.from_bytes(data[2:4])
        last = self.last.get(ssrc)
        if last is None:
            self.first[ssrc] = self.last[ssrc] = sequence
        else:
            step = (sequence - last + 0x8000 & 0xFFFF) - 0x8000
            self.last[ssrc] = max(last, last + step)
        self.received += 1

    @property
    def missed(self) -> float:
        """Percent of what was numbered."""
        numbered = sum(self.last[ssrc] - first + 1 for ssrc, first in self.first.items())
        return 100 * max(0.0, 1 - self.received / numbered) if numbered else float("nan")


@contextmanager
def watching(one: Person) -> Iterator[Sample]:
    """Reads what `one` is sent meanwhile."""
    sample = Sample(one)
    thread = threading.Thread(target=sample.read)
    thread.start()
    try:
        yield sample
    finally:
        sample.stopping = True
        thread.join()
