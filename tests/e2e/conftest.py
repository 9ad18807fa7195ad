"""Fixtures of the end-to-end tests: a real server and people in real browsers.

All of them run in one event loop, because they share browser processes; see `browsers.Chromiums`.
"""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kit.browsers import Chromiums, chromiums, no_leftovers
from kit.people import clips, enter, enter_firefox, visit
from kit.server import OPEN_GROUP, Server, start_server

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


#: Of the shared server.
ADMIN = {"users": {"root": {"password": "secret", "permissions": "admin"}}, "writableGroups": True}


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for tests that neither stop nor configure theirs."""
    with Server(tmp_path_factory.mktemp("shared"), config=ADMIN) as server:
        yield server


numbers = itertools.count(1)


@pytest.fixture
def group_url(shared_server: Server) -> str:
    """The page of an open group that this test has for itself."""
    name = f"group{next(numbers)}"
    shared_server.write_group(name, OPEN_GROUP)
    return shared_server.group_url(name)
