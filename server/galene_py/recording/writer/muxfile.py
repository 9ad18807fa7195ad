"""One media file while it is written: the only place that muxes.

Created exclusively, mode 0600, under its name with `.part` behind it; renamed when it is closed. Clusters are
short and forced onto the disk every now and then, so that what is there plays whenever the writer dies.
Raises OSError when the disk does not take it, and nothing else.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path

import av

from galene_py.recording import layout, limits
from galene_py.recording.writer.unit import Form, Unit

_MILLISECONDS = Fraction(1, 1000)
_WEBM = frozenset({"vp8", "vp9", "av1", "opus"})
OPTIONS = {
    "cluster_time_limit": str(round(1000 * limits.CLUSTER_SECONDS)),
    # Otherwise sound would wait ten seconds for a camera that is off.
    "max_interleave_delta": str(round(1_000_000 * limits.CLUSTER_SECONDS)),
    "flush_packets": "1",
}


def ending(forms: Mapping[str, Form]) -> str:
    """'.webm' when it takes all of these codecs, else '.mkv'."""
    return ".webm" if all(form.codec in _WEBM for form in forms.values()) else ".mkv"


class MuxFile:
    """A file of at most one sound and one picture track."""

    def __init__(self, path: Path, forms: Mapping[str, Form], offset: float, size: tuple[int, int]) -> None:
        """`forms` by slot; `offset`: second of the recording that is the file's 0; `size`: of the first
        picture. Raises FileExistsError when there is or was such a file, OSError for other reasons."""
        self.path = path
        self.forms = dict(forms)
        self.offset = offset
        self.end = offset
        """Second of the recording at which what is written ends."""
        self.units = 0
        self._part = path.with_name(path.name + layout.PART)
        if path.exists():
            raise FileExistsError(path)
        self._descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, layout.FILE_MODE)
        self._last: dict[str, int] = {}
        self._streams: dict[str, av.stream.Stream] = {}
        try:
            format_ = "webm" if path.suffix == ".webm" else "matroska"
            self._container = av.open(str(self._part), "w", format=format_, options=OPTIONS)
            for slot, form in forms.items():
                self._streams[slot] = self._add(form, size)
        except BaseException:
            self.abandon()
            raise

    def _add(self, form: Form, size: tuple[int, int]) -> av.stream.Stream:
        container = self._container
        if form.codec == "opus":
            return container.add_stream_from_template(_opus_template(), opaque=True)
        if form.kind == "audio":
            return container.add_stream(form.codec, rate=form.rate, layout="mono", format="s16")
        width, height = size
        return container.add_mux_stream(form.codec, width=width, height=height, time_base=_MILLISECONDS)

    def write(self, slot: str, unit: Unit) -> None:
        """One unit of a slot; times that do not grow are moved. Raises OSError."""
        milliseconds = max(0, round(1000 * (unit.seconds - self.offset)))
        milliseconds = max(milliseconds, self._last.get(slot, -1) + 1)
        self._last[slot] = milliseconds
        packet = av.Packet(unit.data)
        packet.stream = self._streams[slot]
        packet.time_base = _MILLISECONDS
        packet.pts = packet.dts = milliseconds
        packet.duration = round(1000 * unit.duration)
        packet.is_keyframe = unit.keyframe
        with _os_errors():
            self._container.mux_one(packet)
        self.units += 1
        self.end = max(self.end, unit.seconds + unit.duration)

    def sync(self) -> None:
        """Force it onto the disk; may take long. Raises OSError."""
        os.fdatasync(self._descriptor)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> Path:
        """Write duration and index, and give it its name, or another one if that was taken meanwhile.
        Returns the path. Raises OSError; what is there then keeps `.part` and plays."""
        try:
            with _os_errors():
                self._container.close()
            self.sync()
        finally:
            os.close(self._descriptor)
        return publish(self._part, self.path)

    def abandon(self) -> None:
        """It could not even be begun: leave nothing."""
        os.close(self._descriptor)
        self._part.unlink(missing_ok=True)


@contextmanager
def _os_errors() -> Iterator[None]:
    """What the muxer says when it could not write."""
    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


def publish(part: Path, path: Path) -> Path:
    """Rename atomically without replacing anything; the path that it has now. Raises OSError."""
    for number in range(1, limits.NAME_TRIES):
        target = path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")
        try:
            os.link(part, target)
        except FileExistsError:
            continue
        except OSError:
            if target.exists():  # a file system without hard links
                continue
            os.rename(part, target)
            return target
        part.unlink()
        return target
    raise FileExistsError(path)


@cache
def _opus_template() -> av.audio.stream.AudioStream:
    """A stream with the header that players need (OpusHead, RFC 7845 §5.1): an encoder makes it."""
    memory = io.BytesIO()
    with av.open(memory, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48000, layout="stereo")
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    memory.seek(0)
    return av.open(memory).streams.audio[0]
