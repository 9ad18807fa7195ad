"""`/group/NAME/.whep?who=PERSON&label=LABEL`: programs that watch one stream (draft-ietf-wish-whep-04).

The HTTP is `endpoint`'s. What differs: nobody may be sending (409, ask again later), and an offer that does
not do is answered by one of ours (406), whose answer comes by PATCH.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import hdrs, web

from galene_py.conference.media import UnacceptableError
from galene_py.conference.remote_viewer import NobodySends, RemoteViewer, SeveralSend
from galene_py.whip import limits
from galene_py.whip.answers import Problem
from galene_py.whip.endpoint import Endpoint

CAMERA = "camera"
"""The label that is watched when none is named."""


class WhepEndpoint(Endpoint[RemoteViewer]):
    """One stream of one person per session."""

    ANONYMOUS = "WHEP"
    CROWDED = "too many programs watch already"
    KIND = RemoteViewer

    def _begin(self, request: web.Request, member: RemoteViewer, offer: str) -> tuple[int, str]:
        who, label = request.query.get("who"), request.query.get("label", CAMERA)
        try:
            return HTTPStatus.CREATED, member.watch(who, label, offer)
        except UnacceptableError:
            return HTTPStatus.NOT_ACCEPTABLE, member.watch(who, label, None)
        except NobodySends:
            whose = "nobody" if who is None else repr(who)
            later: dict[str, str] = {hdrs.RETRY_AFTER: str(limits.RETRY_SECONDS)}
            raise Problem(409, "nobody-sends", f"{whose} sends no {label!r} now", later) from None
        except SeveralSend:
            raise Problem(400, "several-send", "several people send: say ?who=NAME") from None
