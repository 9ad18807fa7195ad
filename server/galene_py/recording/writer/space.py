"""How much may still be written: free space of the disk, and the limits that the admin set.

Looks at the disk when it is due, never in between. Owned by the loop.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from galene_py.recording import layout, limits

GIB = 1 << 30


class SpaceError(Exception):
    """Recording must stop; the text is for operators."""


def free_bytes(directory: Path) -> int:
    """What an ordinary user may still write. Raises OSError."""
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


class Space:
    """`check` raises SpaceError, and returns a warning for operators at most once per matter."""

    def __init__(
        self,
        root: Path,
        directory: Path,
        limit: int,
        group_limit: int,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """`limit`, `group_limit`: bytes of everything below `root` and below `directory`; 0: none."""
        self._root = root
        self._directory = directory
        self._limits = [(root, limit, "all recordings"), (directory, group_limit, "this group's recordings")]
        self._free = free
        self._warned: set[str] = set()
        self._space_due = self._usage_due = float("-inf")

    def check(self, now: float) -> list[str]:
        """`now`: monotonic seconds. Raises SpaceError; OSError when the directory cannot be looked at."""
        warnings: list[str] = []
        if now >= self._space_due:
            self._space_due = now + limits.SPACE_SECONDS
            if not self._directory.is_dir():
                raise SpaceError("the directory of recordings is gone")
            free = self._free(self._directory)
            if free < limits.FREE_STOP_BYTES:
                raise SpaceError("the disk is nearly full")
            if free < limits.FREE_WARN_BYTES:
                self._warn(warnings, "free", f"only {free / GIB:.1f} GiB of the disk are free")
        if now >= self._usage_due:
            self._usage_due = now + limits.USAGE_SECONDS
            for path, limit, what in self._limits:
                if limit:
                    self._check_limit(warnings, path, limit, what)
        return warnings

    def _check_limit(self, warnings: list[str], path: Path, limit: int, what: str) -> None:
        used = layout.used_bytes(path)
        if used >= limit:
            raise SpaceError(f"{what} take all of the {limit / GIB:.3g} GiB that they may")
        if used >= limits.WARN_SHARE * limit:
            share = int(100 * used / limit)
            self._warn(warnings, what, f"{what} take {share} % of the {limit / GIB:.3g} GiB that they may")

    def _warn(self, warnings: list[str], about: str, text: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            warnings.append(text)
