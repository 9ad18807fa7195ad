"""The answers of WHIP and WHEP: problem details (RFC 9457), `Link` headers for ICE servers, CORS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web

from galene_py.whip import limits

_EXPOSED = "Location, ETag, Link, Retry-After"
_STATUS = {
    "unknown-group": HTTPStatus.NOT_FOUND,
    "redirect": HTTPStatus.NOT_FOUND,
    "broken-group": HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal-error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "bad-request": HTTPStatus.BAD_REQUEST,
    "bad-username": HTTPStatus.BAD_REQUEST,
    "need-username": HTTPStatus.UNAUTHORIZED,
    "need-password": HTTPStatus.UNAUTHORIZED,
    "not-authorised": HTTPStatus.UNAUTHORIZED,
    "duplicate-username": HTTPStatus.CONFLICT,
    "duplicate-id": HTTPStatus.CONFLICT,
}
"""By the code of a refusal. Tokens that are not good are 401, everything else is 403."""


class Problem(Exception):
    """An answer that says what is wrong. `code` is for programs, `text` for people."""

    def __init__(self, status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    @staticmethod
    def of_refusal(code: str, text: str) -> Problem:
        """What HTTP says where the protocol says `joined` of kind `fail`."""
        default = HTTPStatus.UNAUTHORIZED if code.startswith("token-") else HTTPStatus.FORBIDDEN
        status = _STATUS.get(code, default)
        headers: dict[str, str] = {}
        if status == HTTPStatus.UNAUTHORIZED:
            headers[hdrs.WWW_AUTHENTICATE] = 'Bearer, Basic realm="galene-py", charset="UTF-8"'
        elif status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers[hdrs.RETRY_AFTER] = str(limits.RETRY_SECONDS)
        return Problem(status, code, text, headers)

    def response(self) -> web.Response:
        """The answer, as application/problem+json."""
        body = {"title": HTTPStatus(self.status).phrase, "status": int(self.status), "detail": str(self)}
        return web.Response(
            status=self.status,
            body=msgspec.json.encode(body | {"code": self.code}),
            content_type="application/problem+json",
            headers=self.headers,
        )


def link_headers(ice_servers: Iterable[Mapping[str, object]]) -> list[str]:
    """STUN and TURN servers as `Link` headers (RFC 9725 §4.6); what does not fit into one is left out."""
    links = []
    for server in ice_servers:
        urls = server.get("urls")
        for url in urls if isinstance(urls, list) else [urls]:
            parts = [f"<{url}>", 'rel="ice-server"']
            if "credential" in server:
                parts += [f'{name}="{server.get(name, "")}"' for name in ("username", "credential")]
                parts.append('credential-type="password"')
            link = "; ".join(parts)
            if link.isprintable() and "\\" not in link and link.isascii():
                links.append(link)
    return links


def allow_origin(response: web.StreamResponse, origin: str) -> None:
    """Let pages of this origin, which was found acceptable, read the answer."""
    response.headers[hdrs.VARY] = hdrs.ORIGIN
    if origin:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED
