"""ICE-TCP, passive side: accepted connections that carry the datagrams of one peer, framed by RFC 4571.

A `TcpPath` frames and unframes; it never opens a connection and looks at nothing but lengths. What it has
to send is bounded: when the connection is too slow, packets are dropped, large ones first. Made by the hub
for an accepted socket (RFC 6544), which then belongs to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, Generic, Protocol

from galene_py import limits as shared
from galene_py.rtp.packet import Buffer
from galene_py.transport import limits
from galene_py.transport.sockets import sockaddr
from galene_py.transport.sockets.paths import Owner

LENGTH_BYTES = 2


class FrameError(ValueError):
    """The stream is not what RFC 4571 describes, or a frame is too long."""


class Unframer:
    """Cuts a byte stream into frames. Pure."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are complete now; empty ones are left out. Raises FrameError."""
        buffer = self._buffer
        buffer += data
        frames: list[bytes] = []
        at = 0
        while len(buffer) - at >= LENGTH_BYTES:
            size = buffer[at] << 8 | buffer[at + 1]
            if size > limits.TCP_FRAME_BYTES:
                raise FrameError("frame too long")
            end = at + LENGTH_BYTES + size
            if end > len(buffer):
                break
            if size:
                frames.append(bytes(buffer[at + LENGTH_BYTES : end]))
            at = end
        del buffer[:at]
        return frames


class TcpServices(Protocol):
    """What a connection needs of the hub."""

    def frames(self, path: TcpPath[Any], frames: list[bytes]) -> None:
        """Datagrams that came."""

    def unsent(self, path: TcpPath[Any]) -> None:
        """Call `flush` at the end of the wake-up."""

    def broken(self, path: TcpPath[Any]) -> None:
        """The connection is closed, not by us."""


class TcpPath(Generic[Owner]):
    """One connection."""

    __slots__ = (
        "_loop",
        "_out",
        "_services",
        "_sock",
        "_unframer",
        "_waiting",
        "accepted",
        "closed",
        "drained",
        "dropped",
        "gso",
        "ip",
        "local",
        "peer",
        "port",
        "standstills",
    )

    def __init__(self, sock: socket.socket, services: TcpServices, now: float) -> None:
        """Takes the socket over. Raises OSError when it is no longer connected."""
        address = sockaddr.from_tuple(sock.getpeername(), sock.family)
        self.ip, self.port, _ = sockaddr.unpack(address)
        self.local: bytes | None = None
        self.peer: Owner | None = None
        self.accepted = now
        self.closed = False
        self.drained = True
        """Whether the last read took all that was there."""
        self.standstills = 0
        """The hub's: how many times it stood still before what comes now was sent."""
        self.dropped = 0
        """Packets that found the buffer full."""
        self.gso = False
        self._services = services
        self._sock = sock
        self._unframer = Unframer()
        self._out = bytearray()
        self._waiting = False
        self._loop = asyncio.get_running_loop()
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def reliable(self) -> bool:
        return True

    def _readable(self) -> None:
        try:
            data = self._sock.recv(limits.TCP_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._break()
            return
        self.drained = len(data) < limits.TCP_READ_BYTES
        try:
            frames = self._unframer.feed(data)
        except FrameError:
            self._break()
            return
        if frames:
            self._services.frames(self, frames)

    def write(self, frame: Buffer) -> None:
        """Queue one packet, or drop it."""
        bound = limits.TCP_WRITE_BUFFER_BYTES
        if len(frame) > limits.TCP_SMALL_PACKET_BYTES:
            bound //= 2
        if self.closed or len(self._out) + len(frame) > bound:
            self.dropped += 1
            return
        if not self._out:
            self._services.unsent(self)
        self._out += len(frame).to_bytes(LENGTH_BYTES)
        self._out += frame

    def flush(self) -> None:
        """Send what the connection takes now; the rest follows when it is ready."""
        if self._waiting or self.closed or not self._out:
            return
        self._send()
        if self._out and not self.closed:
            self._waiting = True
            self._loop.add_writer(self._sock.fileno(), self._writable)

    def _writable(self) -> None:
        self._send()
        if not self._out and not self.closed:
            self._waiting = False
            self._loop.remove_writer(self._sock.fileno())

    def _send(self) -> None:
        try:
            sent = self._sock.send(self._out)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._break()
            return
        del self._out[:sent]

    def _break(self) -> None:
        if not self.closed:
            self.close()
            self._services.broken(self)

    def close(self) -> None:
        """Send what can be sent at once, and close."""
        if self.closed:
            return
        if self._out and not self._waiting:
            with contextlib.suppress(OSError):
                self._sock.send(self._out)
        self.closed = True
        self._loop.remove_reader(self._sock.fileno())
        self._loop.remove_writer(self._sock.fileno())
        self._sock.close()
        self._out.clear()


class TcpListener:
    """Accepts on a port of its own, for servers whose web port is another one."""

    def __init__(self, family: int, host: str, port: int, accepted: Callable[[socket.socket], None]) -> None:
        """Raises OSError when the port is taken."""
        self._accepted = accepted
        self._sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            self._sock.bind((host, port))
            self._sock.listen(shared.LISTEN_BACKLOG)
            self._sock.setblocking(False)
        except BaseException:
            self._sock.close()
            raise
        self.port: int = self._sock.getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._resume: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._sock.fileno(), self._readable)

    def _readable(self) -> None:
        for _ in range(shared.ACCEPTS_PER_WAKEUP):
            try:
                sock, _ = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                # Out of descriptors: stop asking for a moment, or the loop would spin.
                self._loop.remove_reader(self._sock.fileno())
                self._resume = self._loop.call_later(shared.ACCEPT_PAUSE_SECONDS, self._listen)
                return
            self._accepted(sock)

    def _listen(self) -> None:
        self._resume = None
        self._loop.add_reader(self._sock.fileno(), self._readable)

    def close(self) -> None:
        if self._resume is not None:
            self._resume.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
