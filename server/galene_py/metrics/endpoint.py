"""`/metrics` in Prometheus' formats: at an address of its own, or on the pages' one for who knows the token.

Who has no token learns nothing, not even whether there are metrics. Never caches. Owner of the state: the
heartbeat, and the sockets of the address of its own.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from galene_py.metrics import limits
from galene_py.metrics.events import CountedAudit
from galene_py.metrics.families import Shown, families
from galene_py.metrics.heartbeat import Heartbeat
from galene_py.metrics.snapshot import Media, State, take
from galene_py.web import sockets
from galene_py.web.credentials import Shown as Credentials

PATH = "/metrics"


class MetricsEndpoint:
    """Serves the figures of one server. `token`: what opens them on the pages' address; '' nothing does."""

    def __init__(
        self, media: Media, state: Callable[[], State], events: CountedAudit, token: Callable[[], str]
    ) -> None:
        self._media = media
        self._state = state
        self._events = events
        self._token = token
        self._heartbeat = Heartbeat(asyncio.get_running_loop())
        self._heartbeat.start()
        self._being_made = 0
        self._runner: web.AppRunner | None = None

    async def listen(self, where: str) -> str:
        """Serve at an address of its own, by plain HTTP, without a token. Its URL; raises ListenError."""
        listening = sockets.listen(sockets.parse_address(where))
        app = web.Application()
        app.router.add_get(PATH, self.open)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        for sock in listening:
            await web.SockSite(self._runner, sock).start()
        name = listening[0].getsockname()
        return name if isinstance(name, str) else f"http://{_host(name[0])}:{name[1]}{PATH}"

    async def close(self) -> None:
        """Look and listen no more."""
        self._heartbeat.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def guarded(self, request: web.Request) -> web.Response:
        """Answer who shows the token as a Bearer token (RFC 6750); everybody else gets 404."""
        wanted, shown = self._token(), Credentials.by(request).token
        if not wanted or not hmac.compare_digest(wanted.encode(), shown.encode()):
            raise web.HTTPNotFound
        return await self.open(request)

    async def open(self, request: web.Request) -> web.Response:
        """Answer, in the format that is asked for."""
        if self._being_made >= limits.SCRAPES:
            raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: "1"})
        self._being_made += 1
        try:
            shot = await take(self._media, self._state())
        finally:
            self._being_made -= 1
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(Shown(families(shot, self._heartbeat, self._events.counts)))
        encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
        headers = {hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(body=encode(registry), headers=headers)


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
