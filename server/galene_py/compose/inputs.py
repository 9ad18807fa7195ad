"""The recording's files as they are on the disk: found, finished or not, and how long they are.

A file whose writer was killed has `.part` behind its name, neither index nor length, and plays up to there.
"""

from __future__ import annotations

from pathlib import Path

import av

from galene_py.compose.errors import ComposeError
from galene_py.compose.media import UnreadableError, open_media
from galene_py.recording import layout, locks, sidecar
from galene_py.recording.sidecar import File, Sidecar


class Recording:
    """A sidecar and the files beside it that can be read."""

    def __init__(self, path: Path, *, skip_broken: bool = False) -> None:
        """`path`: of the JSON file; its ending may be left out. `skip_broken`: make the film without files
        that are missing or damaged; `lacking` names them. Raises ComposeError."""
        if path.suffix != layout.SIDECAR:
            path = path.with_name(path.name + layout.SIDECAR)
        self.directory, self.name = path.parent, path.stem
        if not path.is_file():
            raise ComposeError(f"there is no recording {path}")
        try:
            self.about: Sidecar = sidecar.read(path)
        except sidecar.SidecarError as error:
            raise ComposeError(str(error)) from None
        if locks.is_held(self.directory, self.name):
            raise ComposeError(f"{self.name} is still being recorded; stop it first")
        self.durations: dict[str, float] = {}
        self.lacking: list[str] = []
        self.about.files = [file for file in self.about.files if self._usable(file, skip_broken)]

    def path(self, name: str) -> Path:
        """Where a file is now."""
        finished = self.directory / name
        part = finished.with_name(name + layout.PART)
        return finished if finished.exists() or not part.exists() else part

    def _usable(self, file: File, skip_broken: bool) -> bool:
        path = self.path(file.name)
        try:
            seconds = _length(path, whole=file.duration is None)
        except UnreadableError as error:
            # What was begun the moment before everything died never had anything in it.
            if not skip_broken and (path.suffix != layout.PART and file.duration is not None):
                raise ComposeError(
                    f"{path.name} cannot be read: {error}; --skip-broken makes the film without it"
                ) from None
            self.lacking.append(file.name)
            return False
        self.durations[file.name] = seconds
        return True


def _length(path: Path, *, whole: bool) -> float:
    """Seconds of a file, by looking at each packet where `whole`, else 0: only whether it opens. Raises
    UnreadableError; what stands behind damage does not count."""
    end = 0.0
    with open_media(path, "any") as container:
        if not whole:
            return 0.0
        try:
            for packet in container.demux():
                if packet.pts is not None and packet.time_base is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        except av.FFmpegError:
            pass
    return end
