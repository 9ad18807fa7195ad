"""The sound of one file: samples of any stretch, for stretches that follow one another.

Holes are silence. Where the file's times say that a piece belongs more than `limits.SOUND_STEP_SECONDS`
elsewhere it is moved there. What is damaged is left out; after the end everything is silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from galene_py.compose import limits
from galene_py.compose.media import open_media
from galene_py.compose.mix import Block

RATE = 48_000
"""Samples per second."""


class Voice:
    """Owns its file until `close`."""

    def __init__(self, path: Path, offset: float) -> None:
        """`offset`: second of the recording that is the file's 0. Raises UnreadableError."""
        self._container = open_media(path, "audio")
        self._offset = offset
        self._samples = self._decode()
        self._piece: Block = np.zeros((0, 2), np.float32)
        self._at = 0
        """Sample of the recording at which `_piece` begins."""
        self._over = False

    def add(self, block: Block, start: int) -> None:
        """Add the samples from `start` of the recording on to a block; `start` never goes back."""
        end = start + len(block)
        while self._at < end and not self._over:
            if self._at + len(self._piece) > start:
                first, last = max(start, self._at), min(end, self._at + len(self._piece))
                block[first - start : last - start] += self._piece[first - self._at : last - self._at]
                if last == end:
                    return
            found = next(self._samples, None)
            if found is None:
                self._over = True
            else:
                self._at, self._piece = found

    def close(self) -> None:
        """Nothing more is wanted."""
        self._container.close()

    def _decode(self) -> Iterator[tuple[int, Block]]:
        """Pieces in order, with their places; they never overlap."""
        stream = next(each for each in self._container.streams.audio if each.codec_context is not None)
        resamplers: dict[str, av.AudioResampler] = {}
        due = 0
        for frame in _frames(self._container, stream):
            if frame.pts is None or frame.time_base is None:
                continue
            place = round((self._offset + float(frame.pts * frame.time_base)) * RATE)
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            if layout not in resamplers:
                resamplers[layout] = av.AudioResampler("fltp", layout, RATE)
            for part in resamplers[layout].resample(frame):
                samples = _stereo(np.asarray(part.to_ndarray(), np.float32))
                if due and abs(place - due) <= limits.SOUND_STEP_SECONDS * RATE:
                    place = due
                late = max(0, due - place)
                if late < len(samples):
                    yield place + late, samples[late:]
                    due = place + len(samples)
                place += len(samples)


def _frames(
    container: av.container.InputContainer, stream: av.audio.stream.AudioStream
) -> Iterator[av.AudioFrame]:
    """Decoded; what is damaged is left out."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _stereo(channels: npt.NDArray[np.float32]) -> Block:
    """(samples, 2) of (1 or 2, samples)."""
    return np.broadcast_to(channels.T, (channels.shape[1], 2))
