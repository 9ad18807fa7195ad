"""Recording by a whole `galene-py serve`: its death, its disk, its last guest. People are aiortc peers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil
import pytest
from test_server_faults import OwnDisk, may_mount

from galene_py.recording import sidecar
from kit import judge
from kit.peer import Participant, participant
from kit.server import OPEN_GROUP, Server

GROUPS = {"demo": {**OPEN_GROUP, "allow-recording": True}}
PATIENCE_S = 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, GROUPS) as server:
        yield server


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def recorded(server: Server, *, video: bool = False) -> AsyncIterator[Participant]:
    """An operator who publishes, in a group that is being recorded."""
    async with participant(server.ws_url) as op:
        await op.join("demo", "op", "op")
        await op.publish(video=video)
        await op.send(type="groupaction", kind="record", source=op.id, username="op")
        seen = await op.wait("user", username="RECORDING", kind="add")
        assert seen["permissions"] == ["system"]
        yield op


def writers(server: Server) -> list[psutil.Process]:
    children = psutil.Process(server.pid).children()
    return [each for each in children if "galene_py.recording.writer" in each.cmdline()]


def parts(server: Server) -> list[Path]:
    return list(server.recordings.rglob("*.part"))


def about(server: Server) -> sidecar.Sidecar:
    """The newest recording."""
    return sidecar.read(max((server.recordings / "demo").glob("*.json")))


async def written(server: Server, seconds: float) -> float:
    """Wait until so much of the only file is on the disk; the seconds that are."""

    def on_disk() -> float:
        # A file begins with its header only.
        big = [path for path in parts(server) if path.stat().st_size > 2000]
        return max(judge.probe(big[0]).packets["audio"], default=0.0) if big else 0.0

    await until(lambda: on_disk() >= seconds, "so much")
    return on_disk()


async def finished(server: Server) -> tuple[sidecar.Sidecar, list[Path]]:
    await until(lambda: list((server.recordings / "demo").glob("*.json")), "a recording")
    await until(lambda: not list((server.recordings / "demo").glob(".*.lock")), "the end of the recording")
    said = about(server)
    return said, [server.recordings / "demo" / each.name for each in said.files]


async def test_a_server_that_is_killed_leaves_whole_files_and_the_next_one_finishes_others(
    server: Server,
) -> None:
    assert writers(server) == []
    async with recorded(server, video=True):
        length = await written(server, 3.0)
        server.kill()
        said, (path,) = await finished(server)
    assert said.state == "interrupted"
    judge.decodes(path)
    facts = judge.probe(path)
    assert facts.codecs == {"audio": "opus", "video": "vp8"}
    assert facts.duration >= length

    server.start()
    async with recorded(server):
        await written(server, 2.0)
        (writer,) = writers(server)
        writer.kill()
        server.kill()
        psutil.wait_procs([writer])
    (part,) = parts(server)
    judge.decodes(part)
    server.start()
    said, (path,) = await finished(server)
    assert said.state == "interrupted"
    assert parts(server) == []
    judge.decodes(path)
    assert judge.probe(path).duration == pytest.approx(said.files[0].duration, abs=0.1)


async def test_a_stop_of_the_server_finishes_the_recording_and_so_does_the_last_guest(
    server: Server,
) -> None:
    async with recorded(server):
        await until(lambda: parts(server), "a file")
    said, (path,) = await finished(server)
    assert said.state == "complete"
    judge.decodes(path)
    await until(lambda: not writers(server), "the end of the writer")

    async with recorded(server):
        await until(lambda: parts(server), "a file")
        assert server.stop() == 0
        assert list(server.recordings.rglob(".*")) == []
        assert about(server).state == "complete"


async def test_a_writer_that_dies_is_told_and_the_meeting_goes_on(server: Server) -> None:
    async with recorded(server) as op:
        await until(lambda: parts(server), "a file")
        (writer,) = writers(server)
        writer.kill()
        told = await op.wait("usermessage", kind="error")
        assert told["error"] == "recording-stopped"
        await op.wait("user", username="RECORDING", kind="delete")
        await op.send(type="chat", source=op.id, username="op", value="still here")
        await op.wait("chat", value="still here")


@pytest.mark.skipif(not may_mount(), reason="needs a mount namespace")
async def test_a_disk_that_is_nearly_full_is_told_and_the_meeting_goes_on(tmp_path: Path) -> None:
    with OwnDisk(tmp_path / "state", GROUPS) as server:
        async with recorded(server) as op:
            told = await op.wait("usermessage", kind="error")
            assert "disk is nearly full" in told["value"]
            await op.wait("user", username="RECORDING", kind="delete")
            await op.send(type="chat", source=op.id, username="op", value="still here")
            await op.wait("chat", value="still here")


async def test_operators_are_warned_before_a_limit_ends_the_recording(tmp_path: Path) -> None:
    old = tmp_path / "recordings" / "demo" / "old.webm"
    old.parent.mkdir(parents=True)
    old.write_bytes(bytes(980_000))
    with Server(tmp_path, GROUPS, args=["--recordings-group-limit", "1MB"]) as server:
        async with recorded(server) as op:
            told = await op.wait("usermessage", kind="warning")
            assert "this group's recordings take 93 %" in told["value"]
            await until(lambda: parts(server), "a file")


async def test_where_it_is_not_allowed_nothing_is_recorded(server: Server) -> None:
    users = {"op": {"password": "op", "permissions": ["op", "record"]}}
    server.write_group("demo", {**OPEN_GROUP, "users": users})
    async with participant(server.ws_url) as op:
        await op.join("demo", "op", "op")
        await op.send(type="groupaction", kind="record", source=op.id, username="op")
        told = await op.wait("usermessage", kind="error")
        assert "does not allow" in told["value"]
        assert writers(server) == []
        assert list(server.recordings.iterdir()) == []
