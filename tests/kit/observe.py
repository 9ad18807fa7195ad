"""What a page receives, measured in the page: each video's colour and motion, each voice's energy.

`WATCH` installs `window.observe()`; it returns one entry per video element that has a stream:

    {id, own, width, height, red, green, blue (means of the lower half, 0..255),
     bar (0..1, where the brightest column of the upper sixth is)}

The last four are -1 while no picture is shown. Sound is measured where the browser has decoded it (W3C
webrtc-stats, totalAudioEnergy), because a headless Firefox has no audio device for an AudioContext to run on.
Nothing is read from the client's own state, so this measures any client, Galène's too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

WATCH = """() => {
  if (window.observe) return true;
  const canvas = document.createElement('canvas');
  canvas.width = 64; canvas.height = 48;
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  const look = (video) => {
    const shown = video.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!video.videoWidth || !shown) return {red: -1, green: -1, blue: -1, bar: -1};
    pen.drawImage(video, 0, 0, 64, 48);
    const lower = pen.getImageData(0, 24, 64, 24).data;
    const mean = (offset) => {
      let sum = 0;
      for (let i = offset; i < lower.length; i += 4) sum += lower[i];
      return Math.round(4 * sum / lower.length);
    };
    const upper = pen.getImageData(0, 2, 64, 1).data;
    const light = (x) => upper[4 * x] + upper[4 * x + 1] + upper[4 * x + 2];
    let best = 0;
    for (let x = 1; x < 64; x++) if (light(x) > light(best)) best = x;
    return {red: mean(0), green: mean(1), blue: mean(2), bar: best / 63};
  };
  window.observe = () => [...document.querySelectorAll('video')].filter((v) => v.srcObject).map((v) => ({
    id: v.id, own: v.muted, width: v.videoWidth, height: v.videoHeight, ...look(v),
  }));
  return true;
}"""

KEEP_CONNECTIONS = """(() => {
  const Original = RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...args) { super(...args); window.connections.push(this); }
  };
})()"""
"""To run before the page's own scripts: keeps its connections in `window.connections`."""

VOICES = """async () => {
  const energies = {};
  for (const [index, connection] of window.connections.entries()) {
    if (connection.connectionState === 'closed') continue;
    for (const report of (await connection.getStats()).values())
      if (report.type === 'inbound-rtp' && report.kind === 'audio')
        energies[`${index} ${report.id}`] = report.totalAudioEnergy ?? 0;
  }
  return energies;
}"""

NAMED = {"red": (254, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 254), "yellow": (254, 254, 0)}
TOLERANCE = 60
PATIENCE_S = 20.0

Value = TypeVar("Value")


class Page(Protocol):
    """What Chromium's and Firefox's pages have in common."""

    async def evaluate(self, script: str, /) -> Any: ...


async def eventually(
    look: Callable[[], Awaitable[Value]],
    wanted: Callable[[Value], bool],
    what: str,
    patience: float = PATIENCE_S,
) -> Value:
    """Poll `look` until `wanted` holds; AssertionError with the last value when it never does."""
    deadline = time.monotonic() + patience
    while True:
        value = await look()
        if wanted(value):
            return value
        assert time.monotonic() < deadline, f"{what} did not happen; last seen: {value}"
        await asyncio.sleep(0.05)


def colour_of(entry: dict[str, Any]) -> str | None:
    """The name of a clip's colour, or None."""
    seen = (entry["red"], entry["green"], entry["blue"])
    for name, wanted in NAMED.items():
        if all(abs(a - b) <= TOLERANCE for a, b in zip(seen, wanted, strict=True)):
            return name
    return None


async def observe(page: Page) -> list[dict[str, Any]]:
    await page.evaluate(WATCH)
    entries: list[dict[str, Any]] = await page.evaluate("() => window.observe()")
    return [{**entry, "colour": colour_of(entry)} for entry in entries]


async def sees(page: Page, *colours: str, patience: float = PATIENCE_S) -> None:
    """Wait until the page shows a *moving* picture of each colour (own picture included)."""
    positions: dict[str, set[float]] = {colour: set() for colour in colours}

    async def look() -> dict[str, int]:
        for entry in await observe(page):
            if entry["colour"] in positions:
                positions[entry["colour"]].add(round(entry["bar"], 2))
        return {colour: len(places) for colour, places in positions.items()}

    await eventually(look, lambda seen: all(n >= 3 for n in seen.values()), f"moving {colours}", patience)


async def sees_only(page: Page, *colours: str, patience: float = PATIENCE_S) -> None:
    """Wait until the pictures that the page shows have exactly these colours."""

    async def look() -> list[str]:
        return sorted(str(entry["colour"]) for entry in await observe(page) if entry["red"] >= 0)

    await eventually(look, lambda seen: seen == sorted(colours), f"exactly {colours}", patience)


async def hears(page: Page, count: int, patience: float = PATIENCE_S) -> None:
    """Wait until sound that is not silence has come from `count` senders, from now on."""
    before: dict[str, float] = await page.evaluate(VOICES)

    async def look() -> int:
        now: dict[str, float] = await page.evaluate(VOICES)
        return sum(energy - before.get(voice, 0.0) > 1e-4 for voice, energy in now.items())

    await eventually(look, lambda heard: heard >= count, f"{count} voices", patience)
