"""What runs is what one chose last, or what an operator asked for, however long devices take to open."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from kit.observe import eventually
from kit.people import Enter, Visit, choose_start, log_in, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: Devices open when the test says so.
SLOW_DEVICES = """
globalThis.streams = [];
globalThis.asked = 0;
globalThis.opening = new Promise((resolve) => (globalThis.letOpen = resolve));
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  globalThis.asked++;
  await opening;
  const stream = await open(wanted);
  streams.push(stream);
  return stream;
};
"""
LIVE = (
    "streams.flatMap((s) => s.getTracks()).filter((t) => t.readyState === 'live').map((t) => t.kind).sort()"
)


async def test_people_are_told_what_could_not_be_loaded_and_where_they_are(
    group_url: str, visit: Visit
) -> None:
    page = await visit(group_url)
    # What is loaded while the form is filled in is missed when one joins.
    await page.route("**/ui/shell.js", lambda route: route.abort())
    await page.reload()
    await log_in(page, "Ann", start="nothing")
    await expect(page.locator("#login-error")).to_contain_text("cannot be reached")
    await page.unroute("**/ui/shell.js")
    await page.route("**/ui/login.js", lambda route: route.abort())
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("Not everything could be loaded")
    await page.unroute("**/ui/login.js")
    await page.get_by_role("link", name="Reload this page").click()
    await page.route("**/filter-panel.js", lambda route: route.abort())
    await page.locator(".preview-controls [data-action=filters]").click()
    await expect(page.get_by_role("dialog")).to_contain_text("could not be loaded")
    await page.keyboard.press("Escape")

    await log_in(page, "Ann", start="nothing")
    await page.wait_for_selector("[data-action=leave]")
    other = await page.context.new_page()
    await other.goto(group_url)
    await expect(other.get_by_text("already in this group")).to_be_visible()
    # Who has left is nowhere any more, and what the buttons show is what will be on.
    await page.bring_to_front()
    await page.click("[data-action=leave]")
    await expect(page.locator("#login-error")).to_have_text("You left.")
    await expect(page.get_by_text("already in this group")).to_be_hidden()
    await choose_start(page, "video")
    await page.click("#login-without")
    await expect(page.locator("[data-action=camera]")).to_have_attribute("data-on", "false")


async def holds(page: Page, condition: str) -> None:
    """Wait until it does. (Playwright's own way needs eval, which the page's policy forbids.)"""
    await eventually(lambda: page.evaluate(condition), bool, condition)


@pytest.mark.parametrize(
    ("choices", "live"),
    [
        (["both", "nothing"], []),
        (["both", "audio"], ["audio"]),
        (["nothing", "both"], ["audio", "video"]),
        (["both", "nothing", "both"], ["audio", "video"]),
    ],
)
async def test_the_last_choice_counts_while_devices_open(
    group_url: str, visit: Visit, choices: list[str], live: list[str]
) -> None:
    page = await visit(group_url)
    await page.add_init_script(SLOW_DEVICES)
    await page.reload()
    await page.wait_for_selector("#login-join")
    for choice in choices:
        await choose_start(page, choice)
    await holds(page, "asked > 0")
    await page.evaluate("letOpen()")
    await log_in(page, "Ann", start=choices[-1])
    await page.wait_for_selector("[data-action=leave]")
    await holds(page, "streams.length === asked")

    async def running() -> list[str]:
        kinds: list[str] = await page.evaluate(LIVE)
        return sorted(set(kinds))

    await eventually(running, lambda kinds: kinds == live, f"only {live}")
    for device, kind in (("mic", "audio"), ("camera", "video")):
        control = page.locator(f"[data-action={device}]").last
        await expect(control).to_have_attribute("data-on", str(kind in live).lower())


async def test_the_last_choice_counts_when_devices_are_open(group_url: str, visit: Visit) -> None:
    page = await visit(group_url)
    await page.add_init_script(SLOW_DEVICES)
    await page.reload()
    await page.evaluate("letOpen()")
    await page.wait_for_selector("#login-join")
    await choose_start(page, "both")
    await holds(page, f"new Set({LIVE}).size === 2")
    await choose_start(page, "nothing")
    await holds(page, f"{LIVE}.length === 0")


async def with_slow_devices(visit: Visit, url: str, start: str) -> Page:
    """Ann, who entered while her browser still asks for devices."""
    page = await visit(url)
    await page.add_init_script(SLOW_DEVICES)
    await page.reload()
    await log_in(page, "Ann", start=start)
    await page.wait_for_selector("[data-action=leave]")
    await holds(page, "asked > 0")
    return page


async def test_who_leaves_while_devices_open_has_none_on(group_url: str, visit: Visit) -> None:
    page = await with_slow_devices(visit, group_url, "both")
    asked = await page.evaluate("asked")
    await page.click("[data-action=leave]")
    await page.wait_for_selector("#login-join")
    await page.evaluate("letOpen()")
    await holds(page, "streams.length === asked")
    assert await page.evaluate(f"[asked, {LIVE}]") == [asked, []]


async def test_who_is_muted_while_the_microphone_opens_stays_muted(
    group_url: str, visit: Visit, enter: Enter
) -> None:
    op = await enter(group_url, "op", "red", password="op", start="nothing")
    page = await with_slow_devices(visit, group_url, "audio")
    await op.click("[data-action=people]")
    await op.get_by_role("button", name="Actions for Ann").click()
    await op.get_by_role("menuitem", name="Mute", exact=True).click()
    await page.locator(".toast", has_text="muted you").wait_for()
    await page.evaluate("letOpen()")
    await holds(page, "streams.length === asked")
    assert await page.evaluate(LIVE) == []
    await expect(page.locator("[data-action=mic]").last).to_have_attribute("data-on", "false")


async def test_a_camera_can_be_switched_off_while_it_is_exchanged(group_url: str, visit: Visit) -> None:
    page = await with_slow_devices(visit, group_url, "both")
    camera = page.locator("[data-action=camera]").last
    await page.evaluate("letOpen()")
    await expect(camera).to_have_attribute("data-on", "true")
    await page.evaluate("globalThis.opening = new Promise((resolve) => (globalThis.letOpen = resolve)), 0")
    asked = await page.evaluate("asked")
    await say(page, "/set blackboard on")
    await holds(page, f"asked === {asked + 1}")
    await camera.click()
    await expect(camera).to_have_attribute("data-on", "false")
    await page.evaluate("letOpen()")
    await holds(page, "streams.length === asked")
    await expect(camera).to_have_attribute("data-on", "false")
    assert "video" not in await page.evaluate(LIVE)

    # Whoever lost the microphone is told so until it works again.
    await page.evaluate(
        "streams.flatMap((s) => s.getAudioTracks()).forEach((t) => t.dispatchEvent(new Event('ended')))"
    )
    notice = page.locator(".toast", has_text="unplugged")
    await expect(notice.get_by_role("button", name="Try again")).to_be_visible()
    microphone = page.locator("[data-action=mic]").last
    await microphone.click()
    await expect(microphone).to_have_attribute("data-on", "true")
    await expect(notice).to_have_count(0)
