"""Sound together never clips, and quiet sound stays as it is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from galene_py.compose import limits
from galene_py.compose.mix import Block, Limiter

LEVELS = st.lists(st.floats(0, 8), min_size=1, max_size=30)
SIZE = 64


def blocks(levels: list[float]) -> list[Block]:
    wave = np.sin(np.arange(SIZE) * np.pi / 8 + np.pi / 2).astype(np.float32)
    return [np.stack([wave * level, -wave * level / 2], axis=1) for level in levels]


def limited(given: list[Block]) -> list[Block]:
    limiter = Limiter()
    found = [limiter.push(block) for block in given]
    assert found.pop(0) is None
    found.append(limiter.flush())
    return [block for block in found if block is not None]


@given(LEVELS)
def test_nothing_is_ever_too_loud_and_nothing_is_lost(levels: list[float]) -> None:
    found = limited(blocks(levels))
    assert len(found) == len(levels)
    assert all(block.shape == (SIZE, 2) for block in found)
    assert max(float(np.abs(block).max()) for block in found) <= limits.LOUDEST + 1e-5


@given(st.lists(st.floats(0, limits.LOUDEST), min_size=1, max_size=30))
def test_what_is_not_too_loud_stays(levels: list[float]) -> None:
    given = blocks(levels)
    assert all(np.array_equal(one, two) for one, two in zip(given, limited(given), strict=True))


@given(LEVELS)
def test_the_volume_never_jumps(levels: list[float]) -> None:
    """Between the last sample of a block and the first of the next one."""
    given = blocks([max(level, 0.01) for level in levels])
    volumes = [two / one for one, two in zip(given, limited(given), strict=True)]
    for one, two in pairwise(volumes):
        assert np.allclose(one[-1], two[0], atol=1e-3)


def test_after_something_loud_it_comes_back_slowly() -> None:
    found = limited(blocks([0.5] * 5 + [4.0] + [0.5] * 150))
    peaks = [float(np.abs(block).max()) for block in found]
    assert peaks[0] == 0.5
    assert peaks[7] < 0.2
    assert peaks[-1] == 0.5
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(peaks[7:]))
