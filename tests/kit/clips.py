"""Camera clips for fake capture devices: Y4M files that tests can tell apart by their pixels.

A clip is one colour with a bright bar that wanders from left to right, so that a receiver can verify
who it sees (the colour) and that the picture moves (the bar). Small and of few frames: what several browsers
encode and decode at once is what such tests cost.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEIGHT, RATE, FRAMES = 320, 240, 15, 30

# Studio-range Y'CbCr (BT.601) of colours that survive encoding and are far from each other.
COLOURS = {
    "red": (82, 90, 240),
    "green": (145, 54, 34),
    "blue": (41, 240, 110),
    "yellow": (210, 16, 146),
}


def write_clip(path: Path, colour: str, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """Write two seconds of I420 video, for Chromium's ``--use-file-for-fake-video-capture``."""
    luma, cb, cr = COLOURS[colour]
    chroma = np.empty((2, height // 2, width // 2), np.uint8)
    chroma[0], chroma[1] = cb, cr
    bar = width // 8
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for index in range(FRAMES):
            picture = np.full((height, width), luma, np.uint8)
            left = index * (width - bar) // (FRAMES - 1)
            picture[: height // 6, left : left + bar] = 235
            file.write(b"FRAME\n" + picture.tobytes() + chroma.tobytes())
    return path
