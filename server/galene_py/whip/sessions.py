"""Who sends by WHIP, or watches by WHEP, now: each session's secret address, its description and its ETag.

Never speaks HTTP or looks at media. A session ends by `end`, or by itself when its member is put out. Owner
of the state: the endpoint has one table; it owns the members in it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from galene_py.budget.origin import origin
from galene_py.conference.remote_sender import RemoteSender
from galene_py.conference.remote_viewer import RemoteViewer
from galene_py.whip import limits

log = logging.getLogger(__name__)


M = TypeVar("M", RemoteSender, RemoteViewer)


@dataclass(eq=False, slots=True)
class HttpSession(Generic[M]):
    """One program that sends or watches."""

    group: str
    member: M
    offer: str
    """Its description, in which it may have answered; empty while it has not."""
    answer: str = ""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(limits.SESSION_ID_BYTES), repr=False)
    etag: str = ""
    since: float = field(default_factory=time.monotonic)

    def renew(self, offer: str, answer: str) -> None:
        """Another pair of descriptions: another ICE session, hence another ETag (RFC 9725 §4.3)."""
        self.offer, self.answer = offer, answer
        self.etag = f'"{secrets.token_urlsafe(9)}"'


class Sessions(Generic[M]):
    """The sessions by their ids."""

    def __init__(self) -> None:
        self._sessions: dict[str, HttpSession[M]] = {}
        self._origins: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[HttpSession[M]]:
        return iter(list(self._sessions.values()))

    def room_for(self, address: str) -> bool:
        """Whether one more may come from this address."""
        few = not address or self._origins[origin(address)] < limits.SESSIONS_PER_ORIGIN
        return few and len(self._sessions) < limits.SESSIONS

    def add(self, session: HttpSession[M]) -> None:
        """Keep a session from now on."""
        self._sessions[session.id] = session
        self._origins[origin(session.member.address)] += 1
        self._tick_later()

    def find(self, group: str, session_id: str) -> HttpSession[M] | None:
        """The session of that id, if it is in that group."""
        session = self._sessions.get(session_id)
        return session if session is not None and session.group == group else None

    def end(self, session: HttpSession[M]) -> None:
        """The program goes."""
        self.forget(session)
        session.member.leave()

    def forget(self, session: HttpSession[M]) -> None:
        """It is over. Harmless when it was before."""
        if self._sessions.pop(session.id, None) is not None:
            key = origin(session.member.address)
            self._origins[key] -= 1
            if not self._origins[key]:
                del self._origins[key]

    def close(self) -> None:
        """End all: the server goes down."""
        for session in self:
            self.end(session)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick_later(self) -> None:
        if self._timer is None and self._sessions:
            self._timer = asyncio.get_running_loop().call_later(limits.POLL_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timer = None
        late = time.monotonic() - limits.ANSWER_SECONDS
        for session in self:
            try:
                session.member.poll()
                if not session.offer and session.since < late:
                    self.end(session)
            except Exception:
                log.exception("dropping a WHIP or WHEP session after an error")
                self.end(session)
        self._tick_later()
