"""What a person chose lasts: theme and language on every page, and how loud and how large somebody is across
reconnections."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from kit.people import Enter, Visit, log_in
from kit.server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

DARK = "() => getComputedStyle(document.body).colorScheme"


async def volume_of(page: Page, name: str) -> float:
    tile = page.locator("[data-tile]").filter(has_text=name)
    return float(await tile.locator("video").evaluate("(video) => video.volume"))


async def test_a_chosen_theme_counts_on_every_page(start_server: StartServer, enter: Enter) -> None:
    server = start_server()
    ann = await enter(
        server.group_url("demo"), "Ann", "red", start="nothing", context={"color_scheme": "light"}
    )
    await ann.click("[data-action=more]")
    await ann.get_by_role("menuitem", name="Settings").click()
    other = await ann.context.new_page()
    await other.goto(server.url)
    assert await other.evaluate(DARK) != "dark"
    await ann.get_by_label("Theme").select_option("dark")
    await expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    for path in ("", "stats.html", "admin/", "change-password.html", "group/nowhere/"):
        await other.goto(server.url + path)
        assert await other.evaluate(DARK) == "dark", path
    await ann.get_by_label("Theme").select_option("system")
    await expect(other.locator("html")).not_to_have_attribute("data-theme", "dark")


async def test_a_chosen_language_counts_on_every_page_whatever_the_browser_asks_for(
    start_server: StartServer, visit: Visit
) -> None:
    server = start_server()
    ann = await visit(server.group_url("demo"), context={"locale": "en-GB"})
    await expect(ann.locator("html")).to_have_attribute("lang", "en")
    await ann.get_by_label("Language").select_option("Deutsch")
    await expect(ann.get_by_role("button", name="Beitreten", exact=True)).to_be_visible()
    await expect(ann.locator("html")).to_have_attribute("lang", "de")
    for path, words in {
        "": "Öffentliche Gruppen",
        "stats.html": "Anmelden",
        "admin/": "Anmelden",
        "change-password.html": "Neues Passwort wiederholen",
        "group/nowhere/": "Keine solche Gruppe",
    }.items():
        await ann.goto(server.url + path)
        await expect(ann.locator("body")).to_contain_text(words)
        await expect(ann.locator("html")).to_have_attribute("lang", "de")
    await ann.goto(server.url)
    await ann.get_by_label("Sprache").select_option("English")
    await expect(ann.get_by_role("button", name="Join")).to_be_visible()


async def test_what_was_chosen_for_a_person_survives_a_lost_connection(
    start_server: StartServer, enter: Enter
) -> None:
    server = start_server()
    people = ("Ann", "Ben", "Eve")
    ann, _, _ = [await enter(server.group_url("demo"), name, "red", start="audio") for name in people]
    tile = ann.locator("[data-tile]").filter(has_text="Ben")
    await tile.hover()
    await tile.locator(".tile-menu").click()
    await ann.get_by_label("Volume of Ben").fill("25")
    await ann.keyboard.press("Escape")
    await tile.dblclick()
    await expect(tile).to_have_attribute("data-place", "large")
    before = await tile.get_attribute("data-user")
    server.kill()
    server.start()
    await expect(tile).not_to_have_attribute("data-user", before or "", timeout=40_000)
    await expect(tile).to_have_attribute("data-place", "large")
    assert await volume_of(ann, "Ben") == 0.25
    await tile.dblclick()
    await expect(tile).to_have_attribute("data-place", "")


async def test_from_right_to_left_a_menu_opens_at_its_button(group_url: str, visit: Visit) -> None:
    page = await visit(group_url, context={"locale": "ar-EG"})
    await log_in(page, "Ada", start="nothing")
    button = page.locator("[data-action=more]")
    await button.click()
    menu = page.locator("[role=menu]")
    await expect(menu).to_be_visible()
    assert await page.evaluate("document.documentElement.dir") == "rtl"
    assert await page.evaluate(
        """() => {
          const [menu, button] = ['[role=menu]', '[data-action=more]'].map((one) =>
            document.querySelector(one).getBoundingClientRect());
          return Math.abs(menu.left - button.left) < 2 && menu.bottom <= button.top;
        }"""
    )
