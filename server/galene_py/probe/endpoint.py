"""`POST /connection-test`: an offer in, an answer out (both application/sdp); the test ends by itself.

No login: whoever cannot join wants to know why. What it may cost is bounded by network and in all. Never
does: keep or show anything of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiohttp import hdrs, web

from galene_py.conference.media import Media, MediaError
from galene_py.config import ServerConfig
from galene_py.probe import limits
from galene_py.probe.sessions import Busy, RunningTests
from galene_py.web import address

PATH = "/connection-test"
SDP = "application/sdp"
CODECS = ("vp8", "opus")
"""What every browser can send."""


class ProbeEndpoint:
    """Serves the test. `config`: data/config.json as it is now."""

    def __init__(self, media: Media, config: Callable[[], ServerConfig]) -> None:
        self._media = media
        self._config = config
        self.tests = RunningTests(time.monotonic, asyncio.get_running_loop().call_later)

    async def handle(self, request: web.Request) -> web.Response:
        """Begin a test, or say in words why not."""
        if not address.origin_allowed(request, self._config(), ()):
            raise web.HTTPForbidden(text="pages of other sites may not test connections to this server\n")
        if request.content_type != SDP:
            raise web.HTTPUnsupportedMediaType(text=f"the body must be {SDP}\n")
        offer = await self._body(request)
        asker = address.client_address(request)
        try:
            self.tests.check(asker)
            key = object()
            stream = self._media.publish(
                offer, codecs=CODECS, label="test", on_closed=lambda reason: self.tests.end(key)
            )
        except Busy as error:
            raise web.HTTPTooManyRequests(text=f"{error}\n", headers={hdrs.RETRY_AFTER: "5"}) from None
        except MediaError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        self.tests.add(key, asker, stream)
        return web.Response(
            body=stream.answer.encode(), content_type=SDP, headers={hdrs.CACHE_CONTROL: "no-store"}
        )

    async def _body(self, request: web.Request) -> str:
        body = await request.read()
        if len(body) > limits.DESCRIPTION_BYTES:
            raise web.HTTPRequestEntityTooLarge(limits.DESCRIPTION_BYTES, len(body))
        try:
            return body.decode()
        except UnicodeDecodeError:
            raise web.HTTPBadRequest(text="the body is not UTF-8\n") from None

    def close(self) -> None:
        """The server goes down."""
        self.tests.close()
