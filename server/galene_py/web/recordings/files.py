"""Sends an open file: whole, in ranges, or nothing because the client has it. Reads in threads.

Never looks for the file. Closes what it is given.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence

from aiohttp import hdrs, web

from galene_py.recording.shelf import Opened
from galene_py.web import limits, ranges
from galene_py.web.ranges import Range, Version

_TYPES = {
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mp4": "video/mp4",
    ".json": "application/json",
}
NO_STORE = "no-store"


async def send(request: web.Request, opened: Opened, name: str, *, piecewise: bool) -> web.StreamResponse:
    """The answer to a GET or HEAD of this file.

    `piecewise`: a range without an end is answered with `limits.PIECE_BYTES` of it at most, as a partial
    answer that its receiver goes on from: a browser has six connections, and a film that plays holds one.
    """
    try:
        return await _send(request, opened, name, piecewise=piecewise)
    finally:
        opened.close()


async def _send(request: web.Request, opened: Opened, name: str, *, piecewise: bool) -> web.StreamResponse:
    version = Version(f"{opened.modified_ns:x}-{opened.size:x}", opened.modified_ns // 1_000_000_000)
    headers = {
        **version.headers(),
        hdrs.CACHE_CONTROL: NO_STORE,
        hdrs.ACCEPT_RANGES: "bytes",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if status := ranges.precondition(request.headers, version):
        return web.Response(status=status, headers=headers)
    headers[hdrs.CONTENT_DISPOSITION] = "attachment"
    kind = _TYPES[os.path.splitext(name)[1]]
    wanted: list[Range] | None = None
    if request.method == hdrs.METH_GET and ranges.in_range(request.headers, version):
        try:
            wanted = ranges.parse(request.headers.get(hdrs.RANGE, ""), opened.size)
        except ranges.UnsatisfiableError:
            headers[hdrs.CONTENT_RANGE] = f"bytes */{opened.size}"
            return web.Response(status=416, headers=headers)
    if wanted is None:
        return await _write(request, opened, 200, headers | {hdrs.CONTENT_TYPE: kind}, _whole(opened.size))
    if len(wanted) == 1:
        (one,) = wanted
        if piecewise and one.open_end:
            one = Range(one.first, min(one.last, one.first + limits.PIECE_BYTES - 1))
        headers |= {hdrs.CONTENT_TYPE: kind, hdrs.CONTENT_RANGE: _content_range(one, opened.size)}
        return await _write(request, opened, 206, headers, [one])
    boundary = secrets.token_hex(16)
    headers[hdrs.CONTENT_TYPE] = f"multipart/byteranges; boundary={boundary}"
    return await _write(request, opened, 206, headers, _multipart(wanted, opened.size, kind, boundary))


def _whole(size: int) -> list[Range | bytes]:
    return [Range(0, size - 1)] if size else []


def _content_range(one: Range, size: int) -> str:
    return f"bytes {one.first}-{one.last}/{size}"


def _multipart(wanted: Sequence[Range], size: int, kind: str, boundary: str) -> list[Range | bytes]:
    """RFC 9110 §14.6."""
    parts: list[Range | bytes] = []
    for one in wanted:
        head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {_content_range(one, size)}\r\n\r\n"
        parts += [head.encode(), one, b"\r\n"]
    return [*parts, f"--{boundary}--\r\n".encode()]


async def _write(
    request: web.Request, opened: Opened, status: int, headers: dict[str, str], parts: Sequence[Range | bytes]
) -> web.StreamResponse:
    length = sum(part.length if isinstance(part, Range) else len(part) for part in parts)
    response = web.StreamResponse(status=status, headers=headers | {hdrs.CONTENT_LENGTH: str(length)})
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    for part in parts:
        if isinstance(part, Range):
            await _copy(response, opened.descriptor, part)
        else:
            await response.write(part)
    await response.write_eof()
    return response


async def _copy(response: web.StreamResponse, descriptor: int, part: Range) -> None:
    at = part.first
    while at <= part.last:
        length = min(part.last + 1 - at, limits.RECORDING_CHUNK_BYTES)
        chunk = await asyncio.to_thread(os.pread, descriptor, length, at)
        if not chunk:
            raise ConnectionResetError("the file shrank while it was sent")
        at += len(chunk)
        await response.write(chunk)
