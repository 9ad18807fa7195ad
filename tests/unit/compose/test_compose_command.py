"""The command `galene-py compose`: how far it is, what is wrong, and that nothing half-made is left."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filming import (
    FPS,
    NAME,
    RED,
    SIZE,
    Made,
    nothing_new,
    plain,
    two,
)

from galene_py.compose.film import Wishes, compose
from galene_py.compose.inputs import Recording
from kit import judge

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")

LEFT, RIGHT = (0.2, 0.4), (0.8, 0.4)
"""Places in the tiles of a grid of two, clear of names in the middle and below."""
LARGE, BESIDE = (0.4, 0.4), (0.9, 0.47)
"""Places in the tiles of a speaker and of the only other person."""


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "galene_py", "compose", *map(str, arguments)]


def test_the_command_says_how_far_it_is(tmp_path: Path) -> None:
    sidecar = two(tmp_path, 4).write()
    done = subprocess.run(
        command(sidecar.with_suffix(""), "--progress", "json", "--size", "320x180"),
        capture_output=True,
        timeout=60,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["done"] == lines[-1]["whole"] == 4
    assert done.stderr == b""
    judge.decodes(tmp_path / f"{NAME}.mp4")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing.json"], 1, "there is no recording"),
        (["--size", "321x180", "x.json"], 2, "even"),
        (["--rate", "0", "x.json"], 2, "rate"),
    ],
)
def test_errors_are_clear(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(command(*arguments), capture_output=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "its input ends"])
def test_stopping_leaves_nothing(tmp_path: Path, how: str) -> None:
    sidecar = two(tmp_path, 2).write(lasts=900)
    before = {path.name for path in tmp_path.iterdir()}
    more = ["--background"] if how == "its input ends" else []
    process = subprocess.Popen(
        command(sidecar, "--progress", "json", *more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline()  # it is at work
    if more:
        process.stdin.close()
    else:
        process.send_signal(signal.Signals[how])
    assert process.wait(timeout=30) == (130 if how == "SIGINT" else 143)
    process.stdout.close()
    process.stdin.close()
    assert nothing_new(tmp_path, before)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    sidecar = two(tmp_path, 2).write(lasts=60)
    before = {path.name for path in tmp_path.iterdir()}
    done = subprocess.run(
        ["prlimit", "--fsize=60000", *command(sidecar, "--size", "640x360")],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert b"cannot write" in done.stderr
    assert b"Traceback" not in done.stderr
    assert nothing_new(tmp_path, before)


def test_two_never_make_the_same_film_and_a_killed_one_is_taken_over(tmp_path: Path) -> None:
    sidecar = two(tmp_path, 2).write(lasts=900)
    first = subprocess.Popen(command(sidecar, "--progress", "json"), stdout=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stdout.readline()
    second = subprocess.run(command(sidecar), capture_output=True, timeout=60, check=False)
    assert second.returncode == 1
    assert b"is being made already" in second.stderr
    first.kill()
    first.wait(timeout=30)
    first.stdout.close()
    part = tmp_path / f".{NAME}.mp4.part"
    assert part.exists()
    made = Made(tmp_path / "short", 1)
    made.directory.mkdir()
    made.stream("Ada", picture=plain(RED))
    target = tmp_path / f"{NAME}.mp4"
    compose(Recording(made.write()), target, Wishes(SIZE, FPS), lambda done, whole: None)
    assert not part.exists()
    judge.decodes(target)
