"""The table of what can be done with what, and the one handler that serves it.

Order: origin, then methods a browser asks about (OPTIONS), then credentials, then the method, then the thing.
So nobody without credentials learns whether a group exists.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import hdrs, web

from galene_py.config import ServerConfig
from galene_py.groups.errors import DescriptionError, GroupError, StorageError, TagMismatch, UnknownGroup
from galene_py.groups.registry import GroupRegistry
from galene_py.recording.films import Films
from galene_py.recording.shelf import Shelf
from galene_py.web import address
from galene_py.web.api import answers, bans, groups, openapi, recordings, statistics, tokens, users
from galene_py.web.api.access import Access
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import PREFIX, Kind, Resource, parse
from galene_py.web.api.service import Service
from galene_py.web.credentials import Shown
from galene_py.web.recordings.door import Door

log = logging.getLogger(__name__)

Handler = Callable[[Service, web.Request, Resource], Awaitable[web.Response]]


async def _stats(service: Service, request: web.Request, resource: Resource) -> web.Response:
    return answers.json(request, await statistics.groups(service.client_states()))


async def _server(service: Service, request: web.Request, resource: Resource) -> web.Response:
    return answers.json(request, service.server_state())


async def _openapi(service: Service, request: web.Request, resource: Resource) -> web.Response:
    return answers.json(request, openapi.document(), openapi.etag())


HANDLERS: Mapping[Kind, Mapping[str, Handler]] = {
    Kind.OPENAPI: {"GET": _openapi},
    Kind.STATS: {"GET": _stats},
    Kind.SERVER: {"GET": _server},
    Kind.GROUPS: {"GET": groups.list_groups},
    Kind.GROUP: {"GET": groups.show, "PUT": groups.put, "DELETE": groups.delete},
    Kind.KEYS: {"PUT": groups.put_keys, "DELETE": groups.delete_keys},
    Kind.USERS: {"GET": users.list_users},
    Kind.USER: {"GET": users.show, "PUT": users.put, "DELETE": users.delete},
    Kind.PASSWORD: {"PUT": users.put_password, "POST": users.post_password, "DELETE": users.delete_password},
    Kind.TOKENS: {"GET": tokens.list_tokens, "POST": tokens.post},
    Kind.TOKEN: {"GET": tokens.show, "PUT": tokens.put, "DELETE": tokens.delete},
    Kind.BANS: {"GET": bans.list_bans, "POST": bans.post},
    Kind.BAN: {"GET": bans.show, "DELETE": bans.delete},
    Kind.RECORDINGS: {"GET": recordings.list_recordings},
    Kind.RECORDING: {"GET": recordings.show, "DELETE": recordings.delete},
    Kind.FILM: {"PUT": recordings.start_film, "DELETE": recordings.cancel_film},
    Kind.NOTHING: {},
}
"""Handlers by thing and method; HEAD is GET."""


def methods(kind: Kind) -> list[str]:
    """The methods that a thing knows, apart from OPTIONS."""
    known = list(HANDLERS[kind])
    return ["HEAD", *known] if "GET" in known else known


def add_routes(
    app: web.Application,
    registry: GroupRegistry,
    config: Callable[[], ServerConfig],
    server_state: Callable[[], Mapping[str, Any]],
    client_states: Callable[[], Iterator[tuple[str, Mapping[str, Any]]]],
    shelf: Shelf,
    door: Door,
    films: Films | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Serve the administration interface.

    `config` returns data/config.json as it is now, `server_state` what `.server` tells, `client_states` the
    group and the state of one client after the other; `shelf` has the recordings, `door` says who may see
    them, `films` makes one film of one; `clock` counts seconds.
    """
    service = Service(registry, config, server_state, client_states, shelf, films)
    api = Api(service, Access(registry, config, clock, door), config)
    app.router.add_route("*", PREFIX + "{tail:.*}", api.handle)


class Api:
    """Serves all requests below PREFIX."""

    def __init__(self, service: Service, access: Access, config: Callable[[], ServerConfig]) -> None:
        self._service = service
        self._access = access
        self._config = config

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler of every path below PREFIX."""
        try:
            response = await self._serve(request)
        except ApiError as error:
            response = error.response()
            shown = Shown.by(request)
            if error.status == 401 and shown != Shown():
                facts = {"user": shown.username or "a token", "address": address.client_address(request)}
                self._service.registry.audit("refused", why="admin", **facts)
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        origin = request.headers.get(hdrs.ORIGIN)
        if origin and response.status != 403:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "ETag, Location"
        return response

    async def _serve(self, request: web.Request) -> web.Response:
        config = self._config()
        if not address.origin_allowed(request, config, config.allowAdminOrigin):
            raise ApiError(403, "pages of this origin may not administer the server; see allowAdminOrigin")
        resource = parse(request.rel_url.raw_path)
        if request.method == hdrs.METH_OPTIONS:
            return _options(resource)
        who = "" if resource.kind is Kind.OPENAPI else await self._access.check(request, resource)
        if resource.kind is Kind.NOTHING:
            raise ApiError(404, "there is nothing at this address")
        method = "GET" if request.method == hdrs.METH_HEAD else request.method
        handler = HANDLERS[resource.kind].get(method)
        if handler is None:
            allow = ", ".join(["OPTIONS", *methods(resource.kind)])
            raise ApiError(405, "method not allowed", {hdrs.ALLOW: allow})
        response = await self._call(handler, request, resource)
        if method != "GET":
            # The token itself would be a secret; names are quoted, so that nobody can forge a line.
            target = resource.user or resource.recording
            what = f"{resource.kind.value} {target!r}" if target else resource.kind.value
            log.info("%s by %s: %s, group %r", method, who, what, resource.group)
            self._note(request, method, resource)
        return response

    def _note(self, request: web.Request, method: str, resource: Resource) -> None:
        self._service.registry.audit(
            "admin",
            action=method,
            what=resource.kind.value,
            group=resource.group,
            target=resource.user or resource.recording,
            user=Shown.by(request).username or "a token",
            address=address.client_address(request),
        )

    async def _call(self, handler: Handler, request: web.Request, resource: Resource) -> web.Response:
        try:
            return await handler(self._service, request, resource)
        except UnknownGroup:
            raise ApiError(404, "not found") from None
        except TagMismatch as error:
            raise ApiError(412, str(error)) from None
        except DescriptionError as error:
            raise ApiError(400, str(error)) from None
        except StorageError as error:
            log.error("%s", error)
            raise ApiError(500, str(error)) from None
        except GroupError as error:
            raise ApiError(500, str(error)) from None


def _options(resource: Resource) -> web.Response:
    """The answer to a browser that asks before it sends."""
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(["OPTIONS", *methods(resource.kind)]),
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type, If-Match, If-None-Match",
        hdrs.ACCESS_CONTROL_MAX_AGE: "600",
    }
    return web.Response(status=200, headers=headers)
