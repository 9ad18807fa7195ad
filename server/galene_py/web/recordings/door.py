"""Who may see a group's recordings: whoever may record there. By name and password or by token, as in the
administration interface, or by a session of `sessions`.

Says the same to everybody else, after the same delay, whether or not there is such a group, an account, or a
recording. Guessing is bounded by the turns of `groups.login_turns`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import hdrs, web

from galene_py.groups.admission import Admission, Credentials
from galene_py.groups.errors import GroupError, Refused, Why
from galene_py.groups.login_turns import Asker
from galene_py.groups.names import normal
from galene_py.groups.registry import GroupRegistry
from galene_py.web import address
from galene_py.web.credentials import Shown
from galene_py.web.recordings.sessions import RECORD, Session, Sessions, cookie_name

NO = Refused(Why.NOT_AUTHORISED, "not authorised")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may see the recordings of a group."""

    name: str
    admission: Admission
    session: Session | None
    """None: signs in at each request."""


class Door:
    """Of one server."""

    def __init__(
        self,
        registry: GroupRegistry,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.sessions = Sessions(registry, clock, wall_clock)
        self._registry = registry
        self._clock = clock

    async def check(self, request: web.Request, group: str, *, cookie: bool = False) -> Visitor:
        """Who sends a request about a group's recordings. Raises Refused: `busy`, or not authorised.

        `cookie`: whether that of a session will do, as for reading a file.
        """
        shown = Shown.by(request)
        if shown == Shown():
            given = request.cookies.get(cookie_name(group), "") if cookie else ""
            if given and (session := self.sessions.by_cookie(group, given)):
                return _visitor(session)
            raise NO
        if shown.token and (session := self.sessions.by_token(group, shown.token)):
            return _visitor(session)
        began = self._clock()
        try:
            admission = await self._admit(request, group, shown)
        except Refused as error:
            if error.code is Why.BUSY:
                raise
            await self._registry.failed_login(began)
            user, where = shown.username or "a token", address.client_address(request)
            self._registry.audit("refused", why="recordings", group=group, user=user, address=where)
            raise NO from None
        return Visitor(admission.username or "a token", admission, None)

    async def _admit(self, request: web.Request, group: str, shown: Shown) -> Admission:
        where = address.client_address(request)
        # An invitation for anybody needs a name to join, but none to look.
        credentials = Credentials(shown.username or "", shown.password, shown.token, where)
        try:
            stored = self._registry.store.read(group)
        except GroupError:
            asker = Asker(where, group, shown.username, lambda: request.transport is not None)
            async with self._registry.login_turns.turn(asker) as turn:
                turn.failed()
            raise NO from None
        admission = await self._registry.admissions.admit(group, stored, credentials)
        if RECORD not in admission.permissions:
            raise NO
        return admission


def _visitor(session: Session) -> Visitor:
    return Visitor(session.admission.username or "a token", session.admission, session)


def group_of(segments: tuple[str, ...]) -> str:
    """The group that the segments of a path name."""
    return normal("/".join(segments))


def challenge(request: web.Request) -> dict[str, str]:
    """Headers of a refusal. Browsers ask people for a password at a Basic challenge: wanted when somebody
    opened an address, not when a page's script or player asks, which signs in by itself."""
    by_person = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return {hdrs.WWW_AUTHENTICATE: f'{"Basic" if by_person else "Bearer"} realm="recordings"'}
