"""Who may use the administration interface for what: admins of the server, admins of a group, and users who
change their own password.

By HTTP Basic (a user of data/config.json or of the group with permission `admin`) or by a Bearer token with
permission `admin`. Never by cookies. A refusal comes late, after a delay that does not tell why. The server's
admins are known again for a minute without hashing their password, of which a keyed digest is kept.
"""

from __future__ import annotations

import hmac
import logging
import math
import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Protocol

import msgspec
from aiohttp import hdrs, web

from galene_py.groups.admission import Credentials, ServerFacts
from galene_py.groups.description import User, user_from_object
from galene_py.groups.errors import DescriptionError, GroupError, Refused
from galene_py.groups.passwords import Password, cost
from galene_py.groups.passwords import Stored as StoredPassword
from galene_py.groups.permissions import expand
from galene_py.groups.registry import GroupRegistry
from galene_py.web import limits
from galene_py.web.api.answers import ApiError
from galene_py.web.api.resources import Kind, Resource
from galene_py.web.credentials import Shown

log = logging.getLogger(__name__)


class AdminFacts(ServerFacts, Protocol):
    """What data/config.json says, as far as administration needs it."""

    @property
    def users(self) -> Mapping[str, Mapping[str, object]]: ...


class _Known:
    """Passwords that were found right a moment ago, as digests under a key that no other process has."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}

    def has(self, stored: StoredPassword, attempt: str) -> bool:
        """Whether `attempt` was right for exactly this stored password."""
        return self._until.get(self._digest(stored, attempt), -math.inf) > self._clock()

    def add(self, stored: StoredPassword, attempt: str) -> None:
        """It was right."""
        digest = self._digest(stored, attempt)
        self._until.pop(digest, None)
        self._until[digest] = self._clock() + limits.ADMIN_KNOWN_SECONDS
        if len(self._until) > limits.ADMINS_KNOWN:
            del self._until[next(iter(self._until))]

    def _digest(self, stored: StoredPassword, attempt: str) -> bytes:
        return hmac.digest(self._key, msgspec.json.encode((stored, attempt)), "sha256")


class Access:
    """Checks credentials of requests."""

    def __init__(
        self, registry: GroupRegistry, facts: Callable[[], AdminFacts], clock: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._facts = facts
        self._clock = clock
        self._known = _Known(clock)

    async def check(self, request: web.Request, resource: Resource) -> str:
        """Raise ApiError 401 unless the request may be served; the asker's name, for the log."""
        began = self._clock()
        shown = Shown.by(request)
        try:
            if await self._is_admin(shown, resource.group) or await self._is_own(shown, resource):
                return "a token" if shown.username is None else repr(shown.username)
        except Refused as error:  # too many passwords are being compared
            raise ApiError(503, error.text) from None
        if shown != Shown():
            await self._registry.failed_login(began)
        raise ApiError(401, "not authorised", {hdrs.WWW_AUTHENTICATE: _challenge(request)})

    async def _is_admin(self, shown: Shown, group: str) -> bool:
        if shown.username is not None and await self._is_server_admin(shown.username, shown.password):
            return True
        if shown.token and self._is_server_token(shown.token):
            return True
        return bool(group) and await self._is_group_admin(shown, group)

    async def _is_server_admin(self, username: str, password: str) -> bool:
        users = self._facts().users
        admins = {name: _user(name, raw) for name, raw in users.items()}
        user = admins.get(username)
        stored = user.password if user else None
        if self._known.has(stored, password):
            right = True
        elif right := await self._registry.hasher.matches(stored, password):
            self._known.add(stored, password)
        else:
            dummy = max((a.password for a in admins.values()), key=cost, default=None)
            if cost(dummy) > cost(stored):
                await self._registry.hasher.matches(dummy, password)
        return right and user is not None and "admin" in expand(user.permissions)

    def _is_server_token(self, token: str) -> bool:
        try:
            return "admin" in self._registry.admissions.server_token_permissions(token)
        except (Refused, GroupError):
            return False

    async def _is_group_admin(self, shown: Shown, group: str) -> bool:
        credentials = Credentials(shown.username, shown.password, shown.token)
        try:
            stored = self._registry.store.read(group)
            admission = await self._registry.admissions.admit(group, stored, credentials)
        except (Refused, GroupError):
            return False
        return "admin" in admission.permissions

    async def _is_own(self, shown: Shown, resource: Resource) -> bool:
        """Whether users ask to change their own password, and know the old one."""
        if resource.kind is not Kind.PASSWORD or not resource.user or shown.username != resource.user:
            return False
        try:
            user = self._registry.store.read(resource.group).description.users.get(resource.user)
        except GroupError:
            return False
        if user is None or (isinstance(user.password, Password) and user.password.type == "wildcard"):
            return False  # what anybody knows proves nothing
        return await self._registry.hasher.matches(user.password, shown.password)


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
