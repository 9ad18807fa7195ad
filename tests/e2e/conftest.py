"""Fixtures of the end-to-end tests: a real server and people in real browsers.

All of them run in one event loop, because they share browser processes; see `browsers.Chromiums`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from browsers import Chromiums, chromiums, no_leftovers
from people import clips, enter, enter_firefox, visit
from server import start_server

__all__ = ["clips", "enter", "enter_firefox", "start_server", "visit"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    one_loop = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(one_loop, append=False)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _no_leftovers() -> AsyncIterator[None]:
    async with no_leftovers():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers() -> AsyncIterator[Chromiums]:
    """People's browsers."""
    async with chromiums() as shared:
        yield shared
