"""How well people in your own pictures are outlined, against mattes that you trust.

    python tests/bench/bench_pictures.py DIRECTORY [--level 1] [--frames 62]

DIRECTORY holds pairs NAME.png and NAME.matte.png of the same size (white: person). Each picture is shown to
the real worker as a still camera would, scaled to 1280 × 720, so give them that shape. Photographs of people
are nobody's to distribute: the project has none but one portrait, and one portrait tells little.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[1] / "e2e" / "filters"),
]

from site_under_test import site  # noqa: E402

from kit.browsers import chromium  # noqa: E402

WIDTH, HEIGHT = 1280, 720


def load(directory: Path) -> dict[str, tuple[bytes, str]]:
    """By name: a picture as PNG, and its reference."""
    mattes = {matte.name.removesuffix(".matte.png"): matte for matte in sorted(directory.glob("*.matte.png"))}
    return {
        name: ((directory / f"{name}.png").read_bytes(), reference(matte)) for name, matte in mattes.items()
    }


def reference(matte: Path) -> str:
    """The matte as hexadecimal bytes, 255 where it shows a person."""
    grey = Image.open(matte).convert("L").resize((WIDTH, HEIGHT))
    return np.where(np.asarray(grey) >= 128, 255, 0).astype(np.uint8).tobytes().hex()


async def judge(
    pictures: dict[str, tuple[bytes, str]], level: int, frames: int
) -> dict[str, dict[str, float]]:
    """Intersection over union and boundary F-measure by picture, and how often the rectangle moved."""
    found = {}
    async with site() as served, chromium() as browser:
        for name, (picture, _) in pictures.items():
            served.pictures[f"/pictures/{name}.png"] = picture
        page = await browser.new_page()
        await page.goto(served.url)
        await page.evaluate(
            "async () => Object.assign(globalThis, await import('/tests/bench/pictures_page.js'))"
        )
        await page.evaluate("(level) => start(level)", level)
        for name, (_, matte) in pictures.items():
            found[name] = await page.evaluate(
                "([path, hex, level, frames]) => judgePicture(path, hex, level, frames)",
                [f"/pictures/{name}.png", matte, level, frames],
            )
            print(
                f"{name}:", ", ".join(f"{key} {value:.4g}" for key, value in found[name].items()), flush=True
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument(
        "--level", type=int, default=1, help="of work: 0 both models, 1 square, 2 landscape (1)"
    )
    parser.add_argument("--frames", type=int, default=62, help="shown of each picture (62: two seconds)")
    arguments = parser.parse_args()
    if arguments.directory is None:
        print("needs pictures: python tests/bench/bench_pictures.py DIRECTORY")
        return
    pictures = load(arguments.directory)
    if not pictures:
        parser.error(f"{arguments.directory}: no NAME.matte.png")
    found = asyncio.run(judge(pictures, arguments.level, arguments.frames))
    for what, of in ("mean", statistics.fmean), ("median", statistics.median):
        figures = {key: of(one[key] for one in found.values()) for key in ("iou", "boundary")}
        print(f"{what} of {len(found)}:", ", ".join(f"{key} {value:.4f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
