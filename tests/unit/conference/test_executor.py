"""Invitations are stored off the event loop: in order, bounded, never for somebody who may not any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conference_fakes import World

from galene_py.conference import limits
from galene_py.conference.executor import SerialExecutor, in_a_thread
from galene_py.groups.errors import StorageError, TokenError
from galene_py.groups.tokens import file as token_files
from galene_py.groups.tokens.file import TokenFile
from galene_py.groups.tokens.stateful import Token


def slow_world() -> World:
    world = World()
    world.disk = []
    return world


def make(number: int) -> dict[str, Any]:
    return {"kind": "maketoken", "value": {"group": "room", "expires": 1000, "number": number}}


def turn(world: World) -> None:
    """Let the disk finish what it is at."""
    assert world.disk
    assert len(world.disk) == 1, "one thing at a time"
    world.disk.pop()()
    world.settle()


async def test_answers_come_in_the_order_of_the_questions_whoever_asked() -> None:
    world = slow_world()
    first, second = await world.join("op-a"), await world.join("op-b")
    for number in range(3):
        first.send("groupaction", **make(number))
        second.send("groupaction", **make(10 + number))
    first.send("groupaction", kind="listtokens")
    assert not first.take("usermessage")
    seen = []
    for _ in range(7):
        turn(world)
        seen += [message["value"] for peer in (first, second) for message in peer.take("usermessage")]
    assert [token["number"] for token in seen[:6]] == [0, 10, 1, 11, 2, 12]
    assert len(seen[6]) == 6
    assert not world.disk


async def test_permissions_are_looked_at_again_when_the_turn_comes() -> None:
    world = slow_world()
    op, other = await world.join("op-a"), await world.join("op-b")
    op.send("groupaction", **make(0))
    other.send("groupaction", **make(1))
    op.send("useraction", kind="unop", dest=other.id)
    world.registry.levels["op-b"] = frozenset({"message"})
    world.registry.changed("room")
    world.settle()
    turn(world)
    assert other.one("usermessage", "token")["error"] == "not-authorised"
    assert [token["number"] for token in world.registry.tokens.made] == [0]
    assert not world.disk


async def test_nothing_is_done_or_told_for_those_who_left() -> None:
    world = slow_world()
    op, gone, late = [await world.join(f"op-{name}") for name in "abc"]
    late.send("groupaction", **make(0))
    gone.send("groupaction", **make(1))
    op.send("groupaction", **make(2))
    gone.gone()
    late.gone()
    turn(world)
    turn(world)
    assert not world.disk
    assert [token["number"] for token in world.registry.tokens.made] == [0, 2]
    assert op.one("usermessage", "token")["value"]["number"] == 2


async def test_whoever_asks_too_much_is_told_that_the_server_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DISK_JOBS_WAITING", 3)
    world = slow_world()
    op = await world.join("op-a")
    for number in range(6):
        op.send("groupaction", **make(number))
    assert [message["error"] for message in op.take("usermessage", "token")] == ["busy", "busy"]
    for _ in range(4):
        turn(world)
    assert len(op.take("usermessage", "token")) == 4


async def test_an_error_is_told_and_the_next_one_has_its_turn() -> None:
    world = slow_world()
    op = await world.join("op-a")

    def fail(*_: object) -> object:
        raise ZeroDivisionError

    world.registry.tokens.edit = fail  # type: ignore[method-assign]
    op.send("groupaction", kind="edittoken", value={})
    op.send("groupaction", kind="maketoken", value=[])
    op.send("groupaction", **make(0))
    for _ in range(3):
        turn(world)
    errors = [message.get("error") for message in op.take("usermessage", "token")]
    assert errors == ["internal-error", "error", None]


async def test_a_thread_does_the_work_and_the_loop_is_told() -> None:
    executor = SerialExecutor(in_a_thread)
    seen: list[object] = []
    ready = asyncio.Event()

    def job() -> int:
        seen.append(threading.current_thread() is threading.main_thread())
        raise TokenError("error", "no")

    def done(outcome: Callable[[], Any]) -> None:
        with pytest.raises(TokenError):
            outcome()
        seen.append(threading.current_thread() is threading.main_thread())
        ready.set()

    assert executor.ask(lambda: job, done)
    await asyncio.wait_for(ready.wait(), 10)
    assert seen == [False, True]


def test_nobody_who_reads_tokens_waits_for_a_slow_disk(tmp_path: Any) -> None:
    """While one thread's write has not reached the disk, another's look-up returns."""
    reached, release = threading.Event(), threading.Event()

    class SlowDisk(token_files.files.Disk):
        def flush(self, file: int) -> None:
            reached.set()
            assert release.wait(30)

    tokens = TokenFile(tmp_path / "tokens.jsonl", disk=SlowDisk())
    writer = threading.Thread(target=tokens.put, args=(Token(token="a", group="room"), None))
    writer.start()
    assert reached.wait(30)
    found: list[object] = []
    reader = threading.Thread(target=lambda: found.append(tokens.find("nobody")))
    reader.start()
    reader.join(30)
    assert found == [None]
    release.set()
    writer.join(30)
    assert tokens.find("a") is not None
    with pytest.raises(StorageError):
        TokenFile(tmp_path / "tokens.jsonl" / "x").put(Token(token="b"), None)
