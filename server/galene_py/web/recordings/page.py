"""The handler of `/recordings/`: the page of a group's recordings, signing in and out there, and the files.

    /recordings/GROUP/           the page, the same for everybody: its script signs in and asks for the list
    /recordings/GROUP/.session   POST signs in (Basic or Bearer) and sets a cookie, DELETE signs out
    /recordings/GROUP/FILE       a file, for those who signed in; `?play`: piecewise, for media elements

The cookie has no Path: it is then that of the directory it was set in (RFC 6265 §5.1.4), under whatever
prefix a reverse proxy has put the server. Names are taken from the undecoded path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
from aiohttp import hdrs, web

from galene_py.groups.errors import GroupError, Refused, Why
from galene_py.recording.shelf import SHOWN, NotThereError, Opened, Shelf
from galene_py.web import address, limits, pages, paths
from galene_py.web.context import CONTEXT
from galene_py.web.recordings import files
from galene_py.web.recordings.door import Door, challenge, group_of
from galene_py.web.recordings.sessions import Session, cookie_name

PREFIX = "/recordings/"
SESSION = ".session"
_READING = (hdrs.METH_GET, hdrs.METH_HEAD)


class RecordingPages:
    """Serves everything below PREFIX."""

    def __init__(self, shelf: Shelf, door: Door) -> None:
        self._shelf = shelf
        self._door = door
        self._page = pages.shell("recordings", css="recordings.css")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler."""
        raw = request.rel_url.raw_path.removeprefix(PREFIX)
        above, _, last = raw.rpartition("/")
        segments = paths.segments(above) if above else ()
        if segments is None:
            raise web.HTTPNotFound
        if segments and last == SESSION:
            return await self._session(request, group_of(segments))
        _allow(request, *_READING)
        if segments and not last and not request.app[CONTEXT].foreign:  # Galène's client has no such page
            response = await self._page(request)
            response.headers[hdrs.CACHE_CONTROL] = files.NO_STORE
            return response
        name = paths.segments(last)
        if name is None:
            raise web.HTTPNotFound
        if not segments or not name[0].endswith(SHOWN):
            raise web.HTTPPermanentRedirect(f"./{last}/")
        return await self._file(request, group_of(segments), name[0])

    async def _file(self, request: web.Request, group: str, name: str) -> web.StreamResponse:
        try:
            await self._door.check(request, group, cookie=True)
        except Refused as error:
            return _refusal(request, error)
        try:
            opened: Opened = await _kept(asyncio.to_thread(self._shelf.open, group, name))
        except NotThereError:
            return _plain(404, "there is no such file")
        return await files.send(request, opened, name, piecewise="play" in request.query)

    async def _session(self, request: web.Request, group: str) -> web.StreamResponse:
        _allow(request, hdrs.METH_POST, hdrs.METH_DELETE)
        try:
            visitor = await self._door.check(request, group)
            session = visitor.session
            if session is None and request.method == hdrs.METH_POST:
                session = self._door.sessions.open(group, visitor.admission)
        except Refused as error:
            return _refusal(request, error)
        except GroupError:  # it was deleted meanwhile
            return _refusal(request, Refused(Why.NOT_AUTHORISED, "not authorised"))
        if request.method == hdrs.METH_DELETE:
            if session is not None:
                self._door.sessions.close(session)
            response = web.Response(status=204)
            _set_cookie(request, response, group, None)
        else:
            assert session is not None
            response = web.Response(
                body=msgspec.json.encode(self._told(session)), content_type="application/json"
            )
            _set_cookie(request, response, group, session)
        response.headers[hdrs.CACHE_CONTROL] = files.NO_STORE
        return response

    def _told(self, session: Session) -> dict[str, str]:
        expires = datetime.now(UTC) + timedelta(seconds=self._door.sessions.left(session))
        return {
            "token": session.token,
            "expires": expires.isoformat(timespec="seconds"),
            "username": session.admission.username,
        }


async def _kept(opening: Awaitable[Opened]) -> Opened:
    """What is opened, even if nobody wants it any more: then it is closed."""
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_close)
        raise


def _close(task: asyncio.Future[Opened]) -> None:
    with suppress(Exception):
        task.result().close()


def _set_cookie(request: web.Request, response: web.Response, group: str, session: Session | None) -> None:
    value, lasts = (session.cookie, "") if session is not None else ("", "; Max-Age=0")
    secure = "; Secure" if address.scheme(request) == "https" else ""
    text = f"{cookie_name(group)}={value}; HttpOnly; SameSite=Strict{secure}{lasts}"
    response.headers.add(hdrs.SET_COOKIE, text)


def _allow(request: web.Request, *methods: str) -> None:
    if request.method not in methods:
        raise web.HTTPMethodNotAllowed(request.method, methods)


def _refusal(request: web.Request, error: Refused) -> web.Response:
    if error.code is Why.BUSY:
        response = _plain(503, error.text)
        response.headers[hdrs.RETRY_AFTER] = str(limits.BUSY_RETRY_SECONDS)
        return response
    response = _plain(401, "not authorised")
    response.headers.update(challenge(request))
    return response


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers={hdrs.CACHE_CONTROL: files.NO_STORE})


def add_routes(app: web.Application, shelf: Shelf, door: Door) -> None:
    """Serve recordings. Before other modules' routes of everything, where there are such."""
    app.router.add_route("*", PREFIX + "{tail:.*}", RecordingPages(shelf, door).handle)
