"""What people cost who are connected and silent: processor time of a whole `galene-py serve` process.

Half of the people have cameras, the other half watch them all. Everybody proves every few seconds to be there
(RFC 7675), as often as Chromium does; that is all in the first row. In the next, receivers report once a
second as well; then the microphones are on in silent rooms (Opus DTX, one packet in 400 ms). The yardstick is
a process that answers as many datagrams and does nothing else: a busy machine makes both dear.

    python tests/bench/bench_idle.py [--people N] [--seconds S]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import psutil
import uvloop
from bench_server import Measured, end, row
from forward_traffic import Timed

from kit import loadpeer
from kit.lightpeople import CONSENT_S, REMB, REPORT_S, Person, allow_many_sockets, gather

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.server import OPEN_GROUP, Server

BAR_PERCENT = 1.5
COMFORT_S = 0.4


def consent(people: list[Person]) -> list[Timed]:
    """Everybody's connectivity checks, evenly spread."""
    peers = [peer for one in people for peer in [one.up, *(down for down, _ in one.down)] if peer is not None]
    return [
        Timed(CONSENT_S * at / len(peers), CONSENT_S, peer.sock, [peer.consent])
        for at, peer in enumerate(peers)
    ]


def reports(people: list[Person], seconds: float) -> list[Timed]:
    """The receivers' reports, evenly spread."""
    downs = [down for one in people for down in one.down]
    timed = []
    for at, (peer, ssrcs) in enumerate(downs):
        plain = [loadpeer.receiver_report(7, ssrcs["video"], 0, REMB) for _ in range(int(seconds) + 2)]
        timed.append(Timed(REPORT_S * at / len(downs), REPORT_S, peer.sock, peer.protected_rtcp(plain)))
    return timed


def comfort(people: list[Person], seconds: float) -> list[Timed]:
    """A packet of silence in a while from each microphone."""
    senders = [one.up for one in people if one.up is not None]
    timed = []
    for at, peer in enumerate(senders):
        plain = [
            loadpeer.rtp(1, number, number * 19_200, loadpeer.OPUS, "0", b"\x78", False)
            for number in range(int(seconds / COMFORT_S) + 2)
        ]
        timed.append(Timed(COMFORT_S * at / len(senders), COMFORT_S, peer.sock, peer.protected(plain)))
    return timed


def play(timed: list[Timed]) -> int:
    """Fork a process that sends everything at its time until it is ended; returns its id."""
    child = os.fork()
    if child:
        return child
    parent, began = os.getppid(), time.monotonic()
    try:
        while os.getppid() == parent:
            now = time.monotonic() - began
            for entry in timed:
                if entry.due <= now:
                    entry.sock.send(entry.packets[entry.index % len(entry.packets)])
                    entry.index += 1
                    entry.due += entry.every
            time.sleep(0.001)
    finally:
        os._exit(0)


def echo() -> tuple[psutil.Process, socket.socket]:
    """Fork a process that answers each datagram; returns it, and a socket that is connected to it."""
    there, here = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    there.bind(("127.0.0.1", 0))
    here.connect(there.getsockname())
    child = os.fork()
    if child:
        there.close()
        return psutil.Process(child), here

    async def serve() -> None:
        def answer() -> None:
            data, address = there.recvfrom(2048)
            there.sendto(data, address)

        there.setblocking(False)
        asyncio.get_running_loop().add_reader(there.fileno(), answer)
        await asyncio.Event().wait()

    try:
        uvloop.run(serve())
    finally:
        os._exit(0)


async def yardstick(
    process: psutil.Process, sock: socket.socket, timed: list[Timed], seconds: float
) -> float:
    """Per cent of a core that it takes to answer as many datagrams."""
    child = play([Timed(one.due, one.every, sock, one.packets) for one in timed])
    try:
        await asyncio.sleep(1.0)
        cpu, began = sum(process.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(seconds)
        return 100 * float(sum(process.cpu_times()[:2]) - cpu) / (time.monotonic() - began)
    finally:
        end(child)


async def cost(measured: Measured, timed: list[Timed], seconds: float) -> float:
    """Per cent of a core that the server takes meanwhile."""
    child = play(timed)
    try:
        await asyncio.sleep(2.0)
        cpu, began = measured.cpu, time.monotonic()
        await asyncio.sleep(seconds)
        return 100 * (measured.cpu - cpu) / (time.monotonic() - began)
    finally:
        end(child)


async def measure(server: Server, people: int, seconds: float) -> None:
    measured = Measured(server)
    process, sock = echo()
    async with aiohttp.ClientSession() as session, AsyncExitStack() as stack:
        row("nobody is there", f"{await cost(measured, [], seconds):.2f} % of a core")
        everybody = await gather(stack, session, server, people // 2, people // 2, mutual=False)
        streams = sum(len(one.down) for one in everybody)
        print(f"{people} people, {streams} subscriptions")
        timed = consent(everybody)
        found = await cost(measured, timed, seconds)
        row("they do nothing but show that they are there", f"{found:.2f} % of a core", f"bar {BAR_PERCENT}")
        found = await yardstick(process, sock, timed, seconds)
        row("a process that answers as many datagrams", f"{found:.2f} % of a core")
        timed += reports(everybody, seconds + 3)
        found = await cost(measured, timed, seconds)
        row("and receivers report once a second", f"{found:.2f} % of a core")
        timed += comfort(everybody, seconds + 3)
        found = await cost(measured, timed, seconds)
        row("and microphones are on in silent rooms", f"{found:.2f} % of a core")
    process.kill()
    process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    allow_many_sockets()
    with (
        tempfile.TemporaryDirectory() as directory,
        Server(Path(directory), {"meeting": OPEN_GROUP}) as server,
    ):
        asyncio.run(measure(server, options.people, options.seconds))


if __name__ == "__main__":
    main()
