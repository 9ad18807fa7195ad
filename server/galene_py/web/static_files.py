"""Static files of one fixed directory: found without traversal, compressed once, cached, revalidated by ETag.

Never follows a symbolic link out of its directory and never tells a missing file from a forbidden one. What
cannot be read at the moment (no descriptors, no memory) is not missing: OSError, and nothing is remembered.
Each tree has a version, the digest of its contents: under `@VERSION/` in front of the path files are
immutable, so that a second visit asks for nothing. Owns a bounded cache of bodies.
"""

from __future__ import annotations

import asyncio
import errno
import gzip
import hashlib
import os
import stat
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

from galene_py.web import headers, limits, paths

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_COMPRESSIBLE = ("text/", "application/json", "application/wasm", "application/manifest", "image/svg")
_MISSING = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EACCES,
    errno.EPERM,
    errno.EINVAL,
    errno.EISDIR,
}
"""Errors that are about the file; all others are about the moment."""
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file's answer, made once per change of the file."""

    stamp: tuple[int, int, int]
    path: Path
    size: int
    digest: str
    content_type: str
    body: bytes | None  # None: too large to keep
    compressed: bytes | None  # None: would not get smaller


def _stamp(info: os.stat_result) -> tuple[int, int, int]:
    return info.st_mtime_ns, info.st_size, info.st_ino


def unless_missing(error: OSError) -> None:
    """Pass on an error that is about the moment, not about the file."""
    if error.errno not in _MISSING:
        raise error


def load(path: Path, info: os.stat_result) -> StaticFile:
    """Read, digest and compress one file; raises OSError. Slow for large files: run it in a thread."""
    body = path.read_bytes()
    content_type = _TYPES.get(path.suffix.lower(), "application/octet-stream")
    compressed = None
    if len(body) <= limits.STATIC_COMPRESS_BYTES and content_type.startswith(_COMPRESSIBLE):
        compressed = gzip.compress(body, 9 if len(body) < limits.STATIC_MEMORY_BYTES else 6, mtime=0)
        if len(compressed) > 0.95 * len(body):
            compressed = None
    return StaticFile(
        stamp=_stamp(info),
        path=path,
        size=len(body),
        digest=hashlib.sha256(body).hexdigest()[:20],
        content_type=content_type,
        body=body if len(body) <= limits.STATIC_MEMORY_BYTES else None,
        compressed=compressed,
    )


def accepts_gzip(request: web.BaseRequest) -> bool:
    """Whether the client takes gzip (RFC 9110 §12.5.3); a refusal by q=0 is honoured."""
    for part in ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, [])).lower().split(","):
        name, _, parameters = part.strip().partition(";")
        if name.strip() in ("gzip", "x-gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def matches(request: web.BaseRequest, etag_values: tuple[str, ...]) -> bool:
    """Whether If-None-Match names one of the entity tags (given without quotes); weak comparison."""
    for part in ",".join(request.headers.getall(hdrs.IF_NONE_MATCH, [])).split(","):
        if part.strip() == "*" or part.strip().removeprefix("W/").strip('"') in etag_values:
            return True
    return False


class StaticTree:
    """The files below one directory."""

    def __init__(self, root: Path, *, read_for_version: bool = True) -> None:
        """`read_for_version` False: the version depends on sizes and times only (for very large trees)."""
        self.root = root
        self._read_for_version = read_for_version
        self._files: OrderedDict[tuple[str, ...], StaticFile] = OrderedDict()
        self._loading: dict[tuple[str, ...], asyncio.Future[StaticFile | None]] = {}
        self._version = ""
        self._version_stamp: object = None
        self._next_scan = float("-inf")

    def version(self) -> str:
        """A digest of all files, noticed anew within a second after one changed."""
        now = time.monotonic()
        if now >= self._next_scan:
            self._next_scan = now + limits.STATIC_SCAN_SECONDS
            with suppress(OSError):  # it is as it was, and looked at again
                found = sorted(self._walk())
                if found != self._version_stamp:
                    self._version = self._digest(found)
                    self._version_stamp = found
        return self._version

    def _walk(self) -> list[tuple[str, tuple[int, int, int]]]:
        """What there is now; raises OSError when that cannot be told at the moment."""
        found = []
        for directory, _, names in os.walk(self.root, onerror=unless_missing):
            for name in names:
                path = os.path.join(directory, name)
                try:
                    found.append((path, _stamp(os.stat(path))))
                except OSError as error:
                    unless_missing(error)
        return found

    def _digest(self, found: list[tuple[str, tuple[int, int, int]]]) -> str:
        digest = hashlib.sha256()
        for path, stamp in found:
            digest.update(os.path.relpath(path, self.root).encode() + b"\0")
            if not self._read_for_version:
                digest.update(repr(stamp[:2]).encode())
                continue
            try:
                digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
            except OSError as error:
                unless_missing(error)
        return digest.hexdigest()[:12]

    def _locate(self, names: tuple[str, ...]) -> tuple[Path, os.stat_result] | None:
        try:
            root = self.root.resolve()
            path = root.joinpath(*names).resolve()
            if not path.is_relative_to(root):
                return None
            info = path.stat()
        except OSError as error:
            unless_missing(error)
            return None
        except (ValueError, RuntimeError):
            return None
        return (path, info) if stat.S_ISREG(info.st_mode) else None

    async def find(self, names: tuple[str, ...]) -> StaticFile | None:
        """The file with these path segments as it is now, or None. Concurrent callers share the work.

        Raises OSError when that cannot be told at the moment.
        """
        located = self._locate(names)
        if located is None:
            self._files.pop(names, None)
            return None
        path, info = located
        known = self._files.get(names)
        if known is not None and known.stamp == _stamp(info):
            self._files.move_to_end(names)
            return known
        if names not in self._loading:
            self._loading[names] = asyncio.ensure_future(self._load(names, path, info))
        return await asyncio.shield(self._loading[names])

    async def _load(self, names: tuple[str, ...], path: Path, info: os.stat_result) -> StaticFile | None:
        try:
            file = await asyncio.to_thread(load, path, info)
        except OSError as error:
            unless_missing(error)
            return None
        finally:
            del self._loading[names]
        self._files[names] = file
        while len(self._files) > limits.STATIC_CACHE_FILES:
            self._files.popitem(last=False)
        return file

    async def respond(
        self, request: web.Request, names: tuple[str, ...] | None, *, policy: str | None = None
    ) -> web.StreamResponse:
        """The answer to a GET or HEAD for this file; raises HTTPNotFound and OSError."""
        immutable = False
        if names and names[0].startswith("@"):
            immutable = names[0][1:] == self.version()
            names = names[1:]
        file = await self.find(names) if names else None
        if file is None:
            raise web.HTTPNotFound
        extra: dict[str, str] = {hdrs.CACHE_CONTROL: IMMUTABLE if immutable else "no-cache"}
        if policy is None and file.content_type == "text/html":
            policy = headers.page_policy()
        if policy is not None:
            extra["Content-Security-Policy"] = policy
        return await respond(request, file, extra)

    def debug_state(self) -> dict[str, object]:
        """What the cache holds."""
        held = sum(len(file.body or b"") + len(file.compressed or b"") for file in self._files.values())
        return {"files": len(self._files), "bytes": held, "version": self._version}


async def respond(request: web.Request, file: StaticFile, extra: dict[str, str]) -> web.StreamResponse:
    """304, the compressed or the plain body, whichever the client can use."""
    compressed = file.compressed if accepts_gzip(request) else None
    etag = f'"{file.digest}-gz"' if compressed is not None else f'"{file.digest}"'
    extra = {**extra, hdrs.ETAG: etag, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if matches(request, (file.digest, f"{file.digest}-gz")):
        return web.Response(status=304, headers=extra)
    charset = "; charset=utf-8" if file.content_type.startswith("text/") else ""
    extra[hdrs.CONTENT_TYPE] = file.content_type + charset
    if compressed is not None:
        extra[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=compressed, headers=extra)
    if file.body is not None:
        return web.Response(body=file.body, headers=extra)
    return await _send_from_disk(request, file, extra)


async def _send_from_disk(
    request: web.Request, file: StaticFile, extra: dict[str, str]
) -> web.StreamResponse:
    extra[hdrs.CONTENT_LENGTH] = str(file.size)
    response = web.StreamResponse(headers=extra)
    if request.method == hdrs.METH_HEAD:
        await response.prepare(request)
        return response
    with await asyncio.to_thread(file.path.open, "rb") as source:
        await response.prepare(request)
        left = file.size
        while left > 0:
            chunk = await asyncio.to_thread(source.read, min(left, limits.STATIC_CHUNK_BYTES))
            if not chunk:
                raise ConnectionResetError("the file shrank while it was sent")
            left -= len(chunk)
            await response.write(chunk)
    await response.write_eof()
    return response


def tail_segments(request: web.Request, prefix: str) -> tuple[str, ...] | None:
    """The path segments behind `prefix` in a request's undecoded path."""
    return paths.segments(request.rel_url.raw_path.removeprefix(prefix))
