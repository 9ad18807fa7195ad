"""A real meeting is recorded; other programs play what is on the disk."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, expect

from kit import judge
from kit.observe import eventually, sees
from kit.people import Enter, log_in, say
from kit.server import OPEN_GROUP, Server, StartServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RECORDED = {**OPEN_GROUP, "allow-recording": True}

FLASH = """
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 240;
  const pen = canvas.getContext('2d');
  const sound = new AudioContext({latencyHint: 0, sampleRate: 48000});
  const tone = new OscillatorNode(sound, {frequency: 880});
  const gain = new GainNode(sound, {gain: 0});
  const out = new MediaStreamAudioDestinationNode(sound, {channelCount: 1});
  tone.connect(gain).connect(out);
  tone.start();
  let bright = null;
  setInterval(() => {
    const now = performance.now() % 1000 < 300;
    pen.fillStyle = now ? '#fff' : '#222';
    pen.fillRect(0, 0, 320, 240);
    if (now !== bright) gain.gain.value = now ? 0.5 : 0;
    bright = now;
  }, 10);
  const stream = canvas.captureStream(30);
  for (const track of out.stream.getTracks()) stream.addTrack(track);
  for (const track of stream.getTracks())
    if (!wanted[track.kind]) stream.removeTrack(track);
  return stream;
};
"""
"""A camera and a microphone: a flash and a beep of 880 Hz, at the same time, once a second."""


async def record(page: Page, *, stop: bool = False) -> None:
    await page.click("[data-action=more]")
    await page.get_by_role("menuitem", name="Stop recording" if stop else "Start recording").click()


def recordings(server: Server, group: str = "demo") -> list[dict[str, Any]]:
    """The JSON files."""
    return [json.loads(path.read_text()) for path in sorted((server.recordings / group).glob("*.json"))]


async def on_disk(server: Server) -> float:
    """Seconds of sound that are in the shortest file, once there are three."""
    parts = [path for path in server.recordings.rglob("*.part") if path.stat().st_size > 4000]
    if len(parts) < 3:
        return 0.0
    return min(max(judge.probe(path).packets["audio"], default=0.0) for path in parts)


async def finished(server: Server) -> tuple[dict[str, Any], dict[str, Path]]:
    """The only recording, once its files are there; and these, by who and what."""

    async def found() -> list[dict[str, Any]]:
        return recordings(server)

    directory = server.recordings / "demo"

    def over(all_: list[dict[str, Any]]) -> bool:
        return bool(all_) and all_[0]["state"] != "recording" and not list(directory.glob(".*"))

    (about,) = await eventually(found, over, "the end")
    assert not list(directory.glob("*.part"))
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
    return about, {f"{each['username']} {each['label']}": directory / each["name"] for each in about["files"]}


async def shelf_of(page: Page) -> Page:
    """The page of the group's recordings, opened from the meeting."""
    await page.click("[data-action=more]")
    async with page.expect_popup() as opened:
        await page.get_by_role("menuitem", name="Recordings").click()
    return await opened.value


SHOWN = """() => [...document.querySelectorAll('.tile:not([hidden]) video')].map((video) => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d');
  pen.drawImage(video, 0, 0, 1, 1);
  const name = video.closest('.tile').querySelector('.tile-name').textContent;
  const colour = [...pen.getImageData(0, 0, 1, 1).data];
  return { name, at: video.currentTime, colour, paused: video.paused };
})"""
"""What the player shows now."""


async def plays(shelf: Page, about: dict[str, Any]) -> None:
    """All streams, in step, from wherever somebody jumps to."""
    offsets = {each["username"]: each["offset"] for each in about["files"]}
    await shelf.get_by_role("link", name="Play the recording").click()
    await shelf.get_by_role("button", name="Play", exact=True).click()

    async def state() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await shelf.evaluate(SHOWN)
        return found

    def in_step(shown: list[dict[str, Any]], after: float) -> bool:
        at = [each["at"] + offsets[each["name"]] for each in shown]
        running = not any(each["paused"] for each in shown)
        return len(shown) == 3 and running and min(at) > after and max(at) - min(at) < 0.1

    shown = await eventually(state, lambda shown: in_step(shown, offsets["Eve"] + 1), "three in step")
    colours = {each["name"]: each["colour"] for each in shown}
    assert colours["Ben"][0] > 150 > colours["Ben"][2]
    assert colours["Eve"][2] > 150 > colours["Eve"][0]
    eve = next(each for each in about["files"] if each["username"] == "Eve")
    there = eve["offset"] + eve["duration"] - 2.5
    slider = shelf.get_by_role("slider", name="Position")
    await slider.evaluate(
        "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input')); }", there
    )
    await eventually(state, lambda shown: in_step(shown, there), "three in step after a jump")
    await shelf.keyboard.press("k")
    await expect(shelf.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await expect(shelf.get_by_role("region", name="Who spoke when")).to_contain_text("op")


async def downloads_and_deletes(shelf: Page, server: Server) -> None:
    """The only recording."""
    async with shelf.expect_download() as download:
        await shelf.get_by_role("link", name="Download").first.click()
    got = await download.value
    name = got.suggested_filename
    assert (await got.path()).read_bytes() == (server.recordings / "demo" / name).read_bytes()
    await shelf.reload()
    await shelf.get_by_role("link", name="All recordings").click()
    await shelf.get_by_role("button", name="Delete the recording").click()
    await shelf.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert list(server.recordings.rglob("*.json"))
    await shelf.get_by_role("button", name="Delete the recording").click()
    await shelf.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(shelf.get_by_text("There are no recordings")).to_be_visible()
    assert list((server.recordings / "demo").iterdir()) == []
    await shelf.get_by_role("button", name="Sign out").click()
    await shelf.reload()
    await expect(shelf.get_by_label("Password")).to_be_visible()


async def test_a_meeting_is_recorded(start_server: StartServer, enter: Enter, visit: Any) -> None:
    server = start_server(groups={"demo": RECORDED})
    url = server.group_url("demo")
    op = await visit(url, "green")
    await op.add_init_script(FLASH)
    await op.reload()
    await log_in(op, "op", "op")
    ben = await enter(url, "Ben", "red")
    await sees(op, "red")

    await record(op)
    await expect(ben.locator(".chip.recording")).to_be_visible()
    await expect(op.locator(".chip.recording")).to_be_visible()
    await expect(ben.locator("[data-tile]")).to_have_count(2)  # the recorder is no person
    eve = await enter(url, "Eve", "blue")
    await expect(eve.locator(".chip.recording")).to_be_visible()
    await sees(op, "red", "blue")
    shelf = await shelf_of(op)
    await expect(shelf.locator(".recording")).to_contain_text("Recording now")
    await expect(shelf.get_by_role("button", name="Delete")).to_have_count(0)
    await say(eve, "not for the recording")
    await eventually(lambda: on_disk(server), lambda seconds: seconds > 7, "seconds of everybody")
    await eve.close()
    await record(op, stop=True)
    await expect(ben.locator(".chip.recording")).to_have_count(0)

    about, files = await finished(server)
    assert about["state"] == "complete"
    assert about["chat"] is None
    assert [person["username"] for person in about["people"]] == ["op", "Ben", "Eve"]
    assert about["people"][2]["left"] is not None
    assert set(files) == {"op camera", "Ben camera", "Eve camera"}
    for path in files.values():
        judge.decodes(path)
        facts = judge.probe(path)
        assert facts.codecs == {"video": "vp8", "audio": "opus"}
        assert facts.keyframes[0] < 0.3
    for entry in about["files"]:
        facts = judge.probe(server.recordings / "demo" / entry["name"])
        assert facts.duration == pytest.approx(entry["duration"], abs=0.1)
        assert entry["offset"] + entry["duration"] <= about["duration"] + 0.5
    red, green, blue = judge.colour(judge.pictures(files["Ben camera"])[-1])
    assert red > 180
    assert max(green, blue) < 80
    assert judge.colour(judge.pictures(files["Eve camera"])[-1])[2] > 180

    leads = judge.lead(files["op camera"])
    assert len(leads) >= 5
    assert abs(statistics.median(leads)) <= 0.04
    heard = judge.sound(files["op camera"])
    beep = round((judge.beeps(files["op camera"])[1] + 0.05) * judge.RATE)
    assert judge.frequency(heard[beep : beep + judge.RATE // 5]) == pytest.approx(880, abs=10)
    assert any(stretch["client"] == about["people"][0]["id"] for stretch in about["spoken"])

    await shelf.get_by_role("link", name="Play the recording").click()
    await shelf.get_by_role("button", name="Make one film").click()
    await expect(shelf.get_by_role("link", name="Download film")).to_be_visible(timeout=90_000)
    await shelf.get_by_role("link", name="All recordings").click()
    (film,) = (server.recordings / "demo").glob("*.mp4")
    judge.decodes(film)
    assert judge.probe(film).duration == pytest.approx(about["duration"], abs=0.1)
    flashes, beeps = flashes_and_beeps(film, 880)
    leads = [min((beep - flash for beep in beeps), key=abs) for flash in flashes]
    assert len(leads) >= 5
    assert abs(statistics.median(leads)) <= 0.04
    middle = judge.pictures(film)[judge.FPS * 8].astype(int)
    for colour, others in ((0, [1, 2]), (2, [0, 1])):  # Ben and Eve have a place each
        assert ((middle[..., colour] > 150) & (middle[..., others].max(axis=2) < 100)).mean() > 0.015

    await ben.close()
    await op.close()
    await plays(shelf, about)
    await downloads_and_deletes(shelf, server)


def flashes_and_beeps(film: Path, hertz: float) -> tuple[list[float], list[float]]:
    """When the part of the picture that flashes becomes bright, and when this tone becomes loud, whatever
    else is seen and heard."""
    light = judge.pictures(film).mean(axis=3)
    changing = light.std(axis=0)
    flashing = light[:, changing >= np.sort(changing, axis=None)[-30]].mean(axis=1)
    flashes = judge.rises(flashing, float(flashing.min() + flashing.max()) / 2, judge.FPS)
    samples, step = judge.sound(film), judge.RATE // 100
    pieces = samples[: len(samples) // step * step].reshape(-1, step)
    tone = abs(pieces @ np.exp(2j * np.pi * hertz * np.arange(step) / judge.RATE)) * 2 / step
    return flashes, judge.rises(tone, 0.15, 100)
