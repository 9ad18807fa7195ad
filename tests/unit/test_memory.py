"""Giving memory back: after a room has emptied, rarely, and never while people leave."""

from itertools import pairwise

import pytest

from galene_py import limits
from galene_py.memory import Trimmer, find_trim, map_large_pieces, resident
from kit.fake_loop import FakeLoop


@pytest.fixture
def loop() -> FakeLoop:
    return FakeLoop()


@pytest.fixture
def trims() -> list[float]:
    return []


@pytest.fixture
def trimmer(loop: FakeLoop, trims: list[float]) -> Trimmer:
    return Trimmer(loop, lambda: trims.append(loop.now), resident=lambda: 0)  # type: ignore[arg-type]


def test_memory_is_given_back_once_for_all_that_leave_together(
    loop: FakeLoop, trimmer: Trimmer, trims: list[float]
) -> None:
    for _ in range(100):
        trimmer.soon()
    assert not trims
    loop.run_until(200)
    assert trims == [100 + limits.MEMORY_TRIM_SECONDS]


@pytest.mark.parametrize("deserted", [True, False])
def test_everything_is_looked_at_only_when_nobody_is_there(loop: FakeLoop, deserted: bool) -> None:
    looks: list[float] = []
    trimmer = Trimmer(
        loop,  # type: ignore[arg-type]
        lambda: None,
        deserted=lambda: deserted,
        collect=lambda: looks.append(loop.now),
        resident=lambda: 0,
    )
    trimmer.soon()
    loop.run_until(200)
    assert len(looks) == deserted


def test_trims_are_far_apart_and_the_room_that_empties_last_is_not_forgotten(
    loop: FakeLoop, trimmer: Trimmer, trims: list[float]
) -> None:
    for _ in range(40):
        trimmer.soon()
        loop.run_until(loop.now + limits.MEMORY_TRIM_PAUSE_SECONDS / 4)
    last = loop.now - limits.MEMORY_TRIM_PAUSE_SECONDS / 4
    loop.run_until(loop.now + 100)
    assert 9 <= len(trims) <= 12
    pauses = [later - earlier for earlier, later in pairwise(trims)]
    assert min(pauses) >= limits.MEMORY_TRIM_PAUSE_SECONDS
    assert 0 < trims[-1] - last < 30


def test_with_people_there_nothing_is_trimmed_until_the_process_has_grown(
    loop: FakeLoop, trims: list[float]
) -> None:
    size = 100 << 20
    trimmer = Trimmer(loop, lambda: trims.append(loop.now), resident=lambda: size)  # type: ignore[arg-type]
    for grown, times in ((0, 1), (limits.MEMORY_TRIM_WORTH_BYTES - 1, 1), (1, 2), (0, 2), (-(1 << 20), 2)):
        size += grown
        trimmer.soon()
        loop.run_until(loop.now + 100)
        assert len(trims) == times


def test_nothing_is_trimmed_after_the_end(loop: FakeLoop, trimmer: Trimmer, trims: list[float]) -> None:
    trimmer.soon()
    trimmer.close()
    trimmer.soon()
    loop.run_until(200)
    assert not trims


def test_the_c_library_can_be_asked_or_has_nothing_of_the_kind() -> None:
    trim = find_trim()
    assert trim is None or trim() in (0, 1)


def test_a_large_piece_goes_back_as_soon_as_it_is_freed() -> None:
    if not map_large_pieces() or not (before := resident()):
        pytest.skip("the C library or the system has nothing of the kind")
    pieces = [bytes(1 << 20) + b"x" for _ in range(64)]
    assert resident() - before > 32 << 20
    del pieces
    assert resident() - before < 16 << 20
