"""What WHIP and WHEP have in common over HTTP: an offer by POST makes a session, PATCH trickles and restarts,
DELETE ends (RFC 9725).

Never judges an offer or a password; the conference does. A session's address is a secret: it is neither
logged nor shown to anybody but the program that it was given to. Owner of the state: the table of sessions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Generic, TypeVar

from aiohttp import hdrs, web

from galene_py.conference.conference import Conference
from galene_py.conference.media import MediaError
from galene_py.conference.remote import Refusal, admit
from galene_py.conference.remote_sender import RemoteSender
from galene_py.conference.remote_viewer import RemoteViewer
from galene_py.config import ServerConfig
from galene_py.signalling.messages import Join
from galene_py.web import address
from galene_py.web.credentials import Shown
from galene_py.whip import answers, fragment, limits
from galene_py.whip.answers import Problem
from galene_py.whip.sessions import HttpSession, Sessions

SDP = "application/sdp"

M = TypeVar("M", RemoteSender, RemoteViewer)
_Handler = Callable[[web.Request, HttpSession[M]], Awaitable[web.Response]]
_ALLOWED_HEADERS = "Authorization, Content-Type, If-Match"


class Endpoint(Generic[M]):
    """Serves one address below each group. `config`: data/config.json as it is now."""

    ANONYMOUS = ""
    """The name of who shows none."""
    NEEDS = ""
    """The permission without which there is no use in entering; empty: none."""
    CROWDED = ""
    """What is said when there are too many already."""
    KIND: type[M]
    """Of the members."""

    def __init__(self, conference: Conference, config: Callable[[], ServerConfig]) -> None:
        self.sessions: Sessions[M] = Sessions()
        self._conference = conference
        self._config = config
        self._methods: Mapping[str, _Handler[M]] = {
            hdrs.METH_PATCH: self._patch,
            hdrs.METH_DELETE: self._delete,
        }

    async def handle(self, request: web.Request, group: str, rest: tuple[str, ...]) -> web.StreamResponse:
        """Answer one request for `.whip` or `.whip/ID` of a group."""
        config = self._config()
        if not address.origin_allowed(request, config, config.allowOrigin):
            response = Problem(403, "bad-origin", "pages of this origin are not in allowOrigin").response()
            answers.allow_origin(response, "")
            return response
        try:
            response = await self._serve(request, group, rest)
        except Problem as problem:
            response = problem.response()
        answers.allow_origin(response, request.headers.get(hdrs.ORIGIN, ""))
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response

    def close(self) -> None:
        """The server goes down."""
        self.sessions.close()

    # --- the endpoint ------------------------------------------------------------------------------

    async def _serve(self, request: web.Request, group: str, rest: tuple[str, ...]) -> web.Response:
        if len(rest) > 1:
            raise Problem(404, "no-such-session", "there is nothing at this address")
        methods = (hdrs.METH_POST,) if not rest else tuple(self._methods)
        if request.method == hdrs.METH_OPTIONS:
            return self._options(methods)
        if request.method not in methods:
            raise _not_allowed(methods)
        if not rest:
            return await self._post(request, group)
        session = self.sessions.find(group, rest[0])
        if session is None:
            raise Problem(404, "no-such-session", "this session is over, or never was")
        return await self._methods[request.method](request, session)

    def _options(self, methods: tuple[str, ...]) -> web.Response:
        headers: dict[str, str] = {
            hdrs.ALLOW: ", ".join((*methods, hdrs.METH_OPTIONS)),
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join((*methods, hdrs.METH_OPTIONS)),
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _ALLOWED_HEADERS,
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        }
        if hdrs.METH_POST in methods:
            headers["Accept-Post"] = SDP
        else:
            headers["Accept-Patch"] = fragment.CONTENT_TYPE
        return web.Response(status=204, headers=headers)

    async def _post(self, request: web.Request, group: str) -> web.Response:
        offer = await _body(request, SDP, limits.OFFER_BYTES)
        came_from = address.client_address(request)
        if not self.sessions.room_for(came_from):
            raise Problem.of_refusal("busy", self.CROWDED)
        session: HttpSession[M] | None = None

        def ended(reason: str) -> None:
            if session is not None:
                self.sessions.forget(session)

        try:
            join = _join(request, group, self.ANONYMOUS)
            member = await admit(self.KIND, self._conference, join, came_from, needs=self.NEEDS, on_end=ended)
        except Refusal as refusal:
            raise Problem.of_refusal(refusal.code, str(refusal)) from None
        try:
            status, description = self._begin(request, member, offer)
        except MediaError as error:
            member.leave()
            raise Problem(400, "bad-offer", str(error)) from None
        except BaseException:
            member.leave()
            raise
        session = HttpSession(group, member, offer if status == HTTPStatus.CREATED else "")
        session.renew(session.offer, description)
        self.sessions.add(session)
        return self._created(request, session, status)

    def _begin(self, request: web.Request, member: M, offer: str) -> tuple[int, str]:
        """Take the offer: the status of our answer, and our description. Raises Problem, MediaError."""
        raise NotImplementedError

    def _created(self, request: web.Request, session: HttpSession[M], status: int) -> web.Response:
        path = request.rel_url.raw_path.rstrip("/")
        response = web.Response(status=status, body=session.answer.encode(), content_type=SDP)
        # Relative to the root that people see: a proxy may serve us below a path of its own.
        base = address.base_url(request, self._config())
        response.headers[hdrs.LOCATION] = f"{base.rstrip('/')}{path}/{session.id}"
        response.headers[hdrs.ETAG] = session.etag
        servers = self._conference.rtc_configuration().get("iceServers", [])
        for link in answers.link_headers(servers if isinstance(servers, list) else []):
            response.headers.add("Link", link)
        return response

    # --- one session -------------------------------------------------------------------------------

    async def _patch(self, request: web.Request, session: HttpSession[M]) -> web.Response:
        if not session.offer:
            return await self._take_answer(request, session)
        text = await _body(request, fragment.CONTENT_TYPE, limits.FRAGMENT_BYTES)
        condition = request.headers.get(hdrs.IF_MATCH)
        if condition is None:
            raise Problem(428, "no-condition", "say If-Match: the ETag of the session, or * for a restart")
        tags = {tag.strip() for tag in condition.split(",")}
        if "*" not in tags and session.etag not in tags:
            raise Problem(412, "stale", "this is not the ETag of the session as it is now")
        try:
            part = fragment.parse(text)
        except fragment.FragmentError as error:
            raise Problem(400, "bad-fragment", str(error)) from None
        known = fragment.credentials(session.offer)
        if not part.ufrag or (part.ufrag, part.pwd) == (known.ufrag, known.pwd):
            return web.Response(status=204)  # candidates: an ICE-lite agent needs none
        return self._restart(session, part)

    async def _take_answer(self, request: web.Request, session: HttpSession[M]) -> web.Response:
        """The answer to our counter-offer."""
        answer = await _body(request, SDP, limits.OFFER_BYTES)
        try:
            ours = session.member.describe(answer)
        except MediaError as error:
            raise Problem(400, "bad-answer", str(error)) from None
        session.renew(answer, ours)
        return web.Response(status=204, headers={hdrs.ETAG: session.etag})

    def _restart(self, session: HttpSession[M], part: fragment.Fragment) -> web.Response:
        offer = fragment.restarted(session.offer, part)
        try:
            answer = session.member.describe(offer)
        except MediaError as error:  # the session goes on as it was
            raise Problem(400, "bad-fragment", str(error)) from None
        session.renew(offer, answer)
        response = web.Response(body=fragment.of_answer(answer).encode(), content_type=fragment.CONTENT_TYPE)
        response.headers[hdrs.ETAG] = session.etag
        return response

    async def _delete(self, request: web.Request, session: HttpSession[M]) -> web.Response:
        self.sessions.end(session)
        return web.Response(status=200)


def _not_allowed(methods: tuple[str, ...]) -> Problem:
    allow = ", ".join((*methods, hdrs.METH_OPTIONS))
    return Problem(405, "no-such-method", f"what can be done here: {allow}", {hdrs.ALLOW: allow})


async def _body(request: web.Request, content_type: str, most: int) -> str:
    """The body, if it is of the right type and size and is text; raises Problem."""
    if request.content_type != content_type:
        accept = "Accept-Post" if request.method == hdrs.METH_POST else "Accept-Patch"
        raise Problem(415, "bad-type", f"the body must be {content_type}", {accept: content_type})
    if (request.content_length or 0) > most:
        raise Problem(413, "too-large", f"the body may have {most} bytes")
    data = await request.read()
    if len(data) > most:
        raise Problem(413, "too-large", f"the body may have {most} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Problem(400, "bad-request", "the body is not UTF-8") from None


def _join(request: web.Request, group: str, anonymous: str) -> Join:
    """The credentials of a request, as a request to join."""
    shown = Shown.by(request)
    if shown == Shown() and hdrs.AUTHORIZATION in request.headers:
        raise Problem.of_refusal("not-authorised", "say Authorization: Bearer TOKEN, or Basic")
    name = anonymous if shown.username is None else shown.username
    return Join(kind="join", group=group, username=name, password=shown.password, token=shown.token)
