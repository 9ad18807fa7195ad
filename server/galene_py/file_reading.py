"""Reading a file that an admin put there: whole, bounded, and never waiting for anything but the disk.

What is no regular file is never opened, since a named pipe waits for a writer and a device may do anything;
and a link that leads nowhere is a mistake, not a missing file. Never writes. Keeps nothing.
"""

from __future__ import annotations

import os
import stat as stats
from pathlib import Path

NOT_REGULAR = "not a regular file"
DANGLING = "a symbolic link that leads nowhere"


class FileTrouble(Exception):
    """There is something of that name, and it cannot be read; the text says why, without the name."""


def read(path: Path, most: int) -> tuple[bytes, os.stat_result]:
    """The contents of a file of at most `most` bytes, and its state while it was read.

    Raises FileNotFoundError when there is nothing of that name, and FileTrouble.
    """
    try:
        _check(os.stat(path))
        # Not blocking: it may have become a pipe since.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(file, "rb") as opened:
            stat = os.fstat(file)
            _check(stat)
            data = opened.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        if dangling(path):
            raise FileTrouble(DANGLING) from None
        raise FileNotFoundError(str(path)) from None
    except OSError as error:
        raise FileTrouble(f"cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise FileTrouble(f"larger than {most} bytes")
    return data, stat


def dangling(path: Path) -> bool:
    """Whether there is a symbolic link of that name; for a path that leads to nothing."""
    try:
        return stats.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False


def _check(stat: os.stat_result) -> None:
    if not stats.S_ISREG(stat.st_mode):
        raise FileTrouble(NOT_REGULAR)
