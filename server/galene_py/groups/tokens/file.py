"""The file of stateful tokens: one JSON object per line; for two lines about one token the last one counts.

New and changed tokens are appended with one write, so that a crash leaves at most an unfinished last line,
which is ignored and dropped with the next rewrite. Deleting and purging rewrite the file as a whole. Changes
that others make to the file are noticed; other processes are kept out by a lock on its directory.
Lines that cannot be read are reported once and kept; while the file as a whole cannot be read, what it said
last counts.

May be used from several threads; who reads never waits for another's write. Owns the table of tokens.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from galene_py import file_reading
from galene_py.file_reading import FileTrouble
from galene_py.groups import files, limits
from galene_py.groups.errors import DescriptionError, StorageError, TagMismatch, UnknownGroup
from galene_py.groups.tokens.stateful import Token, from_line, to_line

log = logging.getLogger(__name__)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What whole lines of the file said when it was last read: most often more follows them, and no more."""

    size: int = 0
    digest: bytes = _digest(b"")
    tokens: Mapping[str, Token] = field(default_factory=dict)
    unread: Sequence[bytes] = ()
    lines: int = 0

    def begins(self, data: bytes) -> bool:
        """Whether `data` begins with what was read."""
        return len(data) >= self.size and _digest(data[: self.size]) == self.digest


class TokenFile:
    """Stateful tokens. What changes the file raises StorageError when the disk refuses."""

    def __init__(self, path: Path, *, disk: files.Disk = files.DISK) -> None:
        self.path = path
        self._disk = disk
        self._writers = threading.Lock()
        """held while the file is changed"""
        self._lock = threading.RLock()
        """guards the table, and is never held while the disk is waited for"""
        self._tokens: dict[str, Token] = {}
        self._unread: list[bytes] = []
        self._lines = 0
        self._unfinished = False
        self._signature: files.Signature | None = None
        self._racy = False
        self._noticed = False
        self._changing = False
        self._parsed: _Parsed | None = None
        self._trouble = ""
        """why the file could not be read the last time"""
        self.on_change: Callable[[], None] = lambda: None
        """called after a change of ours, and by `refresh` after a change of others, in the caller's thread"""

    def find(self, name: str) -> Token | None:
        """The token of that name."""
        with self._lock:
            self._look()
            return self._tokens.get(name)

    def of_group(self, group: str) -> list[Token]:
        """The tokens made for exactly this group, those that expire first at the beginning."""
        with self._lock:
            self._look()
            found = [token for token in self._tokens.values() if token.group == group]
        return sorted(found, key=lambda t: (t.expires.unix if t.expires else 0.0, t.token))

    def put(
        self, token: Token, etag: str | None, *, wanted: Callable[[str], bool] = lambda group: True
    ) -> None:
        """Add a token (`etag` None) or replace the one that has this ETag.

        `wanted` is asked of its group when nobody else can write any more; UnknownGroup is raised if it
        says no. Raises TagMismatch.
        """
        with self._writing():
            if not wanted(token.group):
                raise UnknownGroup("no such group")
            old = self._tokens.get(token.token)
            if (old.etag if old else None) != etag:
                raise TagMismatch("the token was changed in the meantime")
            if self._unfinished or self._lines > 2 * len(self._tokens) + 100:
                self._rewrite(self._tokens | {token.token: token})
            else:
                self._append(token)
        self.on_change()

    def delete(self, name: str, etag: str) -> None:
        """Delete the token that has this ETag. Raises TagMismatch and UnknownGroup."""
        with self._writing():
            old = self._tokens.get(name)
            if old is None:
                raise UnknownGroup("no such token")
            if old.etag != etag:
                raise TagMismatch("the token was changed in the meantime")
            self._rewrite({key: token for key, token in self._tokens.items() if key != name})
        self.on_change()

    def delete_all(self, over: Callable[[Token], bool]) -> None:
        """Delete every token of which `over` says so."""
        if self._drop(over):
            self.on_change()

    def purge(self, now: float) -> int:
        """Delete what expired long ago (`now` in seconds since 1970); how many that were."""
        oldest = now - limits.TOKEN_KEEP_SECONDS
        return self._drop(lambda token: _expired(token, oldest))

    def _drop(self, over: Callable[[Token], bool]) -> int:
        with self._lock:
            self._look()
            if self._trouble or not any(map(over, self._tokens.values())):
                return 0
        with self._writing():
            kept = {key: token for key, token in self._tokens.items() if not over(token)}
            gone = len(self._tokens) - len(kept)
            if gone:
                self._rewrite(kept)
            return gone

    def refresh(self) -> None:
        """Notice what others did to the file."""
        with self._lock:
            self._look()
            changed, self._noticed = self._noticed, False
        if changed:
            self.on_change()

    # --- reading -----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Read the file if that is needed and possible; report once that it is not."""
        try:
            self._load()
            self._trouble = ""
        except StorageError as error:
            if str(error) != self._trouble:
                log.error("%s; the invitations known so far stay in force", error)
            self._trouble = str(error)

    def _load(self) -> None:
        """Read the file if it is another one than last time. Raises StorageError."""
        try:
            stat = self.path.stat()
            signature = files.signature(stat)
            if signature == self._signature and not self._racy:
                return
            data, stat = file_reading.read(self.path, limits.TOKEN_FILE_BYTES)
            signature = files.signature(stat)
        except FileNotFoundError:
            if file_reading.dangling(self.path):
                raise StorageError(f"{self.path}: {file_reading.DANGLING}") from None
            self._noticed = self._noticed or (bool(self._tokens) and not self._changing)
            self._forget()
            return
        except OSError as error:
            raise StorageError(f"cannot read {self.path}: {error.strerror}") from None
        except FileTrouble as error:
            raise StorageError(f"{self.path}: {error}") from None
        self._racy = abs(time.time() - signature[3] / 1e9) < limits.RACY_FILE_SECONDS
        before = self._tokens
        self._parse(data, report=signature != self._signature)
        self._signature = signature
        self._noticed = self._noticed or (before != self._tokens and not self._changing)

    def _forget(self) -> None:
        self._tokens, self._unread, self._lines = {}, [], 0
        self._unfinished, self._signature, self._racy, self._parsed = False, None, False, None

    def _parse(self, data: bytes, *, report: bool) -> None:
        known = self._parsed
        if known is None or not known.begins(data):
            known = _Parsed()
        tokens, unread, unfinished = dict(known.tokens), list(known.unread), False
        lines = data[known.size :].splitlines(keepends=True)
        for number, line in enumerate(lines, known.lines + 1):
            whole = line.endswith(b"\n")
            if not line.strip():
                continue
            try:
                token = from_line(line)
                tokens[token.token] = token
                unfinished = not whole
            except DescriptionError as error:
                if report:
                    log.error("%s, line %d: %s; the line is left out", self.path, number, error)
                if whole:
                    unread.append(line)
                else:
                    unfinished = True
        self._tokens, self._unread, self._unfinished = tokens, unread, unfinished
        self._lines = known.lines + len(lines)
        self._parsed = None if unfinished else _Parsed(len(data), _digest(data), tokens, unread, self._lines)

    # --- writing -----------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Within, nobody else changes the file and the table is what the file says."""
        with self._writers:
            try:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with files.directory_lock(self.path.parent):
                    with self._lock:
                        self._load()
                        self._changing = True
                    yield
            except OSError as error:
                self._signature = None
                raise StorageError(f"cannot write {self.path}: {error.strerror}") from error
            finally:
                self._changing = False

    def _append(self, token: Token) -> None:
        new, lines = not self.path.exists(), self._lines + 1
        file = self._disk.open_append(self.path, 0o600)
        try:
            self._disk.write(file, to_line(token))
            self._disk.flush(file)
            signature = files.signature(os.fstat(file))
        finally:
            os.close(file)
        if new:
            self._disk.flush_directory(self.path.parent)
        self._wrote(self._tokens | {token.token: token}, lines, signature)

    def _rewrite(self, tokens: dict[str, Token]) -> None:
        if not tokens and not self._unread:
            files.remove(self.path, disk=self._disk)
            with self._lock:
                self._forget()
            return
        lines = [*self._unread, *map(to_line, tokens.values())]
        files.replace(self.path, b"".join(lines), disk=self._disk)
        self._wrote(tokens, len(lines), files.signature(self.path.stat()))

    def _wrote(self, tokens: dict[str, Token], lines: int, signature: files.Signature) -> None:
        with self._lock:
            self._tokens, self._lines, self._signature = tokens, lines, signature
            self._unfinished, self._racy = False, True


def _expired(token: Token, before: float) -> bool:
    return token.expires is not None and token.expires.unix < before
