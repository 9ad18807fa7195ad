"""How good the outlines of background filters are: still and moving scenes with references."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.async_api import Page

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "e2e" / "filters")]

import portraits  # noqa: E402

WIDTH, HEIGHT, RATE = 1280, 720, 30
MODELS = {2: "landscape", 1: "square", 0: "both"}
STILL = 6
"""Different frames of a still scene; they differ by a camera's noise."""
REDUCED = 4
"""Moving outlines are compared at this fraction of the frame's size, in each direction."""
VISIBLE = 0.25
"""A person counts as visible from this fraction of herself."""


@dataclass
class Scene:
    """Frames that a camera shows in a loop, with a reference mask for each, or one for all."""

    frames: list[portraits.Pixels]
    masks: list[portraits.Pixels]


def still_scenes() -> dict[str, Scene]:
    """Cut out over the pattern, as photographed, and the photograph on plain grey; large and small."""
    found = {}
    side = int(HEIGHT * 0.4)
    for size, place in {"large": (HEIGHT, 280, 0), "small": (side, 820, HEIGHT - side)}.items():
        for how in ("cut out", "photograph", "on grey"):
            frame, mask = portraits.scene(WIDTH, HEIGHT, *place, cut=how == "cut out")
            if how == "on grey":
                high, left, top = place
                grey = np.full_like(frame, 128)
                grey[top : top + high, left : left + high] = frame[top : top + high, left : left + high]
                frame = grey
            found[f"{size}, {how}"] = Scene(portraits.noisy(frame, STILL), [mask])
    return found


def moving_scenes() -> dict[str, Scene]:
    """From side to side; and in from the left, out to the right, away for a while, back again."""
    sway = [0.5 + 0.2 * float(np.sin(2 * np.pi * index / 90)) for index in range(90)]
    visit = [-0.3 + 1.6 * min(1.0, index / 110) for index in range(150)]
    return {"moving": _walk(sway), "coming and going": _walk(visit)}


def _walk(centres: list[float]) -> Scene:
    side = int(HEIGHT * 0.8)
    scenes = [
        portraits.scene(WIDTH, HEIGHT, side, int(centre * WIDTH - side / 2), HEIGHT - side)
        for centre in centres
    ]
    return Scene([frame for frame, _ in scenes], [mask[::REDUCED, ::REDUCED] for _, mask in scenes])


async def still(page: Page, scene: Scene) -> dict[str, float]:
    """Intersection over union, boundary F-measure, flicker of the running filter; its rectangle's area."""
    mask = scene.masks[0]
    height, width = mask.shape
    found: dict[str, float] = await page.evaluate(
        "([mask, width, height]) => judge(mask, width, height)", [mask.tobytes().hex(), width, height]
    )
    return found


async def moving(page: Page, scene: Scene, rounds: int = 2) -> dict[str, float]:
    """Mean intersection over union, also of the worst tenth; time with an outline as a share of the true one.

    Nothing tells which of the clip's frames an outline belongs to, so each is compared with the frame that it
    fits best: what drags or is cut off fits none. Who is not seen at all lowers the share.
    """
    seconds = rounds * len(scene.frames) / RATE
    seen: list[dict[str, Any]] = await page.evaluate(
        "([seconds, width, height]) => record(seconds, width, height)",
        [seconds, WIDTH // REDUCED, HEIGHT // REDUCED],
    )
    outlines = np.array([np.unpackbits(np.frombuffer(bytes.fromhex(one["bits"]), np.uint8)) for one in seen])
    references = np.array([mask.ravel() for mask in scene.masks])
    people = (references == 255).sum(1)
    enough = VISIBLE * people.max()
    shown = outlines.sum(1) > enough
    times = np.array([one["at"] for one in seen])
    spans = np.diff(times, append=times[-1] + 1000 / RATE)
    values = np.sort(overlap(outlines[shown], references).max(1))
    return {
        "iou": float(values.mean()),
        "worst_tenth": float(values[: max(1, len(values) // 10)].mean()),
        "seen": float((spans * shown).sum() / spans.sum() / (people > enough).mean()),
        "outlines_per_second": len(seen) / seconds,
    }


def overlap(outlines: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Intersection over union of each outline with each reference (128 ignored); both empty is 1."""
    found = outlines.astype(np.float32)
    person = (references == 255).astype(np.float32)
    judged = (references != 128).astype(np.float32)
    both = found @ person.T
    either = found @ judged.T + person.sum(1) - both
    # A few pixels where nobody is are no person.
    slack = 0.001 * outlines.shape[1]
    return np.asarray((both + slack) / (either + slack), np.float64)
