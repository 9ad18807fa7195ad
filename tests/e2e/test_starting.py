"""What one starts with is what one chose last, however long devices take to open."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from observe import eventually
from people import Visit, log_in
from server import StartServer

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
    start_server: StartServer, visit: Visit, choices: list[str], live: list[str]
) -> None:
    page = await visit(start_server().group_url("demo"))
    await page.add_init_script(SLOW_DEVICES)
    await page.reload()
    for choice in choices:
        await page.check(f"input[name=start][value={choice}]", force=True)
    await page.wait_for_function("asked > 0")
    await page.evaluate("letOpen()")
    await log_in(page, "Ann", start=choices[-1])
    await page.wait_for_selector("[data-action=leave]")
    await page.wait_for_function("streams.length === asked")

    async def running() -> list[str]:
        kinds: list[str] = await page.evaluate(LIVE)
        return sorted(set(kinds))

    await eventually(running, lambda kinds: kinds == live, f"only {live}")
    for device, kind in (("mic", "audio"), ("camera", "video")):
        control = page.locator(f"[data-action={device}]").last
        await expect(control).to_have_attribute("data-on", str(kind in live).lower())


async def test_the_last_choice_counts_when_devices_are_open(start_server: StartServer, visit: Visit) -> None:
    page = await visit(start_server().group_url("demo"))
    await page.add_init_script(SLOW_DEVICES)
    await page.reload()
    await page.evaluate("letOpen()")
    await page.check("input[name=start][value=both]", force=True)
    await page.wait_for_function(f"new Set({LIVE}).size === 2")
    await page.check("input[name=start][value=nothing]", force=True)
    await page.wait_for_function(f"{LIVE}.length === 0")
