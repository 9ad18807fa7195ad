"""Who has signed in to see a group's recordings, so that passwords are compared once and media can be played.

A session has two secrets of 256 random bits. The *token* is for the page's own requests (Bearer), which it
can set a header on. The *cookie* is for the requests of media elements, which cannot: it opens files, and
nothing else. Both die with the session: signed out, after its time, with the server, and as soon as the
account may not record any more or has another password.

Kept in memory only, in a bounded table. Owner of the state: the application.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from galene_py.groups.admission import Admission, TokenGrant, UserGrant, WildcardGrant
from galene_py.groups.description import Description
from galene_py.groups.errors import GroupError, Refused
from galene_py.groups.passwords import StoredPassword
from galene_py.groups.registry import GroupRegistry
from galene_py.web import limits

RECORD = "record"
"""The permission that it takes."""


@dataclass(slots=True, eq=False)
class Session:
    """One."""

    group: str
    admission: Admission
    password: StoredPassword = field(repr=False)
    """As it was stored when it was right."""
    until: float
    token: str = field(repr=False)
    cookie: str = field(repr=False)


def cookie_name(group: str) -> str:
    """Of the cookie for a group: its subgroups, whose paths begin alike, have others."""
    return f"galene-py-recordings-{hashlib.sha256(group.encode()).hexdigest()[:16]}"


class Sessions:
    """`clock` counts monotonic seconds, `wall_clock` seconds since 1970."""

    def __init__(
        self, registry: GroupRegistry, clock: Callable[[], float], wall_clock: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._wall_clock = wall_clock
        self._sessions: dict[Session, None] = {}
        """The oldest first."""
        self._by_token: dict[bytes, Session] = {}
        self._by_cookie: dict[bytes, Session] = {}

    def open(self, group: str, admission: Admission) -> Session:
        """Somebody was right. The oldest of too many, of one account and of all, ends. Raises GroupError."""
        lasts = limits.RECORDING_SESSION_SECONDS
        if isinstance(admission.grant, TokenGrant):
            lasts = min(lasts, admission.grant.expires - self._wall_clock())
        session = Session(
            group=group,
            admission=admission,
            password=_password(self._registry.store.read(group).description, admission),
            until=self._clock() + lasts,
            token=secrets.token_urlsafe(32),
            cookie=secrets.token_urlsafe(32),
        )
        mine = [s for s in self._sessions if (s.group, s.admission) == (group, admission)]
        if len(mine) >= limits.RECORDING_SESSIONS_EACH:
            self.close(mine[0])
        while len(self._sessions) >= limits.RECORDING_SESSIONS:
            self.close(next(iter(self._sessions)))
        self._sessions[session] = None
        self._by_token[_digest(session.token)] = session
        self._by_cookie[_digest(session.cookie)] = session
        return session

    def by_token(self, group: str, token: str) -> Session | None:
        """The session of a token, if it is one for this group and still worth something."""
        return self._worth(self._by_token.get(_digest(token)), group)

    def by_cookie(self, group: str, cookie: str) -> Session | None:
        """The same of a cookie."""
        return self._worth(self._by_cookie.get(_digest(cookie)), group)

    def close(self, session: Session) -> None:
        """Signed out."""
        self._sessions.pop(session, None)
        self._by_token.pop(_digest(session.token), None)
        self._by_cookie.pop(_digest(session.cookie), None)

    def left(self, session: Session) -> float:
        """Seconds until somebody has to sign in again."""
        return session.until - self._clock()

    def __len__(self) -> int:
        return len(self._sessions)

    def _worth(self, session: Session | None, group: str) -> Session | None:
        if session is None or session.group != group:
            return None
        if self._clock() < session.until and self._may_record(session):
            return session
        self.close(session)
        return None

    def _may_record(self, session: Session) -> bool:
        try:
            description = self._registry.store.read(session.group).description
            now = self._registry.admissions.reconsider(session.group, description, session.admission)
        except (GroupError, Refused):
            return False
        return RECORD in now.permissions and session.password == _password(description, now)


def _digest(secret: str) -> bytes:
    """What a secret is looked up by, so that how long that takes tells nothing of others."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _password(description: Description, admission: Admission) -> StoredPassword:
    """What is stored of the password that admitted somebody; None where it was none."""
    match admission.grant:
        case UserGrant(name):
            user = description.users.get(name)
        case WildcardGrant():
            user = description.wildcard_user
        case _:
            user = None
    return user.password if user is not None else None
