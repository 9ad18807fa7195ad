"""A small server for filter tests: the client's files under the real policies, with faults on request.

Faults that a healthy server never shows: slow and missing files, no exemption for the worker, no MediaPipe.
Records every request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from galene_py.web import headers

ROOT = Path(__file__).resolve().parents[3]
PAGE = "<!doctype html><meta charset=utf-8><title>filters</title><link rel=icon href=data:,><body>"
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".css": "text/css"}


@dataclass
class Site:
    """What the server does, and what it was asked."""

    url: str = ""
    installed: bool = True
    worker_policy: str = headers.WORKER_POLICY
    delays: dict[str, float] = field(default_factory=dict)  # by end of path, seconds
    missing: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    bytes_sent: int = 0
    pages: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)  # scripts by path
    pictures: dict[str, bytes] = field(default_factory=dict)  # PNG by path
    appended: dict[str, str] = field(default_factory=dict)  # to files, by path

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.requests.append(path)
        for end, seconds in self.delays.items():
            if path.endswith(end):
                await asyncio.sleep(seconds)
        if any(path.endswith(end) for end in self.missing):
            raise web.HTTPNotFound
        if path == "/vendor/mediapipe/status.json":
            base = "vendor/mediapipe/"
            return web.json_response({"installed": self.installed, "version": "test", "base": base})
        if path in self.pages or path == "/":
            return web.Response(
                text=self.pages.get(path, PAGE),
                content_type="text/html",
                headers={"Content-Security-Policy": headers.page_policy()},
            )
        return self._file(path)

    def _file(self, path: str) -> web.StreamResponse:
        places = {
            "/static/": "static",
            "/worker/": "static/filters/worker",
            "/vendor/": "vendor",
            "/tests/": "tests",
        }
        if path in self.pictures:
            return web.Response(body=self.pictures[path], content_type="image/png")
        if path in self.extra:
            policy = self.worker_policy if path.startswith("/worker/") else headers.NOTHING_POLICY
            extra = {"Content-Security-Policy": policy}
            return web.Response(text=self.extra[path], content_type="text/javascript", headers=extra)
        for prefix, directory in places.items():
            file = ROOT / directory / path.removeprefix(prefix)
            if path.startswith(prefix) and ".." not in path and file.is_file():
                policy = self.worker_policy if prefix == "/worker/" else headers.NOTHING_POLICY
                body = file.read_bytes() + self.appended.get(path, "").encode()
                self.bytes_sent += len(body)
                kind = TYPES.get(file.suffix, "application/octet-stream")
                caching = "max-age=60" if prefix == "/vendor/" else "no-cache"
                extra = {"Content-Security-Policy": policy, "Content-Type": kind, "Cache-Control": caching}
                return web.Response(body=body, headers=extra)
        raise web.HTTPNotFound


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Serve on a free port of this machine."""
    served = Site()
    app = web.Application()
    app.router.add_get("/{tail:.*}", served.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    host, port = runner.addresses[0][:2]
    served.url = f"http://{host}:{port}/"
    try:
        yield served
    finally:
        await runner.cleanup()
