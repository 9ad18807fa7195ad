"""The way to a writer never waits, is bounded, keeps its order, and tells of what it drops."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from galene_py.recording import limits, messages
from galene_py.recording.channel import Channel

WRITER = """
import os, socket, sys, time
from galene_py.recording import messages
server = socket.socket(fileno=int(sys.argv[2]))
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
track = last = count = 0
while data := server.recv(1 << 17):
    message = messages.read(data)
    if isinstance(message, messages.Packets):
        for packet in message.packets:
            number = int.from_bytes(packet[:4])
            assert number > last, (number, last)
            last = number
            count += 1
    elif isinstance(message, messages.Gap):
        server.send(messages.report(messages.Warn(f"gap after {last}")))
    elif isinstance(message, messages.Stop):
        server.send(messages.report(messages.Stopped(f"{count} of {last}")))
"""
"""Reads nothing until a file is there, then checks and counts."""


class Line:
    def __init__(self, gate: Path, script: str = WRITER) -> None:
        self.reports: list[messages.AnyReport] = []
        self.full = 0
        self.over = asyncio.Event()
        self.changed = asyncio.Event()
        self.sent = 0
        self.channel = Channel(
            self.heard, self.over.set, self.filled, command=(sys.executable, "-c", script, str(gate))
        )

    def heard(self, report: messages.AnyReport) -> None:
        self.reports.append(report)
        self.changed.set()

    def filled(self) -> None:
        self.full += 1

    def send(self, count: int) -> None:
        batch = []
        for _ in range(count):
            self.sent += 1
            batch.append(self.sent.to_bytes(4) + bytes(1100))
        self.channel.packets(1, batch, 0.0)
        self.channel.order(messages.Left("somebody", 0.0))  # nothing is gathered beyond an order

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def end(self) -> messages.AnyReport:
        self.channel.order(messages.Stop(0.0))
        self.channel.close()
        async with asyncio.timeout(30):
            await self.over.wait()
            await self.channel.ended.wait()
        return self.reports[-1]


async def test_everything_arrives_in_order_also_what_had_to_wait(tmp_path: Path) -> None:
    line = Line(tmp_path / "gate")
    for _ in range(100):
        line.send(60)
    assert 0 < line.channel.queued <= limits.QUEUE_BYTES
    (tmp_path / "gate").touch()
    assert await line.end() == messages.Stopped("6000 of 6000")
    assert (line.channel.dropped, line.full) == (0, 0)


async def test_packets_of_a_moment_go_in_one_message(tmp_path: Path) -> None:
    script = """
import socket, sys
from galene_py.recording import messages
server = socket.socket(fileno=int(sys.argv[2]))
told = messages.read(server.recv(1 << 17))
server.send(messages.report(messages.Warn(f"{told.track} {told.now} {len(told.packets)}")))
"""
    line = Line(tmp_path, script)
    for now in (1.0, 1.01, 1.02):
        line.channel.packets(7, [bytes(20)] * 2, now)
    await line.until(lambda: bool(line.reports))
    assert line.reports == [messages.Warn("7 1.0 6")]


async def test_a_writer_that_is_too_slow_loses_packets_and_is_told_where(tmp_path: Path) -> None:
    line = Line(tmp_path / "gate")
    while not line.channel.dropped:
        line.send(40)
    kept = line.sent - line.channel.dropped
    line.send(40)
    assert line.full == 1
    assert line.channel.queued <= limits.QUEUE_BYTES
    (tmp_path / "gate").touch()
    await line.until(lambda: bool(line.reports))
    assert line.reports == [messages.Warn(f"gap after {kept}")]
    line.send(5)
    dropped = line.channel.dropped
    assert await line.end() == messages.Stopped(f"{line.sent - dropped} of {line.sent}")
    assert line.full == 1


async def test_a_writer_that_dies_is_noticed_and_harms_nobody(tmp_path: Path) -> None:
    line = Line(tmp_path / "gate")
    line.send(10)
    line.channel.kill()
    await line.over.wait()
    line.send(10)
    line.channel.order(messages.Stop(0.0))
    line.channel.close()
    await line.channel.ended.wait()
    assert line.reports == []


async def test_the_last_words_of_a_writer_that_did_not_hear_all_are_heard(tmp_path: Path) -> None:
    script = """
import socket, sys
from galene_py.recording import messages
server = socket.socket(fileno=int(sys.argv[2]))
server.recv(1 << 17)
server.send(messages.report(messages.Stopped("the disk is full")))
"""
    line = Line(tmp_path, script)
    for _ in range(20):
        line.send(10)
    async with asyncio.timeout(30):
        await line.over.wait()
    assert line.reports == [messages.Stopped("the disk is full")]
