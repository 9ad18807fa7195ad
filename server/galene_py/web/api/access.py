"""Who may use the administration interface for what: admins of the server, admins of a group, users who
change their own password, and, for recordings, whoever may record.

By HTTP Basic (a user of data/config.json or of the group with permission `admin`) or by a Bearer token with
permission `admin`. Never by cookies. A refusal comes late, after a delay that does not tell why. One request
is one attempt to log in and takes one turn; whoever was right lately is known again without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache

from aiohttp import hdrs, web

from galene_py.config import ServerConfig
from galene_py.groups.admission import Credentials
from galene_py.groups.description import User, user_from_object
from galene_py.groups.errors import DescriptionError, GroupError, Refused, Why
from galene_py.groups.limits import ORDINARY_HASH
from galene_py.groups.login_turns import Asker, Turn
from galene_py.groups.passwords import cost, is_open
from galene_py.groups.permissions import expand
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.store import Stored
from galene_py.web import address, limits
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Kind, Resource
from galene_py.web.credentials import Shown
from galene_py.web.recordings.door import Door

log = logging.getLogger(__name__)


class Access:
    """Checks credentials of requests."""

    def __init__(
        self,
        registry: GroupRegistry,
        config: Callable[[], ServerConfig],
        clock: Callable[[], float],
        recordings: Door,
    ) -> None:
        self._registry = registry
        self._recordings = recordings
        self._config = config
        self._clock = clock

    async def check(self, request: web.Request, resource: Resource) -> str:
        """Raise ApiError 401 unless the request may be served, 503 when too many wait; the asker's name."""
        began = self._clock()
        shown = Shown.by(request)
        if shown == Shown():
            raise self._not_authorised(request)
        if resource.kind in (Kind.RECORDINGS, Kind.RECORDING, Kind.FILM):
            return await self._who_may_record(request, resource.group)
        try:
            await self._admit(request, shown, resource)
        except Refused as error:
            if error.code is Why.BUSY:
                raise busy(error) from None
            await self._registry.failed_login(began)
            raise self._not_authorised(request) from None
        return "a token" if shown.username is None else repr(shown.username)

    async def _who_may_record(self, request: web.Request, group: str) -> str:
        try:
            return repr((await self._recordings.check(request, group)).name)
        except Refused as error:
            if error.code is Why.BUSY:
                raise busy(error) from None
            raise self._not_authorised(request) from None

    async def _admit(self, request: web.Request, shown: Shown, resource: Resource) -> None:
        """Raise Refused unless the request may be served; of one who is known, nothing is compared."""
        admins = self._admins()
        group = self._group(resource.group)
        credentials = Credentials(
            shown.username, shown.password, shown.token, address.client_address(request)
        )
        me = asker(request, shown.username or "")
        if shown.username is not None:
            user = admins.get(shown.username)
            if (
                user
                and _is_admin(user)
                and self._registry.known_logins.has(me, user.password, shown.password)
            ):
                return
        if group is not None and "admin" in self._registry.admissions.known_permissions(
            resource.group, group, credentials
        ):
            return
        price = max((cost(user.password) for user in admins.values()), default=0) / ORDINARY_HASH
        if group is not None:
            price = max(price, self._registry.admissions.price(group))
        async with self._registry.login_turns.turn(me, price) as turn:
            if not await self._may(me, credentials, resource, turn):
                turn.failed()
                raise Refused(Why.NOT_AUTHORISED, "not authorised")
            turn.succeeded()

    async def _may(self, me: Asker, shown: Credentials, resource: Resource, turn: Turn) -> bool:
        if shown.username is not None and await self._is_server_admin(me, shown, turn):
            return True
        if shown.token and self._is_server_token(shown.token):
            return True
        return await self._is_group_admin(shown, resource.group, turn) or await self._is_own(
            shown, resource, turn
        )

    def _admins(self) -> dict[str, User]:
        return {name: _user(name, raw) for name, raw in self._config().users.items()}

    def _group(self, name: str) -> Stored | None:
        try:
            return self._registry.store.read(name) if name else None
        except GroupError:
            return None

    async def _is_server_admin(self, me: Asker, shown: Credentials, turn: Turn) -> bool:
        admins, password = self._admins(), shown.password or ""
        user = admins.get(shown.username or "")
        stored = user.password if user else None
        costliest = max((one.password for one in admins.values()), key=cost, default=None)
        if not await turn.proves(stored, password, costliest) or not _is_admin(user):
            return False
        self._registry.known_logins.add(me, stored, password)
        return True

    def _is_server_token(self, token: str) -> bool:
        try:
            return "admin" in self._registry.admissions.server_token_permissions(token)
        except (Refused, GroupError):
            return False

    async def _is_group_admin(self, shown: Credentials, group: str, turn: Turn) -> bool:
        stored = self._group(group)
        if stored is None:
            return False
        try:
            admission = await self._registry.admissions.admit(group, stored, shown, turn)
        except Refused:
            return False
        return "admin" in admission.permissions

    async def _is_own(self, shown: Credentials, resource: Resource, turn: Turn) -> bool:
        """Whether users ask to change their own password, and know the old one."""
        if resource.kind is not Kind.PASSWORD or not resource.user or shown.username != resource.user:
            return False
        stored = self._group(resource.group)
        user = stored.description.users.get(resource.user) if stored else None
        if user is None or is_open(user.password):
            return False
        return await turn.matches(user.password, shown.password or "")

    def _not_authorised(self, request: web.Request) -> ApiError:
        return ApiError(401, "not authorised", {hdrs.WWW_AUTHENTICATE: _challenge(request)})


def asker(request: web.Request, name: str) -> Asker:
    """Who asks, for a turn. Attempts at one name count together, whatever they ask for."""
    return Asker(address.client_address(request), "", name, lambda: request.transport is not None)


def busy(error: Refused) -> ApiError:
    """The answer when too many passwords are being compared (RFC 9110 §10.2.3)."""
    return ApiError(503, error.text, {hdrs.RETRY_AFTER: str(limits.BUSY_RETRY_SECONDS)})


def _is_admin(user: User | None) -> bool:
    return user is not None and "admin" in expand(user.permissions)


def _user(name: str, raw: Mapping[str, object]) -> User:
    try:
        return user_from_object(dict(raw))
    except DescriptionError as error:
        _warn_once(f"config.json: users.{name}: {error}")
        return User()


@lru_cache(maxsize=64)
def _warn_once(text: str) -> None:
    log.warning("%s", text)


def _challenge(request: web.Request) -> str:
    """Browsers ask people for a password at a Basic challenge; a script that sent one does that itself."""
    by_script = request.headers.get("Sec-Fetch-Dest") == "empty" and hdrs.AUTHORIZATION in request.headers
    return f'{"Bearer" if by_script else "Basic"} realm="/galene-api/"'
