"""Who writes a recording: a lock (flock) on a file beside it, which ends with the process that holds it.

Creating the file takes the recording's name, too, since it is created exclusively.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from galene_py.recording import layout


def create(directory: Path, name: str) -> int:
    """Take a name; a descriptor that holds the lock until it is closed. Raises FileExistsError, OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    lock = os.open(directory / layout.lock_name(name), flags, layout.FILE_MODE)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def take(directory: Path, name: str) -> int | None:
    """The lock of a recording whose writer has died; None: somebody is writing it. Raises OSError."""
    lock = os.open(directory / layout.lock_name(name), os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def drop(directory: Path, name: str, lock: int) -> None:
    """The recording is finished. Raises OSError."""
    try:
        (directory / layout.lock_name(name)).unlink(missing_ok=True)
    finally:
        os.close(lock)


def is_held(directory: Path, name: str) -> bool:
    """Whether somebody is writing a recording: it must not be deleted."""
    try:
        lock = take(directory, name)
    except OSError:
        return False
    if lock is None:
        return True
    os.close(lock)
    return False
