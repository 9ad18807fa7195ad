"""What goes into a report, each part as lines of text; a part that cannot be had says why in one line.

Reads files and asks the system; changes nothing. Owns nothing.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import resource
import shutil
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from galene_py import __version__
from galene_py.report import limits
from galene_py.report.masking import Mask

Lines = Iterator[str]
PARTS = ("aiohttp", "aiortc", "av", "cryptography", "msgspec", "pylibsrtp", "pyOpenSSL", "uvloop")
_SYSCTL = ("net/core/rmem_max", "net/core/wmem_max", "net/ipv6/conf/all/disable_ipv6", "kernel/pid_max")
_UNIT = "galene-py"


def versions() -> Lines:
    """The program, Python, libraries, the operating system."""
    yield f"galene-py {__version__}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()}), {ssl.OPENSSL_VERSION}"
    for name in PARTS:
        with suppress(importlib.metadata.PackageNotFoundError):
            yield f"{name} {importlib.metadata.version(name)}"
    with suppress(OSError):
        yield platform.freedesktop_os_release()["PRETTY_NAME"]
    yield f"{platform.system()} {platform.release()} {platform.machine()}, {' '.join(platform.libc_ver())}"
    yield f"virtual environment: {'yes' if sys.prefix != sys.base_prefix else 'no'}"


def machine() -> Lines:
    """Processors, memory, load, limits."""
    yield f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} processors, load {os.getloadavg()}"
    memory = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    for name in ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree"):
        yield f"{name}: {memory.get(name, '?').strip()}"
    yield f"open files: {resource.getrlimit(resource.RLIMIT_NOFILE)}"
    for name in _SYSCTL:
        with suppress(OSError):
            yield f"{name}: {Path('/proc/sys', name).read_text().strip()}"


def settings(data: Path, mask: Mask) -> Lines:
    """The files of the data directory: what they are, and what is in those that may be told."""
    for path in sorted(data.rglob("*")):
        with suppress(OSError):
            about = path.stat()
            kind = "directory" if path.is_dir() else f"{about.st_size} bytes"
            yield f"{path.relative_to(data)}: {kind}, {stat.filemode(about.st_mode)}, owner {about.st_uid}"
    for name in ("config.json", "ice-servers.json"):
        path = data / name
        if path.exists():
            yield f"{name}:"
            yield from _json(path, mask)


def groups(directory: Path, mask: Mask) -> Lines:
    """Group files without names and passwords. Teaches the mask the names."""
    files = sorted(directory.rglob("*.json"))
    mask.learn("group", (str(path.relative_to(directory).with_suffix("")) for path in files))
    for path in files:
        mask.learn("user", _users(path))
    yield f"{len(files)} group files"
    for path in files:
        name = str(path.relative_to(directory).with_suffix(""))
        yield f"{mask.stand_in('group', name)}:"
        yield from _json(path, mask)


def log_of(path: Path | None, mask: Mask) -> Lines:
    """The last lines of the log: of a file, or of the service."""
    text = _tail(path) if path is not None else _journal()
    lines = text.splitlines()[-limits.LOG_LINES :]
    yield from map(mask.line, lines or ["nothing"])


def part(title: str, lines: Callable[[], Iterable[str]]) -> Lines:
    """A part with its title; what goes wrong is told instead of the rest."""
    yield f"## {title}"
    yield ""
    try:
        for line in lines():
            yield f"    {line}"
    except (OSError, ValueError, RecursionError, subprocess.SubprocessError) as error:
        yield f"    (not to be had: {type(error).__name__}: {getattr(error, 'strerror', None) or error})"
    yield ""


def _json(path: Path, mask: Mask) -> Lines:
    try:
        tree = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        yield f"  (cannot be read: {type(error).__name__})"
        return
    yield from (
        "  " + line for line in json.dumps(mask.tree(tree), indent=1, ensure_ascii=False).splitlines()
    )


def _users(path: Path) -> list[str]:
    try:
        users = json.loads(path.read_text()).get("users", {})
        return list(users)
    except (OSError, ValueError, AttributeError, TypeError):
        return []


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - limits.LOG_BYTES))
        return file.read(limits.LOG_BYTES).decode(errors="replace")


def _journal() -> str:
    if shutil.which("journalctl") is None:
        return "no journal on this machine; give the server's log with --log FILE"
    command = ["journalctl", "-u", _UNIT, "-n", str(limits.LOG_LINES), "-o", "short-iso", "--no-pager", "-q"]
    done = subprocess.run(command, capture_output=True, timeout=limits.SECONDS, check=False)
    return done.stdout.decode(errors="replace") or f"nothing of the service {_UNIT}; else --log FILE"
