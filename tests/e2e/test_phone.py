"""A phone: everything can be reached beside the panel, the keyboard closes the panel, pictures have room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from kit.observe import eventually
from kit.people import Enter, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
ON_ITS_SIDE = {"viewport": {"width": 844, "height": 390}, "has_touch": True}

#: Pixels by which something is wider than its dialog has room.
OVERHANG = """(box) => {
    const body = box.closest('.dialog-body');
    const { paddingLeft, paddingRight } = getComputedStyle(body);
    return box.scrollWidth - (body.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
}"""

NOTICES = """async () => {
    const { Toasts } = await import('/static/ui/toasts.js');
    document.querySelector('.toasts').remove();
    const toasts = (globalThis.toasts = new Toasts());
    toasts.mount(document.body);
    for (const text of ['stays', '1', '2', '3', '4', '5'])
        toasts.show('info', text, { sticky: text === 'stays' });
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def phone(group_url: str, enter: Enter) -> Page:
    return await enter(group_url, "Ann", "red", start="nothing", context=PHONE)


async def test_the_controls_can_be_reached_beside_the_panel(phone: Page) -> None:
    await phone.click("[data-action=chat]")
    await phone.get_by_role("tab", name="People").click()
    if directory := os.environ.get("SCREENSHOTS"):
        await phone.screenshot(path=Path(directory) / "phone-panel.png")
    # A click waits until the button is not covered.
    await phone.click("[data-action=chat]")
    await expect(phone.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    for width, height in ((901, 700), (640, 360), (480, 320), (320, 480)):
        await phone.set_viewport_size({"width": width, "height": height})
        for action in ("mic", "camera", "more", "leave"):
            await phone.click(f"[data-action={action}]", trial=True)
        await phone.click("#chat-input", trial=True)
        await expect(phone.locator(".controls")).to_be_in_viewport(ratio=1)
    await phone.click("[data-action=chat]")
    await expect(phone.locator(".panel")).to_be_hidden()


async def test_one_can_leave_beside_the_panel_of_a_tablet(group_url: str, enter: Enter) -> None:
    tablet = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
    ann = await enter(group_url, "Ann", "red", start="nothing", context=tablet)
    await ann.click("[data-action=chat]")
    await ann.click("[data-action=leave]", timeout=10_000)
    await ann.wait_for_selector("#login-join")


async def test_escape_closes_what_is_on_top(phone: Page) -> None:
    await phone.click("[data-action=chat]")
    await phone.locator(".chat-line textarea").fill("not sent yet")
    await phone.click("[data-action=more]")
    await phone.keyboard.press("Escape")
    await expect(phone.locator(".menu")).to_have_count(0)
    await expect(phone.locator(".panel")).to_be_visible()
    await phone.locator(".chat-line textarea").focus()
    await phone.keyboard.press("Escape")
    await expect(phone.locator(".panel")).to_be_hidden()
    await expect(phone.locator(".room")).to_be_focused()
    await phone.click("[data-action=chat]")
    await expect(phone.locator(".chat-line textarea")).to_have_value("not sent yet")


async def test_the_figures_of_the_connection_fit(group_url: str, enter: Enter) -> None:
    ann = await enter(group_url, "Ann", "red", context=PHONE)
    await ann.click("[data-action=more]")
    await ann.get_by_role("menuitem", name="Connection quality").click()
    table = ann.locator("#stats-dialog .table-scroll").first
    await expect(table).to_contain_text("320×240, ")
    assert await table.evaluate(OVERHANG) <= 0
    await ann.set_viewport_size({"width": 180, "height": 600})
    await table.evaluate("(box) => (box.scrollLeft = 20, globalThis.shown = box.querySelector('table'))")
    await eventually(lambda: ann.evaluate("!shown.isConnected"), bool, "newer figures")
    assert await table.evaluate("(box) => box.scrollLeft") == 20


async def test_pictures_have_the_room_of_a_phone_on_its_side(group_url: str, enter: Enter) -> None:
    ann = await enter(group_url, "Ann", "red", context=ON_ITS_SIDE)
    picture = ann.locator(".tile.own video")
    await expect(picture).to_be_visible()
    box = await picture.bounding_box()
    controls = await ann.locator(".controls").bounding_box()
    assert box is not None
    assert controls is not None
    assert box["height"] > 250
    assert box["y"] + box["height"] <= controls["y"]
    await ann.click("[data-action=chat]")
    await ann.click("[data-action=people]")
    await expect(ann.get_by_role("tab", name="People")).to_have_attribute("aria-selected", "true")
    await ann.click("[data-action=leave]")


async def test_what_is_asked_of_somebody_without_a_name_is_on_the_screen(
    group_url: str, enter: Enter
) -> None:
    small = {"viewport": {"width": 360, "height": 560}, "has_touch": True}
    page = await enter(group_url, "", "red", joins=False, context=small)
    await expect(page.locator("#login-name")).to_be_focused()
    await expect(page.locator("#login-error")).to_contain_text("No name")
    await expect(page.locator("#login-error")).to_be_in_viewport(ratio=0.95)
    await page.click("#login-join")
    await page.click("[data-action=leave]")
    await page.click("#login-join")  # perhaps another person's turn
    await expect(page.locator("#login-error")).to_contain_text("No name")


async def test_why_somebody_is_put_out_is_on_the_screen(group_url: str, enter: Enter) -> None:
    small = {"viewport": {"width": 360, "height": 560}, "has_touch": True}
    ann = await enter(group_url, "Ann", "red", start="nothing", context=small)
    op = await enter(group_url, "op", "red", password="op", start="nothing")
    await say(op, "/kick Ann so it is")
    await expect(ann.locator("#login-error")).to_contain_text("so it is")
    await expect(ann.locator("#login-error")).to_be_in_viewport(ratio=0.95)


async def test_notices_leave_a_phone_to_the_meeting(phone: Page) -> None:
    await phone.evaluate(NOTICES)
    await expect(phone.locator(".toast")).to_have_text(["stays", "5"])
    # A dialog does not blur them: they come to the front after it.
    await phone.evaluate(
        "toasts.element.addEventListener('beforetoggle',"
        " ({ newState }) => (toasts.last = newState + document.querySelectorAll('dialog[open]').length))"
    )
    await phone.click("[data-action=more]")
    await phone.get_by_role("menuitem", name="Settings").click()
    await expect(phone.get_by_role("dialog")).to_be_visible()
    assert await phone.evaluate("toasts.last") == "open1"
    # One can press them beside it, and hear them.
    dialog = phone.get_by_role("dialog")
    await phone.evaluate("void toasts.show('info', 'pressed', { sticky: true })")
    await expect(dialog.locator("[aria-live=polite]").last).to_have_text("pressed")
    await phone.locator(".toast", has_text="stays").get_by_role("button").click()
    await phone.locator(".toast", has_text="pressed").get_by_role("button").press("Enter")
    await expect(phone.locator(".toast")).to_have_count(0)
    await phone.evaluate("void toasts.show('info', 'outlasts it', { sticky: true })")
    await dialog.get_by_role("button", name="Close", exact=True).click()
    await phone.locator(".toast", has_text="outlasts it").get_by_role("button").click()


async def test_a_notice_is_not_taken_from_whoever_is_about_to_press_it(phone: Page) -> None:
    await phone.evaluate(NOTICES.replace("'5'", "'5', 'pressed'"))
    button = phone.locator(".toast", has_text="pressed").get_by_role("button")
    await button.focus()
    await phone.evaluate("['6', '7'].forEach((text) => globalThis.toasts.show('info', text))")
    await expect(button).to_be_focused()
    await phone.evaluate("globalThis.toasts.show('info', '8')")
    await expect(button).to_be_focused()
