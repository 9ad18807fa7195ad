"""Every kind of screen passes axe's rules, in light and dark, on a wide window and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from galene_py.recording import sidecar
from kit.people import Visit, log_in, say
from kit.server import OPEN_GROUP, Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

#: Everything once; what depends on colours or on room again. A page that moves would be judged half way.
CHECK = """async (rules) => {
    const wanted = rules.length ? { runOnly: { type: 'rule', values: rules } } : {};
    const all = { rules: { 'target-size': { enabled: true } }, preload: false };
    const { violations } = await axe.run(document, { ...all, ...wanted, resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200))}`);
}"""
LOOKS: list[tuple[dict[str, int], Any, list[str]]] = [
    (WIDE, "light", []),
    (WIDE, "dark", ["color-contrast"]),
    (PHONE, "dark", ["color-contrast", "target-size", "scrollable-region-focusable"]),
]


async def check(page: Page, screen: str) -> None:
    """AssertionError with what is wrong with what the page shows now."""
    found = []
    for size, scheme, rules in LOOKS:
        await page.set_viewport_size({**size})  # type: ignore[typeddict-item]
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{size['width']} {scheme}: {text}" for text in await page.evaluate(CHECK, rules)]
    await page.set_viewport_size({**WIDE})  # type: ignore[typeddict-item]
    assert not found, f"{screen}:\n" + "\n".join(found)


async def sign_in(page: Page) -> None:
    await page.get_by_label("Name").fill("root")
    await page.get_by_label("Password").fill("secret")
    await page.get_by_role("button", name="Sign in").click()


@asynccontextmanager
async def company(server: Server, group: str) -> AsyncIterator[None]:
    """Ben, who has no browser and says something."""
    me = {"source": "ben", "username": "Ben"}
    async with aiohttp.ClientSession() as session, session.ws_connect(server.ws_url) as socket:
        await socket.send_json({"type": "handshake", "version": ["2"], "id": "ben"})
        await socket.send_json({"type": "join", "kind": "join", "group": group, "username": "Ben"})
        while (await socket.receive_json())["type"] != "joined":
            pass
        await socket.send_json({"type": "chat", **me, "value": "see https://example.org/"})
        yield


async def test_every_screen_passes_the_rules_of_axe(
    shared_server: Server, group_url: str, visit: Visit
) -> None:
    server, group = shared_server, group_url.rstrip("/").rpartition("/")[2]
    page = await visit(server.url)
    await page.context.add_init_script(path=AXE)
    for address in ("", "nowhere", "change-password.html?group=demo&username=ann"):
        await page.goto(f"{server.url}{address}")
        await check(page, address or "landing page")
    async with company(server, group):
        await check_meeting(page, group_url)
        await page.goto(f"{server.url}admin/")
        await sign_in(page)
        await page.get_by_role("button", name="New group").click()
        await check(page, "admin page with a dialog")
        await page.goto(f"{server.url}stats.html")
        await expect(page.get_by_role("table").first).to_be_visible()
        await check(page, "statistics")
    await check_recordings(page, server, group)


async def check_recordings(page: Page, server: Server, group: str) -> None:
    server.write_group(group, {**OPEN_GROUP, "allow-recording": True})
    name = "2026-11-29_10-19-49"
    directory = server.recordings / group
    directory.mkdir(parents=True)
    people = [sidecar.Person(id, name, 0.0) for id, name in (("a", "Ada"), ("b", "Ben"))]
    files = [
        sidecar.File(f"{name}_{who}.webm", what, id, who, what, 0.0, 9.0, video=video)
        for id, who, what, video in (("a", "Ada", "camera", "vp8"), ("b", "Ben", "screenshare", ""))
    ]
    about = sidecar.Sidecar(
        1, group, "2026-11-29T10:19:49.100+01:00", "stopped", "the disk is full", "Ada", 9.0
    )
    about.people, about.files, about.spoken = people, files, [sidecar.Spoken("a", 1.0, 4.0)]
    about.chat = [sidecar.ChatLine(2.0, "1", "b", "Ben", "", "hello")]
    sidecar.write(directory / f"{name}.json", about)
    for file in files:
        (directory / file.name).write_bytes(b"nothing that plays")
    await page.goto(f"{server.url}recordings/{group}/")
    await check(page, "signing in to recordings")
    await page.get_by_label("Name").fill("op")
    await page.get_by_label("Password").fill("op")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator(".recording")).to_have_count(1)
    await check(page, "recordings")
    await page.get_by_role("link", name="Play the recording").click()
    await expect(page.get_by_text("cannot play")).to_have_count(2)
    await check(page, "a recording")
    await page.get_by_role("button", name="Delete the recording").click()
    await check(page, "deleting a recording")


async def check_meeting(page: Page, url: str) -> None:
    await page.goto(url)
    await expect(page.locator("#login-name")).to_be_visible()
    await check(page, "join form")
    await log_in(page, "op", "op", "nothing")
    await say(page, "**hello** @Ben\n> quoted\n```\ncode\n```\n- one")
    await page.get_by_role("button", name="Add reaction").last.click()
    await check_menu(page)
    await page.locator(".emoji").first.click()
    await page.click("[data-action=layout]")
    await check_menu(page)
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-tile]")).to_have_count(2)
    await check(page, "call with chat")
    await page.get_by_role("tab", name="People").click()
    await page.get_by_role("button", name="Actions for Ben").click()
    await check_menu(page)
    for item, shown in (("Settings", "#settings-dialog"), ("Invite people", "#invite-dialog")):
        await page.click("[data-action=more]")
        await page.get_by_role("menuitem", name=item).click()
        await expect(page.locator(shown)).to_be_visible()
        await check(page, item)
        await page.keyboard.press("Escape")
    await page.click("[data-action=filters]")
    await page.locator(".filter-details summary").click()
    await check(page, "filters")


async def check_menu(page: Page) -> None:
    """An open menu closes when the window changes its size."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert await page.evaluate(CHECK, []) == []


async def test_a_whole_meeting_by_keyboard_alone(group_url: str, visit: Visit) -> None:
    """Nothing but keys: in, speak, look around, write, react, arrange, leave; the focus is never lost."""
    page = await visit(group_url)
    await expect(page.locator("#login-name")).to_be_focused()
    await page.keyboard.type("Ann")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-action=leave]")
    await expect(page.locator(".room")).to_be_focused()
    await page.keyboard.press("m")
    await expect(page.locator("[data-action=mic]")).to_have_attribute("data-on", "false")
    await page.keyboard.press("c")
    await expect(page.locator("#chat-input")).to_be_focused()
    await page.keyboard.type("hello *there*")
    await page.keyboard.press("Enter")
    await tab_to(page, ".message [aria-haspopup=menu]", back=True)
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")  # Add reaction
    await expect(page.locator(".emoji").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".reaction")).to_have_count(1)
    await tab_to(page, "#chat-input")
    await page.keyboard.press("Escape")
    await expect(page.locator(".chat")).to_be_hidden()
    await tab_to(page, "[data-action=layout]")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")  # Grid
    await expect(page.locator("[data-action=layout]")).to_be_focused()
    await tab_to(page, "[data-action=more]")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-action=more]")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await tab_to(page, "[data-action=leave]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#login-join")).to_be_visible()
    assert await page.evaluate("document.activeElement !== document.body")


async def tab_to(page: Page, selector: str, back: bool = False) -> None:
    """Press Tab until something has the focus; AssertionError when it cannot be reached."""
    for _ in range(60):
        if await page.evaluate("(selector) => document.activeElement?.matches(selector)", selector):
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} is not reached by Tab")
