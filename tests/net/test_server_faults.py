"""Faults of a whole `galene-py serve` while people are in a call: signals, crashes, the deaf, full disks.

Every server is a real process; people are aiortc peers with sound only, so that the cores are free for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc.mediastreams import MediaStreamError

from kit.peer import Participant, participant
from kit.server import OPEN_GROUP, Server
from kit.waiting import PATIENCE_S, until

ADMIN = {"users": {"root": {"password": "root", "permissions": "admin"}}, "writableGroups": True}
HEADERS = {"Authorization": aiohttp.encode_basic_auth("root", "root")}


class Ear:
    """Counts the pieces of sound that a participant hears."""

    def __init__(self, one: Participant) -> None:
        self.heard = 0
        self.changed = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        one.consume = lambda track: self.tasks.append(asyncio.create_task(self.listen(track)))

    async def listen(self, track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                await track.recv()
                self.heard += 1
                self.changed.set()

    async def more(self, count: int = 25) -> None:
        """Sound goes on."""
        wanted = self.heard + count
        async with asyncio.timeout(PATIENCE_S):
            while self.heard < wanted:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[Server]:
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.kill)


@asynccontextmanager
async def call(server: Server) -> AsyncIterator[tuple[Participant, Participant, Ear]]:
    """Jane speaks, John listens."""
    async with participant(server.ws_url) as jane, participant(server.ws_url) as john:
        ear = Ear(john)
        await jane.join("demo", "jane")
        await john.join("demo", "john")
        await jane.publish(video=False)
        await ear.more()
        yield jane, john, ear


async def test_sigterm_tells_everybody_in_a_call(tmp_path: Path) -> None:
    async with running(Server(tmp_path)) as server, call(server) as (jane, john, _):
        process = server.process
        assert process is not None
        (sending,) = jane.published.values()
        (receiving,) = john.received.values()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        for one in (jane, john):
            told = await one.wait("usermessage", kind="error")
            assert "down" in told["value"]
            await one.wait("closed")
        assert await asyncio.to_thread(process.wait, 5) == 0
        assert time.monotonic() - began < 5
        # The media connections were ended too, not left to time out.
        await until(lambda: {sending.connectionState, receiving.connectionState} == {"closed"})


async def test_kill_and_restart_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Killed three times in the middle of writing users and tokens; people come back each time."""
    server = Server(tmp_path, config=ADMIN)
    users: list[str] = []
    tokens: list[str] = []

    async def write(session: aiohttp.ClientSession) -> None:
        group = f"{server.url}galene-api/v0/.groups/demo"
        with contextlib.suppress(aiohttp.ClientError):
            while True:
                user = f"user{len(users)}-{os.urandom(3).hex()}"
                async with session.put(f"{group}/.users/{user}", json={"permissions": "present"}) as response:
                    assert response.status == 201
                    users.append(user)
                token = {"permissions": ["present"], "expires": "2090-01-01T00:00:00Z"}
                async with session.post(f"{group}/.tokens/", json=token) as response:
                    assert response.status == 201
                    tokens.append(response.headers["Location"].rpartition("/")[2])

    for round_ in range(3):
        await asyncio.to_thread(server.start)
        async with aiohttp.ClientSession(headers=HEADERS) as session, participant(server.ws_url) as one:
            assert (await one.join("demo", "jane"))["kind"] == "join"
            writing = asyncio.create_task(write(session))
            aim = len(tokens) + 15 + 3 * round_
            async with asyncio.timeout(PATIENCE_S):
                while len(tokens) < aim and not writing.done():  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
            await asyncio.to_thread(server.kill)
            await writing
            await one.wait("closed")
    await asyncio.to_thread(server.start)
    try:
        stored = json.loads((server.groups / "demo.json").read_text())["users"]
        assert set(users) <= set(stored)
        assert len(set(stored) - set(users) - {"op"}) <= 3, "stored, but killed before it could say so"
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            async with session.get(f"{server.url}galene-api/v0/.groups/demo/.tokens/") as response:
                assert set(tokens) <= set(await response.json())
            async with session.get(f"{server.url}galene-api/v0/.groups/demo/.users/") as response:
                assert set(users) <= set(await response.json())
        async with participant(server.ws_url) as one:
            await one.send(type="handshake", version=["2"], id=one.id)
            await one.send(type="join", kind="join", group="demo", username="guest", token=tokens[0])
            assert (await one.wait("joined"))["kind"] == "join"
        left = [path.name for path in server.groups.iterdir() if path.name != "demo.json"]
        assert not [name for name in left if not name.startswith(".")]
        assert "Traceback" not in server.log()
    finally:
        assert await asyncio.to_thread(server.stop) == 0


def masked(text: str) -> bytes:
    """A WebSocket frame as clients send it (RFC 6455 §5.2), under the mask zero."""
    data = text.encode()
    head = bytes((0x81, 0x80 | len(data))) if len(data) < 126 else b"\x81\xfe" + struct.pack("!H", len(data))
    return head + bytes(4) + data


async def test_a_flood_beside_a_websocket_that_never_reads_harms_nobody(tmp_path: Path) -> None:
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    count, value = 150, "x" * 60_000
    with deaf:
        async with running(Server(tmp_path)) as server, call(server) as (jane, john, ear):
            deaf.connect(("127.0.0.1", server.port))
            deaf.sendall(
                b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            deaf.sendall(masked(json.dumps({"type": "handshake", "version": ["2"], "id": "deaf-one"})))
            join = {"type": "join", "kind": "join", "group": "demo", "username": "deaf", "password": ""}
            deaf.sendall(masked(json.dumps(join)))
            await john.wait("user", kind="add", id="deaf-one")
            heard = ear.heard
            began = time.monotonic()
            for number in range(count):
                await jane.send(type="chat", source=jane.id, username="jane", value=f"{number} {value}")
            await jane.wait("usermessage", kind="error", error="too-fast")
            await jane.send(type="ping")
            await jane.wait("pong")
            elapsed = time.monotonic() - began
            chats = [message["value"] for message in john.messages if message["type"] == "chat"]
            assert 1 < len(chats) < count
            assert chats == [f"{number} {value}" for number in range(len(chats))]
            await ear.more()
            # 50 pieces of sound per second, all the time; half of them, on a busy machine.
            assert ear.heard - heard >= 25 * min(elapsed, 5)
            assert {one["type"] for one in (jane.messages[-1], john.messages[-1])} != {"closed"}


class FewFiles(Server):
    """A server that may open few files."""

    def command(self) -> list[str]:
        return ["sh", "-c", 'ulimit -n 60 && exec "$@"', "sh", *super().command()]


async def test_out_of_file_descriptors_the_call_goes_on(tmp_path: Path) -> None:
    async with running(FewFiles(tmp_path)) as server, call(server) as (jane, john, ear):
        flood = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(80)]
        await until(lambda: "not accepting" in server.log())
        await ear.more(50)
        await jane.send(type="chat", source=jane.id, username="jane", value="still here?")
        await john.wait("chat", value="still here?")
        # A second stream in both directions takes no descriptor: media has one socket for everybody.
        await john.publish(video=False)
        await until(lambda: jane.tracks)
        for _, writer in flood:
            writer.close()
        async with participant(server.ws_url) as late:
            assert (await late.join("demo", "late"))["kind"] == "join"
        assert "Traceback" not in server.log()


class OwnDisk(Server):
    """A server whose files are on a small file system of its own, in a mount namespace of its own."""

    def command(self) -> list[str]:
        place = str(self.data.parent)
        script = (
            f'cp -a "{place}" "{place}.copy" && mount -t tmpfs -o size=300k tmpfs "{place}" && '
            f'cp -a "{place}.copy/." "{place}/" && exec "$@"'
        )
        return ["unshare", "-m", "sh", "-ec", script, "sh", *super().command()]

    @property
    def place(self) -> Path:
        """Its directory, as seen from here."""
        return Path(f"/proc/{self.pid}/root{self.data.parent}")

    def mount(self, options: str) -> None:
        command = ["nsenter", "-t", str(self.pid), "-m", "mount", "-o", options, str(self.data.parent)]
        subprocess.run(command, check=True, timeout=10)

    def fill(self) -> Path:
        """Use up all the space, but for a few bytes."""
        filler = self.place / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (4096, 512, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
        return filler


def may_mount() -> bool:
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        return False
    command = ["unshare", "-m", "true"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False, timeout=10).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="needs a mount namespace")
@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS])
async def test_a_full_or_read_only_disk_costs_no_call_and_no_state(tmp_path: Path, fault: int) -> None:
    server = OwnDisk(tmp_path / "state", {"demo": OPEN_GROUP}, config=ADMIN)
    async with running(server), aiohttp.ClientSession(headers=HEADERS) as session:
        group = f"{server.url}galene-api/v0/.groups/demo"

        async def put(user: str) -> int:
            async with session.put(f"{group}/.users/{user}", json={"permissions": "present"}) as response:
                return response.status

        async def post_token() -> int:
            async with session.post(f"{group}/.tokens/", json={"permissions": ["present"]}) as response:
                return response.status

        async def tokens() -> set[str]:
            async with session.get(f"{group}/.tokens/") as response:
                return set(await response.json())

        async with call(server) as (jane, john, ear), participant(server.ws_url) as moderator:
            await moderator.join("demo", "op", "op")
            assert (await put("before"), await post_token()) == (201, 201)
            known = await tokens()
            before = (server.place / "groups/demo.json").read_bytes()
            if fault == errno.ENOSPC:
                filler = server.fill()
            else:
                server.mount("remount,ro")
            # What needs the disk fails with an answer; what is stored stays, whole.
            assert 500 <= await put("during") < 600
            stored, status = 0, 201
            while status == 201:  # a few more fit into the last block
                status = await post_token()
                stored += status == 201
                assert stored < 150
            assert 500 <= status < 600
            await moderator.send(
                type="groupaction",
                kind="maketoken",
                source=moderator.id,
                dest="",
                username="op",
                value={"group": "demo", "permissions": ["present"], "expires": "2090-01-01T00:00:00Z"},
            )
            answer = await moderator.wait("usermessage")
            assert answer.get("error") or answer["kind"] == "error"
            assert (server.place / "groups/demo.json").read_bytes() == before
            assert known <= await tokens()
            assert len(await tokens()) == len(known) + stored
            # The call goes on, and new people come in.
            await ear.more()
            await jane.send(type="chat", source=jane.id, username="jane", value="anybody?")
            await john.wait("chat", value="anybody?")
            async with participant(server.ws_url) as late:
                assert (await late.join("demo", "late"))["kind"] == "join"
            if fault == errno.ENOSPC:
                filler.unlink()
            else:
                server.mount("remount,rw")
            assert (await put("after"), await post_token()) == (201, 201)
            assert len(await tokens()) == len(known) + stored + 1
            users = json.loads((server.place / "groups/demo.json").read_text())["users"]
            assert set(users) == {"op", "before", "after"}
            for line in (server.place / "data/var/tokens.jsonl").read_text().splitlines():
                json.loads(line)
        assert "Traceback" not in server.log()
