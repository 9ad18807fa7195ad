"""What background filters cost and how good they are: Chromium, 1280 × 720 at 30 frames per second, no GPU.

    python tests/bench/bench_filters.py [--rounds 3] [--seconds 8] [--soak MINUTES] [--no-quality]
        [--only NAME…]

CPU milliseconds are of the whole browser process tree and per published frame; rounds of all variants are
interleaved, medians are printed. `passthrough` draws the camera on a published canvas and does nothing else.
Variants named `canvas` are put together on the page, the others by the worker on the frames' planes
(`static/filters/page/control/path-choice.js`); `adaptive` chooses. Where nothing moves the model rests every
other frame;
with `moving` a person walks to and fro, and it never does. Read them side by side: other work on the machine,
and a frame rate that falls, change all figures alike.
Quality is measured on the masks that the pipeline uses, against the reference of `tests/data`
(`filters_quality`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "e2e" / "filters")]

import filters_quality  # noqa: E402
import portraits  # noqa: E402
from playwright.async_api import Page  # noqa: E402
from site_under_test import Site, site  # noqa: E402

from kit.browsers import chromium  # noqa: E402

WIDTH, HEIGHT = 1280, 720
#: Filter, level of work, path by which pictures are put together; `-`: as the pipeline decides.
VARIANTS = {
    "passthrough": "passthrough",
    "landscape": "blur 2 planes",
    "landscape, canvas": "blur 2 canvas",
    "square": "blur 1 planes",
    "square, canvas": "blur 1 canvas",
    "both": "blur 0 planes",
    "both, canvas": "blur 0 canvas",
    "picture": "image 1 planes",
    "picture, canvas": "image 1 canvas",
    "adaptive": "blur - -",
    "landscape, moving": "blur 2 planes",
    "square, moving": "blur 1 planes",
}
BARS = {"landscape": 22.0, "square": 28.0}


@dataclass
class Cost:
    """CPU milliseconds so far."""

    total: float
    main: float


def cpu() -> Cost:
    """Of all processes below this one; `main` is of the main threads of renderers."""
    total = main = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            renderer = "--type=renderer" in process.cmdline()
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                # schedstat: nanoseconds on a processor, finer than the clock ticks of stat
                spent = int((task / "schedstat").read_text().split()[0]) / 1e6
                total += spent
                main += spent if renderer and task.name == str(process.pid) else 0.0
        except (OSError, ValueError, psutil.Error):
            continue
    return Cost(total, main)


@asynccontextmanager
async def page_with(clip: Path) -> AsyncIterator[tuple[Page, Site]]:
    async with site() as served, chromium(clip) as browser:
        page = await browser.new_page()
        await page.goto(served.url)
        await page.evaluate(
            "async () => Object.assign(globalThis, await import('/tests/bench/filters_page.js'))"
        )
        yield page, served


async def measure(page: Page, seconds: float) -> dict[str, float]:
    """Figures of the seconds from now."""
    before, frames = cpu(), await page.evaluate("sink.frames")
    await asyncio.sleep(seconds)
    after, then = cpu(), await page.evaluate("sink.frames")
    count = max(1, then - frames)
    figures: dict[str, float] = await page.evaluate("figures()")
    return {
        "fps": (then - frames) / seconds,
        "cpu": (after.total - before.total) / count,
        "main": (after.main - before.main) / count,
        **figures,
    }


async def cost(clip: Path, variant: str, seconds: float) -> dict[str, float]:
    """One variant in a browser of its own."""
    async with page_with(clip) as (page, served):
        first = await page.evaluate("(variant) => start(variant)", VARIANTS[variant])
        await asyncio.sleep(3)
        await page.evaluate("resetLongTasks()")
        figures = await measure(page, seconds)
        warm = await page.evaluate("again()") if variant.startswith(("square", "landscape")) else 0
        return {**figures, "cold_ms": first, "warm_ms": warm, "megabytes": served.bytes_sent / 1e6}


async def quality(
    scene: filters_quality.Scene, what: str, judge: Callable[..., Awaitable[dict[str, float]]]
) -> dict[str, float]:
    """Figures of one scene; `what` is the level of work and the path."""
    with tempfile.TemporaryDirectory() as directory:
        clip = portraits.write(Path(directory) / "clip.y4m", scene.frames)
        async with page_with(clip) as (page, _):
            await page.evaluate("(variant) => start(variant)", f"blur {what}")
            await asyncio.sleep(4)
            return await judge(page, scene)


async def qualities() -> dict[str, dict[str, float]]:
    """All scenes: still ones with every model, moving ones with the square model."""
    found = {}
    for name, scene in filters_quality.still_scenes().items():
        for level, model in filters_quality.MODELS.items():
            for path in ("planes", "canvas"):
                found[f"{name}, {model}, {path}"] = await quality(
                    scene, f"{level} {path}", filters_quality.still
                )
                _tell(f"{name}, {model}, {path}", found)
    for name, scene in filters_quality.moving_scenes().items():
        found[name] = await quality(scene, "1 -", filters_quality.moving)
        _tell(name, found)
    return found


def _tell(name: str, found: dict[str, dict[str, float]]) -> None:
    print(f"{name}:", ", ".join(f"{key} {value:.4f}" for key, value in found[name].items()))


async def soak(clip: Path, minutes: float) -> list[float]:
    """Megabytes of the browser's private memory, once a minute."""
    async with page_with(clip) as (page, _):
        await page.evaluate("start('blur 1 -')")
        found = []
        for _ in range(int(minutes) + 1):
            found.append(_memory())
            await asyncio.sleep(60)
        return found


def _memory() -> float:
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().uss
        except psutil.Error:
            continue
    return total / 1e6


async def _all(arguments: argparse.Namespace) -> dict[str, Any]:
    names = [] if arguments.no_cost or not arguments.rounds else arguments.only or list(VARIANTS)
    results: dict[str, Any] = {"cost": {}, "quality": {}}
    with tempfile.TemporaryDirectory() as directory:
        clip = portraits.write(Path(directory) / "still.y4m", portraits.still(WIDTH, HEIGHT))
        moving = portraits.write(Path(directory) / "moving.y4m", portraits.moving(WIDTH, HEIGHT))
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for _ in range(arguments.rounds):
            for name in names:
                used = moving if name.endswith("moving") else clip
                rounds[name].append(await cost(used, name, arguments.seconds))
        for name, found in rounds.items():
            medians = {key: round(statistics.median(one[key] for one in found), 2) for key in found[0]}
            results["cost"][name] = medians
            print(_line(name, medians))
        if arguments.soak:
            results["memory_mb"] = [round(value, 1) for value in await soak(clip, arguments.soak)]
            print("memory, MB per minute:", results["memory_mb"])
    if not arguments.no_quality:
        results["quality"] = await qualities()
    return results


def _line(name: str, found: dict[str, float]) -> str:
    bar = f" (bar {BARS[name]:.0f})" if name in BARS else ""
    return (
        f"{name}: {found['fps']:.1f} fps, {found['cpu']:.1f} CPU ms/frame{bar}, "
        f"main thread {found['main']:.1f} ms, model {found['segment']:.1f} ms, "
        f"rest of worker {found['rest']:.1f} ms, delay {found['latency']:.1f} ms, "
        f"first blurred frame {found['cold_ms']:.0f} ms cold, {found['warm_ms']:.0f} ms warm, "
        f"long tasks {found['longest']:.0f} ms at most, {found['megabytes']:.1f} MB fetched"
    )


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description="Cost and quality of background filters.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), metavar="NAME")
    parser.add_argument("--no-quality", action="store_true")
    parser.add_argument("--no-cost", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    results = asyncio.run(_all(arguments))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
