"""One media file while it is written, under a name of its own.

Created exclusively, mode 0600, under its name with `.part` behind it; renamed when it is closed. Clusters are
short and forced onto the disk every now and then, so that what is there plays whenever the writer dies.
Raises OSError when the disk does not take it, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from galene_py.recording import layout, limits
from galene_py.recording.writer.muxer import OPTIONS, Muxer
from galene_py.recording.writer.unit import Form, Unit

__all__ = ["OPTIONS", "MuxFile", "publish"]


class MuxFile:
    """A file of at most one sound and one picture track."""

    def __init__(self, path: Path, forms: Mapping[str, Form], offset: float, size: tuple[int, int]) -> None:
        """`forms` by slot; `offset`: second of the recording that is the file's 0; `size`: of the first
        picture. Raises FileExistsError when there is or was such a file, OSError for other reasons."""
        self.path = path
        self.forms = dict(forms)
        self.offset = offset
        self._part = path.with_name(path.name + layout.PART)
        if path.exists():
            raise FileExistsError(path)
        self._descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, layout.FILE_MODE)
        try:
            format_ = "webm" if path.suffix == ".webm" else "matroska"
            self._muxer = Muxer(str(self._part), format_, forms, offset, size)
        except BaseException:
            self.abandon()
            raise

    @property
    def name(self) -> str:
        """Of the file."""
        return self.path.name

    @property
    def end(self) -> float:
        """Second of the recording at which what is written ends."""
        return self._muxer.end

    @property
    def units(self) -> int:
        """How many were written."""
        return self._muxer.units

    def write(self, slot: str, unit: Unit) -> None:
        """One unit of a slot; times that do not grow are moved. Raises OSError."""
        self._muxer.write(slot, unit)

    def sync(self) -> None:
        """Force it onto the disk; may take long. Raises OSError."""
        os.fdatasync(self._descriptor)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> tuple[str, int]:
        """Write duration and index, and give it its name, or another one if that was taken meanwhile.
        Returns name and bytes. Raises OSError; what is there then keeps `.part` and plays."""
        try:
            self._muxer.close()
            self.sync()
            count = self.size
        finally:
            os.close(self._descriptor)
        return publish(self._part, self.path).name, count

    def abandon(self) -> None:
        """It could not even be begun: leave nothing."""
        os.close(self._descriptor)
        self._part.unlink(missing_ok=True)


def publish(part: Path, path: Path) -> Path:
    """Rename atomically without replacing anything; the path that it has now. Raises OSError."""
    for number in range(1, limits.NAME_TRIES):
        target = path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")
        try:
            os.link(part, target)
        except FileExistsError:
            continue
        except OSError:
            if target.exists():  # a file system without hard links
                continue
            os.rename(part, target)
            return target
        part.unlink()
        return target
    raise FileExistsError(path)
