"""Plays something into a group, whatever becomes of connections meanwhile.

Owner of the state: whoever pushes, for as long as that lasts.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import aiohttp

from galene_py.client.address import Address
from galene_py.client.errors import LostError, RefusedError, StreamError
from galene_py.client.outgoing import Outgoing
from galene_py.client.playing import Line, Pace, Part, Source
from galene_py.client.session import Credentials, Session
from galene_py.signalling import messages as m

Ask = Callable[[str], Awaitable[str]]
"""From our offer to the answer."""


class Pusher:
    """`visit` runs while a session lasts; `over_http` is the same by WHIP, without one."""

    def __init__(
        self, sources: list[Source], label: str, stopped: asyncio.Event, tell: Callable[[str], None]
    ) -> None:
        """`stopped`: set it to end; `tell`: what goes on, for people."""
        self.parts: dict[str, Part] = {}
        self.lines: dict[str, Line] = {}
        self._sources: dict[str, Source] = {}
        self._label = label
        self._stopped = stopped
        self._tell = tell
        self._stream = ""
        """The id under which it is published."""
        self._aborted = asyncio.Event()
        """Whether the server does not want it any more."""
        pace = Pace()
        for source in sources:
            for part in source.parts:
                if part.kind not in self.parts:
                    self.parts[part.kind], self._sources[part.kind] = part, source
                    self.lines[part.kind] = Line(part.kind, source.live, pace)
        self._copied: frozenset[str] | None = None
        """Kinds that are read as packets; None: not read yet."""

    def listen(self, message: m.Message) -> None:
        """What the server says."""
        if isinstance(message, m.Abort) and message.id == self._stream:
            self._aborted.set()

    async def visit(self, session: Session) -> None:
        """While the connection lasts. Raises StreamError, RefusedError, PlayError."""
        if "present" not in session.permissions:
            raise RefusedError("not-permitted", f"{session.username!r} may not present in this group")
        await session.request({})
        while not self._stopped.is_set():
            self._stream = ""

            async def ask(offer: str) -> str:
                if self._stream:
                    await session.close_stream(self._stream)
                self._stream, self._aborted = uuid.uuid4().hex, asyncio.Event()
                return await session.publish(self._stream, offer, label=self._label)

            async with self._sending(ask, session.rtc_configuration) as outgoing:
                over = await self._until_over(outgoing)
                await session.close_stream(self._stream)
            if over:
                return
            self._tell("the media connection was lost; making another")

    async def over_http(self, http: aiohttp.ClientSession, address: Address, who: Credentials) -> None:
        """By WHIP (RFC 9725). Raises LostError, RefusedError, StreamError, PlayError."""
        location = ""
        headers = {"Content-Type": "application/sdp"}
        auth = None
        if who.token or (address.token and not who.password):
            headers["Authorization"] = f"Bearer {who.token or address.token}"
        elif who.username:
            auth = aiohttp.BasicAuth(who.username, who.password, encoding="utf-8")

        async def end() -> None:
            nonlocal location
            before, location = location, ""
            if before:
                with suppress(aiohttp.ClientError, OSError):
                    async with http.delete(before):
                        pass

        async def ask(offer: str) -> str:
            nonlocal location
            await end()
            try:
                async with http.post(address.whip, data=offer, headers=headers, auth=auth) as response:
                    text = await response.text()
                    if response.status == 201:
                        location = response.headers.get("Location", "")
                        return text
            except (aiohttp.ClientError, OSError) as error:
                raise LostError(f"cannot reach {address.whip}: {error}") from None
            if response.status in (401, 403, 404):
                raise RefusedError(str(response.status), text)
            raise StreamError(text)

        async with self._sending(ask, {}) as outgoing:
            self._tell(f"sending to {address.whip}")
            over = await self._until_over(outgoing)
            await end()
        if not over:
            raise LostError("the media connection was lost")

    def close(self) -> None:
        """Read no more."""
        for line in self.lines.values():
            line.close()
        for source in set(self._sources.values()):
            source.close()

    # --- inside ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _sending(self, ask: Ask, configuration: Mapping[str, object]) -> AsyncIterator[Outgoing]:
        """Publish: as it is, or, where the group does not take that, encoded anew."""
        copied = self._copied
        if copied is None:
            copied = frozenset(kind for kind, part in self.parts.items() if part.copy)
        outgoing = Outgoing(list(self.lines.values()), self.parts, copied, configuration)
        try:
            taken = await self._agree(outgoing, ask)
            if self._copied is None and not taken >= set(self.parts):
                await outgoing.close()
                copied &= taken
                outgoing = Outgoing(list(self.lines.values()), self.parts, copied, configuration)
                taken = await self._agree(outgoing, ask)
            if not taken:
                raise StreamError("the group takes neither picture nor sound of this")
            self._read(copied, taken)
            yield outgoing
        finally:
            await outgoing.close()

    async def _agree(self, outgoing: Outgoing, ask: Ask) -> frozenset[str]:
        """What is taken; nothing, when the offer is refused as a whole because of its codecs."""
        try:
            return await outgoing.take(await ask(await outgoing.offer()))
        except StreamError:
            if self._copied is not None:
                raise
            return frozenset()

    def _read(self, copied: frozenset[str], taken: frozenset[str]) -> None:
        if self._copied is not None:
            return
        self._copied = copied
        for kind, part in self.parts.items():
            if kind not in taken:
                self._tell(f"{part.codec}: the group takes no {kind}")
            elif kind in copied:
                self._tell(f"{part.codec}: sent as it is")
            else:
                self._tell(f"{part.codec}: encoded anew, because {part.why or 'the group does not take it'}")
        for source in set(self._sources.values()):
            kinds = {kind for kind, one in self._sources.items() if one is source and kind in taken}
            source.start(copied & kinds, {kind: self.lines[kind].put for kind in kinds})

    async def _until_over(self, outgoing: Outgoing) -> bool:
        """Whether all was played, or we were told to stop; otherwise the connection is gone."""
        while True:
            if outgoing.ended or self._stopped.is_set():
                for source in set(self._sources.values()):
                    if source.error:
                        raise StreamError(source.error)
                return True
            if outgoing.gone.is_set() or self._aborted.is_set():
                return False
            await asyncio.sleep(0.1)
