"""Work that waits in between, and is paid for all the same: each step of it is measured.

Never decides when a step is done, and never looks at a clock of its own. Owner of the state: whoever awaits
it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Paid(Generic[T]):
    """Does some work, and tells what each step of it took, in seconds."""

    def __init__(
        self,
        work: Awaitable[T],
        pay: Callable[[float], object],
        clock: Callable[[], float],
    ) -> None:
        """clock: monotonic seconds."""
        self._work = work
        self._pay = pay
        self._clock = clock

    def __await__(self) -> Generator[Any, None, T]:
        steps = self._work.__await__()
        error: BaseException | None = None
        while True:
            began = self._clock()
            try:
                awaited = next(steps) if error is None else steps.throw(error)
            except StopIteration as done:
                result: T = done.value
                return result
            finally:
                error = None
                self._pay(self._clock() - began)
            try:
                yield awaited
            except BaseException as thrown:
                error = thrown
