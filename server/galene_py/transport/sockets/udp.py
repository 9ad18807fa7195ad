"""The UDP socket: opening it, and reading many datagrams by one system call into memory set aside for them.

Looks at nothing it reads. Owned by the hub.
"""

from __future__ import annotations

import contextlib
import socket
from array import array

from galene_py.transport import limits
from galene_py.transport.dtls.srtp import NATIVE, Arena, make_arena
from galene_py.transport.sockets import native, paths, sockaddr

IPV6_RECVPKTINFO = getattr(socket, "IPV6_RECVPKTINFO", 49)
CONTROL_BYTES = 8 * native.CONTROL_WORDS


def open_socket(port: int, host: str = "") -> socket.socket:
    """A UDP socket on all addresses, or on one: IPv6 that takes IPv4 too, else IPv4 alone. Raises OSError."""
    if not host:
        try:
            return _open(socket.AF_INET6, "::", port)
        except OSError as error:
            # The port being taken is an answer; a kernel without IPv6 is not.
            with contextlib.suppress(OSError):
                return _open(socket.AF_INET, "0.0.0.0", port)
            raise error
    return _open(socket.AF_INET6 if ":" in host else socket.AF_INET, host, port)


def _open(family: int, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, option, limits.SOCKET_BUFFER_BYTES)
        with contextlib.suppress(OSError):
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IP, paths.IP_PKTINFO, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


class Reader:
    """Reads batches. Datagram `i` of the last batch lies at `i * limits.DATAGRAM_BYTES` of `arena`, is
    `sizes[i]` bytes long, and its sender's raw address is the `i`-th of `names`, each `name_bytes` long."""

    def __init__(self, sock: socket.socket, *, native_memory: bool = NATIVE, vectored: bool = True) -> None:
        self.arena: Arena = make_arena(limits.RECEIVE_BATCH * limits.DATAGRAM_BYTES, native=native_memory)
        self.sizes: list[int] = []
        self.names = b""
        """The raw addresses, one behind the other."""
        self.name_bytes = sockaddr.size_for(sock.family)
        self._sock = sock
        self._fd = sock.fileno()
        self._array: native.MessageArray | None = None
        if vectored and native.LIBC is not None and self.arena.address:
            self._prepare()

    def _prepare(self) -> None:
        count, size = limits.RECEIVE_BATCH, limits.DATAGRAM_BYTES
        messages = self._array = native.MessageArray(count, self.name_bytes)
        self._names = native.ffi.new("char[]", count * self.name_bytes)
        start = native.address_of(self._names)
        messages.set_column(native.NAME, array("Q", [start + i * self.name_bytes for i in range(count)]))
        for i in range(count):
            messages.iovs[2 * i] = self.arena.address + i * size
            messages.iovs[2 * i + 1] = size
        self._name_view = memoryview(native.ffi.buffer(self._names)).cast("B")
        self._control_sizes = array("Q", [CONTROL_BYTES]) * count
        self._changed = count
        """Messages whose control length the kernel has changed."""

    def read(self, most: int) -> int:
        """Read what is there, at most `most` datagrams. Returns how many; 0 when there is nothing."""
        if self._array is None:
            return self._read_singly(most)
        messages = self._array
        messages.set_column(native.CONTROL_LENGTH, self._control_sizes[: self._changed])
        count = native.LIBC.recvmmsg(
            self._fd, messages.pointer(0), most, native.MSG_DONTWAIT, native.ffi.NULL
        )
        if count <= 0:
            return 0
        self._changed = count
        self.sizes = messages.column(native.LENGTH, count)
        self.names = bytes(self._name_view[: count * self.name_bytes])
        return int(count)

    def _read_singly(self, most: int) -> int:
        sizes: list[int] = []
        names: list[bytes] = []
        for i in range(most):
            start = i * limits.DATAGRAM_BYTES
            try:
                size, address = self._sock.recvfrom_into(
                    self.arena.view[start : start + limits.DATAGRAM_BYTES], limits.DATAGRAM_BYTES
                )
            except OSError:
                break
            sizes.append(size)
            names.append(sockaddr.from_tuple(address, self._sock.family))
        self.sizes = sizes
        self.names = b"".join(names)
        return len(sizes)

    def local(self, index: int) -> bytes | None:
        """The local address that datagram `index` was sent to, when the kernel told."""
        if self._array is None:
            return None
        used = self._array.headers[native.WORDS_PER_HEADER * index + native.CONTROL_LENGTH]
        at = native.CONTROL_WORDS * index
        control = self._array.control[at : at + native.CONTROL_WORDS].tobytes()
        return paths.pinned_address(control[:used], self._sock.family)
