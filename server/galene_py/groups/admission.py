"""Deciding who somebody is and what they may do: passwords and tokens against a group's description.

Wrong and unknown cost the same time: a name that does not exist is compared with the costliest password of
the group. Nothing is compared without a turn, but what was right lately is known again without one. What was
decided can be reconsidered later, when the file or the token has changed.
Never logs a password or token. Keeps only small tables that speed up the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from galene_py.config import ServerConfig
from galene_py.groups import limits
from galene_py.groups.description import Description, User
from galene_py.groups.errors import Refused, Why
from galene_py.groups.known import KnownLogins
from galene_py.groups.login_turns import Asker, LoginTurns, Turn
from galene_py.groups.lookalikes import all_looks, looks, reserved
from galene_py.groups.names import normal, valid_user_name
from galene_py.groups.passwords import StoredPassword, cost, is_open
from galene_py.groups.permissions import grantable
from galene_py.groups.store import Stored
from galene_py.groups.tokens import signed, stateful
from galene_py.groups.tokens.file import TokenFile

WRONG = "the username or the password is wrong"
NO_NAME = "a username and a password, or an invitation, are needed"
BAD_NAME = "this username is not possible"
TAKEN = "this username is taken"
REMOVED = "you are no longer a user of this group"
REVOKED = "your invitation was revoked"
KEY_GONE = "your login token is no longer accepted"
NEED_NAME = "please choose a username"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody shows at the door. `username` None: no name was given; an empty one is a name.

    `address`: where it comes from; empty when that is unknown.
    """

    username: str | None = None
    password: str | None = None
    token: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class UserGrant:
    """Admitted as a user of the file."""

    name: str


@dataclass(frozen=True, slots=True)
class WildcardGrant:
    """Admitted by the password for everybody."""


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Admitted by an invitation, which expires at `expires` (seconds since 1970)."""

    token: str
    expires: float = field(compare=False)

    def __repr__(self) -> str:
        return "TokenGrant(...)"


@dataclass(frozen=True, slots=True)
class SignedGrant:
    """Admitted by a token that was signed with this key."""

    key: str


Grant = UserGrant | WildcardGrant | TokenGrant | SignedGrant


@dataclass(frozen=True, slots=True)
class Admission:
    """Under which name somebody is admitted, with which permissions, and on what grounds."""

    username: str
    permissions: frozenset[str]
    grant: Grant
    chosen: bool = False
    """Whether the name is its bearer's choice: neither the group's file nor a token vouches for it."""


class Admissions:
    """Admits, and reconsiders what was admitted."""

    def __init__(
        self,
        tokens: TokenFile,
        turns: LoginTurns,
        known: KnownLogins,
        server: Callable[[], ServerConfig],
        wall_clock: Callable[[], float],
    ) -> None:
        self._tokens = tokens
        self._turns = turns
        self._known = known
        self._server = server
        self._wall_clock = wall_clock
        self._costliest: dict[str, StoredPassword] = {}
        self._looks: dict[str, frozenset[str]] = {}
        """what the users of a description look like, by its ETag"""

    async def admit(
        self, group: str, stored: Stored, credentials: Credentials, turn: Turn | None = None
    ) -> Admission:
        """Who this is and what it may do in a group; raises Refused. `turn`: one that the caller holds."""
        if credentials.username is not None:
            credentials = replace(credentials, username=normal(credentials.username))
        if credentials.token:
            admission = await self._by_token(group, stored.description, credentials, turn)
        elif credentials.username is not None:
            admission = await self._by_password(group, stored, credentials.username, credentials, turn)
        else:
            raise Refused(Why.NEED_PASSWORD, NO_NAME)
        if not valid_user_name(admission.username):
            raise Refused(Why.BAD_USERNAME, BAD_NAME)
        if admission.chosen and looks(admission.username) & (reserved() | self._looks_of(stored)):
            raise Refused(Why.DUPLICATE_USERNAME, TAKEN)
        return admission

    def known_permissions(self, group: str, stored: Stored, credentials: Credentials) -> frozenset[str]:
        """What a user of the file may do whose credentials were right lately; nothing for others."""
        user = stored.description.users.get(credentials.username or "")
        asker = Asker(credentials.address, group, credentials.username)
        if user is None or not self._known.has(asker, user.password, credentials.password or ""):
            return frozenset()
        return stored.description.permissions_of(user)

    def price(self, stored: Stored) -> float:
        """What an attempt at a group costs at most, in units of an ordinary hash; 0: next to nothing."""
        return cost(self._costliest_password(stored)) / limits.ORDINARY_HASH

    def reconsider(self, group: str, description: Description, admission: Admission) -> Admission:
        """What the same admission is worth now; raises Refused when nothing."""
        permissions, grant = admission.permissions, admission.grant
        match grant:
            case UserGrant(name):
                permissions = _permissions(description, description.users.get(name))
            case WildcardGrant():
                permissions = _permissions(description, description.wildcard_user)
            case TokenGrant():
                permissions, grant = self._reconsider_token(group, grant) or (permissions, grant)
            case SignedGrant(key):
                if key not in map(signed.key_digest, description.auth_keys):
                    raise Refused(Why.TOKEN_REVOKED, KEY_GONE)
        return replace(admission, permissions=permissions, grant=grant)

    def server_token_permissions(self, token: str) -> frozenset[str]:
        """The permissions that a stateful token gives for the whole server; raises Refused."""
        found = self._tokens.find(token)
        if found is None:
            raise Refused(Why.TOKEN_REVOKED, stateful.UNKNOWN)
        found.check("", self._wall_clock())
        return grantable(found.permissions or ())

    # --- passwords ---------------------------------------------------------------------------------

    async def _by_password(
        self, group: str, stored: Stored, username: str, credentials: Credentials, turn: Turn | None
    ) -> Admission:
        description, attempt = stored.description, credentials.password or ""
        user, grant = description.users.get(username), UserGrant(username)
        entry = user or description.wildcard_user
        password = entry.password if entry else None
        asker = Asker(credentials.address, group, username)
        if entry is None or not (is_open(password) or self._known.has(asker, password, attempt)):
            if turn is not None:
                await self._compare(stored, password, attempt, turn)
            else:
                async with self._turns.turn(asker, self.price(stored)) as turn:
                    await self._compare(stored, password, attempt, turn)
            self._known.add(asker, password, attempt)
        if entry is None:
            raise Refused(Why.NOT_AUTHORISED, WRONG)
        permissions = description.permissions_of(entry)
        return Admission(username, permissions, grant if user else WildcardGrant(), chosen=user is None)

    async def _compare(self, stored: Stored, password: StoredPassword, attempt: str, turn: Turn) -> None:
        """Raise Refused unless the password is right."""
        if await turn.proves(password, attempt, self._costliest_password(stored)):
            turn.succeeded()
            return
        turn.failed()
        raise Refused(Why.NOT_AUTHORISED, WRONG)

    def _costliest_password(self, stored: Stored) -> StoredPassword:
        if stored.etag not in self._costliest:
            if len(self._costliest) >= limits.DESCRIPTIONS_REMEMBERED:
                self._costliest.clear()
            self._costliest[stored.etag] = max(_passwords(stored.description), key=cost, default=None)
        return self._costliest[stored.etag]

    def _looks_of(self, stored: Stored) -> frozenset[str]:
        if stored.etag not in self._looks:
            if len(self._looks) >= limits.DESCRIPTIONS_REMEMBERED:
                self._looks.clear()
            self._looks[stored.etag] = all_looks(stored.description.users)
        return self._looks[stored.etag]

    # --- tokens ------------------------------------------------------------------------------------

    async def _by_token(
        self, group: str, description: Description, credentials: Credentials, turn: Turn | None
    ) -> Admission:
        if turn is not None:
            return self._with_token(group, description, credentials, turn)
        # Those who share a stale invitation do not wait for one another.
        asker = Asker(credentials.address, group, hash(credentials.token))
        async with self._turns.turn(asker) as turn:
            return self._with_token(group, description, credentials, turn)

    def _with_token(
        self, group: str, description: Description, credentials: Credentials, turn: Turn
    ) -> Admission:
        try:
            return self._check_token(group, description, credentials)
        except Refused as error:
            if error.code in (Why.TOKEN_BAD, Why.TOKEN_REVOKED):
                turn.failed()
            raise

    def _check_token(self, group: str, description: Description, credentials: Credentials) -> Admission:
        if signed.looks_signed(credentials.token):
            username, permissions, grant = self._signed(group, description, credentials.token)
        else:
            username, permissions, grant = self._stateful(group, credentials)
        chosen = not username and bool(credentials.username)
        return Admission(credentials.username or "" if chosen else username, permissions, grant, chosen)

    def _signed(self, group: str, description: Description, token: str) -> tuple[str, frozenset[str], Grant]:
        claims, key = signed.verify(token, description.auth_keys)
        config = self._server()
        prefix = urlsplit(config.proxyURL).path
        checked = signed.check(claims, key, group, config.canonicalHost, prefix)
        return checked.username, grantable(checked.permissions), SignedGrant(checked.key)

    def _stateful(self, group: str, credentials: Credentials) -> tuple[str, frozenset[str], Grant]:
        token = self._tokens.find(credentials.token)
        if token is None:
            raise Refused(Why.TOKEN_REVOKED, stateful.UNKNOWN)
        token.check(group, self._wall_clock())
        if token.username is None and credentials.username is None:
            raise Refused(Why.NEED_USERNAME, NEED_NAME)
        expires = token.expires.unix if token.expires else 0.0
        grant = TokenGrant(token.token, expires)
        return token.username or "", grantable(token.permissions or ()), grant

    def _reconsider_token(self, group: str, grant: TokenGrant) -> tuple[frozenset[str], TokenGrant] | None:
        token = self._tokens.find(grant.token)
        if token is None and grant.expires < self._wall_clock() - limits.TOKEN_KEEP_SECONDS:
            return None  # it ran out, and the file was cleaned of it
        if token is None or token.expires is None or not token.covers(group):
            raise Refused(Why.TOKEN_REVOKED, REVOKED)
        expires = token.expires.unix
        # One that ran out by itself lets people stay; one that was shortened is revoked.
        if expires != grant.expires and expires <= self._wall_clock():
            raise Refused(Why.TOKEN_REVOKED, REVOKED)
        known = TokenGrant(grant.token, max(grant.expires, expires))
        return grantable(token.permissions or ()), known


def _permissions(description: Description, user: User | None) -> frozenset[str]:
    if user is None:
        raise Refused(Why.REMOVED, REMOVED)
    return description.permissions_of(user)


def _passwords(description: Description) -> Iterable[StoredPassword]:
    for user in description.users.values():
        yield user.password
    if description.wildcard_user is not None:
        yield description.wildcard_user.password
