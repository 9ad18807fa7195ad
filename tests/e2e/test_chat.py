"""People write with simple markup, answer, mention, change their minds, react, search; in threads, too."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from kit.people import Enter, reads, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def menu_of_message(page: Page, text: str, item: str) -> None:
    message = page.locator(".message", has_text=text).last
    await message.hover()
    await message.get_by_role("button", name="Actions for this message").click()
    await page.get_by_role("menuitem", name=item, exact=True).click()


async def test_a_conversation_by_all_its_means(group_url: str, enter: Enter) -> None:
    ann = await enter(group_url, "Ann", "red", start="nothing")
    ben = await enter(group_url, "Ben", "red", start="nothing")
    await say(ann, "**bold** `code` <b>not html</b>\n- one\n- two")
    await expect(ann.locator(".bubble strong")).to_have_text("bold")
    await expect(ann.locator(".bubble li")).to_have_text(["one", "two"])
    await expect(ann.locator(".bubble")).to_contain_text("<b>not html</b>")

    # Somebody who was not looking finds a line before what is new, and a notice that he was mentioned.
    await say(ann, "@Ben have a look")
    await expect(ben.locator(".toast")).to_contain_text("Ann mentioned you")
    await reads(ben, "have a look")
    await expect(ben.locator(".chat-log > .chat-news + .message strong")).to_have_text("bold")
    await expect(ben.locator(".mention.me")).to_have_text("@Ben")

    await menu_of_message(ben, "have a look", "Reply")
    await say(ben, "I did")
    await expect(ann.locator(".answered")).to_contain_text("have a look")
    await menu_of_message(ben, "I did", "Edit")
    await expect(ben.locator("#chat-input")).to_have_value("I did")
    await say(ben, "I did, twice")
    await expect(ann.locator(".message", has_text="I did, twice")).to_contain_text("edited")

    # A reaction by keyboard alone.
    await menu_of_message(ann, "I did, twice", "Add reaction")
    await ann.keyboard.press("ArrowRight")
    await ann.keyboard.press("Enter")
    await expect(ben.locator(".reaction")).to_have_text("❤️1")
    await ben.locator(".reaction").click()
    await expect(ann.locator(".reaction")).to_have_text("❤️2")
    late = await enter(group_url, "Late", "red", start="nothing")
    await reads(late, "I did, twice")
    await expect(late.locator(".reaction")).to_have_text("❤️2")
    await expect(late.locator(".answered")).to_contain_text("have a look")

    await menu_of_message(ben, "I did, twice", "Delete message")
    for page in (ann, ben, late):
        await expect(page.locator(".message", has_text="I did")).to_have_count(0)

    await in_a_thread(ann, ben, late)
    await found_and_saved(ann)


async def in_a_thread(ann: Page, ben: Page, late: Page) -> None:
    await menu_of_message(ben, "have a look", "Send private message")
    await say(ben, "between us")
    await expect(ann.locator(".chat-thread .count-badge")).to_have_text("1")
    await expect(ann.locator(".chat-log")).not_to_contain_text("between us")
    await ann.locator(".chat-thread", has_text="Ben").click()
    await expect(ann.locator(".chat-log .message")).to_have_count(1)
    await expect(ann.locator(".chat-log .message")).to_contain_text("between us")
    await say(ann, "only to you")
    await expect(ben.locator(".chat-log .message").last).to_contain_text("only to you")
    await expect(late.locator(".chat-threads")).to_be_hidden()
    await ann.locator(".chat-thread", has_text="Everyone").click()
    await expect(ann.locator(".chat-log")).not_to_contain_text("only to you")


async def found_and_saved(ann: Page) -> None:
    await ann.get_by_role("button", name="Chat options").click()
    async with ann.expect_download() as download:
        await ann.get_by_role("menuitem", name="Save as text").click()
    text = (await asyncio.to_thread((await (await download.value).path()).read_bytes)).decode()
    assert "@Ben have a look" in text
    assert "Ben to Ann, privately" in text
    await ann.get_by_role("button", name="Chat options").click()
    await ann.get_by_role("menuitem", name="Search messages").click()
    await ann.keyboard.type("LOOK")
    await expect(ann.locator(".message")).to_have_count(1)
    await ann.keyboard.press("Escape")
    await expect(ann.locator(".message")).to_have_count(2)
    await expect(ann.locator("#chat-input")).to_be_focused()
