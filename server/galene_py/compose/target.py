"""The film's file until it is whole: written under a hidden name, mode 0600, renamed at the end.

Whoever writes it holds a lock (flock) on it, which ends with the process: two never write the same film, and
what a killed one left is taken over. Whatever fails, nothing is left.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from galene_py.compose.errors import ComposeError
from galene_py.recording import layout


class Target:
    """A context; unless `publish` was called everything is gone at its end."""

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        """Raises ComposeError."""
        self.path = path
        self.part = part_of(path)
        self._overwrite = overwrite
        if path.is_dir():
            raise ComposeError(f"{path} is a directory")
        if path.exists() and not overwrite:
            raise ComposeError(f"{path} is there already; --overwrite replaces it")
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._lock = os.open(self.part, flags, layout.FILE_MODE)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(self._lock, layout.FILE_MODE)
        except BlockingIOError:
            os.close(self._lock)
            raise ComposeError(f"{path} is being made already") from None
        except OSError as error:
            raise ComposeError(f"cannot write {path}: {error.strerror}") from None

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.part.unlink(missing_ok=True)
        os.close(self._lock)

    def publish(self) -> None:
        """It is whole: force it onto the disk and give it its name. Raises ComposeError, OSError."""
        os.fsync(self._lock)
        if self._overwrite:
            os.replace(self.part, self.path)
            return
        try:
            os.link(self.part, self.path)
        except FileExistsError:
            raise ComposeError(f"{self.path} is there already; --overwrite replaces it") from None
        except OSError:  # a file system without hard links
            os.rename(self.part, self.path)

    def free(self) -> int:
        """Bytes that the disk has left."""
        space = os.fstatvfs(self._lock)
        return space.f_bavail * space.f_frsize


def part_of(path: Path) -> Path:
    """The name of a film while it is made."""
    return path.with_name(f".{path.name}{layout.PART}")
