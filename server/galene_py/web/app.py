"""The HTTP application: routes, error pages, the redirect to the canonical host.

Everything it needs comes in a `WebContext`; other modules add routes to the application that is returned
(`app[GROUP_PAGES].register` below a group, `app.router` elsewhere). Opens no socket: that is `listener`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from galene_py import __version__, hosts
from galene_py.web import (
    address,
    group_pages,
    headers,
    limits,
    looks,
    pages,
    site_files,
    static_files,
    traces,
)
from galene_py.web.context import CONTEXT, WebContext
from galene_py.web.deadlines import bodies_in_time
from galene_py.web.group_pages import GroupPages
from galene_py.web.mediapipe import MediaPipe
from galene_py.web.page_turns import in_turns
from galene_py.web.pages import PAGES, Pages
from galene_py.web.ws import WebSockets

log = logging.getLogger(__name__)

GROUP_PAGES = web.AppKey("group_pages", GroupPages)
WEBSOCKETS = web.AppKey("websockets", WebSockets)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(context: WebContext) -> web.Application:
    """The application with all pages; nothing is listening yet."""
    app = web.Application(
        middlewares=[in_turns, _errors, bodies_in_time, _canonical_host],
        client_max_size=limits.HTTP_BODY_BYTES,
        logger=log,
    )
    app[CONTEXT] = context
    app[PAGES] = Pages(context.static, lambda: context.config.server.site)
    app[GROUP_PAGES] = GroupPages()
    app[WEBSOCKETS] = WebSockets()
    app.on_response_prepare.append(headers.on_prepare)
    mediapipe = MediaPipe(context.vendor_dirs)
    app.add_routes(
        [
            web.get("/", pages.landing(app[PAGES], context.groups)),
            web.get("/join", pages.join),
            web.get("/ws", app[WEBSOCKETS].handle, allow_head=False),
            web.get("/healthz", _health),
            web.get("/public-groups.json", group_pages.public_groups(context.groups)),
            web.get("/admin", _to_directory),
            web.get("/admin/", pages.shell("admin")),
            web.get("/vendor/mediapipe/status.json", mediapipe.status),
            web.get("/vendor/mediapipe/{tail:.*}", mediapipe.file),
            web.get("/worker/{tail:.*}", _worker),
            web.get("/static/{tail:.*}", _static),
            web.get("/favicon.ico", _favicon),
            web.get(f"/{looks.LOGO}", site_files.logo),
            web.get(f"/{looks.STYLE}", site_files.style),
            web.get(f"/{looks.MANIFEST}", site_files.manifest),
            web.get("/robots.txt", _robots),
            web.get("/group", _to_directory),
            web.route("*", "/group/{tail:.*}", app[GROUP_PAGES].handle),
        ]
    )
    if context.foreign:
        app.add_routes([web.get("/{tail:.*}", _foreign_file)])
    else:
        app.add_routes(
            [
                web.get("/change-password.html", pages.shell("change-password")),
                web.get("/stats.html", pages.shell("stats")),
            ]
        )
    return app


async def _static(request: web.Request) -> web.StreamResponse:
    tree = request.app[CONTEXT].static
    return await tree.respond(request, static_files.tail_segments(request, "/static/"))


async def _foreign_file(request: web.Request) -> web.StreamResponse:
    """A file of Galène's client, which expects them at the root."""
    tree = request.app[CONTEXT].static
    return await tree.respond(request, static_files.tail_segments(request, "/"))


async def _worker(request: web.Request) -> web.StreamResponse:
    """Scripts of static/filters/worker/ under the one policy that permits WebAssembly."""
    tree = request.app[CONTEXT].worker
    names = static_files.tail_segments(request, "/worker/")
    return await tree.respond(request, names, policy=headers.WORKER_POLICY)


async def _favicon(request: web.Request) -> web.StreamResponse:
    tree = request.app[CONTEXT].static
    for name in ("favicon.ico", *pages.ICONS):
        names = tuple(name.split("/"))
        if await tree.find(names) is not None:
            return await tree.respond(request, names)
    return web.Response(status=204)


async def _robots(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="User-agent: *\nDisallow: /group/\nDisallow: /admin/\nDisallow: /recordings/\n")


async def _to_directory(request: web.Request) -> web.StreamResponse:
    raise web.HTTPPermanentRedirect(f"./{request.rel_url.raw_path.rpartition('/')[2]}/")


async def _health(request: web.Request) -> web.StreamResponse:
    """For supervisors: an answer at all means that the event loop turns."""
    context = request.app[CONTEXT]
    return web.json_response(
        {"status": "ok", "version": __version__, "uptime": round(time.monotonic() - context.started, 1)},
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )


@web.middleware
async def _errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Turn errors into pages for browsers and short texts for everybody else."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        traces.forget(error)
        plain = f"{error.status}: {error.reason}"
        if error.status < 400 or error.text != plain:
            return web.Response(status=error.status, body=error.body, headers=error.headers)
        return _error_answer(request, error.status, error.headers.get(hdrs.ALLOW, ""))
    except ConnectionError as error:
        # Raised further, it would be kept by the task whose frames it has seen (`traces`).
        traces.forget(error)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    except OSError as error:
        # Nothing is open any more, or nothing to be had: a matter of the moment, RFC 9110 §15.6.4.
        log.error("cannot serve %s at the moment: %s", request.rel_url.raw_path, error.strerror)
        response = _error_answer(request, 503)
        response.headers[hdrs.RETRY_AFTER] = str(limits.BUSY_RETRY_SECONDS)
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response
    except Exception as error:
        log.error("error in %s %s", request.method, request.rel_url.raw_path, exc_info=error)
        traces.forget(error)
        return _error_answer(request, 500)


def _error_answer(request: web.Request, status: int, allow: str = "") -> web.Response:
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        response = request.app[PAGES].error(request, status)
    else:
        say, kind = request.app[PAGES].languages.english, pages.error_kind(status)
        response = web.Response(
            status=status, text=f"{say(f'error.{kind}.title')}. {say(f'error.{kind}.text')}\n"
        )
    if allow:
        response.headers[hdrs.ALLOW] = allow
    return response


_ANY_HOST = ("/healthz", "/metrics", "/ws", "/galene-api/")
"""Paths that programs ask for, which need not follow a redirection."""


@web.middleware
async def _canonical_host(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Send browsers that used another name of this server to its canonical one."""
    canonical = request.app[CONTEXT].config.server.canonicalHost
    if canonical and request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
        path = request.rel_url.raw_path
        scheme = address.scheme(request)
        wanted, asked = hosts.read_host(canonical).at(scheme), address.host_header(request)
        if not path.startswith(_ANY_HOST) and (asked is None or asked.at(scheme) != wanted):
            raise web.HTTPMovedPermanently(f"{wanted}{request.rel_url.raw_path_qs}")
    return await handler(request)
