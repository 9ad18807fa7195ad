"""`/group/NAME/.whip`: programs that send (RFC 9725). The HTTP is `endpoint`'s."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from galene_py.conference.remote_sender import RemoteSender
from galene_py.whip.endpoint import Endpoint


class WhipEndpoint(Endpoint[RemoteSender]):
    """One stream of the member per session, a camera's."""

    ANONYMOUS = "WHIP"
    NEEDS = "present"
    CROWDED = "too many programs send already"
    KIND = RemoteSender

    def _begin(self, request: web.Request, member: RemoteSender, offer: str) -> tuple[int, str]:
        return HTTPStatus.CREATED, member.describe(offer)
