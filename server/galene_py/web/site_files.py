"""What belongs to the server's own look: its logo, its colours as a stylesheet, the manifest of the app.

Each is made of `site` of data/config.json as it is now. Owns no state.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging

import msgspec
from aiohttp import hdrs, web

from galene_py import file_reading, limits
from galene_py.file_reading import FileTrouble
from galene_py.site import logo_type
from galene_py.web import colours, looks, pages, static_files
from galene_py.web.context import CONTEXT

log = logging.getLogger(__name__)

_BACKGROUND = "#0e1015"
"""behind the meeting, while it is being opened"""


async def logo(request: web.Request) -> web.StreamResponse:
    """`/site/logo`."""
    context = request.app[CONTEXT]
    name = context.config.server.site.logo
    if not name:
        raise web.HTTPNotFound
    try:
        body, _ = await asyncio.to_thread(
            file_reading.read, context.config.data / name, limits.SITE_LOGO_BYTES
        )
    except (OSError, FileTrouble) as error:
        log.warning("site.logo: %s cannot be shown: %s", name, error)
        raise web.HTTPNotFound from None
    return _answer(request, body, logo_type(name))


async def style(request: web.Request) -> web.StreamResponse:
    """`/site/colours.css`."""
    colour = request.app[CONTEXT].config.server.site.colour
    return _answer(request, (colours.stylesheet(colour) if colour else "").encode(), "text/css")


async def manifest(request: web.Request) -> web.StreamResponse:
    """`/manifest.webmanifest` (W3C Application Manifest), by which browsers install the pages as an app."""
    context = request.app[CONTEXT]
    site = context.config.server.site
    name = site.name or request.app[pages.PAGES].words(request)("landing.title")
    static = f"static/@{context.static.version()}/"
    icons = [{"src": f"{static}icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}]
    if site.logo:
        icons.insert(0, {"src": looks.LOGO, "sizes": "any", "type": logo_type(site.logo), "purpose": "any"})
    told = {
        "name": name,
        "short_name": name[:30],
        "id": "./",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": _BACKGROUND,
        "theme_color": site.colour or "#2f5bea",
        "icons": icons,
    }
    return _answer(request, msgspec.json.encode(told), "application/manifest+json")


def _answer(request: web.Request, body: bytes, kind: str) -> web.Response:
    digest = hashlib.sha256(body).hexdigest()[:20]
    extra = {hdrs.ETAG: f'"{digest}"', hdrs.CACHE_CONTROL: "no-cache", hdrs.VARY: hdrs.ACCEPT_LANGUAGE}
    if static_files.matches(request, (digest,)):
        return web.Response(status=304, headers=extra)
    return web.Response(body=body, headers={**extra, hdrs.CONTENT_TYPE: kind})
