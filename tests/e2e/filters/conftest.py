"""Chromium with a portrait before its camera, and a page that watches every frame which leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext
from site_under_test import ROOT, site
from stage import Stage, clip, clip_directory

from browsers import chromium


@pytest.fixture(scope="session", autouse=True)
def _clips_removed() -> Iterator[None]:
    yield
    for path in clip_directory().iterdir():
        path.unlink()
    clip_directory().rmdir()


@pytest.fixture(scope="session", autouse=True)
def _needs_mediapipe() -> None:
    if not (ROOT / "vendor" / "mediapipe" / "installed.json").is_file():
        pytest.fail("run galene-py install-mediapipe first")


@pytest.fixture(params=["planes", "canvas"])
def way(request: pytest.FixtureRequest) -> str:
    """How pictures are put together; each test runs with both."""
    return str(request.param)


@pytest_asyncio.fixture
async def stage(request: pytest.FixtureRequest, way: str) -> AsyncIterator[Stage]:
    """A page of its own browser; another clip by indirect parametrization."""
    name = getattr(request, "param", "still")
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(site())
        browser = await stack.enter_async_context(chromium(clip(name)))
        context: BrowserContext = await browser.new_context()
        page = await context.new_page()
        requests: list[str] = []
        context.on("request", lambda asked: requests.append(asked.url))
        yield Stage(page, served, way)
        strangers = [url for url in requests if not url.startswith((served.url, "data:", "blob:", "about:"))]
        assert strangers == []
