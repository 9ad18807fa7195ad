"""Pages: rendered by jinja2 with autoescaping, sent with the strict policy, an ETag and compression.

A page holds no state of its own: landing page with the public groups, the shell of the group page and of
the password, statistics and administration pages, and error pages. Links are relative, so that a reverse
proxy may mount the server anywhere. Owns the templates and a small cache of compressed pages.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import jinja2
from aiohttp import hdrs, web

from galene_py import __version__, resources
from galene_py.groups.errors import GroupError, UnknownGroup
from galene_py.groups.registry import GroupRegistry
from galene_py.site import Site
from galene_py.web import headers, limits, paths, static_files
from galene_py.web.context import CONTEXT
from galene_py.web.looks import looks
from galene_py.web.modules import ModuleGraph
from galene_py.web.public_list import Fresh, Parts
from galene_py.web.static_files import StaticTree
from galene_py.web.words import Languages, Words

_TEMPLATES = Path(__file__).resolve().parent / "templates"

ICONS = ("icon.svg", "icons/icon.svg", "icons/logo.svg")
"""where the client may have its icon"""
EARLY = "base/early.js"
"""the client's script that runs before anything is shown"""
REWORD = "base/reword.js"
"""the client's module that says a page's words again, in the language that was chosen in that browser"""

_KNOWN_ERRORS = {400, 403, 404, 405, 413, 500, 503}


def error_kind(status: int) -> str:
    """By what the texts of an HTTP error are called."""
    return str(status if status in _KNOWN_ERRORS else 500 if status >= 500 else 400)


class Page:
    """A page that was rendered. packed: compressed, when that was done in advance."""

    def __init__(self, body: bytes, packed: bytes = b"") -> None:
        self.body = body
        self.packed = packed
        self.digest = hashlib.sha256(body).hexdigest()[:20]


async def packed(body: bytes) -> Page:
    """Digest and compress a page that will be asked for often; a large one aside."""
    if len(body) < limits.PAGE_PACKED_ASIDE_BYTES:
        return Page(body)
    return await asyncio.to_thread(lambda: Page(body, gzip.compress(body, 6, mtime=0)))


class Pages:
    """Renders pages and remembers their compressed form."""

    def __init__(self, static: StaticTree, site: Callable[[], Site] = Site) -> None:
        self._static = static
        self.site = site
        self._modules = ModuleGraph(static)
        self.languages = Languages(resources.static_dir() / "i18n")
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._compressed: OrderedDict[str, bytes] = OrderedDict()

    def respond(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        connect: str = "",
        frames: Sequence[str] = (),
        entry: str = "",
        part: str = "",
        later: str = "",
        **values: object,
    ) -> web.Response:
        """The page as an answer: 304 when the browser has it already. For `connect` and `frames` see
        `headers.page_policy`, for `entry` and `part` see `render`."""
        words = self.words(request)
        page = Page(
            self.render(
                template,
                paths.up(request.rel_url.raw_path),
                words,
                entry=entry,
                part=part,
                later=later,
                **values,
            )
        )
        return self.answer(request, page, status=status, connect=connect, frames=frames)

    def words(self, request: web.Request) -> Words:
        """The language that a browser asks for."""
        return self.languages.best(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))

    def render(
        self,
        template: str,
        base: str,
        words: Words,
        *,
        entry: str = "",
        part: str = "",
        later: str = "",
        **values: object,
    ) -> bytes:
        """A page. base: the relative URL of the server's root; entry: its module; part: its texts; later: a
        module that is wanted when the page is shown."""
        first = [entry, *self._modules.needed_by(entry)] if entry else []
        others = [later, *self._modules.needed_by(later)] if later else []
        text = self._templates.get_template(template).render(
            base=base,
            static=f"{base}static/@{self._static.version()}/",
            version=__version__,
            icon=self._first(*ICONS),
            early=self._first(EARLY),
            entry=entry,
            preload=first[1:],
            later=[module for module in others if module not in first],
            preload_texts=self._first(f"i18n/{words.tag}/{part}.json") if part else "",
            t=words,
            languages=self.languages.listed,
            **looks(self.site(), base),
            **values,
        )
        return text.encode()

    def row(self, template: str, **values: object) -> str:
        """A part of a page."""
        return self._templates.get_template(template).render(**values)

    def answer(
        self,
        request: web.Request,
        page: Page,
        *,
        status: int = 200,
        connect: str = "",
        frames: Sequence[str] = (),
    ) -> web.Response:
        """A page that was rendered, as an answer: 304 when the browser has it already."""
        body, extra = (
            page.body,
            {
                "Content-Security-Policy": headers.page_policy(connect, frames),
                hdrs.CONTENT_TYPE: "text/html; charset=utf-8",
                hdrs.VARY: f"{hdrs.ACCEPT_ENCODING}, {hdrs.ACCEPT_LANGUAGE}",
            },
        )
        if status == 200:
            extra[hdrs.ETAG] = f'W/"{page.digest}"'
            if static_files.matches(request, (page.digest,)):
                return web.Response(status=304, headers=extra)
        if static_files.accepts_gzip(request):
            extra[hdrs.CONTENT_ENCODING] = "gzip"
            body = page.packed or self._compress(page.digest, body)
        return web.Response(status=status, body=body, headers=extra)

    def version(self) -> str:
        """Another one when any of the files changed that pages refer to."""
        return self._static.version()

    def _first(self, *names: str) -> str:
        found = (name for name in names if (self._static.root / name).is_file())
        return next(found, "")

    def _compress(self, digest: str, body: bytes) -> bytes:
        if digest not in self._compressed:
            self._compressed[digest] = gzip.compress(body, 6, mtime=0)
            if len(self._compressed) > limits.PAGE_CACHE_PAGES:
                self._compressed.popitem(last=False)
        self._compressed.move_to_end(digest)
        return self._compressed[digest]

    def error(
        self,
        request: web.Request,
        status: int,
        kind: str = "",
        frames: Sequence[str] = (),
    ) -> web.Response:
        """An error page; kind: by what its texts are called, '' for those of the status."""
        return self.respond(
            request,
            "error.html",
            status=status,
            frames=frames,
            code=status,
            kind=kind or error_kind(status),
            entry=self._first(REWORD),
        )


PAGES = web.AppKey("pages", Pages)


def landing(pages: Pages, groups: GroupRegistry) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of `/`: the public groups and a form for joining any other."""
    base = paths.up("/")

    def made_in(words: Words) -> Fresh[Page]:
        rows = Parts[str](
            groups,
            lambda group: pages.row(
                "landing-row.html", base=base, group=group, quote=paths.quote_name, t=words
            ),
        )

        async def make() -> Page:
            listed = "\n".join(await rows.all())
            return await packed(
                pages.render("landing.html", base, words, rows=listed, entry="pages/landing.js")
            )

        return Fresh(lambda: (groups.listing.version, pages.version(), pages.site()), make)

    made: dict[str, Fresh[Page]] = {}

    async def handle(request: web.Request) -> web.StreamResponse:
        context = request.app[CONTEXT]
        if context.foreign and await context.static.find(("index.html",)):
            return await context.static.respond(request, ("index.html",))
        await groups.notice()
        words = pages.words(request)
        if words.tag not in made:
            made[words.tag] = made_in(words)
        return pages.answer(request, await made[words.tag].get())

    return handle


async def join(request: web.Request) -> web.StreamResponse:
    """`/join?group=NAME`, where the landing page's form leads: on to the group, without any script."""
    name = request.query.get("group", "").strip().strip("/")
    if not name:
        raise web.HTTPSeeOther("./")
    try:
        request.app[CONTEXT].groups.look(name)
    except UnknownGroup:
        return request.app[PAGES].error(request, 404, "group")
    except GroupError:
        return request.app[PAGES].error(request, 503, "broken")
    raise web.HTTPSeeOther(f"./group/{paths.quote_name(name)}/")


def shell(script: str, *, css: str = "plain.css") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler for a page whose contents are made by the client's module `script`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        page = request.app[PAGES]
        entry = f"pages/{script}.js"
        return page.respond(request, "shell.html", script=script, entry=entry, part="pages", css=css)

    return handle
