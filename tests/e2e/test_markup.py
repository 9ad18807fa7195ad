"""Whatever people are called and write is shown as it stands: nothing of it runs, and nothing is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Page, expect

from kit.people import Visit, log_in
from kit.server import OPEN_GROUP, Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CORPUS = (
    "<img src=x onerror=globalThis.ran=1>",
    "<img src='http://elsewhere.invalid/i'>",
    "<script>globalThis.ran=2</script>",
    "<svg onload=globalThis.ran=3>",
    '"><iframe srcdoc="<script>parent.ran=4</script>">',
    "'onmouseover='globalThis.ran=5",
    '" autofocus onfocus="globalThis.ran=6',
    "javascript:globalThis.ran=7",
    'https://elsewhere.invalid/"onclick=globalThis.ran=8',
    "<a href=javascript:globalThis.ran=9>x",
    "[x](javascript:globalThis.ran=10)",
    "<style>@import'http://elsewhere.invalid/s'",
    "<link rel=prefetch href=http://elsewhere.invalid/l>",
    "<meta http-equiv=refresh content=0;url=http://elsewhere.invalid>",
    "<math><mtext><table><mglyph><style><img src=x onerror=globalThis.ran=11>",
    "<template><img src=x onerror=globalThis.ran=12>",
    "&lt;b&gt;&amp;&#60;i&#62;",
    "{{constructor.constructor('globalThis.ran=13')()}}",
    "${globalThis.ran=14}",
    "]]><!--<b>",
    "url(http://elsewhere.invalid/u);background:red",
)
"""Kinds of markup, of attributes that end early, of addresses, of templates and of styles."""

WATCH = """
globalThis.violations = [];
addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
"""
FOUND = """() => {
  const bad = [...document.querySelectorAll('iframe, object, embed, math, link[rel=prefetch], img[src="x"],'
    + ' style, svg[onload], meta[http-equiv]')].map((element) => element.outerHTML);
  const leads = (name) => ['href', 'src', 'action'].includes(name);
  for (const element of document.querySelectorAll('*'))
    for (const { name, value } of element.attributes)
      if (name.startsWith('on') || (leads(name) && /^\\s*javascript:/i.test(value)))
        bad.push(element.outerHTML.slice(0, 200));
  return { bad, ran: globalThis.ran, violations: globalThis.violations };
}"""


class Watched:
    """What a page asked for and what it showed by itself."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.elsewhere: list[str] = []
        self.dialogs: list[str] = []
        ours = (server.url, server.url.replace("http", "ws", 1), "blob:", "data:")
        page.on("request", lambda asked: asked.url.startswith(ours) or self.elsewhere.append(asked.url))

        async def dismiss(dialog: Any) -> None:
            self.dialogs.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", dismiss)

    async def check(self, where: str) -> None:
        found = await self.page.evaluate(FOUND)
        assert found.pop("ran", None) is None, where
        assert found == {"bad": [], "violations": []}, where
        assert not self.elsewhere, where
        assert not self.dialogs, where


@asynccontextmanager
async def somebody(server: Server, group: str, name: str, password: str = "") -> AsyncIterator[Any]:
    """Who joins without a browser; `await tell(type=…)` says something. None: the name was refused."""
    who = quote(name)[:200]
    async with aiohttp.ClientSession() as session, session.ws_connect(server.ws_url) as socket:

        async def tell(**message: Any) -> None:
            await socket.send_json({"source": who, "username": name, **message})

        await socket.send_json({"type": "handshake", "version": ["2"], "id": who})
        join = {"type": "join", "kind": "join", "group": group, "username": name, "password": password}
        data = {"raisehand": name, name: name}
        await socket.send_json(join | {"data": data})
        while (answer := await socket.receive_json())["type"] != "joined":
            pass
        yield tell if answer["kind"] == "join" else None


async def test_nothing_that_people_write_is_taken_for_markup(shared_server: Server, visit: Visit) -> None:
    server, group = shared_server, "markup <img src=x onerror=globalThis.ran=0>"
    texts = {
        "displayName": CORPUS[0],
        "description": " ".join(CORPUS),
        "comment": CORPUS[2],
        "contact": CORPUS[3],
    }
    server.write_group(group, {**OPEN_GROUP, **texts, "allow-subgroups": True})
    page = await visit(f"{server.url}robots.txt")
    await page.context.add_init_script(WATCH)
    watched = Watched(page, server)
    try:
        await page.goto(server.url)
        await expect(page.get_by_text(CORPUS[0], exact=True).first).to_be_visible()
        await watched.check("landing page")
        await meeting(server, group, watched)
    finally:
        (server.groups / f"{group}.json").unlink()


async def meeting(server: Server, group: str, watched: Watched) -> None:
    page = watched.page
    await page.goto(f"{server.url}group/{quote(group)}/")
    await log_in(page, "Vera", start="nothing")
    await page.wait_for_selector("[data-action=leave]")
    await page.click("[data-action=chat]")
    accepted = 0
    for text in CORPUS:
        async with somebody(server, group, text) as tell:
            if tell is not None:
                accepted += 1
                await page.get_by_role("tab", name="People").click()
                await expect(page.locator(".person-name").get_by_text(text).first).to_be_visible()
                await tell(type="chat", value=f"by {text}")
                await watched.check(f"called {text}")
    assert accepted > len(CORPUS) / 2
    await page.get_by_role("tab", name="Chat").click()
    async with somebody(server, group, "op", "op") as tell:
        for text in CORPUS:
            await tell(type="chat", value=text)
            await tell(type="chat", kind="me", value=text)
            await tell(type="chat", kind="caption", value=text)
            for kind in ("info", "warning", "error", text):
                await tell(type="usermessage", kind=kind, dest="", value=text)
            await tell(type="useraction", kind="setdata", dest="op", value={text: text})
            await tell(type="groupaction", kind="setdata", value={text: text, "text": text})
            await expect(page.locator(".chat-log").get_by_text(text, exact=True).first).to_be_attached()
        await tell(type="groupaction", kind="lock", value=CORPUS[0])
        await watched.check("chat, captions, notices and data")
        await page.get_by_role("tab", name="People").click()
        ids = await page.evaluate(
            "[...document.querySelectorAll('[data-user]')].map((row) => row.dataset.user)"
        )
        vera = next((one for one in ids if one != "op"), "")
        await tell(type="useraction", kind="kick", dest=vera, value=CORPUS[1])
        await expect(page.get_by_text(CORPUS[1]).last).to_be_visible()
    await watched.check("put out")
    await page.reload()
    await log_in(page, "Vera", start="nothing")
    await expect(page.get_by_text(CORPUS[0]).last).to_be_visible()
    await watched.check("a lock's words")
    await page.goto(f"{server.url}group/{quote(group)}/?token={quote(CORPUS[4])}")
    await watched.check("a token that is markup")
