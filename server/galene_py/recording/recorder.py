"""Records groups to disk: a session, and a process, for each recording.

Implements `conference.recorder.Recorder`. Costs nothing while nothing is recorded, apart from one look at the
start for what an earlier server left. Owned by `app.py`.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from galene_py.conference.recorder import Notice, RecorderError
from galene_py.log import is_json
from galene_py.recording import layout, limits, messages
from galene_py.recording.session import RecordingSession

log = logging.getLogger(__name__)


class Recorder:
    """On the running event loop."""

    def __init__(
        self,
        root: Path,
        *,
        limit: int = 0,
        group_limit: int = 0,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """`root`: the directory of recordings; `limit`, `group_limit`: bytes of all of them and of those of
        one group, 0: none."""
        self._root = root.absolute()
        self._limit, self._group_limit = limit, group_limit
        self._clock, self._wall_clock = clock, wall_clock
        self._sessions: set[RecordingSession] = set()

    def start(self, group: str, *, by: str, chat: bool, notice: Notice) -> RecordingSession:
        """Begin to record a group. Raises RecorderError."""
        start = messages.Start(
            root=str(self._root),
            group=group,
            by=by,
            wall=self._wall_clock(),
            now=self._clock(),
            chat=chat,
            limit=self._limit,
            group_limit=self._group_limit,
        )
        try:
            layout.group_directory(self._root, group)
            session = RecordingSession(start, notice, self._clock, self._ended)
        except (layout.LayoutError, OSError) as error:
            log.error("recording %s cannot start: %s", group, error)
            raise RecorderError("recording cannot start; the server's log says why") from None
        self._sessions.add(session)
        log.info("recording %s, started by %r", group, by)
        return session

    def open(self) -> None:
        """Have what an earlier server left finished meanwhile, in a process of its own."""
        threading.Thread(target=self._finish_old, name="old recordings", daemon=True).start()

    def _finish_old(self) -> None:
        """In a thread: looks through directories, and waits."""
        try:
            if not layout.locked_recordings(self._root):
                return
            command = [sys.executable, "-m", "galene_py.recording.writer", "--finish", str(self._root)]
            command += ["--log-json"] if is_json() else []
            # The process goes on when the server stops.
            subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            log.error("old recordings cannot be finished: %s", error)

    async def close(self) -> None:
        """End all recordings; returns when their writers are done, or after `limits.CLOSE_SECONDS`."""
        sessions = list(self._sessions)
        for session in sessions:
            session.stop()
        try:
            async with asyncio.timeout(limits.CLOSE_SECONDS):
                for session in sessions:
                    await session.channel.ended.wait()
        except TimeoutError:
            log.warning("recordings are still being finished; that goes on without this server")

    def debug_state(self) -> list[dict[str, object]]:
        """What the statistics show."""
        return [session.debug_state() for session in self._sessions]

    def _ended(self, session: RecordingSession) -> None:
        self._sessions.discard(session)
