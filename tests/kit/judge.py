"""Looks at media files with programs that are not ours: the distribution's ffprobe and ffmpeg."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 48000
"""Hz of the sound that is looked at."""
SIZE = (64, 48)
"""Pixels to which pictures are scaled."""
FPS = 100
"""Pictures per second at which changes are looked for."""


def run(*command: str | Path) -> bytes:
    """What a program prints; it must not complain."""
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout


@dataclass(frozen=True)
class Facts:
    """What ffprobe says."""

    duration: float
    codecs: dict[str, str]
    """By kind."""
    keyframes: list[float]
    """Seconds."""
    packets: dict[str, list[float]]
    """Times of all packets by kind."""
    sizes: dict[str, list[int]]
    """Their bytes."""


def probe(path: Path) -> Facts:
    """Facts of a file; it must be whole."""
    said: dict[str, Any] = json.loads(
        run("ffprobe", "-v", "error", "-show_streams", "-show_packets", "-show_format", "-of", "json", path)
    )
    kinds = {each["index"]: each["codec_type"] for each in said["streams"]}
    packets: dict[str, list[float]] = {kind: [] for kind in kinds.values()}
    sizes: dict[str, list[int]] = {kind: [] for kind in kinds.values()}
    keyframes = []
    for packet in said["packets"]:
        packets[packet["codec_type"]].append(float(packet["pts_time"]))
        sizes[packet["codec_type"]].append(int(packet["size"]))
        if packet["codec_type"] == "video" and "K" in packet["flags"]:
            keyframes.append(float(packet["pts_time"]))
    codecs = {each["codec_type"]: each["codec_name"] for each in said["streams"]}
    return Facts(float(said["format"].get("duration", -1)), codecs, keyframes, packets, sizes)


def decodes(path: Path) -> None:
    """Every picture and every sound of it, without a word."""
    run("ffmpeg", "-v", "error", "-xerror", "-i", path, "-enc_time_base", "1:1000", "-f", "null", "-")


def pictures(path: Path) -> npt.NDArray[np.uint8]:
    """(count, height, width, 3), `FPS` per second from second 0 on."""
    width, height = SIZE
    raw = run(
        *("ffmpeg", "-v", "error", "-i", path, "-an"),
        *(
            "-vf",
            f"fps={FPS}:start_time=0,scale={width}:{height}",
            "-pix_fmt",
            "rgb24",
            "-f",
            "rawvideo",
            "-",
        ),
    )
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def sound(path: Path) -> npt.NDArray[np.float32]:
    """Samples at `RATE`, from second 0 on, holes as silence."""
    raw = run(
        *("ffmpeg", "-v", "error", "-i", path, "-vn", "-af", "aresample=async=1:first_pts=0"),
        *("-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"),
    )
    return np.frombuffer(raw, np.float32)


def colour(picture: npt.NDArray[np.uint8]) -> tuple[int, int, int]:
    """The mean of the lower half."""
    mean = picture[picture.shape[0] // 2 :].mean(axis=(0, 1))
    return int(mean[0]), int(mean[1]), int(mean[2])


def frequency(samples: npt.NDArray[np.float32]) -> float:
    """Hz of the loudest tone."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    spectrum[:5] = 0
    return float(np.argmax(spectrum) * RATE / len(samples))


def rises(values: npt.NDArray[Any], threshold: float, per_second: int, apart: float = 0.4) -> list[float]:
    """Seconds at which values go above a threshold, at least `apart` seconds from each other."""
    found: list[float] = []
    above = values > threshold
    for index in np.flatnonzero(above[1:] & ~above[:-1]) + 1:
        seconds = float(index) / per_second
        if not found or seconds - found[-1] >= apart:
            found.append(seconds)
    return found


def flashes(path: Path) -> list[float]:
    """When it becomes bright."""
    light = pictures(path).mean(axis=(1, 2, 3))
    return rises(light, 128, FPS)


def beeps(path: Path) -> list[float]:
    """When it becomes loud."""
    samples = np.abs(sound(path))
    step = RATE // 1000
    loud = samples[: len(samples) // step * step].reshape(-1, step).max(axis=1)
    return rises(loud, 0.05, 1000)


def lead(path: Path) -> list[float]:
    """Seconds by which each flash is before its beep."""
    heard = beeps(path)
    return [min((beep - flash for beep in heard), key=abs) for flash in flashes(path)]
