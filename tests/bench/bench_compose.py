"""What a film of a meeting costs: CPU and memory for each second of it.

Four people with cameras of 1280 × 720, of whom one after the other speaks, with a screen in the last third.
Their pictures move and have a camera's noise. The bar is a film in its own duration on two cores, and 400 MB,
which do not grow with `--minutes`.

    python tests/bench/bench_compose.py [--minutes M] [--ending .mp4 .webm]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil

from galene_py.recording import sidecar
from galene_py.recording.sidecar import File, Person, Sidecar, Spoken

NAME = "2026-11-29_10-19-49"
PEOPLE = ("Ada Lovelace", "Ben", "Ève Müller", "Łukasz")
FPS = 30
CLIP_SECONDS = 10
"""Length of what is coded; it is repeated."""
SIZE = (1280, 720)


def clip(path: Path, seed: int) -> None:
    """VP8 and Opus, as a camera and a microphone make them."""
    width, height = SIZE
    dice = np.random.default_rng(seed)
    noise = dice.integers(0, 6, (height + 128, width + 128), dtype=np.uint8)
    rows, columns = np.mgrid[: height + 128, : width + 128]
    room = (90 + 40 * np.sin(columns / 90 + seed) + 40 * np.cos(rows / 70)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "3000"}
        video = container.add_stream("libvpx", rate=FPS, options=options)
        audio = container.add_stream("libopus", rate=48000, layout="mono")
        assert isinstance(video, av.video.stream.VideoStream)
        assert isinstance(audio, av.audio.stream.AudioStream)
        video.width, video.height, video.pix_fmt, video.bit_rate = width, height, "yuv420p", 1_500_000
        for n in range(CLIP_SECONDS * FPS):
            frame = av.VideoFrame(width, height, "yuv420p")
            x, y = int(64 + 50 * np.sin(n / 25)), int(64 + 50 * np.cos(n / 40))
            at = n * 37 % 128
            picture = room[y : y + height, x : x + width] + noise[at : at + height, at : at + width]
            frame.planes[0].update(picture.tobytes())
            for plane, value in zip(frame.planes[1:], (100 + 15 * seed, 150 - 15 * seed), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(video.encode(frame))
            time_ = (n * 1600 + np.arange(1600)) / 48000
            wave = (8000 * np.sin(2 * np.pi * (200 + 150 * seed) * time_)).astype(np.int16)
            sound = av.AudioFrame.from_ndarray(wave[np.newaxis], format="s16", layout="mono")
            sound.sample_rate, sound.pts, sound.time_base = 48000, n * 1600, Fraction(1, 48000)
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def repeat(source: Path, target: Path, seconds: float) -> None:
    """The same packets again and again."""
    with av.open(str(target), "w") as new:
        streams: dict[int, av.stream.Stream] = {}
        last: dict[int, int] = {}
        for turn in range(round(seconds / CLIP_SECONDS)):
            with av.open(str(source)) as old:
                if not streams:
                    streams = {
                        each.index: new.add_stream_from_template(each, opaque=True) for each in old.streams
                    }
                for packet in old.demux():
                    if packet.size == 0 or packet.pts is None or packet.time_base is None:
                        continue
                    packet.pts += round(turn * CLIP_SECONDS / packet.time_base)
                    if packet.pts <= last.get(packet.stream.index, -1):
                        continue  # sound that an encoder puts before the beginning
                    last[packet.stream.index] = packet.dts = packet.pts
                    packet.stream = streams[packet.stream.index]
                    new.mux_one(packet)


def recording(directory: Path, seconds: float) -> Path:
    """Four people; each speaks for eight seconds, then nobody for six."""
    files = []
    for n, who in enumerate(PEOPLE):
        clip(directory / f"clip{n}.webm", n)
        path = directory / f"{NAME}_{n}.webm"
        repeat(directory / f"clip{n}.webm", path, seconds)
        common = {"client": str(n), "username": who, "duration": seconds, "video": "vp8"}
        files.append(File(name=path.name, stream=str(n), label="camera", offset=0.0, audio="opus", **common))  # type: ignore[arg-type]
    screen = File(
        name=files[0].name, stream="screen", client="1", username=PEOPLE[1], label="screenshare",
        offset=seconds * 2 / 3, duration=seconds / 3, video="vp8",
    )  # fmt: skip
    about = Sidecar(
        version=1,
        group="bench",
        start="2026-11-29T10:19:49.000+00:00",
        state="complete",
        duration=seconds,
        files=[*files, screen],
        people=[Person(str(n), who, 0.0) for n, who in enumerate(PEOPLE)],
        spoken=[
            Spoken(str(n % 4), start, start + 8)
            for n, start in enumerate(np.arange(2, seconds - 8, 14).tolist())
        ],
    )
    path = directory / f"{NAME}.json"
    sidecar.write(path, about)
    return path


def measure(about: Path, ending: str, seconds: float) -> None:
    target = about.with_name(f"film{ending}")
    command = [sys.executable, "-m", "galene_py", "compose", str(about), "-o", str(target), "--overwrite"]
    began = time.monotonic()
    process = psutil.Popen([*command, "--progress", "none"], stdout=subprocess.DEVNULL)
    cpu, memory = 0.0, 0
    while process.poll() is None:
        try:
            times = process.cpu_times()
            cpu, memory = times.user + times.system, max(memory, process.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.1)
    assert process.wait() == 0
    wall = time.monotonic() - began
    print(
        f"{ending:>6} {seconds:8.0f} {cpu / seconds:15.2f} {wall / seconds:11.2f} {memory / 1e6:9.0f}"
        f" {target.stat().st_size * 8 / seconds / 1000:7.0f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--ending", nargs="*", default=[".mp4", ".webm"])
    chosen = parser.parse_args()
    seconds = max(CLIP_SECONDS, round(60 * chosen.minutes / CLIP_SECONDS) * CLIP_SECONDS)
    with tempfile.TemporaryDirectory() as directory:
        about = recording(Path(directory), seconds)
        print(f"{'film':>6} {'seconds':>8} {'CPU s/second':>15} {'wall':>11} {'MB':>9} {'kbit/s':>7}")
        for ending in chosen.ending:
            measure(about, ending, seconds)


if __name__ == "__main__":
    main()
