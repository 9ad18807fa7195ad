"""What a meeting costs the page: the way in, and the main thread with 25 people in sight.

    python tests/bench/bench_room.py [--people 25] [--seconds 10]

From the click on *Join* to the first frame of somebody else, on loopback; tasks of more than 50 ms since
then; and the part of the time in which the main thread was busy (`TaskDuration` of Chromium's own figures).
The others are in a browser of their own, which draws and encodes as much on the same machine: figures are an
upper bound.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS)]

from playwright.async_api import Page  # noqa: E402

from kit.browsers import chromium  # noqa: E402
from kit.observe import eventually  # noqa: E402
from kit.people import choose_start  # noqa: E402
from kit.server import Server  # noqa: E402

#: People with a small moving picture each, by the client's own library.
CROWD = """async (count) => {
  const library = document.querySelector('#app').dataset.static + 'protocol/index.js';
  const {Connection, fetchStatus} = await import(library);
  const {endpoint} = await fetchStatus(location.href);
  window.crowd = [];
  for (let index = 0; index < count; index++) {
    const connection = new Connection();
    const joined = new Promise((resolve) => connection.on('joined', resolve));
    const username = `Guest ${index}`;
    connection.on('open', () => connection.join('demo', {username}, {camera: true, muted: true}));
    connection.connect(endpoint);
    await joined;
    const canvas = Object.assign(document.createElement('canvas'), {width: 320, height: 180});
    const pen = canvas.getContext('2d');
    let frame = 0;
    setInterval(() => {
      pen.fillStyle = `hsl(${index * 14} 60% 50%)`;
      pen.fillRect(0, 0, 320, 180);
      pen.fillStyle = '#fff';
      pen.fillRect((frame += 8) % 320, 40, 40, 40);
    }, 100);
    connection.publish({label: 'camera', video: canvas.captureStream(10).getVideoTracks()[0], audio: null});
    window.crowd.push(connection);
  }
}"""

FIRST_FRAME = """() => new Promise((resolve) => {
  window.longest = [];
  new PerformanceObserver((list) => window.longest.push(...list.getEntries().map(({duration}) => duration)))
    .observe({type: 'longtask'});
  const began = performance.now();
  document.querySelector('#login-join').click();
  const look = () => {
    const video = [...document.querySelectorAll('.tile:not(.own) video')].find((v) => v.srcObject);
    if (!video) setTimeout(look, 2);
    else video.requestVideoFrameCallback(() => resolve(performance.now() - began));
  };
  look();
})"""


async def busy(page: Page, seconds: float) -> float:
    """The part of the time in which the main thread did something."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "timeTicks"})

    async def figures() -> dict[str, float]:
        return {
            each["name"]: each["value"] for each in (await session.send("Performance.getMetrics"))["metrics"]
        }

    before = await figures()
    await asyncio.sleep(seconds)
    after = await figures()
    return (after["TaskDuration"] - before["TaskDuration"]) / (after["Timestamp"] - before["Timestamp"])


async def main(people: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory)) as server:
        async with chromium() as theirs, chromium() as ours:
            crowd = await theirs.new_page()
            await crowd.goto(server.group_url("demo"))
            await crowd.wait_for_selector("#login-join")
            await crowd.evaluate(CROWD, people)
            page = await ours.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(server.group_url("demo"))
            await page.wait_for_selector("#login-join")
            await choose_start(page, "nothing")
            await page.fill("#login-name", "Me")
            await asyncio.sleep(2)  # as long as it takes to write a name
            first = await page.evaluate(FIRST_FRAME)
            shown = page.locator(".tile.has-video")
            await eventually(shown.count, lambda count: count >= people, "everybody's picture", 60)
            tiles = await shown.count()
            share = await busy(page, seconds)
            tasks: list[float] = await page.evaluate("window.longest")
    print(f"click on Join to the first frame of another   {first:6.0f} ms")
    longest = max(tasks, default=0)
    print(f"tasks over 50 ms since then                   {len(tasks):6d}, the longest {longest:.0f} ms")
    print(f"main thread busy with {tiles} pictures in sight    {share:6.1%} of a core")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.people, arguments.seconds))
