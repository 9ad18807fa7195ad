"""Files go from one browser to another, and are played to everybody."""

from __future__ import annotations

import asyncio
import hashlib
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.async_api import Page, expect

from kit.observe import eventually
from kit.people import Enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: A headless browser has nobody who could choose a place.
NO_PICKER = "delete globalThis.showSaveFilePicker"


async def send(page: Page, to: str, file: Path) -> None:
    await page.click("[data-action=people]")
    await page.get_by_role("button", name=f"Actions for {to}").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("menuitem", name="Send file").click()
    await (await chooser.value).set_files(file)
    await page.click("[data-action=people]")


async def test_a_file_goes_to_one_person_who_may_decline_it(
    group_url: str, enter: Enter, tmp_path: Path
) -> None:
    ann = await enter(group_url, "Ann", "red", start="nothing")
    ben = await enter(group_url, "Ben", "red", start="nothing")
    await ben.evaluate(NO_PICKER)
    file = tmp_path / "plan.bin"
    file.write_bytes(os.urandom(5_000_000))
    await send(ann, "Ben", file)
    card = ben.locator(".transfer")
    await expect(card).to_contain_text("plan.bin")
    await expect(card).to_contain_text("Ann wants to send you this file")
    async with ben.expect_download() as download:
        await card.get_by_role("button", name="Accept").click()
    got = await (await download.value).path()
    digest = await asyncio.to_thread(lambda: hashlib.sha256(got.read_bytes()).digest())
    assert digest == hashlib.sha256(file.read_bytes()).digest()
    await expect(ann.locator(".transfer")).to_contain_text("Sent to Ben")
    await expect(card).to_contain_text("Received from Ann")

    await send(ann, "Ben", file)
    await ben.locator(".transfer").last.get_by_role("button", name="Cancel").click()
    await expect(ann.locator(".transfer").last).to_contain_text("Cancelled")


def write_film(path: Path) -> None:
    """Ten seconds of blue, then yellow."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=10, options={"deadline": "realtime"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.time_base = Fraction(1, 10)
        for index in range(100):
            colour = (0, 0, 254) if index < 50 else (254, 254, 0)
            frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), colour, np.uint8), format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


async def colour(page: Page) -> tuple[bool, bool, bool]:
    """Which of red, green and blue the film shows that somebody plays."""
    found: list[int] = await page.evaluate("""() => {
      const video = document.querySelector('[data-kind=screen] video');
      if (!video?.videoWidth) return [0, 0, 0];
      const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
      const pen = canvas.getContext('2d');
      pen.drawImage(video, 0, 0, 1, 1);
      return [...pen.getImageData(0, 0, 1, 1).data];
    }""")
    red, green, blue = (part > 128 for part in found[:3])
    return red, green, blue


async def test_a_film_is_played_to_everybody_with_pause_and_seek(
    group_url: str, enter: Enter, tmp_path: Path
) -> None:
    film = tmp_path / "film.webm"
    await asyncio.to_thread(write_film, film)
    ann = await enter(group_url, "Ann", "red", start="nothing")
    ben = await enter(group_url, "Ben", "red", start="nothing")
    await ann.click("[data-action=more]")
    async with ann.expect_file_chooser() as chooser:
        await ann.get_by_role("menuitem", name="Play a file").click()
    await (await chooser.value).set_files(film)
    await eventually(lambda: colour(ben), lambda seen: seen == (False, False, True), "the film's beginning")
    player = ann.locator(".player")
    await player.get_by_role("button", name="Pause").click()
    await player.get_by_role("slider").fill("8")
    await player.get_by_role("button", name="Play").click()
    await eventually(lambda: colour(ben), lambda seen: seen == (True, True, False), "the film's end")
    await player.get_by_role("button", name="Stop").click()
    await expect(ben.locator("[data-kind=screen]")).to_have_count(0)
    await expect(player).to_be_hidden()
