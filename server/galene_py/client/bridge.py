"""A full ICE agent in front of our own media engine, whose agent is a lite one and sends no checks.

The engine (`transport.hub`) listens on loopback. Towards it the bridge is a browser next door; towards the
other side it is whatever aioice finds a way for. Datagrams pass through unchanged: DTLS and SRTP are the
engine's. So descriptions are the engine's with the credentials and candidates of aioice in them.

Owner of the state: one stream that comes in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import struct
from collections.abc import Callable, Mapping

import aioice

from galene_py.client import ice_servers, limits
from galene_py.client.errors import StreamError
from galene_py.transport.ice import stun

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_OURS = re.compile(
    r"^a=(?:ice-lite|candidate:.*|end-of-candidates|ice-ufrag:.*|ice-pwd:.*)\r?\n", re.MULTILINE
)
_SECTION = re.compile(r"^(a=setup:)", re.MULTILINE)


class Bridge:
    """`gather`, then `describe` and `connect`; `close` ends it. `lost`: called when the way is gone."""

    def __init__(self, configuration: Mapping[str, object], port: int, lost: Callable[[], None]) -> None:
        """`configuration`: as browsers take it; `port`: of our engine."""
        self._servers = ice_servers.for_aioice(configuration)
        self._port = port
        self._lost = lost
        self._ice: aioice.Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._inside: asyncio.DatagramTransport | None = None
        self._check = b""
        self._answered = False
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()

    async def gather(self, offer: str) -> None:
        """Find our own addresses for the answer to `offer`. Raises StreamError."""
        lite = re.search(r"^a=ice-lite\s*$", offer, re.MULTILINE) is not None
        # The offerer controls, unless it is a lite one (RFC 8445 §6.1.1).
        ice = self._ice = aioice.Connection(ice_controlling=lite, **self._servers)
        ice.remote_is_lite = lite
        try:
            async with asyncio.timeout(limits.REPLY_SECONDS):
                await ice.gather_candidates()
        except (OSError, TimeoutError, ValueError) as error:
            raise StreamError(f"no address for media: {error or 'a server does not answer'}") from None

    def describe(self, description: str) -> str:
        """Our engine's description as the other side is to see it."""
        assert self._ice is not None
        lines = [f"a=candidate:{candidate.to_sdp()}" for candidate in self._ice.local_candidates]
        lines += ["a=end-of-candidates", f"a=ice-ufrag:{self._ice.local_username}"]
        lines.append(f"a=ice-pwd:{self._ice.local_password}")
        ours = "".join(f"{line}\r\n" for line in lines)
        return _SECTION.sub(lambda match: ours + match[1], _OURS.sub("", description))

    def connect(self, offer: str, description: str) -> None:
        """Connect what was offered to our engine, which described itself so; `lost` tells of failure."""
        self._tasks.append(asyncio.create_task(self._run(offer, description)))

    def candidate(self, line: str) -> None:
        """One more address of the other side, in the form of `a=candidate`."""
        ice = self._ice
        if ice is not None:
            with contextlib.suppress(ValueError):
                candidate = aioice.Candidate.from_sdp(line.removeprefix("candidate:"))
                self._tasks.append(asyncio.create_task(ice.add_remote_candidate(candidate)))

    async def close(self) -> None:
        """End it. Harmless when closed."""
        tasks, self._tasks = [task for task in self._tasks if task is not asyncio.current_task()], []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._inside is not None:
            self._inside.close()
        if self._ice is not None:
            await self._ice.close()

    # --- inside ------------------------------------------------------------------------------------

    async def _run(self, offer: str, description: str) -> None:
        ice = self._ice
        assert ice is not None
        try:
            ice.remote_username, ice.remote_password = _credentials(offer)
            for line in re.findall(r"^a=candidate:(.*?)\r?$", offer, re.MULTILINE):
                with contextlib.suppress(ValueError):
                    await ice.add_remote_candidate(aioice.Candidate.from_sdp(line))
            if ice.remote_is_lite or "a=end-of-candidates" in offer:
                await ice.add_remote_candidate(None)
            async with asyncio.timeout(limits.REPLY_SECONDS):
                await ice.connect()
            await self._open(ice, description)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._inwards(ice))
                group.create_task(self._outwards(ice))
                group.create_task(self._keep())
        except* (ConnectionError, OSError, TimeoutError) as errors:
            log.debug("a media connection ended: %r", errors.exceptions)
        self._lost()

    async def _open(self, ice: aioice.Connection, description: str) -> None:
        ufrag, pwd = _credentials(description)
        attributes = [
            (stun.USERNAME, f"{ufrag}:{ice.remote_username}".encode()),
            (stun.PRIORITY, struct.pack("!I", 1)),
            (stun.ICE_CONTROLLING, bytes(8)),
            (stun.USE_CANDIDATE, b""),
        ]
        self._check = stun.build(stun.BINDING, stun.REQUEST, os.urandom(12), attributes, key=pwd.encode())
        loop = asyncio.get_running_loop()
        self._inside, _ = await loop.create_datagram_endpoint(
            lambda: _Inside(self._from_engine), remote_addr=(LOOPBACK, self._port)
        )

    def _from_engine(self, data: bytes) -> None:
        if data[:1] <= b"\x03":  # STUN: the answer to our check (RFC 7983 §7)
            self._answered = True
        else:
            self._outgoing.put_nowait(data)

    async def _inwards(self, ice: aioice.Connection) -> None:
        assert self._inside is not None
        while True:
            self._inside.sendto(await ice.recv())

    async def _outwards(self, ice: aioice.Connection) -> None:
        while True:
            await ice.send(await self._outgoing.get())

    async def _keep(self) -> None:
        """Keep the way to our engine open (RFC 7675)."""
        assert self._inside is not None
        while True:
            self._inside.sendto(self._check)
            await asyncio.sleep(limits.CHECK_SECONDS if self._answered else limits.CHECK_FIRST_SECONDS)


class _Inside(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._receive(data)


def without_lite(description: str) -> str:
    """The description as if its agent were a full one, which the bridge is."""
    return re.sub(r"^a=ice-lite\r?\n", "", description, flags=re.MULTILINE)


def _credentials(description: str) -> tuple[str, str]:
    """The first ICE credentials in a description. Raises ConnectionError."""
    ufrag = re.search(r"^a=ice-ufrag:(\S+)", description, re.MULTILINE)
    pwd = re.search(r"^a=ice-pwd:(\S+)", description, re.MULTILINE)
    if ufrag is None or pwd is None:
        raise ConnectionError("the description has no ICE credentials")
    return ufrag[1], pwd[1]
