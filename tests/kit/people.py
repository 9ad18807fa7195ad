"""Meetings in real browsers: a server, cameras of different colours, and people who enter a group."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Frame, Page

from kit.browsers import Chromiums, FirefoxPage, firefox
from kit.clips import COLOURS, write_clip
from kit.observe import KEEP_CONNECTIONS, eventually


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One camera clip per colour; and "large red", large enough for simulcast."""
    directory = tmp_path_factory.mktemp("clips")
    written = {colour: write_clip(directory / f"{colour}.y4m", colour) for colour in COLOURS}
    return {**written, "large red": write_clip(directory / "large.y4m", "red", 640, 480)}


#: Wide enough for a panel beside the tiles, else small: drawing is most of what a meeting costs here.
VIEWPORT = {"width": 960, "height": 600}

Enter = Callable[..., Awaitable[Page]]
Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(clips: dict[str, Path], browsers: Chromiums) -> AsyncIterator[Visit]:
    """`await visit(url)`: a page in a browser context of its own, which is as good as another device.

    The camera shows the colour.
    """
    async with AsyncExitStack() as stack:

        async def start(
            url: str,
            colour: str = "red",
            *flags: str,
            context: dict[str, Any] | None = None,
        ) -> Page:
            browser = await browsers.get(clips[colour], *flags)
            device: BrowserContext = await browser.new_context(**{"viewport": VIEWPORT, **(context or {})})
            stack.push_async_callback(device.close)
            page = await device.new_page()
            await page.add_init_script(KEEP_CONNECTIONS)
            await page.goto(url)
            return page

        yield start


@pytest.fixture
def enter(visit: Visit) -> Enter:
    """`await enter(url, name, colour)`: a person in the group; further options are those of `visit`."""

    async def start(
        url: str,
        name: str,
        colour: str,
        *flags: str,
        password: str = "",
        start: str = "both",
        joins: bool = True,
        **device: Any,
    ) -> Page:
        page = await visit(url, colour, *flags, **device)
        await log_in(page, name, password, start)
        if joins:
            await page.wait_for_selector("[data-action=leave]")
        return page

    return start


async def log_in(page: Page | Frame, name: str, password: str = "", start: str = "both") -> None:
    await page.wait_for_selector("#login-join")
    await choose_start(page, start)
    await page.fill("#login-name", name)
    if password:
        await page.click("#login-reveal")
        await page.fill("#login-password", password)
    await page.click("#login-join")


@pytest_asyncio.fixture(loop_scope="session")
async def enter_firefox() -> AsyncIterator[Callable[[str, str], Awaitable[FirefoxPage]]]:
    """`await enter_firefox(url, name)`: a person with Firefox ESR and its test camera and tone."""
    async with AsyncExitStack() as stack:

        async def start(url: str, name: str) -> FirefoxPage:
            page = await stack.enter_async_context(firefox())
            await page.add_init_script(KEEP_CONNECTIONS)
            await page.goto(url)

            async def ready() -> bool:
                return bool(await page.evaluate("!!document.querySelector('#login-join')"))

            await eventually(ready, bool, "the login form")
            await page.evaluate(f"""() => {{
                document.querySelector('#login-name').value = {name!r};
                document.querySelector('#login-join').click();
            }}""")
            return page

        yield start


async def choose_start(page: Page | Frame, start: str) -> None:
    """Switch camera and microphone on the way in: both, audio, video or nothing."""
    for device, wanted in (("mic", start in ("both", "audio")), ("camera", start in ("both", "video"))):
        button = page.locator(f".preview-controls [data-action={device}]")
        # There is none where the browser can send nothing.
        if await button.count() and await button.get_attribute("data-on") != str(wanted).lower():
            await button.click()


async def say(page: Page, text: str) -> None:
    """Write a chat message."""
    if not await page.is_visible("#chat-input"):
        await page.click("[data-action=chat]")
    await page.fill("#chat-input", text)
    await page.press("#chat-input", "Enter")


async def reads(page: Page, text: str) -> None:
    """Wait until a chat message is shown."""
    if not await page.is_visible("#chat-input"):
        await page.click("[data-action=chat]")
    await page.locator(".chat-log").get_by_text(text).first.wait_for()
