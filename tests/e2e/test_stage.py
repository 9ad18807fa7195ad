"""The stage is arranged as one chooses, in this meeting and the next."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from kit.observe import eventually, sees
from kit.people import Enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def arrange(page: Page, choice: str) -> None:
    """Choose a layout, or where one sees oneself."""
    await page.click("[data-action=layout]")
    await page.get_by_role("menuitemradio", name=choice, exact=True).last.click()


def tile(page: Page, name: str) -> Locator:
    return page.locator(f"[data-tile][aria-label='{name}']")


async def large(page: Page) -> list[str | None]:
    found = page.locator("[data-place=large]:not(.away)")
    return [await each.get_attribute("aria-label") for each in await found.all()]


async def wait_for_large(page: Page, *names: str) -> None:
    await eventually(lambda: large(page), lambda found: found == list(names), f"{names} large")


async def test_the_stage_is_arranged_as_chosen_and_so_again_next_time(group_url: str, enter: Enter) -> None:
    ann = await enter(group_url, "Ann", "green")
    ben = await enter(group_url, "Ben", "large red", start="video")
    eve = await enter(group_url, "Eve", "green", start="nothing")
    await sees(ann, "green", "red")

    await tile(ann, "Ben").hover()
    await tile(ann, "Ben").get_by_role("button", name="Pin").click()
    await wait_for_large(ann, "Ben")
    await eventually(lambda: got_large(ann), bool, "Ben's large video, or why it is not")
    await tile(ann, "Eve").hover()
    await tile(ann, "Eve").get_by_role("button", name="Options").click()
    await ann.get_by_role("menuitem", name="Pin").click()
    await wait_for_large(ann, "Ben", "Eve")
    await ann.click("[data-action=layout]")
    await ann.get_by_role("menuitem", name="Unpin all").click()
    await wait_for_large(ann)

    await ben.click("[data-action=share]")
    await wait_for_large(ann, "Ben’s screen")
    await zooms_by_keyboard(tile(ann, "Ben’s screen"))
    await arrange(ann, "Presentation")
    await expect(tile(ann, "Ann (you)")).to_have_class(re.compile("away"))
    await arrange(ann, "Grid")
    await wait_for_large(ann)
    await sees(ann, "green", "red")  # Ben's camera has no sound: out of sight it must not end
    await ben.click("[data-action=stop-presenting]")

    await arrange(ann, "Speaker")
    await arrange(ann, "In a corner")
    own = ann.locator("[data-place=float]")
    await drag_to_top_left(ann, own)
    await ann.reload()
    await ann.click("#login-join")
    await expect(tile(ann, "Ann (you)")).to_have_attribute("data-place", "float")
    await wait_for_large(ann, "Ben")
    assert await is_top_left(ann, own)
    await arrange(ann, "Hidden")
    await expect(tile(ann, "Ann (you)")).to_have_class(re.compile("away"))
    await sees(eve, "red", "green")  # others see what one does not see of oneself


async def got_large(page: Page) -> bool:
    result: bool = await page.evaluate("""() => {
      const tile = document.querySelector('[data-place=large]');
      return tile.querySelector('video').videoWidth >= 640 || !tile.querySelector('.tile-note').hidden;
    }""")
    return result


async def zooms_by_keyboard(screen: Locator) -> None:
    async def scale() -> float:
        result: float = await screen.locator("video").evaluate(
            "(video) => new DOMMatrix(getComputedStyle(video).transform).a"
        )
        return result

    await screen.get_by_role("button", name="Zoom in").focus()
    await screen.page.keyboard.press("+")
    await eventually(scale, lambda found: found > 1.2, "an enlarged screen")
    await screen.page.keyboard.press("0")
    await eventually(scale, lambda found: found == 1, "the whole screen")


async def drag_to_top_left(page: Page, own: Locator) -> None:
    await own.hover(position={"x": 30, "y": 30})  # once it stands still
    await page.mouse.down()
    await page.mouse.move(120, 140, steps=4)
    await page.mouse.up()
    assert await is_top_left(page, own)


async def is_top_left(page: Page, own: Locator) -> bool:
    async def place() -> tuple[bool, bool]:
        box, stage = await own.bounding_box(), await page.locator(".stage").bounding_box()
        assert box is not None
        assert stage is not None
        return box["x"] - stage["x"] < 20, box["y"] - stage["y"] < 20

    return await eventually(place, lambda found: found == (True, True), "the corner") == (True, True)
