"""Files that are replaced whole or not at all, and how to notice that somebody else changed one.

A write goes to a hidden temporary file beside the target, is flushed to the disk, and takes the target's
place by one rename; whenever the process or the machine dies, the file is the old one or the new one.
Mode and owner of the old file are kept. Other processes are kept out by a lock on the directory.

`Disk` has one method per step, so that a test can stop between any two.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Signature = tuple[int, int, int, int, int]
"""Identifies the state of a file without reading it: device, inode, size, times of change in ns."""

TEMPORARY_SUFFIX = ".galene-tmp"


class Disk:
    """The steps of writing; each either happens or raises OSError."""

    def create(self, path: Path, mode: int) -> int:
        """Make a new file and open it for writing; fails if there is one."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)

    def open_append(self, path: Path, mode: int) -> int:
        """Open a file for appending, making it if there is none."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)

    def write(self, file: int, data: bytes) -> None:
        """Write all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]

    def flush(self, file: int) -> None:
        """Wait until the disk has it."""
        os.fsync(file)

    def set_mode(self, file: int, mode: int, owner: int, group: int) -> None:
        """Give a file mode and owner of the one it replaces; the owner only as far as we may."""
        os.fchmod(file, mode)
        with suppress(PermissionError):
            os.fchown(file, owner, group)

    def rename(self, source: Path, target: Path) -> None:
        """Put `source` in the place of `target`, at once."""
        os.replace(source, target)

    def remove(self, path: Path) -> None:
        """Delete a file."""
        path.unlink()

    def flush_directory(self, path: Path) -> None:
        """Wait until the disk has the names in a directory."""
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


DISK = Disk()


def signature(stat: os.stat_result) -> Signature:
    """The signature of a file's state."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def replace(path: Path, data: bytes, *, disk: Disk = DISK, new_mode: int = 0o600) -> None:
    """Make `data` the contents of `path`. Raises OSError; then the file is as it was.

    `new_mode` counts when there is no such file yet. The directory must exist.
    """
    try:
        old: os.stat_result | None = path.stat()
    except FileNotFoundError:
        old = None
    # The name is short whatever the target's: it must not become longer than the file system permits.
    temporary = path.with_name(f".{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    file = disk.create(temporary, new_mode if old is None else 0o600)
    try:
        try:
            disk.write(file, data)
            if old is not None:
                disk.set_mode(file, old.st_mode & 0o7777, old.st_uid, old.st_gid)
            disk.flush(file)
        finally:
            os.close(file)
        disk.rename(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    disk.flush_directory(path.parent)


def remove(path: Path, *, disk: Disk = DISK) -> None:
    """Delete a file for good. Raises OSError."""
    disk.remove(path)
    disk.flush_directory(path.parent)


@contextmanager
def directory_lock(path: Path) -> Iterator[None]:
    """Keep other processes that use this lock from writing in a directory. Raises OSError."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some network file systems cannot lock; one process is the normal case
            fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)
