"""Answers of the administration interface, errors included, and the conditions of RFC 9110 §13.

An error is raised as `ApiError` anywhere below a handler and becomes a line of plain text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import msgspec
from aiohttp import hdrs, web

_REASONS = {413: "Request Entity Too Large"}
"""The wording that clients show; Python's own changed between versions."""

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"')


class ApiError(Exception):
    """A request that cannot be served: status code and words for whoever sent it."""

    def __init__(self, status: int, text: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers or {}

    def response(self) -> web.Response:
        """As an answer."""
        text = f"{self.text}\n" if self.text else None
        return web.Response(
            status=self.status, reason=_REASONS.get(self.status), text=text, headers=self.headers
        )


def etag_of(value: object) -> str:
    """An ETag for anything that can be JSON; with its quotes."""
    encoded = msgspec.json.encode(value, order="deterministic")
    return f'"{hashlib.sha256(encoded).hexdigest()[:32]}"'


def json(request: web.Request, value: object, etag: str = "") -> web.Response:
    """The answer to a question; 304 when the asker has it already."""
    headers = {hdrs.ETAG: etag} if etag else {}
    if etag:
        check_preconditions(request, etag)
    body = msgspec.json.encode(value) + b"\n"
    return web.Response(body=body, content_type="application/json", headers=headers)


def written(*, created: bool) -> web.Response:
    """The answer to a change."""
    return web.Response(status=201 if created else 204)


def check_preconditions(request: web.Request, etag: str) -> None:
    """Raise ApiError 412 or 304 unless the conditions hold; an empty `etag` means: there is no such thing."""
    wanted = request.headers.get(hdrs.IF_MATCH, "")
    if wanted and not _matches(etag, wanted):
        raise ApiError(
            412, "it was changed in the meantime: fetch it again" if etag else "there is no such thing"
        )
    unwanted = request.headers.get(hdrs.IF_NONE_MATCH, "")
    if unwanted and _matches(etag, unwanted):
        if request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            raise ApiError(304, headers={hdrs.ETAG: etag})
        raise ApiError(412, "it exists already" if unwanted.strip() == "*" else "it has not changed")


def _matches(etag: str, header: str) -> bool:
    if header.strip() == "*":
        return bool(etag)
    return etag in _ETAG.findall(header)
