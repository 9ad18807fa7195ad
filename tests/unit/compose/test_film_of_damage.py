"""Films of what is broken, missing, huge or not finished: a moment is lost, or a clear error said."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from filming import (
    BLUE,
    FPS,
    GREEN,
    NAME,
    RED,
    SIZE,
    Seen,
    like,
    nothing_new,
    plain,
    steady,
    two,
)

from galene_py.compose.canvas import name_colour
from galene_py.compose.errors import ComposeError
from galene_py.compose.film import Wishes, compose
from galene_py.compose.inputs import Recording
from galene_py.recording import layout, locks
from kit import judge

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")

LEFT, RIGHT = (0.2, 0.4), (0.8, 0.4)
"""Places in the tiles of a grid of two, clear of names in the middle and below."""
LARGE, BESIDE = (0.4, 0.4), (0.9, 0.47)
"""Places in the tiles of a speaker and of the only other person."""


def test_what_a_killed_recorder_left_plays(tmp_path: Path) -> None:
    made = two(tmp_path, 6)
    for file in made.files:
        path = tmp_path / file.name
        data = path.read_bytes()
        path.with_name(path.name + layout.PART).write_bytes(data[: len(data) * 2 // 3])
        path.unlink()
        file.duration = None
    made.stream("Eve", picture=plain(BLUE))
    (tmp_path / made.files[2].name).write_bytes(b"")
    (tmp_path / made.files[2].name).rename(tmp_path / (made.files[2].name + layout.PART))
    made.files[2].duration = None
    recording = Recording(made.write(state="recording"))
    assert recording.lacking == [made.files[2].name]
    target = tmp_path / "film.mp4"
    compose(recording, target, Wishes(SIZE, FPS), lambda done, whole: None)
    judge.decodes(target)
    assert 2 < judge.probe(target).duration <= 6
    seen = Seen(target)
    assert like(seen.at(1.5, *LEFT), RED)
    assert like(seen.at(1.5, *RIGHT), GREEN)


def test_damage_in_the_middle_costs_a_moment(tmp_path: Path) -> None:
    made = two(tmp_path, 6)
    path = tmp_path / made.files[0].name
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(n * 89 & 0xFF for n in range(400))
    path.write_bytes(data)
    target = made.film()
    judge.decodes(target)
    assert judge.probe(target).duration == pytest.approx(6, abs=0.05)
    assert like(Seen(target).at(5, *RIGHT), GREEN)


@pytest.mark.parametrize("seed", range(6))
def test_no_damage_fails_a_film(tmp_path: Path, seed: int) -> None:
    made = two(tmp_path, 1)
    made.stream(
        "Eve", picture=plain(BLUE), tone=steady(300), ending=".mkv", codec="libx264", sound="pcm_s16le"
    )
    dice = random.Random(seed)
    for file in made.files:
        data = bytearray((tmp_path / file.name).read_bytes())
        for _ in range(dice.choice([5, 50, 500])):
            data[dice.randrange(len(data))] = dice.randrange(256)
        at = dice.randrange(len(data))
        del data[at : at + dice.randrange(1500)]
        (tmp_path / file.name).write_bytes(data)
    recording = Recording(made.write(), skip_broken=True)
    compose(recording, tmp_path / "film.mp4", Wishes(SIZE, 10), lambda done, whole: None)
    assert judge.probe(tmp_path / "film.mp4").duration == pytest.approx(1, abs=0.06)


def test_a_picture_that_claims_to_be_huge_is_not_decoded(tmp_path: Path) -> None:
    made = two(tmp_path, 1)
    path = tmp_path / made.files[0].name
    start = b"\x9d\x01\x2a"  # RFC 6386 §9.1: then come width and height
    data = path.read_bytes()
    assert data.count(start) == 1
    path.write_bytes(data.replace(start + data[data.index(start) + 3 :][:4], start + b"\xff\x3f\xff\x3f"))
    seen = Seen(made.film())
    assert like(seen.at(0.5, *LEFT), name_colour("id of Ada"))
    assert like(seen.at(0.5, *RIGHT), GREEN)


@pytest.mark.parametrize("size", [(2, 2), (1600, 16), (16, 1600)])
def test_pictures_of_strange_shapes_do_not_matter(tmp_path: Path, size: tuple[int, int]) -> None:
    made = two(tmp_path, 1)
    made.stream("Eve", picture=plain(BLUE, size))
    assert like(Seen(made.film()).at(0.5, 0.2, 0.15), RED)


@pytest.mark.parametrize("how", ["missing", "garbage", "empty"])
def test_a_lacking_file_is_named_and_can_be_left_out(tmp_path: Path, how: str) -> None:
    made = two(tmp_path, 2)
    path = tmp_path / made.files[0].name
    path.unlink()
    if how != "missing":
        path.write_bytes(b"" if how == "empty" else b"no film at all" * 100)
    sidecar = made.write()
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(ComposeError, match=f"{path.name} cannot be read.*--skip-broken"):
        Recording(sidecar)
    assert nothing_new(tmp_path, before)
    target = tmp_path / "film.mp4"
    compose(Recording(sidecar, skip_broken=True), target, Wishes(SIZE, FPS), lambda done, whole: None)
    assert like(Seen(target).at(1, *RIGHT), GREEN)


def test_a_recording_that_goes_on_is_refused(tmp_path: Path) -> None:
    made = two(tmp_path, 1)
    sidecar = made.write(state="recording")
    lock = locks.create(tmp_path, NAME)
    with pytest.raises(ComposeError, match="still being recorded"):
        Recording(sidecar)
    locks.drop(tmp_path, NAME, lock)


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path) -> None:
    made = two(tmp_path, 1)
    (tmp_path / "film.mp4").write_text("mine")
    with pytest.raises(ComposeError, match="--overwrite"):
        made.film()
    assert (tmp_path / "film.mp4").read_text() == "mine"
    wishes = Wishes(SIZE, FPS, overwrite=True)
    compose(Recording(made.write()), tmp_path / "film.mp4", wishes, lambda done, whole: None)
    judge.decodes(tmp_path / "film.mp4")


@pytest.mark.parametrize("target", ["film.avi", "film", "no/such/film.mp4", "."])
def test_impossible_targets_are_refused(tmp_path: Path, target: str) -> None:
    made = two(tmp_path, 1)
    with pytest.raises(ComposeError):
        compose(Recording(made.write()), tmp_path / target, Wishes(SIZE, FPS), lambda done, whole: None)
