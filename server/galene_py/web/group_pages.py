"""What lies below `/group/NAME/`: the page, `.status`, and endpoints that other modules register.

The name is taken from the undecoded path, so that an encoded slash cannot pass for a separator. Owns the
table of endpoints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import unquote_to_bytes

import msgspec
from aiohttp import hdrs, web

from galene_py.groups.errors import GroupError, UnknownGroup
from galene_py.groups.registry import GroupRegistry
from galene_py.web import address, headers, limits, pages
from galene_py.web.context import CONTEXT, FOREIGN_PAGE
from galene_py.web.public_list import PublicJson

Endpoint = Callable[[web.Request, str, tuple[str, ...]], Awaitable[web.StreamResponse]]
"""Handler of `/group/NAME/.ENDPOINT[/REST...]`; gets the group's name and the rest."""

_PREFIX = "/group/"


def split(raw: str) -> tuple[str, tuple[str, ...]] | None:
    """The group's name and the decoded segments from the first one with a leading dot on; None if malformed.

    `raw` is what follows `/group/`, percent-encoded, without the trailing slash of a page.
    """
    if len(raw) > limits.URL_PATH_BYTES:
        return None
    decoded = []
    for part in raw.split("/"):
        try:
            segment = unquote_to_bytes(part).decode("utf-8")
        except UnicodeDecodeError:
            return None
        if not segment or "/" in segment or "\\" in segment or "\0" in segment:
            return None
        decoded.append(segment)
    for index, segment in enumerate(decoded):
        if segment.startswith("."):
            return ("/".join(decoded[:index]), tuple(decoded[index:])) if index else None
    return "/".join(decoded), ()


class GroupPages:
    """Dispatches requests below `/group/`."""

    def __init__(self) -> None:
        self._endpoints: dict[str, Endpoint] = {".status": self._status, ".status.json": self._old_status}

    def register(self, name: str, endpoint: Endpoint) -> None:
        """Let `endpoint` answer `/group/NAME/{name}`; `name` starts with a dot."""
        self._endpoints[name] = endpoint

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler of every path below `/group/`."""
        raw = request.rel_url.raw_path.removeprefix(_PREFIX)
        if not raw:
            raise web.HTTPSeeOther("../")
        found = split(raw.removesuffix("/"))
        if found is None:
            return self._unknown(request)
        name, rest = found
        try:
            if rest:
                endpoint = self._endpoints.get(rest[0])
                if endpoint is None:
                    raise web.HTTPNotFound
                return await endpoint(request, name, rest[1:])
            return await self._page(request, name, raw)
        except UnknownGroup:
            return self._unknown(request)
        except GroupError:
            return _error(request, 503, "broken")

    def _unknown(self, request: web.Request) -> web.StreamResponse:
        return _error(request, 404, "group")

    async def _page(self, request: web.Request, name: str, raw: str) -> web.StreamResponse:
        _only_reading(request)
        group = request.app[CONTEXT].groups.look(name)
        description = group.description
        if description.redirect:
            # Temporary, because an admin may change it; browsers keep permanent ones for ever.
            raise web.HTTPTemporaryRedirect(description.redirect)
        if not raw.endswith("/"):
            query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
            raise web.HTTPPermanentRedirect(f"./{raw.rpartition('/')[2]}/{query}")
        connect = address.origin_of(description.auth_server)
        context = request.app[CONTEXT]
        if context.foreign:
            policy = headers.page_policy(connect, _frames(request))
            return await context.static.respond(request, (FOREIGN_PAGE,), policy=policy)
        return request.app[pages.PAGES].respond(
            request,
            "group.html",
            connect=connect,
            frames=_frames(request),
            group=group.name,
            group_title=description.display_name or group.name,
            group_description=description.description,
            entry="main.js",
            part="room",
            later="ui/meeting.js",
        )

    async def _status(self, request: web.Request, name: str, rest: tuple[str, ...]) -> web.StreamResponse:
        _only_reading(request)
        if rest:
            raise web.HTTPNotFound
        context = request.app[CONTEXT]
        status = context.groups.status(name, address.base_url(request, context.config.server))
        return json_response(request, status)

    async def _old_status(self, request: web.Request, name: str, rest: tuple[str, ...]) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect("./.status")


def _frames(request: web.Request) -> list[str]:
    """The origins whose pages may frame those of groups."""
    return request.app[CONTEXT].config.server.allowFrame


def _error(request: web.Request, status: int, kind: str) -> web.Response:
    return request.app[pages.PAGES].error(request, status, kind, _frames(request))


def _only_reading(request: web.Request) -> None:
    if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        raise web.HTTPMethodNotAllowed(request.method, [hdrs.METH_GET, hdrs.METH_HEAD])


def json_response(request: web.Request, value: object) -> web.Response:
    """Public JSON: readable by pages of the allowed origins, always fresh."""
    return _public(request, msgspec.json.encode(value))


def _public(request: web.Request, body: bytes) -> web.Response:
    response = web.Response(body=body, content_type="application/json")
    response.headers[hdrs.CACHE_CONTROL] = "no-cache"
    config = request.app[CONTEXT].config.server
    origin = request.headers.get(hdrs.ORIGIN)
    response.headers[hdrs.VARY] = hdrs.ORIGIN
    if origin and address.origin_allowed(request, config, config.allowOrigin):
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
    return response


def public_groups(groups: GroupRegistry) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of `/public-groups.json`: the statuses of all public groups."""
    listed = PublicJson(groups)

    async def handle(request: web.Request) -> web.StreamResponse:
        base = address.base_url(request, request.app[CONTEXT].config.server)
        return _public(request, await listed.get(base))

    return handle
