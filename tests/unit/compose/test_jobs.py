"""Films in the background: in turn, seen, given up, begun anew; with processes that do as they are told, and
with the real one."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filming import RED, Made, plain

from galene_py.compose import jobs, limits
from galene_py.compose.jobs import Jobs
from galene_py.recording import locks
from galene_py.recording.films import Done, Failed, FilmError, Running, State, Waiting
from kit import judge

OBEDIENT = """
import json, os, pathlib, sys, threading
path = pathlib.Path(sys.argv[1])
part = path.with_name(f".{path.stem}.mp4.part")
part.write_text("unfinished")
path.with_name(f"{path.stem}.pid").write_text(str(os.getpid()))
print(json.dumps({"done": 25, "whole": 100}), flush=True)
def ended():
    sys.stdin.read()
    part.unlink()
    os._exit(143)
threading.Thread(target=ended, daemon=True).start()
order = path.with_name(f"{path.stem}.order")
while not order.exists():
    threading.Event().wait(0.01)
word = order.read_text()
if word == "fail":
    print("Error: the disk is full.", file=sys.stderr)
    os._exit(1)
part.rename(path.with_name(f"{path.stem}.mp4"))
"""
"""Says that it has a quarter, and waits for an order."""


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.01)


class Place:
    """A directory of recordings, and servers that come and go."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.group = root / "club"
        self.group.mkdir()
        self.servers: list[Jobs] = []

    def server(self, command: Callable[[Path], list[str]] | None = None) -> Jobs:
        made = Jobs(self.root, command or (lambda path: [sys.executable, "-c", OBEDIENT, str(path)]))
        self.servers.append(made)
        return made

    def recording(self, name: str) -> str:
        (self.group / f"{name}.json").write_text("{}")
        return name

    def order(self, name: str, word: str = "finish") -> None:
        temporary = self.group / f"{name}.tmp"
        temporary.write_text(word)
        temporary.rename(self.group / f"{name}.order")

    def hidden(self) -> list[str]:
        return sorted(path.name for path in self.group.iterdir() if path.name.startswith("."))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for each in made.servers:
        each.close()


def becomes(server: Jobs, name: str, state: State | None) -> None:
    until(lambda: server.state("club", name) == state, f"{state}, not {server.state('club', name)}")


def test_one_after_the_other(place: Place) -> None:
    server = place.server()
    one, two = place.recording("one"), place.recording("two")
    assert server.state("club", one) is None
    server.start("club", one)
    server.start("club", two)
    becomes(server, one, Running(0.25))
    assert server.state("club", two) == Waiting()
    assert server.debug_state() == {"waiting": 1, "running": [0.25]}
    server.start("club", one)  # harmless
    place.order(one)
    becomes(server, one, Done("one.mp4"))
    becomes(server, two, Running(0.25))
    place.order(two)
    becomes(server, two, Done("two.mp4"))
    until(lambda: place.hidden() == [], "the wishes are forgotten")
    server.start("club", one)  # harmless, too
    assert server.state("club", one) == Done("one.mp4")


def test_what_failed_says_why_until_somebody_tries_again(place: Place) -> None:
    server = place.server()
    name = place.recording("one")
    place.order(name, "fail")
    server.start("club", name)
    becomes(server, name, Failed("the disk is full"))
    assert place.hidden() == [".one.film"]
    assert (place.group / ".one.film").stat().st_mode & 0o777 == 0o600
    assert place.server().state("club", name) == Failed("the disk is full")  # another one remembers
    place.order(name)
    server.start("club", name)
    becomes(server, name, Done("one.mp4"))
    until(lambda: place.hidden() == [], "the wish is forgotten")


def test_a_failure_can_be_forgotten(place: Place) -> None:
    server = place.server()
    name = place.recording("one")
    place.order(name, "fail")
    server.start("club", name)
    becomes(server, name, Failed("the disk is full"))
    server.cancel("club", name)
    assert server.state("club", name) is None
    assert place.hidden() == []


def test_cancelling_leaves_nothing(place: Place) -> None:
    server = place.server()
    one, two = place.recording("one"), place.recording("two")
    server.start("club", one)
    server.start("club", two)
    becomes(server, one, Running(0.25))
    server.cancel("club", two)
    assert server.state("club", two) is None
    server.cancel("club", one)
    assert server.state("club", one) is None
    assert place.hidden() == []
    server.cancel("club", one)
    server.cancel("club", "never-there")
    server.start("club", one)
    becomes(server, one, Running(0.25))


def test_a_process_that_is_killed_is_a_failure(place: Place) -> None:
    server = place.server()
    name = place.recording("one")
    server.start("club", name)
    becomes(server, name, Running(0.25))
    os.kill(int((place.group / "one.pid").read_text()), signal.SIGKILL)
    becomes(server, name, Failed("its process was ended by SIGKILL"))
    assert place.hidden() == [".one.film"]


def test_a_program_that_cannot_be_started_is_a_failure(place: Place) -> None:
    server = place.server(lambda path: ["/no/such/program"])
    server.start("club", place.recording("one"))
    becomes(server, "one", Failed("its process cannot be started (No such file or directory)"))


def test_what_a_server_leaves_the_next_one_begins_anew(place: Place) -> None:
    first = place.server()
    names = [place.recording(name) for name in ("one", "two", "three")]
    for name in names:
        first.start("club", name)
    becomes(first, "one", Running(0.25))
    first.close()
    assert place.hidden() == [".one.film", ".three.film", ".two.film"]
    (place.group / "three.json").unlink()
    second = place.server()
    assert second.state("club", "one") == Waiting()
    second.open()
    becomes(second, "one", Running(0.25))
    assert second.state("club", "two") == Waiting()
    place.order("one")
    place.order("two")
    becomes(second, "two", Done("two.mp4"))
    assert second.state("club", "one") == Done("one.mp4")


def test_a_film_that_the_command_made_counts(place: Place) -> None:
    server = place.server()
    name = place.recording("one")
    (place.group / "one.webm").write_text("a film")
    server.start("club", name)
    assert server.state("club", name) == Done("one.webm")
    assert place.hidden() == []


def test_the_queue_is_bounded(place: Place) -> None:
    server = place.server()
    for number in range(limits.FILMS_WAITING + 1):
        server.start("club", place.recording(f"n{number}"))
    with pytest.raises(FilmError, match="too many"):
        server.start("club", place.recording("late"))
    assert server.state("club", "late") is None


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("club", "nothing"),
        ("club", ""),
        ("club", "../one"),
        ("club", ".one"),
        ("../club", "one"),
        ("", "one"),
    ],
)
def test_what_is_no_recording_is_refused(place: Place, group: str, name: str) -> None:
    place.recording("one")
    server = place.server()
    with pytest.raises(FilmError, match="no such recording"):
        server.start(group, name)
    assert server.state(group, name) is None
    server.cancel(group, name)
    assert place.hidden() == []


def test_what_is_still_being_recorded_is_refused(place: Place) -> None:
    name = place.recording("one")
    lock = locks.create(place.group, name)
    with pytest.raises(FilmError, match="still being recorded"):
        place.server().start("club", name)
    os.close(lock)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")
def test_a_real_film_in_the_background(place: Place) -> None:
    made = Made(place.group, 2)
    made.stream("Ada", picture=plain(RED))
    name = made.write().stem
    server = place.server(jobs.command)
    server.start("club", name)
    becomes(server, name, Done(f"{name}.mp4"))
    judge.decodes(place.group / f"{name}.mp4")
    until(lambda: place.hidden() == [], "the wish is forgotten")


def test_the_real_one_ends_with_the_server(place: Place) -> None:
    made = Made(place.group, 2)
    made.stream("Ada", picture=plain(RED))
    name = made.write(lasts=3000).stem
    server = place.server(jobs.command)
    server.start("club", name)
    until(lambda: isinstance(state := server.state("club", name), Running) and state.progress, "work")
    assert place.hidden() == [f".{name}.film", f".{name}.mp4.part"]
    server.close()
    assert place.hidden() == [f".{name}.film"]


def test_it_is_available_here() -> None:
    assert jobs.available()
