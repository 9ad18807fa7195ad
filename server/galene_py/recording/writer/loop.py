"""Reads the server's messages until the recording ends, or the server does.

The only place in the writer that waits. A server that dies ends the recording like one that says so: its
files are finished. Signals that are meant for the server do not end the writer.
"""

from __future__ import annotations

import logging
import select
import signal
import socket
import time

from galene_py.recording import limits, messages
from galene_py.recording.writer.recording import EndError, Recording, explain

log = logging.getLogger(__name__)


class Gone(Exception):
    """The server is."""


class Loop:
    """One writer's life."""

    def __init__(self, server: socket.socket) -> None:
        """`server`: our end of the SEQPACKET socket."""
        self._server = server
        self._buffer = bytearray(limits.MESSAGE_BYTES + (64 << 10))
        self._view = memoryview(self._buffer)
        self._tick_due = 0.0

    def run(self) -> None:
        """Until everything is finished."""
        try:
            while (first := self._receive()) is None:
                pass
            begin = messages.read(first)
            if not isinstance(begin, messages.Start):
                raise messages.MessageError("the first message is none")
            recording = Recording(begin, self._report)
        except Gone:
            return
        except (OSError, ValueError) as error:
            self._report(messages.Stopped(explain(error) if isinstance(error, OSError) else str(error)))
            return
        state, reason = self._record(recording)
        reason = recording.finish(self._now, state, reason)
        self._report(messages.Stopped(reason))

    _now = 0.0
    """Monotonic seconds: of the last message, or of the clock when there is none."""

    def _record(self, recording: Recording) -> tuple[str, str]:
        """State and reason with which it ends."""
        try:
            while True:
                data = self._receive()
                if data is None:
                    self._now = time.monotonic()
                else:
                    message = messages.read(data)
                    self._now = max(self._now, getattr(message, "now", self._now))
                    recording.handle(message)
                if self._now >= self._tick_due:
                    self._tick_due = self._now + limits.WRITER_TICK_SECONDS
                    recording.tick(self._now)
        except EndError as end:
            return ("stopped" if str(end) else "complete"), str(end)
        except Gone:
            return "interrupted", "the server stopped"
        except OSError as error:
            log.error("recording %s stops: %s", recording.name, error)
            return "stopped", explain(error)
        except Exception:
            log.exception("recording %s stops", recording.name)
            return "stopped", "the recorder failed; the server's log says why"

    def _receive(self) -> memoryview | None:
        """The next message; None: there was none for a while. Raises Gone."""
        try:
            count = self._server.recv_into(self._buffer, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            ready, _, _ = select.select([self._server], [], [], limits.WRITER_TICK_SECONDS)
            return self._receive() if ready else None
        except ConnectionResetError:
            return self._receive()  # it went without hearing all of us; what it said before is still there
        except OSError:
            raise Gone from None
        if count == 0:
            raise Gone
        return self._view[:count]

    def _report(self, report: messages.AnyReport) -> None:
        try:
            self._server.send(messages.report(report), socket.MSG_DONTWAIT)
        except OSError as error:
            log.debug("the server did not hear %r: %s", report, error)


def ignore_signals() -> None:
    """Ctrl-C and service managers signal every process of the group: the socket's end is our sign."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
