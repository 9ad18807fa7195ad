"""How a recording ends: with its server, its writer, its disk, its directory or its limit."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from writing import FakeServer, Sender

from galene_py.recording import limits, locks
from galene_py.recording.writer.finish import finish_all
from kit import judge

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")


def feed(server: FakeServer, senders: list[Sender], seconds: float) -> float:
    """In real time, until then; the second of the last packet."""
    index = 0
    second = 0.0
    while (second := index / 30) < seconds:
        time.sleep(max(0.0, server.start + second - time.monotonic()))
        for sender in senders:
            if index % 30 == 0:
                sender.clock(second)
            sender.send(second, index)
        index += 1
    return second


def test_a_server_that_dies_ends_the_recording_like_one_that_says_so(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    server.meeting(server.stream("vp8", "opus"), 0, 3)
    server.socket.close()
    assert server.process.wait(timeout=20) == 0
    (path,) = server.files()
    judge.decodes(path)
    assert judge.probe(path).duration == pytest.approx(3, abs=0.1)
    assert server.about().state == "interrupted"
    assert not list(server.directory.glob(".*"))


def test_signals_for_the_servers_process_group_do_not_end_a_writer(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    server.meeting(server.stream("vp8", "opus"), 0, 1)
    while not list(tmp_path.rglob("*.lock")):
        time.sleep(0.01)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        server.process.send_signal(number)
    assert server.stop(1).reason == ""


@pytest.mark.parametrize("number", range(2))
def test_what_a_killed_writer_wrote_plays_up_to_two_seconds_before_and_is_finished(
    tmp_path: Path, number: int, request: pytest.FixtureRequest
) -> None:
    for run in range(10 if request.config.getoption("--long", False) else 1):
        _kill_and_finish(tmp_path / str(run), random.Random(10 * number + run))


def _kill_and_finish(root: Path, dice: random.Random) -> None:
    root.mkdir()
    server = FakeServer(root)
    last = feed(server, server.stream("vp8", "opus"), 3.5 + 2 * dice.random())
    server.process.kill()
    server.process.wait()
    (part,) = server.directory.glob("*.part")
    judge.decodes(part)
    assert judge.probe(part).packets["video"][-1] > last - 2
    assert finish_all(root) == 1
    about = server.about()
    assert about.state == "interrupted"
    (path,) = server.files()
    judge.decodes(path)
    assert judge.probe(path).duration == pytest.approx(about.files[0].duration, abs=0.1)
    assert judge.probe(path).duration > last - 2
    assert not list(server.directory.glob("*.part"))
    assert not list(server.directory.glob(".*"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_finishing_lets_alone_what_is_being_written(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    server.meeting(server.stream("vp8", "opus"), 0, 3)
    while not list(tmp_path.rglob("*.part")):
        time.sleep(0.01)
    assert finish_all(tmp_path) == 0
    (lock,) = server.directory.glob(".*.lock")
    assert locks.is_held(server.directory, lock.name[1:-5])
    assert server.stop(3).reason == ""
    judge.decodes(server.files()[0])


def test_a_directory_that_vanishes_ends_the_recording_with_a_reason(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    senders = server.stream("vp8", "opus")
    server.meeting(senders, 0, 3)
    while not list(tmp_path.rglob("*.part")):
        time.sleep(0.01)
    shutil.rmtree(server.directory)
    server.meeting(senders, 3, 6)
    assert "gone" in server.end().reason


def test_a_disk_that_takes_no_more_ends_the_recording_with_a_reason(tmp_path: Path) -> None:
    server = FakeServer(tmp_path, file_bytes=50_000)
    server.meeting(server.stream("vp8", "opus"), 0, 10)
    assert "cannot be written: File too large" in server.end().reason
    about = server.about()
    assert about.state == "stopped"
    assert len(list(server.directory.glob("*.part"))) == 1
    # When there is room again:
    assert finish_all(tmp_path) == 1
    assert (server.about().state, server.about().reason) == (about.state, about.reason)
    judge.decodes(server.files()[0])
    assert judge.probe(server.files()[0]).duration == pytest.approx(server.about().files[0].duration, abs=0.1)
    assert not list(server.directory.glob(".*"))


def test_a_root_that_is_not_there_ends_it_with_a_reason(tmp_path: Path) -> None:
    server = FakeServer(tmp_path / "not mounted")
    assert "cannot be written" in server.end().reason
    assert not (tmp_path / "not mounted").exists()


def test_a_limit_ends_it_with_a_reason_and_what_is_there_is_finished(tmp_path: Path) -> None:
    server = FakeServer(tmp_path, group_limit=30_000)
    server.meeting(server.stream("vp8", "opus"), 0, 2 + limits.USAGE_SECONDS)
    assert "may" in server.end().reason
    judge.decodes(server.files()[0])
    assert server.about().state == "stopped"
