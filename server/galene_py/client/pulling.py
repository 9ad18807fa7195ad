"""Takes one person's stream out of a group and has it written, whatever becomes of connections meanwhile.

Owner of the state: whoever pulls, for as long as that lasts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from galene_py.client import limits
from galene_py.client.errors import ClientError, StreamError
from galene_py.client.incoming import Incoming
from galene_py.client.session import Session
from galene_py.client.taking import Taking
from galene_py.signalling import messages as m

log = logging.getLogger(__name__)


class NobodySendsError(ClientError):
    """Nothing came in the time that was given for it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to take. `who` empty: the first who sends, and from then on that person's."""

    who: str = ""
    label: str = "camera"
    kinds: Sequence[str] = ("audio", "video")
    wait: float | None = None
    """Seconds until somebody sends; None: for ever."""
    once: bool = False
    """Be done when the stream ends, instead of waiting for the person's next one."""
    duration: float | None = None
    """Seconds to take; None: until told to stop."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What streams of the kind are called: programs that send to Galène over HTTP give no label."""
        return ("camera", "") if self.label == "camera" else (self.label,)


class Puller:
    """`listen` hears the session, `visit` runs while it lasts."""

    def __init__(
        self,
        wish: Wish,
        taking: Taking,
        incoming: Incoming,
        stopped: asyncio.Event,
        tell: Callable[[str], None],
    ) -> None:
        """`stopped`: set it to end everything well; `tell`: what goes on, for people."""
        self._stopped = stopped
        self._wish = wish
        self._who = wish.who
        self._taking = taking
        self._incoming = incoming
        self._tell = tell
        self._heard: asyncio.Queue[m.Message] = asyncio.Queue()
        self._stream = ""
        self._waiting_since = time.monotonic()
        self._first: float | None = None

    def listen(self, message: m.Message) -> None:
        """What the server says."""
        if isinstance(message, m.Offer | m.Close | m.Ice):
            self._heard.put_nowait(message)

    def lost(self, stream: str) -> None:
        """A media connection died: the server offers the stream again."""
        if stream == self._stream:
            self._gone()

    def keyframe(self, track: int) -> None:
        """Ask for one."""
        self._incoming.keyframe(self._stream, track)

    async def visit(self, session: Session) -> None:
        """While the connection lasts. Raises NobodySendsError, OSError."""
        while not self._heard.empty():
            self._heard.get_nowait()  # of a connection before
        await session.request(dict.fromkeys(self._wish.labels, self._wish.kinds))
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(session))
                await self._watch()
                hearing.cancel()
        except* (OSError, ClientError) as errors:
            raise errors.exceptions[0] from None
        finally:
            self._incoming.end_all()
            self._gone()

    async def _hear(self, session: Session) -> None:
        while True:
            match await self._heard.get():
                case m.Offer() as offer:
                    await self._offered(session, offer)
                case m.Close(id=stream) if stream == self._stream:
                    self._incoming.end(stream)
                    self._gone()
                case m.Ice(id=stream, candidate=candidate):
                    self._incoming.candidate(stream, candidate)

    async def _offered(self, session: Session, offer: m.Offer) -> None:
        if offer.replace and offer.replace == self._stream:
            self._incoming.end(self._stream)
            self._gone()
        name = offer.username or ""
        mine = self._stream == offer.id or (not self._stream and self._who in ("", name))
        if not mine or offer.label not in self._wish.labels:
            await session.abort(offer.id)
            return
        known = self._stream == offer.id
        self._stream, self._who = offer.id, self._who or name
        self._taking.begin(name, offer.label)
        try:
            answer = await self._incoming.take(offer, session.rtc_configuration, self._taking)
        except StreamError as error:
            self._tell(f"cannot take the stream of {name!r}: {error}")
            self._incoming.end(offer.id)
            self._gone()
            await session.abort(offer.id)
            return
        if not known:
            self._tell(f"{name!r} sends {offer.label}: {' + '.join(self._taking.forms)}")
        await session.answer(offer.id, answer)

    async def _watch(self) -> None:
        """Until it is enough."""
        while not self._stopped.is_set():
            self._taking.tick()
            now, wish = time.monotonic(), self._wish
            if self._taking.pictures or self._taking.sounds:
                self._first = self._first or now
                if wish.duration is not None and now - self._first >= wish.duration:
                    return
                if wish.once and not self._stream:
                    return
            elif wish.wait is not None and now - self._waiting_since >= wish.wait:
                who = f"{self._who!r} sent no" if self._who else "nobody sent any"
                raise NobodySendsError(f"{who} {wish.label} within {wish.wait:g} s")
            try:
                async with asyncio.timeout(limits.TAKE_TICK_SECONDS):
                    await self._stopped.wait()
            except TimeoutError:
                continue

    def _gone(self) -> None:
        if self._stream:
            self._stream = ""
            self._tell(f"{self._who!r} sends no more")
