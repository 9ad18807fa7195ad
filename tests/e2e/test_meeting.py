"""People see and hear each other, chat and share screens; whoever goes, by whatever way, is gone."""

from __future__ import annotations

import contextlib

import pytest
from playwright.async_api import Error, Page, expect

from kit.observe import eventually, hears, sees, sees_only
from kit.people import Enter, reads, say
from kit.server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def tiles(page: Page) -> list[str]:
    return sorted(await page.locator("[data-tile] .tile-name").all_inner_texts())


async def test_three_people_meet_and_part(group_url: str, enter: Enter) -> None:
    ann = await enter(group_url, "Ann", "red")
    ben = await enter(group_url, "Ben", "green")
    eve = await enter(group_url, "Eve", "blue")
    for page in (ann, ben, eve):
        await sees(page, "red", "green", "blue")
        await hears(page, 2)
    assert await tiles(ann) == ["Ann (you)", "Ben", "Eve"]

    await say(ann, "Hello, see https://example.org/")
    for page in (ben, eve):
        await reads(page, "Hello, see")
    link = ben.locator(".chat-log a")
    assert await link.get_attribute("href") == "https://example.org/"
    assert "noopener" in (await link.get_attribute("rel") or "")

    # Camera and microphone are separate: the picture goes, the voice stays.
    await ben.click("[data-action=camera]")
    await sees_only(ann, "red", "blue")
    await hears(ann, 2)
    await ben.click("[data-action=camera]")
    await sees(ann, "red", "green", "blue")

    await ann.click("[data-action=share]")
    await ben.wait_for_selector("[data-tile][data-kind=screen]")
    await eventually(lambda: screen_width(ben), lambda width: width > 0, "Ann's screen")
    names = ben.locator("[data-kind=screen] .tile-name")
    await from_share_menu(ann, "Share another screen")
    await expect(names).to_have_text(["Ann’s screen 1", "Ann’s screen 2"])
    await from_share_menu(ann, "Stop presenting screen 1")
    await expect(names).to_have_text(["Ann’s screen"])
    await from_share_menu(ann, "Stop presenting")
    await ben.wait_for_selector("[data-tile][data-kind=screen]", state="detached")

    await eve.click("[data-action=leave]")
    await sees_only(ann, "red", "green")
    await crash(ben)
    await sees_only(ann, "red")
    assert await tiles(ann) == ["Ann (you)"]


async def from_share_menu(page: Page, item: str) -> None:
    await page.click("[data-action=share]")
    await page.get_by_role("menuitem", name=item).click()


async def crash(page: Page) -> None:
    """End the page's process as a fault in it would."""
    async with page.expect_event("crash"):
        with contextlib.suppress(Error):  # there is nobody left to say that it was visited
            await page.goto("chrome://crash")


async def screen_width(page: Page) -> int:
    return int(
        await page.evaluate("() => document.querySelector('[data-kind=screen] video')?.videoWidth ?? 0")
    )


async def test_late_joiner_gets_a_picture_at_once(group_url: str, enter: Enter) -> None:
    await enter(group_url, "Ann", "red")
    late = await enter(group_url, "Late", "green", start="nothing", joins=False)
    # Measured in the page: from the first connected transport to the first decoded frame.
    waited = await late.evaluate("""() => new Promise((resolve) => {
      const frame = (connected) => {
        const video = [...document.querySelectorAll('video')].find((v) => v.srcObject && !v.muted);
        if (video && video.videoWidth && video.currentTime > 0) resolve(performance.now() - connected);
        else setTimeout(frame, 5, connected);
      };
      const transport = () => {
        if (window.connections.some((c) => c.connectionState === 'connected')) frame(performance.now());
        else setTimeout(transport, 5);
      };
      transport();
    })""")
    assert waited <= 1000
    await sees(late, "red")


async def test_a_restarted_server_is_found_again(start_server: StartServer, enter: Enter) -> None:
    server = start_server()
    url = server.group_url("demo")
    ann = await enter(url, "Ann", "red")
    ben = await enter(url, "Ben", "green")
    await sees(ann, "red", "green")
    server.kill()
    server.start()
    await sees_only(ann, "red", "green", patience=40)
    await sees(ann, "red", "green")
    await sees(ben, "red", "green")
    await hears(ben, 1)
    await say(ben, "back again")
    await reads(ann, "back again")


async def test_media_passes_where_udp_does_not(group_url: str, enter: Enter) -> None:
    tcp_only = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
    ann = await enter(group_url, "Ann", "red", tcp_only)
    ben = await enter(group_url, "Ben", "green")
    for page in (ann, ben):
        await sees(page, "red", "green")
        await hears(page, 1)
    assert await protocols(ann) == {"tcp"}
    assert await protocols(ben) == {"udp"}


async def protocols(page: Page) -> set[str]:
    """The transports that carry media."""
    found: list[str] = await page.evaluate("""async () => {
      const used = [];
      for (const connection of window.connections) {
        if (connection.connectionState !== 'connected') continue;
        const stats = await connection.getStats();
        for (const report of stats.values())
          if (report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded')
            used.push(stats.get(report.localCandidateId).protocol);
      }
      return used;
    }""")
    return set(found)


async def test_a_wrong_password_is_explained(group_url: str, enter: Enter) -> None:
    page = await enter(group_url, "op", "red", password="nonsense", joins=False)
    await page.locator(".form-error:not(:empty)").first.wait_for()
    assert "password" in (await page.locator("#login-error").inner_text()).lower()
    await page.fill("#login-password", "op")
    await page.click("#login-join")
    await page.wait_for_selector("[data-action=leave]")


async def test_who_gives_no_name_is_asked_once(group_url: str, enter: Enter) -> None:
    page = await enter(group_url, "", "red", joins=False, start="nothing")
    await expect(page.locator("#login-error")).to_contain_text("No name")
    await expect(page.locator("#login-name")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-action=leave]")
    await expect(page.locator("[data-tile]")).to_have_count(1)
    assert await tiles(page) == ["No name (you)"]


async def test_simulcast_is_received(group_url: str, enter: Enter) -> None:
    """Three or more people make the client send two encodings; a small tile asks for the low one."""
    ann = await enter(group_url, "Ann", "large red")
    others = [await enter(group_url, name, "red", start="nothing") for name in ("Ben", "Eve")]
    await eventually(lambda: sizes_sent(ann), lambda sent: len(sent) == 2, "two encodings")
    for page in others:
        await sees(page, "red", patience=30)


async def sizes_sent(page: Page) -> set[int]:
    """The widths of the pictures that the page sends."""
    found: list[int] = await page.evaluate("""async () => {
      const sent = [];
      for (const connection of window.connections) {
        if (connection.connectionState !== 'connected') continue;
        for (const report of (await connection.getStats()).values())
          if (report.type === 'outbound-rtp' && report.kind === 'video' && report.framesSent > 0)
            sent.push(report.frameWidth);
      }
      return sent;
    }""")
    return set(found)
