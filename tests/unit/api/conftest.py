"""Fixtures for the administration interface."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from unit.api.backend import Backend, Client


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return Backend(tmp_path)


@pytest.fixture
async def api(backend: Backend) -> AsyncIterator[Client]:
    server = TestServer(backend.app())
    await server.start_server()
    async with ClientSession() as session:
        yield Client(session, str(server.make_url("")).rstrip("/"))
    await server.close()
    backend.registry.close()
