"""Meetings in real browsers: a server, cameras of different colours, and people who enter a group."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from browsers import FirefoxPage, chromium, firefox
from clips import COLOURS, write_clip
from observe import KEEP_CONNECTIONS, eventually


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One camera clip per colour."""
    directory = tmp_path_factory.mktemp("clips")
    return {colour: write_clip(directory / f"{colour}.y4m", colour) for colour in COLOURS}


Enter = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def enter(clips: dict[str, Path]) -> AsyncIterator[Enter]:
    """`await enter(url, name, colour)`: a person with a Chromium of their own, in the group."""
    async with AsyncExitStack() as stack:

        async def start(
            url: str,
            name: str,
            colour: str,
            *flags: str,
            password: str = "",
            start: str = "both",
            context: dict[str, Any] | None = None,
            joins: bool = True,
        ) -> Page:
            browser = await stack.enter_async_context(chromium(clips[colour], *flags))
            room: BrowserContext = await browser.new_context(**(context or {}))
            page = await room.new_page()
            await page.add_init_script(KEEP_CONNECTIONS)
            await page.goto(url)
            await log_in(page, name, password, start)
            if joins:
                await page.wait_for_selector("[data-action=leave]")
            return page

        yield start


async def log_in(page: Page, name: str, password: str = "", start: str = "both") -> None:
    await page.check(f"input[name=start][value={start}]", force=True)
    await page.fill("#login-name", name)
    if password:
        await page.click("#login-reveal")
        await page.fill("#login-password", password)
    await page.click("#login-join")


@pytest_asyncio.fixture
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
