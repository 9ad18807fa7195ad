"""What has been recorded: lists, opens and deletes what is in the directories of groups.

Follows no symbolic link below the directory of recordings and opens nothing but regular files, so that no
name leads out of it. Never decodes media, and never writes. Every function looks at the disk and may take a
while: call it in a thread. Holds no state.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from galene_py.recording import layout, limits, locks, sidecar

_NAME = re.compile(r"(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(?:-\d+)?)[_.]")
"""How everything that belongs to a recording begins."""
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?")
"""How recordings of Galène begin, in local time."""
_MOMENT = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EINTR}
"""Errors that say nothing about a file."""
SHOWN = (*layout.ENDINGS, *layout.FILM_ENDINGS, layout.SIDECAR)
"""Endings of what may be looked at; nothing that is still written has one."""


class NotThereError(Exception):
    """There is no such recording or file, or it is none."""


class InUseError(Exception):
    """It is still being written."""


class File(msgspec.Struct, frozen=True):
    """A file of a recording that can be looked at."""

    name: str
    bytes: int


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """A recording, in short."""

    name: str
    start: str
    """ISO 8601 with offset; of a file that nothing is known about, when it was changed last."""
    state: str
    """As in the sidecar; 'recording' only while somebody writes it, else 'unfinished': the next start of a
    server will finish it; 'unknown': there is no sidecar that can be read."""
    bytes: int
    """Of everything that belongs to it."""
    files: list[File]
    duration: float | None = None
    """Seconds; None: not known."""
    reason: str = ""
    by: str = ""
    people: list[str] = []
    """Names in the order in which they came, `limits.SHELF_PEOPLE` at most."""
    people_count: int = 0
    chat: bool = False
    """Whether there is any."""


class _Named(msgspec.Struct):
    username: str = ""


class _Brief(msgspec.Struct):
    """What of a sidecar is needed for an entry; the rest is skipped, which is quick."""

    version: int
    start: str
    state: str = ""
    reason: str = ""
    by: str = ""
    duration: float | None = None
    people: list[_Named] = []
    chat: msgspec.Raw = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is open for reading; whoever gets it closes `descriptor`."""

    descriptor: int
    size: int
    modified_ns: int

    def close(self) -> None:
        """It is not needed any more."""
        os.close(self.descriptor)


class Shelf:
    """All recordings below one directory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(self, group: str) -> list[Entry]:
        """The recordings of a group, the newest first, `limits.SHELF_ENTRIES` at most. A group without any,
        or that cannot exist, has none. Raises OSError."""
        try:
            with self._directory(group) as directory:
                names = _by_recording(directory)
                newest = sorted(names, reverse=True)[: limits.SHELF_ENTRIES]
                found = [self._entry(group, directory, name, names[name]) for name in newest]
        except NotThereError:
            return []
        return sorted(found, key=lambda entry: entry.start, reverse=True)

    def entry(self, group: str, name: str) -> Entry:
        """One of them. Raises NotThereError, OSError."""
        with self._directory(group) as directory:
            return self._entry(group, directory, name, _belonging(directory, name))

    def delete(self, group: str, name: str) -> None:
        """Everything that belongs to a recording; what tells of it last, so that it can be tried again.

        Raises NotThereError, InUseError, OSError.
        """
        with self._directory(group) as directory:
            names = _belonging(directory, name)
            with self._locked(group, name):
                last = {f"{name}{layout.SIDECAR}": 1, layout.lock_name(name): 2}
                hidden = [each for each in os.listdir(directory) if each.startswith(f".{name}.")]
                for each in sorted([*names, *hidden], key=lambda each: last.get(each, 0)):
                    _remove(directory, each)

    def open(self, group: str, name: str) -> Opened:
        """A file of a recording, to be read. Raises NotThereError, OSError when it cannot be told."""
        if not name.endswith(SHOWN) or not _plain(name):
            raise NotThereError
        with self._directory(group) as directory:
            return _open(directory, name)

    # --- inside ---

    @contextmanager
    def _directory(self, group: str) -> Iterator[int]:
        """A descriptor of the group's directory. Raises NotThereError, OSError."""
        try:
            levels = layout.group_directory(self._root, group).relative_to(self._root).parts
        except layout.LayoutError:
            raise NotThereError from None
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        directory = os.open(self._root, flags)
        try:
            for level in levels:
                above = directory
                try:
                    directory = os.open(level, flags | os.O_NOFOLLOW, dir_fd=above)
                except OSError as error:
                    raise _absent(error) from None
                finally:
                    if directory != above:
                        os.close(above)
            yield directory
        finally:
            os.close(directory)

    @contextmanager
    def _locked(self, group: str, name: str) -> Iterator[None]:
        """Nobody writes it, nor finishes what a writer left. Raises InUseError, OSError."""
        try:
            lock = locks.take(layout.group_directory(self._root, group), name)
        except FileNotFoundError:  # it is finished, and its name is never taken again
            yield
            return
        if lock is None:
            raise InUseError
        try:
            yield
        finally:
            os.close(lock)

    def _held(self, group: str, name: str) -> bool:
        return locks.is_held(layout.group_directory(self._root, group), name)

    def _entry(self, group: str, directory: int, name: str, names: list[str]) -> Entry:
        sizes = {each: info.st_size for each in names if (info := _regular(directory, each))}
        files = [File(each, sizes[each]) for each in sorted(sizes) if each.endswith(SHOWN)]
        total = sum(sizes.values())
        brief = _brief(directory, f"{name}{layout.SIDECAR}")
        state = "unknown" if brief is None else brief.state
        if state in ("recording", "unknown"):
            writing = self._held(group, name)
            state = "recording" if writing else "unfinished" if brief is not None else "unknown"
        if brief is None:
            return Entry(name, _when(directory, names), state, total, files)
        people = list(dict.fromkeys(person.username for person in brief.people))
        return Entry(
            name=name,
            start=brief.start,
            state=state,
            bytes=total,
            files=files,
            duration=brief.duration,
            reason=brief.reason,
            by=brief.by,
            people=people[: limits.SHELF_PEOPLE],
            people_count=len(people),
            chat=bytes(brief.chat) not in (b"null", b"[]"),
        )


def _by_recording(directory: int) -> dict[str, list[str]]:
    """The names of files by that of their recording; a file that is called in another way is one itself."""
    found: dict[str, list[str]] = {}
    for name in os.listdir(directory):
        begins = _NAME.match(name)
        if begins is None and not name.endswith((*layout.ENDINGS, *layout.FILM_ENDINGS)):
            continue
        if _plain(name) and _regular(directory, name):
            found.setdefault(begins[1] if begins is not None else name, []).append(name)
    return found


def _belonging(directory: int, name: str) -> list[str]:
    """The files of one recording. Raises NotThereError."""
    found = _by_recording(directory).get(name)
    if found is None:
        raise NotThereError
    return found


def _remove(directory: int, name: str) -> None:
    """A file, or the directory in which a film was made."""
    with suppress(FileNotFoundError):
        try:
            os.unlink(name, dir_fd=directory)
        except IsADirectoryError:
            shutil.rmtree(name, dir_fd=directory)


def _plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and "/" not in name and name.isprintable()


def _regular(directory: int, name: str) -> os.stat_result | None:
    try:
        info = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError:
        return None
    return info if stat.S_ISREG(info.st_mode) else None


def _open(directory: int, name: str) -> Opened:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would keep us waiting
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except (OSError, ValueError) as error:
        raise _absent(error) from None
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        os.close(descriptor)
        raise NotThereError
    return Opened(descriptor, info.st_size, info.st_mtime_ns)


def _brief(directory: int, name: str) -> _Brief | None:
    try:
        opened = _open(directory, name)
    except (NotThereError, OSError):
        return None
    with os.fdopen(opened.descriptor, "rb") as file:
        if opened.size > sidecar.BYTES_MAX:
            return None
        try:
            brief = msgspec.json.decode(file.read(), type=_Brief)
            datetime.fromisoformat(brief.start)
        except (ValueError, OSError, RecursionError):
            return None
    return brief if brief.version == sidecar.VERSION else None


def _when(directory: int, names: list[str]) -> str:
    """When something began that nothing tells of: what Galène put into the name, else when it was changed."""
    if (date := _DATE.match(names[0])) is not None:
        with suppress(ValueError):
            return datetime.fromisoformat(date[0]).astimezone().isoformat(timespec="milliseconds")
    newest = max(
        (info.st_mtime for each in names if (info := _regular(directory, each))), default=time.time()
    )
    return datetime.fromtimestamp(newest, UTC).astimezone().isoformat(timespec="milliseconds")


def _absent(error: OSError | ValueError) -> Exception:
    """What an error means: about the moment (no descriptors), or that there is nothing."""
    if isinstance(error, OSError) and error.errno in _MOMENT:
        return error
    return NotThereError()
