"""Muxes coded pictures and sound as they are, without a look at what they show: the only place that does.

To a file, a pipe, or whatever PyAV writes to. Raises OSError when that does not take it, and nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import BinaryIO

import av

from galene_py.recording import limits
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


class Muxer:
    """At most one sound and one picture track."""

    def __init__(
        self,
        target: str | BinaryIO,
        format_: str,
        forms: Mapping[str, Form],
        offset: float,
        size: tuple[int, int],
    ) -> None:
        """`format_`: 'webm' or 'matroska'; `forms` by slot; `offset`: second that is its 0; `size`: of
        the first picture. Raises OSError."""
        self.end = offset
        """Second at which what is written ends."""
        self.units = 0
        self._offset = offset
        self._last: dict[str, int] = {}
        self._streams: dict[str, av.stream.Stream] = {}
        with os_errors():
            self._container = av.open(target, "w", format=format_, options=OPTIONS)
        for slot, form in forms.items():
            self._streams[slot] = self._add(form, size)

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
        milliseconds = max(0, round(1000 * (unit.seconds - self._offset)))
        milliseconds = max(milliseconds, self._last.get(slot, -1) + 1)
        self._last[slot] = milliseconds
        packet = av.Packet(unit.data)
        packet.stream = self._streams[slot]
        packet.time_base = _MILLISECONDS
        packet.pts = packet.dts = milliseconds
        packet.duration = round(1000 * unit.duration)
        packet.is_keyframe = unit.keyframe
        with os_errors():
            self._container.mux_one(packet)
        self.units += 1
        self.end = max(self.end, unit.seconds + unit.duration)

    def close(self) -> None:
        """Write duration and index, where the target can be sought. Raises OSError."""
        with os_errors():
            self._container.close()


@contextmanager
def os_errors() -> Iterator[None]:
    """Within it, what the muxer says when it could not write is an OSError."""
    try:
        yield
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


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
