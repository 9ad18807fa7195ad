"""Security headers and Content-Security-Policy of every response, error answers of the HTTP parser included.

Policies are strings made once; only the origin of a group's authorisation server varies, and those whose
pages may frame a group's. Owns no state.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial

from aiohttp import hdrs, web

from galene_py.budget.turns import Actor
from galene_py.web import limits

log = logging.getLogger(__name__)

_QUIET = logging.getLogger("galene_py.web.access")
_QUIET.setLevel(logging.CRITICAL)  # requests of pages are nobody's business; what fails is logged elsewhere

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'{connect}; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)
"""A page: its own scripts and styles only, nothing inline, no evaluation of any kind."""

NOTHING_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Anything that is no page: data, scripts, images. It may load nothing should a browser show it."""

WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""The segmentation worker: a worker obeys the policy of its own response, so that the page needs no
exemption for WebAssembly."""

_COMMON = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), "
        "fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), autoplay=(self), "
        "geolocation=(), payment=(), usb=(), serial=()"
    ),
}


def page_policy(connect: str = "", frames: Sequence[str] = ()) -> str:
    """The policy of a page that may connect to the origin `connect`, too, and be framed by pages of the
    origins `frames` ('*': any)."""
    return PAGE_POLICY.format(connect=f" {connect}" if connect else "", frames=" ".join(frames) or "'none'")


def secure(response: web.StreamResponse) -> None:
    """Add what is missing; a handler's own stricter or wider policy stays."""
    headers = response.headers
    for name, value in _COMMON.items():
        headers.setdefault(name, value)
    policy = headers.setdefault("Content-Security-Policy", NOTHING_POLICY)
    if "frame-ancestors" not in policy or "frame-ancestors 'none'" in policy:
        headers.setdefault("X-Frame-Options", "DENY")  # cannot name origins: it would contradict others
    headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
    headers.popall(hdrs.SERVER, None)
    headers[hdrs.SERVER] = "galene-py"


async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler of the application."""
    secure(response)


class HttpProtocol(web.RequestHandler):
    """aiohttp's connection handler, with our headers on the answers that it makes by itself.

    Bodies stay as they came: a megabyte may unpack to a thousand, and aiohttp unpacks also what nobody reads,
    for seconds in which nothing else is done.
    """

    __slots__ = ("_actor",)

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=_QUIET,
            keepalive_timeout=limits.HTTP_KEEPALIVE_SECONDS,
            logger=log,
            auto_decompress=False,
        )
        self._actor: Actor | None = None

    def read_in_turns(self, actor: Actor) -> None:
        """From now on, as a WebSocket: let an actor pay for taking frames apart, and read on in its turn.

        Not every frame makes a message (fragments do not), and uvloop reads again and again in one turn.
        """
        self._actor = actor

    def data_received(self, data: bytes) -> None:
        """Bytes came in."""
        if self._actor is None or len(data) < limits.WEBSOCKET_READ_BYTES:
            super().data_received(data)
            return
        began = time.perf_counter()
        super().data_received(data)
        cost = time.perf_counter() - began
        if self.transport is not None:
            self.transport.pause_reading()
            self._actor.spend(cost)
            self._actor.run(partial(self._read_on, cost))

    def _read_on(self, cost: float) -> None:
        if self._actor is not None:
            self._actor.spend(cost)  # so that this turn is over for others who would read as much
        if self.transport is not None and not self._reading_paused:  # else aiohttp does it, when it has room
            self.transport.resume_reading()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A request that could not be parsed, or failed outside the application."""
        if isinstance(exc, ConnectionError):
            raise exc  # the client is gone; the caller takes it for just that
        if exc is not None and status >= 500:
            self.log_exception("error in a request", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun; a second one cannot follow")
        response = web.Response(status=status, text=f"{status}: the request could not be served\n")
        response.force_close()
        secure(response)
        return response
