"""Plain HTTP on the TLS port: answers with a redirect to https, which is what people want who typed it.

Reads one request head, nothing else; never serves anything. State: the bytes of that head.
"""

from __future__ import annotations

import asyncio
import re
from typing import cast

from galene_py.web import limits

_REQUEST = re.compile(rb"[A-Z]{1,16} (/[\x21-\x7e]*) HTTP/1\.[01]\r?\n")
_HOST = re.compile(rb"\r?\nhost:[ \t]*([A-Za-z0-9._\-\[\]:]{1,260})[ \t]*\r?\n", re.IGNORECASE)


def answer(head: bytes) -> bytes:
    """The whole answer to a request head."""
    request = _REQUEST.match(head)
    host = _HOST.search(head)
    if request is None or host is None:
        status, extra = b"400 Bad Request", b""
    else:
        status = b"308 Permanent Redirect"
        extra = b"Location: https://" + host[1] + request[1] + b"\r\n"
    body = b"This port speaks HTTPS.\n"
    return (
        b"HTTP/1.1 " + status + b"\r\n" + extra + b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
        b"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-cache\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" + body
    )


class RedirectToHttps(asyncio.Protocol):
    """One such connection."""

    def __init__(self) -> None:
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No isinstance: uvloop's transports are not asyncio.Transport.
        stream = self._transport = cast(asyncio.Transport, transport)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(limits.FIRST_BYTE_SECONDS, stream.abort)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._head += data
        ended = b"\r\n\r\n" in self._head or b"\n\n" in self._head
        if ended or len(self._head) > limits.PLAIN_REQUEST_BYTES:
            transport, self._transport = self._transport, None
            transport.write(answer(self._head))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
