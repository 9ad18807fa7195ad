"""Films in the background: one at a time for the whole server, each in a process of its own that yields.

Implements `recording.films.Films`. What is wanted is in files beside the recordings, `.NAME.film`, so that
the next start of the server begins anew what this one could not finish; what failed is there, too, with its
reason. The process ends with the server, however that ends. Every method may be called from any thread.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from galene_py.compose import limits
from galene_py.compose.target import part_of
from galene_py.recording import layout, locks
from galene_py.recording.films import Done, Failed, FilmError, Running, State, Waiting

log = logging.getLogger(__name__)
ENDING = ".film"
"""Of a wish's file, after a dot and the recording's name."""


class Wish(msgspec.Struct):
    """A film that somebody asked for."""

    asked: float
    """Unix time."""
    why: str = ""
    """It cannot be made, for this reason; empty: it shall be made."""


@dataclass(slots=True)
class _Job:
    directory: Path
    name: str
    wish: Wish
    process: subprocess.Popen[bytes] | None = None
    progress: float = 0.0
    running: bool = False
    unwanted: bool = False

    @property
    def film(self) -> Path:
        """Where it will be."""
        return self.directory / f"{self.name}.mp4"

    def made(self) -> Path | None:
        """The film, if it is there; the command may have made it in another form."""
        paths = (self.directory / f"{self.name}{ending}" for ending in layout.FILM_ENDINGS)
        return next((path for path in paths if path.exists()), None)

    @property
    def file(self) -> Path:
        return self.directory / f".{self.name}{ENDING}"


def available() -> bool:
    """Whether the extra `compose` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("numpy", "PIL"))


def command(path: Path) -> list[str]:
    """Makes the film of the recording with this JSON file."""
    return [
        *(sys.executable, "-m", "galene_py", "compose", str(path)),
        *("--background", "--progress", "json", "--chat", "--skip-broken"),
    ]


class Jobs:
    """Of one directory of recordings."""

    def __init__(self, root: Path, command: Callable[[Path], list[str]] = command) -> None:
        """`command`: of the process, from the path of a JSON file."""
        self._root = root.absolute()
        self._command = command
        self._changed = threading.Condition()
        """Guards what follows."""
        self._jobs: dict[Path, _Job] = {}
        """By their films, in the order in which they are made; the first may be running."""
        self._worker: threading.Thread | None = None
        self._closed = False

    def open(self) -> None:
        """Begin anew what an earlier server left, meanwhile."""
        threading.Thread(target=self._resume, name="unfinished films", daemon=True).start()

    def close(self) -> None:
        """Stop; what is wanted stays so. Returns when no process is left."""
        with self._changed:
            self._closed = True
            worker = self._worker
            for job in self._jobs.values():
                _stop(job)
            self._changed.notify_all()
        if worker is not None:
            worker.join()

    def state(self, group: str, recording: str) -> State | None:
        """What there is of a film; None: nobody asked for one."""
        try:
            job = self._job(group, recording)
        except FilmError:
            return None
        with self._changed:
            there = self._jobs.get(job.film)
            if there is not None:
                return Running(there.progress) if there.running else Waiting()
        if (made := job.made()) is not None:
            return Done(made.name)
        wish = _read(job.file)
        if wish is None:
            return None
        return Failed(wish.why) if wish.why else Waiting()

    def start(self, group: str, recording: str) -> None:
        """Make one; harmless when it is waiting, being made or there. Raises FilmError."""
        job = self._job(group, recording)
        path = job.directory / f"{job.name}{layout.SIDECAR}"
        if not path.is_file():
            raise FilmError("there is no such recording")
        if locks.is_held(job.directory, job.name):
            raise FilmError("it is still being recorded")
        if job.made() is not None:
            return
        with self._changed:
            if self._closed:
                raise FilmError("the server is stopping")
            if job.film in self._jobs:
                return
            if len(self._jobs) > limits.FILMS_WAITING:
                raise FilmError("too many films are waiting to be made")
            try:
                _write(job)
            except OSError as error:
                raise FilmError(f"the disk does not take it ({error.strerror})") from None
            self._queue(job)

    def cancel(self, group: str, recording: str) -> None:
        """Give it up, or forget that it failed. Returns when nothing is written any more."""
        try:
            job = self._job(group, recording)
        except FilmError:
            return
        with self._changed:
            there = self._jobs.get(job.film)
            if there is not None:
                there.unwanted = True
                if there.running:
                    _stop(there)
                    self._changed.wait_for(lambda: self._closed or self._jobs.get(job.film) is not there)
                else:
                    del self._jobs[job.film]
            job.file.unlink(missing_ok=True)

    def debug_state(self) -> dict[str, object]:
        """What the statistics show."""
        with self._changed:
            running = [round(job.progress, 3) for job in self._jobs.values() if job.running]
            return {"waiting": len(self._jobs) - len(running), "running": running}

    # --- inside

    def _job(self, group: str, recording: str) -> _Job:
        """Raises FilmError when there cannot be such a recording."""
        if not recording or recording.startswith(".") or "/" in recording or "\0" in recording:
            raise FilmError("there is no such recording")
        try:
            directory = layout.group_directory(self._root, group)
        except layout.LayoutError:
            raise FilmError("there is no such recording") from None
        return _Job(directory, recording, Wish(time.time()))

    def _queue(self, job: _Job) -> None:
        """With the lock held."""
        self._jobs[job.film] = job
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="films", daemon=True)
            self._worker.start()
        self._changed.notify_all()

    def _resume(self) -> None:
        found = []
        for path in self._root.rglob(f".*{ENDING}"):
            wish = _read(path)
            name = path.name[1 : -len(ENDING)]
            if wish is not None and not wish.why and (path.parent / f"{name}{layout.SIDECAR}").is_file():
                found.append(_Job(path.parent, name, wish))
        with self._changed:
            for job in sorted(found, key=lambda job: job.wish.asked):
                if not self._closed and job.film not in self._jobs:
                    self._queue(job)

    def _work(self) -> None:
        """In a thread: makes one film after the other."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    return
                job = next(iter(self._jobs.values()))
                job.running = True
            why = self._make(job)
            with self._changed:
                if self._closed and why:
                    log.info("the film of %s is begun anew when the server starts again", job.name)
                    return
                self._settle(job, why)
                del self._jobs[job.film]
                self._changed.notify_all()

    def _settle(self, job: _Job, why: str) -> None:
        """It is made, unwanted, or failed for a reason."""
        try:
            if job.unwanted or not why:
                job.file.unlink(missing_ok=True)
                log.info("the film of %s is %s", job.name, "not wanted any more" if why else "made")
                return
            log.error("no film of %s: %s", job.name, why)
            job.wish.why = why
            _write(job)
        except OSError as error:
            log.error("what became of the film of %s cannot be written: %s", job.name, error)

    def _make(self, job: _Job) -> str:
        """Why it could not be made; empty when it is there."""
        try:
            with tempfile.TemporaryFile() as words:
                code = self._run(job, words)
                words.seek(max(0, words.seek(0, os.SEEK_END) - limits.WHY_BYTES))
                *before, said = ["", *words.read().decode(errors="replace").strip().splitlines()]
                for line in filter(None, [*before, said] if code == 0 else before):
                    log.warning("the film of %s: %s", job.name, line)
                if code == 0:
                    return ""
            if code < 0:
                return f"its process was ended by {signal.Signals(-code).name}"
            return said.removeprefix("Error: ").rstrip(".") or "its process failed without a word"
        except OSError as error:
            return f"its process cannot be started ({error.strerror})"
        finally:
            part_of(job.film).unlink(missing_ok=True)

    def _run(self, job: _Job, words: IO[bytes]) -> int:
        """The process's exit code. Raises OSError."""
        with self._changed:
            if job.unwanted or self._closed:
                return 1
            log.info("making the film of %s", job.name)
            job.process = subprocess.Popen(
                self._command(job.directory / f"{job.name}{layout.SIDECAR}"),
                stdin=subprocess.PIPE,  # it ends when this does
                stdout=subprocess.PIPE,
                stderr=words,
            )
        process = job.process
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                try:
                    said = json.loads(line)
                    job.progress = min(1.0, said["done"] / said["whole"])
                except (ValueError, KeyError, TypeError, ZeroDivisionError):
                    continue
        return process.returncode


def _stop(job: _Job) -> None:
    """Tell a process to end, and see to it that it does."""
    process = job.process
    if process is None or process.poll() is not None:
        return
    process.terminate()
    timer = threading.Timer(limits.FILM_STOP_SECONDS, process.kill)
    timer.daemon = True
    timer.start()


def _read(path: Path) -> Wish | None:
    """None: there is none, or nobody can read it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Wish)
    except (OSError, msgspec.DecodeError):
        return None


def _write(job: _Job) -> None:
    """Atomically. Raises OSError."""
    temporary = job.file.with_name(f"{job.file.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(temporary, flags, layout.FILE_MODE), "wb") as file:
        file.write(msgspec.json.encode(job.wish))
    os.replace(temporary, job.file)
