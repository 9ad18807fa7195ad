"""Outlines of people: the network, and what becomes of its mask. One look at one frame.

Pure but for the network's own memory. Times are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from galene_py.camera import pictures
from galene_py.camera.follow import Follower, Found
from galene_py.camera.pictures import Mask
from galene_py.camera.settings import CameraError, Rect, Settings

Rgb = npt.NDArray[np.uint8]

_MODELS = {False: "selfie_segmentation.tflite", True: "selfie_segmentation_landscape.tflite"}
_BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)
AUTO = "auto"
_WIDE_FROM, _WIDE_UNTIL = 1.5, 1.33
"""Proportions from which on a part is wide, and below which it is so no more."""
_IN_A_ROW = 3
"""Looks in a row that must ask for the other network: its masks are of another shape."""
_MOTION = 12.0
"""A change of brightness, 0..255, that is no noise of the camera."""


class Network:
    """A selfie segmentation network of MediaPipe, run by LiteRT on one core."""

    def __init__(self, models: Path, landscape: bool = False) -> None:
        """models: the directory that `install-mediapipe` fills. Raises CameraError."""
        path = models / _MODELS[landscape]
        if not path.is_file():
            raise CameraError(f"{path} is not there; run galene-py install-mediapipe")
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            raise CameraError(
                "LiteRT is missing; install galene-py with its extra: pip install '.[camera]'"
            ) from None
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        _, self.height, self.width, _ = self._interpreter.get_input_details()[0]["shape"]

    def mask(self, picture: Rgb) -> Mask:
        """How surely each pixel of (height, width, 3) is a person."""
        self._interpreter.set_tensor(self._input, (picture.astype(np.float32) / 255.0)[None])
        self._interpreter.invoke()
        mask: Mask = self._interpreter.get_tensor(self._output)[0, :, :, 0]
        return mask


@dataclass(frozen=True, slots=True)
class Outline:
    """People in a frame: a mask of what is in `rect`, made at `time`."""

    mask: Mask
    rect: Rect
    time: float


class Networks:
    """Which network looks at a part of the frame: each was trained on pictures of its own proportions, and
    misses people in a wide part that is squeezed into a square. As the browser's `model-choice.js` has it."""

    def __init__(self, models: Path, choice: str = AUTO) -> None:
        """choice: 'auto', 'square' or 'landscape'. Raises CameraError."""
        wanted = {AUTO: (False, True), "square": (False,), "landscape": (True,)}[choice]
        self._networks = {landscape: Network(models, landscape) for landscape in wanted}
        self._wide: bool | None = None
        self._others = 0

    def fitting(self, proportions: float) -> Network:
        """The network for a part of these proportions, width divided by height."""
        if len(self._networks) == 1:
            return next(iter(self._networks.values()))
        if self._wide is None:
            self._wide = proportions >= _WIDE_FROM
        same = (proportions >= (_WIDE_UNTIL if self._wide else _WIDE_FROM)) is self._wide
        self._others = 0 if same else self._others + 1
        if self._others >= _IN_A_ROW:
            self._wide, self._others = not self._wide, 0
        return self._networks[self._wide]

    def proportional(self, proportions: float) -> Network:
        """The same for a single look."""
        return self._networks.get(proportions >= _WIDE_FROM) or next(iter(self._networks.values()))


class Outliner:
    """Looks at frames one after the other, and remembers what is needed for steadiness."""

    def __init__(self, networks: Networks, settings: Settings) -> None:
        self._networks = networks
        self._settings = settings
        self._follower = Follower(settings.region) if settings.follow else None
        self._last: tuple[Mask, npt.NDArray[np.float32], Rect] | None = None
        self._mirrored = False

    def look(self, frame: av.VideoFrame, now: float) -> Outline:
        """The outline of the people in a frame."""
        follower, settings = self._follower, self._settings
        rect = settings.region if follower is None else follower.rect
        aspect = frame.width / frame.height
        found, brightness = self._ask(frame, rect, self._networks.fitting(aspect * rect[2] / rect[3]))
        mask = self._steady(shaped(found, settings.erode, settings.dilate), brightness, rect)
        if follower is not None:
            follower.seen(Found.of(mask, rect), now)
            if follower.due(now):
                region = settings.region
                whole, _ = self._ask(
                    frame, region, self._networks.proportional(aspect * region[2] / region[3])
                )
                follower.looked(Found.of(whole, settings.region), now)
        return Outline(mask, rect, now)

    def _ask(
        self, frame: av.VideoFrame, rect: Rect, network: Network
    ) -> tuple[Mask, npt.NDArray[np.float32]]:
        """The network's mask, and the brightness of what it saw. Every other look is mirrored: the network
        errs differently then, and the errors of two looks in a row average out."""
        part = pictures.cut(frame, rect)
        small = pictures.scaled(part, network.width, network.height, "rgb24")
        seen = pictures.rows(small.planes[0], 3 * small.width).reshape(small.height, small.width, 3)
        self._mirrored = not self._mirrored
        if self._mirrored:
            mask = network.mask(seen[:, ::-1])[:, ::-1]
        else:
            mask = network.mask(seen)
        return mask, seen.astype(np.float32) @ _BRIGHTNESS

    def _steady(self, mask: Mask, brightness: npt.NDArray[np.float32], rect: Rect) -> Mask:
        """Keep some of the last outline where nothing moves (no flicker), nothing where something does."""
        last, self._last = self._last, (mask, brightness, rect)
        if last is None or last[2] != rect or last[0].shape != mask.shape or not self._settings.smoothing:
            return mask
        still = np.clip(1.0 - np.abs(brightness - last[1]) / _MOTION, 0.0, 1.0)
        share = self._settings.smoothing * still
        steady: Mask = mask + share * (last[0] - mask)
        self._last = (steady, brightness, rect)
        return steady


def shaped(mask: Mask, erode: int, dilate: int) -> Mask:
    """Shrunk, then grown, by so many pixels."""
    for pixels, choose in ((erode, np.minimum), (dilate, np.maximum)):
        for _ in range(pixels):
            wide = np.pad(mask, 1, mode="edge")
            across = choose(choose(wide[:, :-2], wide[:, 2:]), wide[:, 1:-1])
            mask = choose(choose(across[:-2], across[2:]), across[1:-1])
    return mask
