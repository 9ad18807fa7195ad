"""Pages of other sites that show a group in a frame: those that `allowFrame` names, and no others."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Frame, Page

from kit.observe import hears, sees, sees_only
from kit.people import Enter, Visit, log_in
from kit.server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

INSTALL = Path(__file__).parents[2] / "INSTALL.md"


@pytest_asyncio.fixture(loop_scope="session")
async def embedding() -> AsyncIterator[tuple[dict[str, str], int]]:
    """A site with one page, `page["html"]`, and its port."""
    page: dict[str, str] = {}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=page["html"], content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    yield page, runner.addresses[0][1]
    await runner.cleanup()


async def test_a_page_that_may_frame_a_group_does_and_no_other(
    start_server: StartServer, enter: Enter, visit: Visit, embedding: tuple[dict[str, str], int]
) -> None:
    """With the frame's attribute as INSTALL.md has it: another origin must hand on camera and microphone."""
    page_of, port = embedding
    url = start_server(config={"allowFrame": [f"http://localhost:{port}"]}).group_url("demo")
    handed_on = re.findall(r'<iframe[^>]* (allow="[^"]+")', INSTALL.read_text())[0]
    page_of["html"] = f'<!doctype html><iframe src="{url}" width="900" height="560" {handed_on}></iframe>'
    ann = await enter(url, "Ann", "green")

    async def framed(page: Page) -> Frame:
        element = await page.locator("iframe").element_handle()
        frame = element and await element.content_frame()
        assert frame is not None
        return frame

    page = await visit(f"http://localhost:{port}/", "red")
    group = await framed(page)
    await log_in(group, "Ben")
    await sees(group, "red", "green")
    await hears(group, 1)
    await sees(ann, "red", "green")
    await hears(ann, 1)

    await page.goto(f"http://foe.localhost:{port}/")
    assert (await framed(page)).url.startswith("chrome-error:")
    await sees_only(ann, "green")
