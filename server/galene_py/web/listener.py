"""Accepts connections and decides by their first byte who gets them.

One port carries HTTP (plain or TLS) and ICE over TCP: a STUN message in RFC 4571 framing starts with a length
below 512, hence with 0x00 or 0x01, which neither HTTP (a capital letter) nor TLS (0x16) does. Plain HTTP on a
TLS port is answered with a redirect. Running out of file descriptors pauses accepting and harms nobody who is
already connected; one origin cannot have them all. Owns the listening sockets and the connections that have
not spoken yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from galene_py import limits as shared
from galene_py.budget.turns import Turns
from galene_py.web import limits, page_turns
from galene_py.web.crowd import Crowd
from galene_py.web.redirect import RedirectToHttps
from galene_py.web.tls import Certificate

log = logging.getLogger(__name__)

_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

AdoptTcp = Callable[[socket.socket], None]
ProtocolFactory = Callable[[], asyncio.Protocol]


class Listener:
    """The accept loop of one or more listening sockets."""

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        http: ProtocolFactory,
        certificate: Certificate | None,
        adopt_tcp: AdoptTcp | None = None,
        crowd: Crowd | None = None,
        *,
        turns: Turns,
    ) -> None:
        """`turns`: of the server; connections begin in turns, since a handshake takes as long as a page."""
        self._turns = turns
        self._crowd = crowd or Crowd()
        self.sockets = list(sockets)
        self._http = http
        self._certificate = certificate
        self._adopt_tcp = adopt_tcp
        self._undecided: dict[socket.socket, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._resume: asyncio.TimerHandle | None = None
        self.accepted = 0
        self.refused = 0
        self.crowded = 0

    def start(self) -> None:
        """Begin to accept."""
        loop = asyncio.get_running_loop()
        for sock in self.sockets:
            loop.add_reader(sock, self.accept, sock)

    def close(self) -> None:
        """Stop accepting and close whoever has not spoken; connections handed over live on."""
        loop = asyncio.get_running_loop()
        if self._resume is not None:
            self._resume.cancel()
        for sock in self.sockets:
            loop.remove_reader(sock)
            name = sock.getsockname()
            sock.close()
            if sock.family == socket.AF_UNIX:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
        self.sockets.clear()
        for sock in list(self._undecided):
            self._discard(sock)
        for task in self._tasks:
            task.cancel()

    def accept(self, listening: socket.socket) -> None:
        """Take what is waiting on one listening socket, up to a bound."""
        for _ in range(shared.ACCEPTS_PER_WAKEUP):
            try:
                sock, peer = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if error.errno not in _OUT_OF_RESOURCES:
                    log.error("cannot accept a connection: %s", error)
                self._pause(error)
                return
            self.accepted += 1
            if self._crowd.full(sock):
                sock.close()
                self._pause(OSError(errno.EMFILE, "nearly all file descriptors are in use"))
                return
            if not self._crowd.admits(sock, str(peer[0]) if isinstance(peer, tuple) else ""):
                self.crowded += 1
                sock.close()
                continue
            self._arrived(sock)

    def _pause(self, error: OSError) -> None:
        if self._resume is None:
            self.refused += 1
            log.warning("not accepting connections for a moment: %s", error.strerror)
            loop = asyncio.get_running_loop()
            for sock in self.sockets:
                loop.remove_reader(sock)
            self._resume = loop.call_later(shared.ACCEPT_PAUSE_SECONDS, self._continue)

    def _continue(self) -> None:
        self._resume = None
        self.start()

    def _arrived(self, sock: socket.socket) -> None:
        try:
            sock.setblocking(False)
            if sock.family == socket.AF_UNIX:
                self._serve_http(sock, tls=self._certificate is not None)
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: also a window that stays shut
                unread = round(limits.UNREAD_SECONDS * 1000)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread)
        except OSError:
            sock.close()
            return
        if len(self._undecided) >= limits.UNDECIDED_CONNECTIONS:
            self._discard(next(iter(self._undecided)))
        loop = asyncio.get_running_loop()
        self._undecided[sock] = loop.call_later(limits.FIRST_BYTE_SECONDS, self._discard, sock)
        loop.add_reader(sock, self._first_byte, sock)

    def _discard(self, sock: socket.socket) -> None:
        if self._forget(sock):
            sock.close()

    def _forget(self, sock: socket.socket) -> bool:
        timer = self._undecided.pop(sock, None)
        if timer is None:
            return False
        timer.cancel()
        asyncio.get_running_loop().remove_reader(sock)
        return True

    def _first_byte(self, sock: socket.socket) -> None:
        try:
            first = sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            first = b""
        if not self._forget(sock):
            return
        if not first:
            sock.close()
        elif first[0] <= 1:
            self._hand_to_media(sock)
        elif self._certificate is not None and 0x41 <= first[0] <= 0x5A:
            self._start(sock, RedirectToHttps, None)
        else:
            self._serve_http(sock, tls=self._certificate is not None)

    def _hand_to_media(self, sock: socket.socket) -> None:
        if self._adopt_tcp is None:
            sock.close()
            return
        try:
            self._adopt_tcp(sock)
        except Exception:
            log.exception("media over TCP refused a connection")
            sock.close()

    def _serve_http(self, sock: socket.socket, *, tls: bool) -> None:
        self._start(sock, self._http, self._certificate if tls else None)

    def _start(self, sock: socket.socket, factory: ProtocolFactory, certificate: Certificate | None) -> None:
        """Begin when the network it comes from has its turn."""
        try:
            peer = sock.getpeername()
        except OSError:
            sock.close()
            return
        actor = page_turns.actor(self._turns, str(peer[0]) if isinstance(peer, tuple) else "")
        actor.spend(limits.TLS_CONNECTION_SECONDS if certificate else limits.CONNECTION_SECONDS)

        def start() -> None:
            self._start_now(sock, factory, certificate)
            actor.leave()

        actor.run(start)

    def _start_now(
        self, sock: socket.socket, factory: ProtocolFactory, certificate: Certificate | None
    ) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(sock, factory, certificate))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(
        self, sock: socket.socket, factory: ProtocolFactory, certificate: Certificate | None
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            context = certificate.context() if certificate else None
            await loop.connect_accepted_socket(
                factory,
                sock,
                ssl=context,
                ssl_handshake_timeout=limits.TLS_HANDSHAKE_SECONDS if context else None,
            )
        except (OSError, TimeoutError) as error:
            # Scanners and people who do not trust a certificate; not the admin's business.
            log.debug("a connection did not come about: %s", error)
            sock.close()
        except Exception:
            log.exception("cannot start a connection")
            sock.close()

    def debug_state(self) -> dict[str, object]:
        """Counters for the statistics page."""
        return {
            "accepted": self.accepted,
            "refused": self.refused,
            "crowded": self.crowded,
            "undecided": len(self._undecided),
        }
