"""Recordings made by hand, with known colours and tones, and what a film of them shows and sounds like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from galene_py.compose.film import Wishes, compose
from galene_py.compose.inputs import Recording
from galene_py.recording import sidecar
from galene_py.recording.sidecar import ChatLine, File, Person, Sidecar, Spoken
from kit import judge

Colour = tuple[int, int, int]
RED, GREEN, BLUE, WHITE, DARK = (200, 20, 20), (20, 180, 20), (20, 20, 200), (240, 240, 240), (30, 30, 30)
NAME = "2026-11-29_10-19-49"
SIZE = (320, 180)
"""Of films, where nothing else is wanted."""
FPS = 20
RATES = {"libopus": 48000, "pcm_s16le": 8000}
"""Hz, by codec."""


@cache
def frame(colour: Colour, size: tuple[int, int] = (160, 90)) -> av.VideoFrame:
    """Plain."""
    pixels = np.broadcast_to(np.array(colour, np.uint8), (size[1], size[0], 3))
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(format="yuv420p")


def media(
    path: Path,
    seconds: float,
    *,
    picture: Callable[[float], av.VideoFrame | None] | None = None,
    tone: Callable[[float], tuple[float, float]] | None = None,
    codec: str = "libvpx",
    sound: str = "libopus",
) -> None:
    """A file as the recorder writes them. `picture` of a second, None: none; `tone`: Hz and amplitude."""
    with av.open(str(path), "w", format="webm" if path.suffix == ".webm" else "matroska") as container:
        video = audio = None
        if picture is not None:
            options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
            video = container.add_stream(codec, rate=FPS, options=options)
            first = next(each for n in range(10_000) if (each := picture(n / FPS)) is not None)
            video.width, video.height, video.pix_fmt = first.width, first.height, first.format.name
            context = video.codec_context
            context.colorspace, context.color_range = first.colorspace, first.color_range
            video.bit_rate = 400_000
        if tone is not None:
            audio = container.add_stream(sound, rate=RATES[sound], layout="mono")
        phase = 0.0
        for n in range(round(seconds * FPS)):
            if video is not None and picture is not None and (shown := picture(n / FPS)) is not None:
                shown.pts, shown.time_base = n, Fraction(1, FPS)
                container.mux(video.encode(shown))
            if audio is not None and tone is not None:
                hertz, loud = tone(n / FPS)
                rate = RATES[sound]
                angles = phase + np.arange(rate // FPS) * 2 * np.pi * hertz / rate
                phase = float(angles[-1]) + 2 * np.pi * hertz / rate
                wave = (32767 * loud * np.sin(angles)).astype(np.int16)[np.newaxis]
                piece = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = rate, n * rate // FPS, Fraction(1, rate)
                container.mux(audio.encode(piece))
        for stream in (video, audio):
            if stream is not None:
                container.mux(stream.encode(None))


def plain(colour: Colour, size: tuple[int, int] = (160, 90)) -> Callable[[float], av.VideoFrame]:
    return lambda _: frame(colour, size)


def steady(hertz: float, loud: float = 0.3) -> Callable[[float], tuple[float, float]]:
    return lambda _: (hertz, loud)


@dataclass
class Made:
    """A recording that is being put together."""

    directory: Path
    duration: float
    files: list[File] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    chat: list[ChatLine] | None = None

    def stream(
        self,
        who: str,
        start: float = 0.0,
        end: float | None = None,
        *,
        picture: Callable[[float], av.VideoFrame | None] | None = None,
        tone: Callable[[float], tuple[float, float]] | None = None,
        label: str = "camera",
        stream: str = "",
        ending: str = ".webm",
        codec: str = "libvpx",
        sound: str = "libopus",
    ) -> Path:
        """A file of somebody, between two seconds of the recording."""
        path = self.directory / f"{NAME}_{who}_{label}_{len(self.files) + 1}{ending}"
        seconds = (self.duration if end is None else end) - start
        media(path, seconds, picture=picture, tone=tone, codec=codec, sound=sound)
        self.files.append(
            File(
                name=path.name,
                stream=stream or f"{label} of {who}",
                client=f"id of {who}",
                username=who,
                label=label,
                offset=start,
                duration=seconds,
                audio="opus" if tone else "",
                video="vp8" if picture else "",
            )
        )
        return path

    def speaks(self, who: str, start: float, end: float) -> None:
        self.spoken.append(Spoken(f"id of {who}", start, end))

    def there(self, who: str, start: float = 0.0, end: float | None = None) -> None:
        self.people.append(Person(f"id of {who}", who, start, end))

    def write(self, *, state: str = "complete", lasts: float = 0.0) -> Path:
        """The JSON file; `lasts`: how long it says that the recording is."""
        path = self.directory / f"{NAME}.json"
        about = Sidecar(
            version=1,
            group="club",
            start="2026-11-29T10:19:49.000+00:00",
            state=state,
            duration=None if state == "recording" else lasts or self.duration,
            files=self.files,
            people=self.people,
            spoken=self.spoken,
            chat=self.chat,
        )
        sidecar.write(path, about)
        return path

    def film(
        self, ending: str = ".mp4", *, size: tuple[int, int] = SIZE, rate: int = FPS, chat: bool = False
    ) -> Path:
        """Make it."""
        target = self.directory / f"film{ending}"
        compose(Recording(self.write()), target, Wishes(size, rate, chat=chat), lambda done, whole: None)
        return target


class Seen:
    """A film's pictures."""

    def __init__(self, path: Path, size: tuple[int, int] = SIZE, fps: int = FPS) -> None:
        width, height = size
        raw = judge.run(
            *("ffmpeg", "-v", "error", "-i", path, "-an", "-vf", f"fps={fps}", "-pix_fmt", "rgb24"),
            *("-f", "rawvideo", "-"),
        )
        self.pictures: npt.NDArray[np.uint8] = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
        self._fps = fps

    def at(self, second: float, x: float, y: float) -> Colour:
        """The colour around a place; 0 to 1 from the left and from the top."""
        picture = self.pictures[round(second * self._fps)]
        height, width, _ = picture.shape
        row, column = round(y * (height - 1)), round(x * (width - 1))
        red, green, blue = (
            int(value) for value in picture[row - 2 : row + 3, column - 2 : column + 3].mean((0, 1))
        )
        return red, green, blue


def like(one: Colour, two: Colour, within: int = 28) -> bool:
    """To the eye."""
    return all(abs(a - b) <= within for a, b in zip(one, two, strict=True))


def heard(path: Path) -> npt.NDArray[np.float32]:
    """A film's left channel."""
    raw = judge.run(
        *("ffmpeg", "-v", "error", "-i", path, "-vn", "-ac", "2", "-ar", str(judge.RATE), "-f", "f32le", "-")
    )
    return np.frombuffer(raw, np.float32).reshape(-1, 2)[:, 0]


def energy(samples: npt.NDArray[np.float32], start: float, end: float) -> float:
    """Root of the mean square between two seconds."""
    part = samples[round(start * judge.RATE) : round(end * judge.RATE)]
    return float(np.sqrt((part.astype(np.float64) ** 2).mean()))


def loudness(samples: npt.NDArray[np.float32], start: float, end: float, hertz: float) -> float:
    """Amplitude of a tone between two seconds."""
    part = samples[round(start * judge.RATE) : round(end * judge.RATE)]
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / judge.RATE)
    return float(abs((part * wave).mean()) * 2)


def two(directory: Path, duration: float = 8.0) -> Made:
    """A recording of two people side by side, one red and one green."""
    made = Made(directory, duration)
    made.stream("Ada", picture=plain(RED), tone=steady(440))
    made.stream("Ben", picture=plain(GREEN), tone=steady(1000))
    return made


def nothing_new(directory: Path, before: set[str]) -> bool:
    """Whether a directory holds what it held."""
    return {path.name for path in directory.iterdir()} == before
