"""What has come in on a connection and is to be taken apart: in portions, each in its actor's turn.

The kernel hands over a quarter of a megabyte at once, which may be forty thousand frames or one piece of a
message. So only a few kilobytes are parsed in one turn of the event loop, whoever sent them pays what that
took, and nothing more is read until they are done. What a connection has sent and nobody has handled yet
counts as its memory: if all of it together is too much, who holds most is cut off.

Never looks at contents. Owner of the state: one connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from galene_py.budget.shares import Shares
from galene_py.budget.turns import Actor
from galene_py.web import limits


class Intake:
    """`feed` parses some bytes. `blocked`: whether the parser has as much as it can hold; `go_on` is called
    when it has room again. `hold` stops the line, `release` lets it go on."""

    def __init__(
        self,
        actor: Actor,
        feed: Callable[[bytes], None],
        blocked: Callable[[], bool],
        hold: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        self.portion = limits.REQUEST_PORTION_BYTES
        self._actor = actor
        self._feed = feed
        self._blocked = blocked
        self._hold = hold
        self._release = release
        self._waiting: deque[bytes] = deque()
        self._asked = False
        self._held = False

    @property
    def busy(self) -> bool:
        """Whether anything is not parsed yet."""
        return bool(self._waiting)

    def take(self, data: bytes) -> None:
        """Bytes came in."""
        size = self.portion
        self._waiting += [data[at : at + size] for at in range(0, len(data), size)]
        self.go_on()
        if self._waiting and not self._held:
            self._held = True
            self._hold()

    def go_on(self) -> None:
        """The parser has room, or bytes came in."""
        if self._waiting and not self._asked and not self._blocked():
            self._asked = True
            self._actor.run(self._next)

    def become_websocket(self, actor: Actor) -> None:
        """Let another actor pay from now on, for larger portions; the former one leaves."""
        self._actor.leave()
        self._actor, self._asked = actor, False
        self.portion = limits.INTAKE_PORTION_BYTES
        self.go_on()

    def close(self) -> None:
        """The connection is gone."""
        self._waiting.clear()
        self._actor.leave()

    def _next(self) -> None:
        """One portion."""
        self._asked = False
        if self._waiting and not self._blocked():
            self._feed(self._waiting.popleft())
            self.go_on()
        if self._held and not self._waiting:
            self._held = False
            self._release()  # or the parser has no room, and the line goes on when that has


class Unhandled:
    """How much of what one connection has sent is not handled yet, in bytes; its share of what all may have.

    `drop` cuts the connection off; it is called when there is too much and this is one of the largest."""

    def __init__(self, shares: Shares, origin: str, drop: Callable[[], None]) -> None:
        self._memory = shares.holder(origin, self._give)
        self._drop = drop

    def came(self, size: int) -> None:
        """Bytes came in; may cut off any connection, also this one."""
        self._memory.change(size)

    def handled(self, size: int) -> None:
        """A message of so many bytes is dealt with."""
        self._memory.change(-min(size, self._memory.bytes))

    def forget(self) -> None:
        """The connection is gone."""
        self._memory.change(-self._memory.bytes)
        self._memory.give = self._drop = _nothing  # they lead to whoever holds us

    def _give(self) -> None:
        drop = self._drop
        self.forget()
        drop()


def _nothing() -> None:
    pass
