"""The server's end of the channel to a writer: starts the process, hands it messages, hears its reports.

Never waits: what the socket does not take is queued, up to a bound; then packets are dropped until half of it
is free again, and the writer is told where. Packets are not copied, they are never changed once they were
handed out. Owned by one session.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence

from galene_py.log import is_json
from galene_py.recording import limits, messages
from galene_py.rtp.packet import Buffer

log = logging.getLogger(__name__)


class Channel:
    """On the running event loop."""

    def __init__(
        self,
        on_report: Callable[[messages.AnyReport], None],
        on_end: Callable[[], None],
        on_full: Callable[[], None],
        *,
        command: Sequence[str] = (sys.executable, "-m", "galene_py.recording.writer"),
    ) -> None:
        """`on_end`: once, when the writer is gone. `on_full`: packets are being dropped; at most once per
        fullness. Raises OSError when the process cannot be started."""
        self.ended = asyncio.Event()
        """The process is no more."""
        self.dropped = 0
        """Packets that found no place."""
        self.queued = 0
        """Bytes that wait."""
        self._on_report, self._on_end, self._on_full = on_report, on_end, on_full
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Sequence[Buffer], int]] = deque()
        """Messages and their bytes."""
        self._gathered: dict[int, tuple[float, list[Buffer]]] = {}
        """By track: when the first came, and all."""
        self._gathering: asyncio.TimerHandle | None = None
        self._full = False
        self._gaps: set[int] = set()
        """Tracks of which packets were dropped, and the writer does not know yet."""
        self._closed = False
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), *_log_format()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        ours.setblocking(False)
        self._socket = ours
        self._loop.add_reader(ours.fileno(), self._readable)
        threading.Thread(target=self._wait, name="writer", daemon=True).start()

    @property
    def pid(self) -> int:
        """The writer's process."""
        return self._process.pid

    def packets(self, track: int, packets: Sequence[Buffer], now: float) -> None:
        """Packets of a track. They are gathered for a moment."""
        gathered = self._gathered.get(track)
        if gathered is None:
            gathered = self._gathered[track] = now, []
        gathered[1].extend(packets)
        if self._gathering is None:
            self._gathering = self._loop.call_later(limits.PACKETS_SECONDS, self._pass_on)

    def _pass_on(self) -> None:
        """What was gathered, in messages of a bounded size."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        gathered, self._gathered = self._gathered, {}
        for track, (now, packets) in gathered.items():
            for at in range(0, len(packets), limits.MESSAGE_PACKETS):
                some = packets[at : at + limits.MESSAGE_PACKETS]
                size = sum(map(len, some))
                if self._full or self.queued + size > limits.QUEUE_BYTES:
                    self._drop(track, len(some))
                else:
                    self._send([messages.packets_header(track, now, some), *some], size)

    def clock(self, track: int, now: float, timestamp: int) -> None:
        """What a track's timestamps mean."""
        if not self._full:
            self._send([messages.clock(track, now, timestamp)], 0)

    def order(self, message: messages.AnyOrder) -> None:
        """Anything else, behind the packets that came before it."""
        self._pass_on()
        data = messages.order(message)
        if len(data) > limits.MESSAGE_BYTES:
            log.warning("a message to the writer is too long, and left out")
        elif self.queued + len(data) > limits.QUEUE_BYTES + limits.CONTROL_BYTES:
            log.error("a writer does not take what it is sent; it is ended")
            self.kill()
        else:
            self._send([data], len(data))

    def close(self) -> None:
        """Nothing more is said; what waits is still delivered."""
        self._pass_on()
        self._closed = True
        if not self._waiting:
            self._shut()

    def kill(self) -> None:
        """End the process at once; what is on the disk plays."""
        self._process.kill()

    # --- inside ---

    def _send(self, message: Sequence[Buffer], size: int) -> None:
        if self._closed:
            return
        if not self._waiting:
            try:
                self._socket.sendmsg(message)
                return
            except BlockingIOError:
                self._loop.add_writer(self._socket.fileno(), self._writable)
            except OSError:
                return  # it is gone, as the reader is about to hear
        self._queue(message, size)

    def _queue(self, message: Sequence[Buffer], size: int) -> None:
        self._waiting.append((message, size))
        self.queued += size

    def _writable(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                self._socket.sendmsg(waiting[0][0])
                self.queued -= waiting.popleft()[1]
        except BlockingIOError:
            pass
        except OSError:
            waiting.clear()
            self.queued = 0
        if self._full and self.queued <= limits.QUEUE_RESUME_BYTES:
            self._full = False
            for track in self._gaps:
                self._queue([messages.order(messages.Gap(track))], 0)
            self._gaps.clear()
        if not waiting:
            self._loop.remove_writer(self._socket.fileno())
            if self._closed:
                self._shut()

    def _drop(self, track: int, count: int) -> None:
        self.dropped += count
        self._gaps.add(track)
        if not self._full:
            self._full = True
            self._on_full()

    def _shut(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _readable(self) -> None:
        while True:
            try:
                data = self._socket.recv(limits.NOTICE_BYTES)
            except BlockingIOError:
                return
            except ConnectionResetError:
                continue  # it went without hearing all of us; what it said before is still there
            if not data:
                self._gone()
                return
            try:
                self._on_report(messages.read_report(data))
            except messages.MessageError as error:
                log.error("a writer said %s", error)

    def _gone(self) -> None:
        self._closed = True
        self._gathered.clear()
        self._waiting.clear()
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._on_end()

    def _wait(self) -> None:
        """In a thread: a process must be waited for."""
        self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self.ended.set)


def _log_format() -> list[str]:
    """Writers log like the server."""
    return ["--log-json"] if is_json() else []
