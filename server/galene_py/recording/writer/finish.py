"""Mends what a killed writer left: gives its files a duration and an index, and their names.

Packets are copied, not decoded. A file that cannot be read stays as it is. Whoever holds the lock of a
recording is still writing it: it is let alone. May run while the server does, and is harmless to repeat.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import av

from galene_py.recording import layout, locks, sidecar
from galene_py.recording.writer.muxfile import OPTIONS, publish

log = logging.getLogger(__name__)


def finish_all(root: Path) -> int:
    """Everything below `root`; how many recordings were mended."""
    count = 0
    for directory, name in layout.locked_recordings(root):
        try:
            count += finish(directory, name)
        except OSError as error:
            log.error("the recording %s in %s cannot be finished: %s", name, directory, error)
    return count


def finish(directory: Path, name: str) -> bool:
    """One recording; False: somebody is writing it. Raises OSError."""
    lock = locks.take(directory, name)
    if lock is None:
        return False
    try:
        _finish(directory, name)
    except BaseException:
        os.close(lock)
        raise
    locks.drop(directory, name, lock)
    log.info("the recording %s was interrupted; it is finished now", directory / name)
    return True


def _finish(directory: Path, name: str) -> None:
    beside = directory / f"{name}{layout.SIDECAR}"
    try:
        about = sidecar.read(beside)
    except sidecar.SidecarError as error:
        log.error("%s", error)
        about = None
    files = {each.name: each for each in about.files} if about is not None else {}
    for part in sorted(directory.glob(f"{name}_*{layout.PART}")):
        final = part.name[: -len(layout.PART)]
        mended = _mend(part, directory / final)
        entry = files.get(final)
        if mended is not None and entry is not None:
            path, entry.duration = mended
            entry.name, entry.bytes = path.name, path.stat().st_size
    if about is None:
        return
    if about.state == "recording":
        about.state, about.reason = "interrupted", "the server stopped"
        ends = [each.offset + each.duration for each in about.files if each.duration is not None]
        about.duration = round(max(ends, default=0.0), 3)
    sidecar.write(beside, about)


def _mend(part: Path, final: Path) -> tuple[Path, float] | None:
    """Where it is now and its seconds; None: it is not readable, for example empty. Raises OSError."""
    copy = part.with_name(f".{part.name}.copy")
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, layout.FILE_MODE))
    try:
        seconds = _remux(part, copy, "webm" if final.suffix == ".webm" else "matroska")
    except (av.InvalidDataError, EOFError, ValueError) as error:
        log.warning("%s cannot be read: %s", part, error)
        copy.unlink(missing_ok=True)
        return None
    except av.FFmpegError as error:
        copy.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror) from error
    path = publish(copy, final)
    part.unlink()
    return path, seconds


def _remux(source: Path, target: Path, format_: str) -> float:
    end = 0.0
    with av.open(str(source)) as old, av.open(str(target), "w", format=format_, options=OPTIONS) as new:
        streams = {each.index: new.add_stream_from_template(each, opaque=True) for each in old.streams}
        try:
            for packet in old.demux():
                if packet.size == 0 or packet.pts is None or packet.time_base is None:
                    continue
                seconds = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                packet.stream = streams[packet.stream.index]
                new.mux_one(packet)
                end = max(end, seconds)
        except av.InvalidDataError:
            log.debug("%s ends within a cluster", source)
    if not streams:
        raise ValueError("no streams")
    return round(end, 3)
