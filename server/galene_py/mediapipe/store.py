"""The installation directory: staged beside its place, exchanged in one step, checked, removed.

At every moment the directory is absent, the old installation or the new one. Owns nothing but the directory
`mediapipe` and names starting with `.mediapipe-` in the vendor directory, which a lock keeps to one process.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galene_py.mediapipe.pins import InstallError, Pins, digest

DIRECTORY = "mediapipe"
RECORD = "installed.json"
_STAGING = ".mediapipe-"
_OLD = ".mediapipe-replaced"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def locked(vendor: Path) -> Iterator[None]:
    """Hold the vendor directory for one installer; tidies up after one that was killed."""
    vendor.mkdir(parents=True, exist_ok=True)
    handle = os.open(vendor, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstallError("another install-mediapipe is at work; wait until it is done") from None
        _recover(vendor)
        yield
    finally:
        os.close(handle)


def _recover(vendor: Path) -> None:
    """Undo a replacement that was cut in half, and drop staging directories without an owner."""
    if (vendor / _OLD).is_dir() and not (vendor / DIRECTORY).exists():
        os.rename(vendor / _OLD, vendor / DIRECTORY)
    for left in vendor.glob(f"{_STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def staging(vendor: Path) -> Iterator[Path]:
    """A directory on the same file system, gone afterwards whatever happens."""
    path = Path(tempfile.mkdtemp(prefix=_STAGING, dir=vendor))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write_record(directory: Path, pins: Pins) -> None:
    """Leave a note of what is here: the server shows its version, people see where files come from."""
    record = {
        "version": pins.version,
        "packages": [
            {"name": package.name, "version": package.version, "licence": package.licence}
            for package in pins.packages
        ],
        "files": {file.path: file.sha256 for file in pins.files},
    }
    (directory / RECORD).write_text(json.dumps(record, indent=2) + "\n")
    for parent, _, _ in os.walk(directory):
        os.chmod(parent, 0o755)
        handle = os.open(parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def publish(staged: Path, vendor: Path) -> None:
    """Make `staged` the installation; the old one, if any, ends up in its place or is removed."""
    place = vendor / DIRECTORY
    if not place.exists():
        os.rename(staged, place)
        return
    if not _exchange(staged, place):
        shutil.rmtree(vendor / _OLD, ignore_errors=True)
        os.rename(place, vendor / _OLD)
        os.rename(staged, place)
        shutil.rmtree(vendor / _OLD, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two directories in one step where the system can (Linux, most file systems)."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(second))


def problems(vendor: Path, pins: Pins) -> list[str]:
    """What is wrong with the installation, a line each; empty when it is whole."""
    place = vendor / DIRECTORY
    if not place.is_dir():
        return [f"MediaPipe is not installed in {vendor}"]
    found = []
    for file in pins.files:
        path = place.joinpath(*file.path.split("/"))
        if not path.is_file():
            found.append(f"{path} is missing")
        elif path.stat().st_size != file.bytes or digest(path, "sha256") != file.sha256:
            found.append(f"{path} was changed")
    try:
        record = json.loads((place / RECORD).read_bytes())
        if record["version"] != pins.version:
            found.append(f"{place / RECORD} names version {record['version']}")
    except (OSError, ValueError, KeyError, TypeError):
        found.append(f"{place / RECORD} is missing or damaged")
    return found


def remove(vendor: Path) -> bool:
    """Take the installation away in one step; False when there was none."""
    place = vendor / DIRECTORY
    if not place.is_dir():
        return False
    with staging(vendor) as aside:
        os.rename(place, aside / DIRECTORY)
    return True
