"""Adds voices without clipping. Pure but for numpy.

A limiter that looks ahead one block: where a block would be too loud it is turned down as a whole, and its
neighbours slide there and back, so that no sample is ever above the ceiling and the volume never jumps.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from galene_py.compose import limits

Block = npt.NDArray[np.float32]
"""(samples, 2), 1.0 being the loudest possible."""


class Limiter:
    """Blocks in, the same blocks out, one later."""

    def __init__(self) -> None:
        self._waiting: Block | None = None
        self._gain = 1.0
        """Of the block that waits."""
        self._start = 1.0
        """Volume at its beginning."""

    def push(self, block: Block) -> Block | None:
        """The block before this one; None at first."""
        gain = min(self._gain * limits.RELEASE, 1.0)
        peak = float(np.abs(block).max(initial=0.0))
        if peak * gain > limits.LOUDEST:
            gain = limits.LOUDEST / peak
        finished = self._finish(min(self._gain, gain))
        self._waiting, self._gain = block, gain
        return finished

    def flush(self) -> Block | None:
        """The last block."""
        return self._finish(self._gain)

    def _finish(self, end: float) -> Block | None:
        block, start = self._waiting, self._start
        self._waiting, self._start = None, end
        if block is None or start == end == 1.0:
            return block
        ramp = np.linspace(start, end, len(block), dtype=np.float32)
        return block * ramp[:, np.newaxis]
