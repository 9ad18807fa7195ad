"""What a process on this machine uses, from /proc; for the server that is tested, and for the test itself."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Usage:
    """One process. Raises OSError when there is none of that number."""

    def __init__(self, pid: int) -> None:
        self._stat = Path(f"/proc/{pid}/stat")
        self._seconds, self._at = self._spent(), time.monotonic()

    def share(self) -> float:
        """Of one core, since the last question. NaN once the process is gone."""
        try:
            seconds, at = self._spent(), time.monotonic()
        except OSError:
            return float("nan")
        share = (seconds - self._seconds) / max(at - self._at, 1e-3)
        self._seconds, self._at = seconds, at
        return share

    def memory(self) -> int:
        """Resident bytes; 0 once the process is gone."""
        try:
            return int(self._fields()[21]) * _PAGE
        except OSError:
            return 0

    def _spent(self) -> float:
        fields = self._fields()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def _fields(self) -> list[str]:
        """From the state on, field 3 of proc_pid_stat(5): the name before it may hold anything."""
        return self._stat.read_text().rpartition(")")[2].split()
