"""Which event loop tests with a network run on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import hub_stage
import pytest
import uvloop


def pytest_asyncio_loop_factories(
    item: pytest.Function,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that serves in production for the hub on its stage and modules that ask for it; asyncio's own
    for tests with aiortc."""
    if getattr(item.module, "hub", None) is hub_stage.hub or getattr(item.module, "ON_UVLOOP", False):
        return {"uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}
