"""One transaction: everything that follows from one message is done before the next one is looked at.

What must not happen in the middle of something else (dropping a client that cannot take a broadcast, say) is
put off to the end of the transaction. Never waits, and never lets one failed step keep the others from
running. Owner of the state: the conference has exactly one.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger(__name__)


class Transaction:
    """A context manager that may be entered again from within."""

    def __init__(self) -> None:
        self._depth = 0
        self._later: deque[Callable[[], None]] = deque()

    def __enter__(self) -> Transaction:
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._depth == 1:
            while self._later:
                self._run(self._later.popleft())
        self._depth -= 1

    def later(self, step: Callable[[], None]) -> None:
        """Do `step` when this transaction ends; at once when there is none."""
        self._later.append(step)
        if self._depth == 0:
            with self:
                pass

    def _run(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            log.exception("a step at the end of a transaction failed")
