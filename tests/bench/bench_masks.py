"""Whether the virtual camera outlines people as the browser does: intersection over union of the two masks.

    python tests/bench/bench_masks.py [--level 1] [--frames 62]

The same pictures, as of a still camera at 1280 × 720, to the real worker in Chromium and to the camera's
outliner; their last masks over the frame are compared. They show the portrait in many sizes and
places, before a pattern and with its own room; what is the person in it is known, too.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import sys
from pathlib import Path

import av
import numpy as np
from PIL import Image

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[1] / "e2e" / "filters"),
]

from bench_pictures import HEIGHT, WIDTH, judge  # noqa: E402
from portraits import scene  # noqa: E402

from galene_py import resources  # noqa: E402
from galene_py.camera import Settings  # noqa: E402
from galene_py.camera.outline import Networks, Outliner  # noqa: E402

NOISE = 5
PLACES = {
    "close": (720, 280, 0),
    "middle": (480, 400, 240),
    "left": (420, 60, 300),
    "right": (420, 800, 300),
    "far": (260, 510, 380),
    "farther": (180, 560, 400),
    "cut": (640, -160, 120),
}
"""Side of the portrait, and where its corner is, pixels."""


def pictures() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By name: red, green and blue; and the person, 255, as it is known."""
    found = {}
    for name, place in PLACES.items():
        found[name] = scene(WIDTH, HEIGHT, *place)
        found[f"{name}, own room"] = scene(WIDTH, HEIGHT, *place, cut=False)
    return found


def camera_mask(picture: np.ndarray, models: Path, frames: int) -> np.ndarray:
    """255 where the camera sees a person after so many frames."""
    outliner = Outliner(Networks(models), Settings())
    dice = np.random.default_rng(1)
    noisy = []
    for _ in range(3):
        frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
        luma = np.frombuffer(memoryview(frame.planes[0]), np.uint8).astype(np.int16)
        frame.planes[0].update(
            np.clip(luma + dice.integers(-NOISE, NOISE + 1, luma.shape), 0, 255).astype(np.uint8).tobytes()
        )
        noisy.append(frame)
    for number in range(frames):
        outline = outliner.look(noisy[number % 3], number / 30)
    x, y, width, height = outline.rect
    whole = np.zeros((HEIGHT, WIDTH), np.float32)
    left, top = round(x * WIDTH), round(y * HEIGHT)
    right, bottom = min(WIDTH, round((x + width) * WIDTH)), min(HEIGHT, round((y + height) * HEIGHT))
    part = Image.fromarray(outline.mask).resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    whole[top:bottom, left:right] = np.asarray(part)
    return np.where(whole > 0.5, 255, 0).astype(np.uint8)


def png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union; what is neither 0 nor 255 in `other` is not judged."""
    judged = (other == 0) | (other == 255)
    mine, theirs = (one == 255) & judged, other == 255
    return float((mine & theirs).sum() / max(1, (mine | theirs).sum()))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--level", type=int, default=1, help="of the browser's work, as of bench_pictures")
    parser.add_argument("--frames", type=int, default=62, help="shown of each picture (62: two seconds)")
    arguments = parser.parse_args()
    places = [place / "mediapipe" / "models" for place in resources.vendor_dirs(Path("data"))]
    models = next((place for place in places if place.is_dir()), None)
    if models is None:
        parser.error("needs the models: galene-py install-mediapipe")
    shown = pictures()
    masks = {name: camera_mask(picture, models, arguments.frames) for name, (picture, _) in shown.items()}
    given = {}
    for name, (picture, truth) in shown.items():
        given[name] = png(picture), masks[name].tobytes().hex()
        given[f"{name} as known"] = png(picture), truth.tobytes().hex()
    with contextlib.redirect_stdout(io.StringIO()):
        found = asyncio.run(judge(given, arguments.level, arguments.frames))
    print("picture: camera and browser, browser and truth, camera and truth")
    columns = []
    for name, (_, truth) in shown.items():
        row = found[name]["iou"], found[f"{name} as known"]["iou"], overlap(masks[name], truth)
        columns.append(row)
        print(f"{name}: {row[0]:.3f}, {row[1]:.3f}, {row[2]:.3f}")
    print("mean:", ", ".join(f"{sum(column) / len(column):.3f}" for column in zip(*columns, strict=True)))


if __name__ == "__main__":
    main()
