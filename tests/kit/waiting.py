"""Waiting for what happens elsewhere: in another process, in a browser, on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE_S = 15.0


async def until(condition: Callable[[], object], patience: float = PATIENCE_S) -> None:
    """Wait until the condition holds; TimeoutError after `patience` seconds."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - the conditions are no asyncio objects
            await asyncio.sleep(0.01)
