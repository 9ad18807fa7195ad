"""The connection check before joining: which ways are open, what the line carries, and what that means."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, Route, expect

from kit.people import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


async def without_udp(route: Route) -> None:
    """As behind a firewall: what is sent by UDP goes where nobody listens."""
    answer = await route.fetch()
    sdp = re.sub(r"(a=candidate:\S+ 1 udp \d+ \S+) \d+", r"\1 9", await answer.text())
    await route.fulfill(response=answer, body=sdp)


async def check(page: Page) -> str:
    await page.click("#login-check")
    await page.click("#check-run")
    verdict = page.locator(".check-verdict[data-quality]")
    await expect(verdict).to_be_visible(timeout=30_000)
    return await verdict.inner_text()


async def test_it_tells_which_ways_are_open_and_what_the_line_carries(group_url: str, visit: Visit) -> None:
    page = await visit(group_url)
    assert "will work" in await check(page)
    found = page.locator(".check-paths")
    await expect(found.locator("[data-path=udp]")).to_have_class("open")
    await expect(found.locator("[data-path=tcp]")).to_have_class("open")
    await expect(found).to_contain_text("Mbit/s")
    await expect(found).to_contain_text("Packet loss: 0.0%")
    # Nobody is in the group because of it, and no device was used for it.
    await page.keyboard.press("Escape")
    await expect(page.locator(".login-people")).to_contain_text("Nobody")


async def test_a_network_without_udp_is_told_from_one_without_anything(group_url: str, visit: Visit) -> None:
    page = await visit(group_url)
    await page.route("**/connection-test", without_udp)
    said = await check(page)
    assert "blocks UDP" in said
    await expect(page.locator("[data-path=udp]")).to_have_class("shut")
    await expect(page.locator("[data-path=tcp]")).to_have_class("open")
    await page.unroute("**/connection-test")
    await page.route("**/connection-test", lambda route: route.fulfill(status=429))
    await page.click("#check-run")
    await expect(page.locator(".check-verdict")).to_contain_text("Try again in a minute")
