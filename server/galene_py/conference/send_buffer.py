"""Hands messages to a client's connection, in order and in portions.

The connection's queue is short on purpose: a client that does not read is dropped. But a join to a full room
brings hundreds of small messages at once, which is no fault of the client's. They wait here, and each turn of
the event loop takes a portion of them, so that the connection can write in between.

Never drops or reorders messages; a client that cannot take them fails as a whole. Owner of the state: one
client.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from galene_py.conference import limits


def _nobody(reason: str) -> None:
    pass


class SendBuffer:
    """send: queues one message on the connection, False if it is gone. soon: calls back in the next turn."""

    def __init__(
        self,
        send: Callable[[bytes], bool],
        soon: Callable[[Callable[[], None]], object],
        failed: Callable[[str], None],
    ) -> None:
        self._send = send
        self._soon = soon
        self._failed = failed
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._portion = limits.SEND_BUFFER_PORTION
        self._scheduled = False
        self._when_empty: Callable[[], None] | None = None
        self._stopped = False

    def put(self, data: bytes) -> None:
        """Send one message, now or in a later turn."""
        if self._stopped or self._when_empty is not None:
            return
        self._schedule()
        if not self._waiting and self._portion > 0:
            self._pass(data)
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if len(self._waiting) > limits.SEND_BUFFER_MESSAGES or self._waiting_bytes > limits.SEND_BUFFER_BYTES:
            self._stop("too much is waiting for this client")

    def finish(self, then: Callable[[], None]) -> None:
        """Take no more; call `then` when everything before has been handed over."""
        self._when_empty = then
        if not self._waiting:
            self._end()

    def discard(self) -> None:
        """The connection is gone: forget what waits and take no more."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self._when_empty = None
        self._stopped = True
        self._failed = _nobody  # it leads to whoever holds us

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        return {"waiting": len(self._waiting), "bytes": self._waiting_bytes}

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._soon(self._next_turn)

    def _next_turn(self) -> None:
        self._scheduled = False
        self._portion = limits.SEND_BUFFER_PORTION
        while self._waiting and self._portion > 0 and not self._stopped:
            data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            self._pass(data)
        if self._waiting:
            self._schedule()
        elif self._when_empty is not None:
            self._end()

    def _pass(self, data: bytes) -> None:
        self._portion -= 1
        if not self._send(data):
            self._stop("the connection does not take messages any more")

    def _end(self) -> None:
        then, self._when_empty = self._when_empty, None
        self._stopped = True
        if then is not None:
            then()

    def _stop(self, reason: str) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._when_empty is not None:
            self._end()
        elif not self._stopped:
            self._stopped = True
            self._failed(reason)
