"""One page with a camera and a judge for every frame that leaves; and the clips before the camera."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import time
from pathlib import Path
from typing import Any

import portraits
import pytest
from playwright.async_api import Page
from site_under_test import Site

OPEN = """async (options) => {
    const { Camera } = await import('/static/media/camera.js');
    const { Watch, workers } = await import('/tests/e2e/filters/watch.js');
    const kept = new Map(Object.entries(options.stored ?? {}));
    const write = (key, value) => kept.set(key, structuredClone(value));
    const storage = { read: (key) => kept.get(key), write };
    const camera = new Camera({ storage, level: options.level, path: options.path ?? undefined });
    const states = [];
    camera.addEventListener('status', ({ detail }) => {
        const text = detail.state + (detail.reason && ':' + detail.reason);
        if (states.at(-1) !== text) states.push(text);
    });
    Object.assign(globalThis, { camera, states, kept, workers, Watch, watches: [] });
    globalThis.watch = () => watches.push(new Watch(camera.track, options.person ?? [0.2, 0, 0.82, 1]));
    if (options.filter) camera.setFilter(options.filter, options.params);
    await camera.open({ width: 640, height: 360, frameRate: 30, ...options.open });
    if (options.filter || options.stored) watch();
}"""

#: One path is enough where the other cannot make a difference to what leaves; each test's docstring says why.
#: Mostly: until the worker has answered and after it is gone, frames are made by canvas in either case.
BY_PLANES = pytest.mark.parametrize("path", ["planes"])
BY_CANVAS = pytest.mark.parametrize("path", ["canvas"])


class Stage:
    """One page whose camera is open; what left it is judged at the end."""

    def __init__(self, page: Page, served: Site, path: str) -> None:
        self.page = page
        self.site = served
        self.path = path

    async def open(self, **options: Any) -> None:
        await self.page.goto(self.site.url)
        await self.page.evaluate(OPEN, {"path": self.path, **options})

    async def js(self, script: str) -> Any:
        return await self.page.evaluate(script)

    async def until(self, condition: str, seconds: float = 20) -> None:
        """Wait for a JavaScript condition; tells what the camera said when it does not come true."""
        end = time.monotonic() + seconds
        while not await self.js(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise AssertionError(f"{condition} never came true; states: {await self.js('states')}")
            await asyncio.sleep(0.05)

    async def running(self, frames: int = 5, seconds: float = 25) -> None:
        """Until the filter runs, and some more frames left."""
        await self.until("camera.status.state === 'running'", seconds)
        await self.more(frames)

    async def more(self, frames: int) -> None:
        """Until that many more frames left through the last watched track."""
        now = await self.js("watches.at(-1).frames")
        await self.until(f"watches.at(-1).frames >= {now + frames}")

    async def reports(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.js("watches.map((watch) => watch.report())")
        return found

    async def clean(self) -> dict[str, Any]:
        """No frame that left shows any of the background; returns the last track's report."""
        reports = await self.reports()
        for report in reports:
            assert report["leaked"] == 0, (report, await self.js("states"))
        assert reports[-1]["frames"] > 0
        return reports[-1]


@functools.cache
def clip(name: str) -> Path:
    """The clip of that name of `portraits`, written once."""
    path = clip_directory() / f"{name}.y4m"
    return portraits.write(path, getattr(portraits, name)())


@functools.cache
def clip_directory() -> Path:
    return Path(tempfile.mkdtemp(prefix="clips-"))
