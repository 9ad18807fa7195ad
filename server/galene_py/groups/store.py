"""The group files: finding, reading, caching, writing.

A group `a/b` is described by `groups/a/b.json`, or else by the nearest file above it that says
`auto-subgroups`. Names are looked up in their normal form, whichever the disk has. What was read is kept
with the file's signature; asking again costs one look at that file and no directory scan. A file that became
broken keeps its last good contents and is reported once. Nothing outside the groups directory is read or
written, whatever names and symbolic links say.

May be used from several threads. Owns the cache; knows nothing of who is in a group.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat as stat_module
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from galene_py import file_reading
from galene_py.file_reading import FileTrouble
from galene_py.groups import files, limits
from galene_py.groups.description import Description, parse, to_bytes
from galene_py.groups.errors import DescriptionError, GroupError, StorageError, UnknownGroup
from galene_py.groups.names import normal, parents, valid_group_name
from galene_py.groups.walk import Walk

log = logging.getLogger(__name__)

_SUFFIX = Walk.SUFFIX
_UNKNOWN: files.Signature = (0, 0, 0, 0, 0)
"""of a file that could not be read: it is looked at again every time"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A description as it is on disk."""

    description: Description
    etag: str
    """changes whenever the file's contents do; with its quotes"""
    file: str
    """name of the group whose file this is; another one than the group's for an automatic subgroup"""


@dataclass(frozen=True, slots=True)
class Raw:
    """A file within an edit: what it says, or why that cannot be understood."""

    etag: str
    description: Description | None
    error: str = ""


Edit = Callable[[Raw | None], Description | None]
"""Gets the file as it is (None: there is none), returns what it shall be (None: deleted); may raise."""


@dataclass(slots=True)
class _Cached:
    signature: files.Signature
    racy: bool
    good: Stored | None
    error: str


class GroupStore:
    """All group files of one directory."""

    def __init__(self, root: Path, *, disk: files.Disk = files.DISK) -> None:
        self.root = root
        self._disk = disk
        self._cache: dict[str, _Cached] = {}
        self._lock = threading.RLock()
        self._spelt: dict[str, str] = {}
        """how the disk spells names of groups that it does not keep in their normal form"""
        self._complaints: frozenset[str] = frozenset()
        """what was wrong with the directory at the last walk"""
        self._writing = [threading.Lock() for _ in range(32)]

    def read(self, name: str, *, subgroups: bool = True) -> Stored:
        """The description that applies to a group; raises UnknownGroup, or GroupError if it is broken."""
        name = _valid(name)
        with self._lock:
            own = self._look(name)
            if own is not None:
                return own
            if subgroups:
                for parent in self._possible_parents(name):
                    above = self._look(parent)
                    if above is not None:
                        return _as_subgroup(above, name)
        raise UnknownGroup(name)

    def _possible_parents(self, name: str) -> list[str]:
        """The groups above a group, nearest first, without those that no directory could hold a file of: a
        name may have hundreds of levels, and anybody may ask for it."""
        possible: list[str] = []
        for parent in reversed(list(parents(name))):
            possible.insert(0, parent)
            if not self._is_directory(parent):
                break
        return possible

    def _is_directory(self, name: str) -> bool:
        if (self.root / name).is_dir():
            return True
        if name.isascii():
            return False
        if (self.root / unicodedata.normalize("NFD", name)).is_dir():
            return True
        return any(spelt.startswith(f"{name}/") for spelt in self._spelt)

    def names(self) -> list[str]:
        """The names of all groups that have a file, sorted. Walks the directory."""
        return sorted(self._walk())

    def scan(self) -> list[tuple[str, Stored]]:
        """Look at all files, report what is broken, forget what is gone. Walks the directory.

        Works in portions, so that nobody else has to wait for the end of it.
        """
        found = []
        for name in self._walk():
            with self._lock:
                try:
                    stored = self._look(name)
                except GroupError:
                    continue
            if stored is not None:
                found.append((name, stored))
        gone = [name for name in list(self._cache) if not os.path.lexists(self._path(name))]
        with self._lock:  # whoever asks meanwhile for one that is back reads it again
            for name in gone:
                self._cache.pop(name, None)
        return sorted(found, key=lambda item: item[0])

    def edit(self, name: str, edit: Edit) -> None:
        """Change, make or delete a group's file, undisturbed by other writers.

        `edit` runs while no other writer can; what it raises is passed on and nothing is changed.
        Raises UnknownGroup (invalid name, or nothing to delete) and StorageError (the disk refused).
        """
        name = _valid(name)
        with self._writing[hash(name) % len(self._writing)]:
            try:
                self._edit_file(name, edit)
            except OSError as error:
                raise StorageError(f"cannot write the file of group {name}: {error.strerror}") from error

    def raw(self, name: str) -> Raw | None:
        """A group's own file as `edit` would find it. Raises UnknownGroup, GroupError and StorageError."""
        name = _valid(name)
        try:
            return self._current(self._own_file(name))
        except OSError as error:
            raise StorageError(f"cannot read the file of group {name}: {error.strerror}") from error

    # --- reading -----------------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        """Where a group's file is, or would be."""
        path = self.root / (name + _SUFFIX)
        if name.isascii() or os.path.lexists(path):
            return path
        for spelling in (self._spelt.get(name), unicodedata.normalize("NFD", name)):
            other = self.root / f"{spelling}{_SUFFIX}"
            if spelling and os.path.lexists(other):
                return other
        return path

    def _look(self, name: str) -> Stored | None:
        """The description in a group's own file; None: there is no file. Raises GroupError."""
        path = self._path(name)
        try:
            stat = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if file_reading.dangling(path):
                return self._broken(name, _UNKNOWN, file_reading.DANGLING)
            self._cache.pop(name, None)
            return None
        except OSError as error:
            return self._broken(name, _UNKNOWN, f"cannot be read: {error.strerror}")
        if stat_module.S_ISDIR(stat.st_mode):  # of subgroups of a group that is called so
            return None
        known = self._cache.get(name)
        signature = files.signature(stat)
        if known is None or known.signature != signature or known.racy:
            return self._read(name, path, known)
        if known.good is None:
            raise GroupError(known.error)
        return known.good

    def _read(self, name: str, path: Path, known: _Cached | None) -> Stored | None:
        try:
            data, signature = self._bytes(path)
        except FileNotFoundError:
            self._cache.pop(name, None)
            return None
        except DescriptionError as error:
            return self._broken(name, _UNKNOWN, str(error))
        etag = _etag(data)
        racy = abs(time.time() - signature[3] / 1e9) < limits.RACY_FILE_SECONDS
        if known is not None and known.good is not None and known.good.etag == etag:
            self._cache[name] = _Cached(signature, racy, known.good, "")
            return known.good
        try:
            parsed = parse(data)
        except DescriptionError as error:
            return self._broken(name, signature, str(error))
        for warning in parsed.warnings:
            log.warning("group file %s: %s", path, warning)
        stored = Stored(parsed.description, etag, name)
        self._cache[name] = _Cached(signature, racy, stored, "")
        return stored

    def _broken(self, name: str, signature: files.Signature, error: str) -> Stored:
        """Keep what was good; report once."""
        known = self._cache.get(name)
        good = known.good if known is not None else None
        if known is None or known.error != error:
            state = "the last good contents stay in force" if good else "nobody can join until it is repaired"
            log.error("group file %s: %s; %s", self._path(name), error, state)
        self._cache[name] = _Cached(signature, False, good, error)
        if good is None:
            raise GroupError(error)
        return good

    def _bytes(self, path: Path) -> tuple[bytes, files.Signature]:
        """Contents and signature of one and the same file; never one outside the groups directory."""
        self._check_inside(path)
        try:
            data, stat = file_reading.read(path, limits.GROUP_FILE_BYTES)
        except FileTrouble as error:
            raise DescriptionError(str(error)) from None
        return data, files.signature(stat)

    def _check_inside(self, path: Path) -> None:
        try:
            real, root = path.resolve(), self.root.resolve()
        except RuntimeError:
            raise DescriptionError("a symbolic link that leads to itself") from None
        except OSError as error:
            raise DescriptionError(f"cannot be read: {error.strerror}") from None
        if not real.is_relative_to(root):
            raise DescriptionError("a symbolic link that leads out of the groups directory")

    def _walk(self) -> Iterator[str]:
        """The names of all groups that have a file; what is wrong with the directory is reported once."""
        walk = Walk(self.root)
        yield from walk
        with self._lock:
            self._spelt = walk.spelt
            for complaint in walk.complaints - self._complaints:
                log.error("%s", complaint)
            self._complaints = frozenset(walk.complaints)

    # --- writing -----------------------------------------------------------------------------------

    def _own_file(self, name: str) -> Path:
        """Where a group's file is, or would be, without links. Raises GroupError when that is outside."""
        path = self._path(name)
        try:
            self._check_inside(path)
        except DescriptionError as error:
            raise GroupError(str(error)) from None
        return path.resolve() if path.is_symlink() else path

    def _edit_file(self, name: str, edit: Edit) -> None:
        path = self._own_file(name)
        new = None
        if not path.parent.is_dir():
            new = edit(None)
            if new is None:
                raise UnknownGroup(name)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.directory_lock(path.parent):
            new = edit(self._current(path))
            if new is None:
                if not path.exists():
                    raise UnknownGroup(name)
                files.remove(path, disk=self._disk)
            else:
                files.replace(path, to_bytes(new), disk=self._disk)
        with self._lock, suppress(GroupError):
            self._look(name)

    def _current(self, path: Path) -> Raw | None:
        try:
            data, _ = self._bytes(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return Raw(_etag(data), parse(data).description)
        except DescriptionError as error:
            return Raw(_etag(data), None, str(error))


def _valid(name: str) -> str:
    """In normal form. Raises UnknownGroup for a name that no group can have."""
    name = normal(name)
    if not valid_group_name(name):
        raise UnknownGroup(name)
    return name


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _as_subgroup(above: Stored, name: str) -> Stored:
    """What a description means for a group that has no file of its own."""
    if not above.description.auto_subgroups:
        raise UnknownGroup(name)
    description = msgspec.structs.replace(above.description, public=False, description="")
    return Stored(description, above.etag, above.file)


def remove_leftovers(root: Path, now: float) -> None:
    """Delete temporary files that a crash left behind more than an hour ago; `now` in seconds since 1970."""
    for path in root.rglob(f".*{files.TEMPORARY_SUFFIX}"):
        with suppress(OSError):
            if now - path.stat().st_mtime > 3600:
                path.unlink()
