"""Chromium with a portrait before its camera, and a page that watches every frame which leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from site_under_test import ROOT, site
from stage import Stage, clip, clip_directory

from kit.browsers import Chromiums, chromiums


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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browsers() -> AsyncIterator[Chromiums]:
    """One Chromium per clip; each test has a context of its own: its page, workers and caches begin anew."""
    async with chromiums() as shared:
        yield shared


@pytest.fixture(params=["planes", "canvas"])
def path(request: pytest.FixtureRequest) -> str:
    """How pictures are put together. Tests run with both unless they are `BY_PLANES` or `BY_CANVAS`."""
    return str(request.param)


@pytest.fixture
def flags() -> tuple[str, ...]:
    """What Chromium is started with besides; others by parametrization."""
    return ()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(
    request: pytest.FixtureRequest, path: str, flags: tuple[str, ...], browsers: Chromiums
) -> AsyncIterator[Stage]:
    """A fresh page and a site of its own; another clip by indirect parametrization."""
    browser = await browsers.get(clip(getattr(request, "param", "still")), *flags)
    async with site() as served, await browser.new_context() as context:
        page = await context.new_page()
        requests: list[str] = []
        context.on("request", lambda asked: requests.append(asked.url))
        yield Stage(page, served, path)
        strangers = [url for url in requests if not url.startswith((served.url, "data:", "blob:", "about:"))]
        assert strangers == []
