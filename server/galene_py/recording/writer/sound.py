"""Sound of one track as files take it, without holes.

Opus stays as it is; holes get packets of silence. WebM and Matroska take neither G.711 nor G.722, which
become 16-bit samples; holes get zeros. Pieces keep the time at which they were sent; one that would lie
before the end of what is written already is left out. Owned by its track.
"""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.codec import CodecContext

from galene_py.recording import limits
from galene_py.recording.writer.unit import Form, Unit
from galene_py.rtp.depacketize import audio

_DECODERS = {"pcmu": ("pcm_mulaw", 8000), "pcma": ("pcm_alaw", 8000), "g722": ("g722", 16000)}
_OVERLAP_SECONDS = 0.03
"""Pieces whose clock was moved a little may overlap by so much; players do not mind."""


class Sound:
    """Pieces in order in, units out."""

    def __init__(self, codec: str) -> None:
        """`codec`: 'opus', 'pcmu', 'pcma' or 'g722'."""
        self._decoder = None
        if codec == "opus":
            self.form = Form("audio", "opus", audio.OPUS_RATE)
        else:
            name, rate = _DECODERS[codec]
            self.form = Form("audio", "pcm_s16le", rate)
            self._decoder = CodecContext.create(name, "r")
            self._decoder.sample_rate = rate  # type: ignore[attr-defined]
            self._decoder.layout = "mono"  # type: ignore[attr-defined]
        self._end: float | None = None

    def push(self, seconds: float, payload: bytes) -> Iterator[Unit]:
        """One packet's payload at its time. Raises RtpError when it is damaged."""
        if self._decoder is None:
            duration = audio.opus_samples(payload) / audio.OPUS_RATE
            data = payload
        else:
            data = self._decode(payload)
            duration = len(data) / 2 / self.form.rate
        if self._end is not None:
            if seconds < self._end - _OVERLAP_SECONDS:
                return
            if seconds - self._end > limits.SILENCE_SECONDS:
                yield from self.silence(seconds)
        self._end = max(seconds + duration, self._end or 0.0)
        yield Unit(seconds, data, duration=duration)

    def silence(self, until: float) -> Iterator[Unit]:
        """Fill up to second `until`, once there was any sound."""
        step = audio.OPUS_SILENCE_SAMPLES / audio.OPUS_RATE
        while self._end is not None and until - self._end >= step:
            quiet = audio.OPUS_SILENCE
            if self._decoder is not None:
                quiet = bytes(2 * round(step * self.form.rate))
            yield Unit(self._end, quiet, duration=step)
            self._end += step

    def _decode(self, payload: bytes) -> bytes:
        assert self._decoder is not None
        frames = self._decoder.decode(av.Packet(payload))  # type: ignore[attr-defined]
        return b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in frames)
