"""The C library's `sendmmsg` and `recvmmsg`, through cffi's ABI mode, and memory laid out for them.

`MessageArray` is an array of `struct mmsghdr`, one iovec and one control buffer each, written as 64-bit
words so that a column of many messages is set by one slice assignment. Only on 64-bit little-endian Linux;
elsewhere `LIBC` is None and the callers use the `socket` module. Never decides anything; owns no socket.
"""

from __future__ import annotations

import platform
import sys
from array import array
from typing import Any

from cffi import FFI

WORDS_PER_HEADER = 8
"""struct mmsghdr: name, name length, iovec, iovec count, control, control length, flags, message length."""
NAME, NAME_LENGTH, IOV, IOV_COUNT, CONTROL, CONTROL_LENGTH, FLAGS, LENGTH = range(WORDS_PER_HEADER)
CONTROL_WORDS = 8
"""Room for UDP_SEGMENT (three words) and one in6_pktinfo (five words)."""

MSG_DONTWAIT = 0x40
SOL_UDP = 17
UDP_SEGMENT = 103

SEGMENT_CONTROL_BYTES = 24
"""CMSG_SPACE(2)"""
SEGMENT_CONTROL_HEADER = array("Q", [18, SOL_UDP | UDP_SEGMENT << 32])
"""CMSG_LEN(2), level and type."""

ffi: Any = FFI()  # type: ignore[no-untyped-call]
ffi.cdef(
    """
    int sendmmsg(int fd, void *messages, unsigned int count, int flags);
    int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout);
    """
)


def _load() -> Any:
    suitable = sys.platform == "linux" and sys.maxsize > 2**32 and sys.byteorder == "little"
    if not suitable or platform.python_implementation() != "CPython":
        return None
    try:
        libc: Any = ffi.dlopen(None)
        _ = libc.sendmmsg, libc.recvmmsg
    except (OSError, AttributeError):
        return None
    return libc


LIBC = _load()


def address_of(memory: Any) -> int:
    """The numeric address of cffi memory."""
    return int(ffi.cast("uintptr_t", memory))


class MessageArray:
    """`count` messages and `vectors` iovecs, by default one each. `headers`, `iovs` and `control` are views
    of 64-bit words; the attribute `vectors` is where the iovecs lie."""

    def __init__(self, count: int, name_bytes: int, vectors: int = 0) -> None:
        self.count = count
        vectors = vectors or count
        self._headers = ffi.new("uint64_t[]", WORDS_PER_HEADER * count)
        self._iovs = ffi.new("uint64_t[]", 2 * vectors)
        self._control = ffi.new("uint64_t[]", CONTROL_WORDS * count)
        self.headers = memoryview(ffi.buffer(self._headers)).cast("B").cast("Q")
        self.iovs = memoryview(ffi.buffer(self._iovs)).cast("B").cast("Q")
        self.control = memoryview(ffi.buffer(self._control)).cast("B").cast("Q")
        self.vectors, control = address_of(self._iovs), address_of(self._control)
        self._first = self._headers + 0
        self.set_column(NAME_LENGTH, array("Q", [name_bytes]) * count)
        self.set_column(IOV, array("Q", [self.vectors + 16 * i for i in range(count)]))
        self.set_column(IOV_COUNT, array("Q", [1]) * count)
        self.set_column(CONTROL, array("Q", [control + 8 * CONTROL_WORDS * i for i in range(count)]))

    def set_column(self, word: int, values: array[int]) -> None:
        """Set one field of the first `len(values)` messages."""
        self.headers[word : WORDS_PER_HEADER * len(values) : WORDS_PER_HEADER] = values

    def column(self, word: int, count: int) -> list[int]:
        """One field of the first `count` messages."""
        return self.headers[word : WORDS_PER_HEADER * count : WORDS_PER_HEADER].tolist()

    def pointer(self, index: int) -> Any:
        """Where message `index` starts."""
        return self._headers + WORDS_PER_HEADER * index if index else self._first
