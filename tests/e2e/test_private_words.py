"""Private words reach one person or nobody; a lost connection loses no words, and hides no key or failure."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from kit.people import Enter, Visit, log_in, reads, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: The server is out of reach while the test says so.
UNSTEADY_NETWORK = """
globalThis.sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(url) {
    super(globalThis.cut ? new URL('/nowhere', url) : url);
    sockets.push(this);
  }
};
"""


async def write_to(page: Page, name: str) -> None:
    """Begin to write to somebody privately."""
    await page.click("[data-action=people]")
    others = page.locator(".person:not(:has(.you))")
    await others.get_by_role("button", name=f"Actions for {name}").click()
    await page.get_by_role("menuitem", name="Send private message").click()


async def test_words_for_one_who_left_reach_nobody(group_url: str, enter: Enter) -> None:
    ann, ben, cleo = [await enter(group_url, name, "red", start="nothing") for name in ("Ann", "Ben", "Cleo")]
    await say(ann, "hello everybody")
    await reads(cleo, "hello everybody")
    await write_to(ann, "Ben")
    await ann.fill("#chat-input", "for Ben alone")
    await ben.click("[data-action=leave]")
    await expect(ann.locator(".chat-private")).to_contain_text("Ben is not here")
    await ann.press("#chat-input", "Enter")
    await expect(ann.locator("#chat-input")).to_have_value("for Ben alone")

    await log_in(ben, "Ben", start="nothing")  # under another id: who knows whether it is the same Ben
    await ben.wait_for_selector("[data-action=leave]")
    await expect(ann.locator(".chat-private")).to_contain_text("somebody with that name is here")
    await ann.press("#chat-input", "Enter")
    await expect(ann.locator("#chat-input")).to_have_value("for Ben alone")

    await ann.locator(".chat-private button").click()
    await say(ann, "for all")
    await reads(cleo, "for all")
    await expect(cleo.locator(".chat-log")).not_to_contain_text("for Ben alone")


async def test_the_focus_stays_beside_the_line_for_private_words(group_url: str, enter: Enter) -> None:
    ann, ben = [await enter(group_url, name, "red", start="nothing") for name in ("Ann", "Ann")]
    await write_to(ann, "Ann")
    await ann.fill("#chat-input", "for the other Ann")
    back = ann.locator(".chat-private button")
    await back.focus()
    await ben.keyboard.press("h")
    await expect(ann.locator(".tile:not(.own) .badge-hand, .sign-hand").first).to_be_attached()
    await expect(back).to_be_focused()
    await ben.click("[data-action=leave]")
    await expect(ann.locator(".chat-private")).to_contain_text("Ann is not here")  # oneself is not meant
    await expect(back).to_be_focused()
    await ann.keyboard.press("Enter")
    await expect(ann.locator(".chat-private")).to_be_hidden()
    await expect(ann.locator("#chat-input")).to_be_focused()


async def test_what_goes_takes_no_focus_along(group_url: str, enter: Enter) -> None:
    ann, ben = [await enter(group_url, name, "red", start="nothing") for name in ("Ann", "Ben")]
    await ann.click("[data-action=people]")
    menu = ann.get_by_role("button", name="Actions for Ben")
    await menu.click()
    await ben.keyboard.press("h")
    await expect(ann.locator(".person .sign-hand")).to_be_visible()
    await expect(ann.locator(".menu")).to_be_visible()
    await ben.click("[data-action=leave]")
    await expect(ann.locator(".menu")).to_have_count(0)
    await expect(ann.locator(".room")).to_be_focused()
    await ann.get_by_role("button", name="Actions for Ann").focus()
    await ann.keyboard.press("c")
    await expect(ann.locator("#chat-input")).to_be_focused()
    await ann.locator(".chat-log").focus()
    await ann.keyboard.press("p")
    await expect(ann.get_by_role("tab", name="People")).to_be_focused()


async def test_the_next_person_in_the_tab_reads_nothing(group_url: str, enter: Enter) -> None:
    op = await enter(group_url, "op", "red", password="op", start="nothing")
    ann = await enter(group_url, "Ann", "red", start="nothing")
    await write_to(op, "Ann")
    await say(op, "for Ann alone")
    await write_to(ann, "op")
    await say(ann, "for op alone")
    await ann.fill("#chat-input", "not yet said")
    await expect(ann.locator(".message.private")).to_have_count(2)
    await say(op, "/kick Ann")
    await log_in(ann, "Ann", start="nothing")
    await expect(ann.locator(".message.private")).to_have_count(2)
    await expect(ann.locator("#chat-input")).to_have_value("not yet said")
    await say(op, "/kick Ann")
    await log_in(ann, "Eve", start="nothing")
    await expect(ann.locator("#chat-input")).to_be_visible()
    await say(ann, "I am Eve")
    await op.locator(".chat-private button").click()
    await reads(op, "I am Eve")
    await expect(ann.locator(".message")).to_have_count(1)
    await expect(ann.locator(".chat-private")).to_be_hidden()
    await ann.press("#chat-input", "ArrowUp")
    await ann.press("#chat-input", "ArrowUp")
    await expect(ann.locator("#chat-input")).to_have_value("I am Eve")


async def with_unsteady_network(visit: Visit, url: str, name: str = "Ann", password: str = "") -> Page:
    page = await visit(url)
    await page.add_init_script(UNSTEADY_NETWORK)
    await page.reload()
    await log_in(page, name, password, start="nothing")
    await page.wait_for_selector("[data-action=leave]")
    return page


async def test_words_outlast_a_lost_connection(group_url: str, enter: Enter, visit: Visit) -> None:
    ben = await enter(group_url, "Ben", "red", start="nothing")
    ann = await with_unsteady_network(visit, group_url)
    await write_to(ann, "Ben")
    await ann.evaluate("globalThis.cut = true, sockets.at(-1).close()")
    await expect(ann.locator(".waiting")).to_be_visible()
    await say(ann, "are you there")
    await expect(ann.locator("#chat-input")).to_have_value("are you there")
    await say(ann, "/msg Ben are you there")
    await expect(ann.locator("#chat-input")).to_have_value("/msg Ben are you there")
    await expect(ann.locator(".toast")).to_contain_text(["reconnecting"])
    await expect(ann.locator(".message")).to_have_count(0)
    await ann.evaluate("globalThis.cut = false")
    await expect(ann.locator(".waiting")).to_be_hidden()
    await expect(ann.locator(".chat-private")).to_contain_text("to Ben")
    await ann.press("#chat-input", "Enter")
    await reads(ben, "are you there")
    await expect(ben.locator(".message.private")).to_have_count(1)


async def test_words_into_a_dead_connection_come_back(group_url: str, enter: Enter, visit: Visit) -> None:
    op = await enter(group_url, "op", "red", password="op", start="nothing")
    ann = await with_unsteady_network(visit, group_url)
    await say(op, "/lock")  # she was in, and may come back
    await say(ann, "this one arrives")
    await reads(ann, "this one arrives")
    await ann.evaluate("sockets.at(-1).send = () => {}")
    await say(ann, "//this one does not")
    await expect(ann.locator("#chat-input")).to_have_value("")
    await expect(ann.locator(".room-title .chip")).to_be_visible()
    await ann.evaluate("sockets.at(-1).close(4001)")
    await expect(ann.locator("#chat-input")).to_have_value("//this one does not")
    await expect(ann.locator(".waiting")).to_be_hidden()
    await ann.press("#chat-input", "Enter")
    await reads(op, "/this one does not")


async def test_the_microphone_can_be_muted_by_key_without_a_connection(group_url: str, visit: Visit) -> None:
    ann = await with_unsteady_network(visit, group_url)
    await ann.keyboard.press("m")
    microphone = ann.locator("[data-action=mic]").last
    await expect(microphone).to_have_attribute("data-on", "true")
    await ann.evaluate("globalThis.cut = true, sockets.at(-1).close()")
    await expect(ann.locator(".waiting")).to_be_visible()
    await ann.keyboard.press("m")
    await expect(microphone).to_have_attribute("data-on", "false")
    no_camera = "throw new DOMException('', 'NotFoundError')"
    await ann.evaluate(f"navigator.mediaDevices.getUserMedia = async () => {{ {no_camera} }}, 0")
    await ann.keyboard.press("v")
    await ann.locator(".toast-error").wait_for()


async def test_what_was_not_done_without_a_connection_is_told(group_url: str, visit: Visit) -> None:
    op = await with_unsteady_network(visit, group_url, "op", "op")
    await op.click("[data-action=more]")
    await op.get_by_role("menuitem", name="Lock group").click()
    await op.evaluate("globalThis.cut = true, sockets.at(-1).close()")
    await expect(op.locator(".waiting")).to_be_visible()
    await op.get_by_role("dialog").get_by_role("button", name="Lock").click()
    await expect(op.locator(".toast-error")).to_contain_text("Not done")
