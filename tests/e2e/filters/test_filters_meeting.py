"""What others receive through a real server: a sharp person, a blurred room, never a raw frame."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page
from stage import BY_PLANES, clip

from kit.browsers import Chromiums
from kit.people import choose_start
from kit.server import StartServer, start_server

__all__ = ["start_server"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WATCH = (Path(__file__).parent / "watch.js").read_text().replace("export ", "")
BLUR = json.dumps({"background": {"id": "blur", "params": {"strength": 0.5, "tightness": 0}}})


#: Makes a browser like those that give no camera frames to scripts.
NO_FRAMES = "delete globalThis.MediaStreamTrackProcessor; delete globalThis.MediaStreamTrackGenerator;"


Enter = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def enter(browsers: Chromiums) -> AsyncIterator[Enter]:
    """`await enter(url, name)`: a participant with a device of their own, a context of the shared browser;
    `stored`: what the device has stored about filters."""
    async with AsyncExitStack() as stack:

        async def start(
            url: str, name: str, *, stored: str = "", start: str = "camera", path: str = "planes"
        ) -> Page:
            browser = await browsers.get(clip("still"))
            page = await (await stack.enter_async_context(await browser.new_context())).new_page()
            if path == "canvas":
                await page.add_init_script(NO_FRAMES)
            if stored:
                await page.add_init_script(f"localStorage.setItem('galene-py.filter', {json.dumps(stored)})")
            await page.goto(url)
            await page.wait_for_selector("#login-join")
            await choose_start(page, "both" if start == "camera" else "nothing")
            await page.fill("#login-name", name)
            await page.click("#login-join")
            await page.wait_for_selector("[data-action=leave]")
            return page

        yield start


async def judge_others(page: Page, *, left: float = 0.2, right: float = 0.82) -> None:
    """Watch every frame of every video track that this participant receives from now on. The person is
    between `left` and `right`, fractions of the width."""
    await page.evaluate(
        f"""() => {{ {WATCH};
            globalThis.seen = new Map();
            setInterval(() => {{
                for (const video of document.querySelectorAll('video')) {{
                    if (video.muted || !video.srcObject) continue;
                    for (const track of video.srcObject.getVideoTracks()) {{
                        if (seen.has(track.id)) continue;
                        seen.set(track.id, new Watch(track.clone(), [{left}, 0, {right}, 1]));
                    }}
                }}
            }}, 5);
        }}"""
    )


async def received(page: Page, condition: str, seconds: float = 60) -> dict[str, Any]:
    """Wait until the sum of the reports fulfils a condition on `r`."""
    script = f"""() => {{
        const r = {{ frames: 0, flat: 0, leaked: 0 }};
        for (const watch of seen.values()) {{
            const report = watch.report();
            for (const key of Object.keys(r)) r[key] += report[key];
        }}
        return [{condition}, r];
    }}"""
    end = time.monotonic() + seconds
    while True:
        done, report = await page.evaluate(script)
        if done:
            return dict(report)
        assert time.monotonic() < end, (condition, report)
        await asyncio.sleep(0.1)


async def until_running(page: Page, seconds: float = 60) -> None:
    """Wait for the panel's words; says what they were when they do not come."""
    said: list[str] = []
    end = time.monotonic() + seconds
    line = page.locator(".filter-state")
    while await line.get_attribute("data-state") != "running":
        text = await line.inner_text()
        if text not in said:
            said.append(text)
        assert time.monotonic() < end, said
        await asyncio.sleep(0.1)


@BY_PLANES
async def test_remembered_blur_reaches_others_before_anything_else(
    start_server: StartServer, enter: Enter, path: str
) -> None:
    """From the first frame on, also after the server was restarted and both came back by themselves. Until
    the worker has answered, frames are drawn on the canvas in either case; what follows is a test below."""
    server = start_server()
    bob = await enter(server.group_url("demo"), "Bob", start="nothing")
    await judge_others(bob)
    ann = await enter(server.group_url("demo"), "Ann", stored=BLUR, path=path)
    report = await received(bob, "r.frames - r.flat > 30")
    assert report["leaked"] == 0, report
    server.kill()
    server.start()
    report = await received(bob, f"r.frames - r.flat > {report['frames'] - report['flat'] + 30}")
    assert report["leaked"] == 0, report
    assert ann.url.startswith(server.url)


async def test_drawn_frames_reach_others_too(start_server: StartServer, enter: Enter) -> None:
    """Mirrored, which needs the canvas, in a browser whose published track takes frames. Not upside down: the
    networks look at what others see, and outline nobody well who stands on their head."""
    server = start_server()
    turned = {**json.loads(BLUR), "mirror": {"id": "mirror", "params": {"horizontal": True}}}
    bob = await enter(server.group_url("demo"), "Bob", start="nothing")
    await judge_others(bob, left=0.18, right=0.8)
    await enter(server.group_url("demo"), "Ann", stored=json.dumps(turned))
    report = await received(bob, "r.frames - r.flat > 20")
    assert report["leaked"] == 0, report


async def test_blur_is_chosen_in_the_panel(start_server: StartServer, enter: Enter) -> None:
    """A person opens Filters and chooses; the others then see it. Nobody else's origin is asked anything.

    By planes only: what the canvas publishes without frames of the camera is in the first test.
    """
    server = start_server()
    bob = await enter(server.group_url("demo"), "Bob", start="nothing")
    ann = await enter(server.group_url("demo"), "Ann")
    asked: list[str] = []
    ann.context.on("request", lambda request: asked.append(request.url))
    await judge_others(bob)
    report = await received(bob, "r.frames > 10")
    assert report["leaked"] > 0, "without a filter the room is seen"
    await ann.locator("[data-action=filters]").click()
    await ann.locator(".filter-tile input[value='blur strong']").check()
    await until_running(ann)
    # What was on its way when she chose has arrived by then.
    before = await received(bob, "r.frames > 0")
    await received(bob, f"r.frames > {before['frames'] + 15}")
    await bob.evaluate("seen.clear()")
    report = await received(bob, "r.frames - r.flat > 30")
    assert report["leaked"] == 0, report
    assert any("mediapipe" in url for url in asked)
    assert all(url.startswith((server.url, "blob:", "data:")) for url in asked)
