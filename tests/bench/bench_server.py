"""The whole `galene-py serve` process: memory, joining, delay, the event loop's lag.

Real WebSockets, real DTLS and SRTP on loopback. Senders protect their packets in advance and receivers look
at nothing but one sampled connection, so that the machine's two cores serve the server.

    python tests/bench/bench_server.py [--quick] [--people N] [--seconds S]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from kit.lightpeople import FRAME_S, PACKETS_PER_FRAME, SOUND_S, Camera, Person, run_meeting

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.server import OPEN_GROUP, Server

MIB = 1 << 20
HERE = Path(__file__).resolve().parent
BAR_IDLE_MIB, BAR_MEETING_MIB, BAR_JOIN_MS = 80, 200, 30


def row(name: str, value: str, bar: str = "") -> None:
    print(f"{name:58} {value:>22}  {bar}", flush=True)


def times(values: Sequence[float]) -> str:
    """Median, nine of ten, the worst; milliseconds."""
    ordered = sorted(1000 * value for value in values)
    return f"{ordered[len(ordered) // 2]:.1f} / {ordered[int(len(ordered) * 0.9)]:.1f} / {ordered[-1]:.1f} ms"


class Measured:
    """A server's process from outside."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process = psutil.Process(server.pid)

    @property
    def memory(self) -> float:
        """Resident MiB."""
        return float(self.process.memory_info().rss) / MIB

    @property
    def cpu(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)

    async def settled(self) -> float:
        """Memory once it has stopped growing."""
        before = 0.0
        while abs(self.memory - before) > 0.2:
            before = self.memory
            await asyncio.sleep(0.7)
        return self.memory


async def person(stack: AsyncExitStack, session: aiohttp.ClientSession, server: Server) -> Person:
    ws = await stack.enter_async_context(session.ws_connect(server.ws_url))
    one = Person(ws, server.port)
    stack.callback(one.close)
    return one


async def memory_of_connections(measured: Measured, session: aiohttp.ClientSession, count: int) -> None:
    """WebSockets that only joined; then media connections: one camera, `count` receivers."""
    server = measured.server
    async with AsyncExitStack() as stack:
        before = await measured.settled()
        people = [await person(stack, session, server) for _ in range(count)]
        for index, one in enumerate(people):
            await one.join("quiet", f"person {index}", wants=[])
        after = await measured.settled()
        row("memory per person who only joined", f"{1024 * (after - before) / count:.0f} KiB")
    async with AsyncExitStack() as stack:
        speaker = await person(stack, session, server)
        await speaker.join("lecture", "speaker", wants=[])
        await speaker.publish()
        people = [await person(stack, session, server) for _ in range(count)]
        for index, one in enumerate(people):
            await one.join("lecture", f"listener {index}", wants=[])
        before = await measured.settled()
        for one in people:
            await one.send(type="request", request={"": ["audio", "video"]})
            await one.receive(1)
        after = await measured.settled()
        row("memory per media connection", f"{1024 * (after - before) / count:.0f} KiB")


async def meeting(measured: Measured, session: aiohttp.ClientSession, count: int, seconds: float) -> None:
    """`count` people with cameras, everybody sees everybody."""
    server = measured.server
    async with AsyncExitStack() as stack:
        people: list[Person] = []
        for index in range(count):
            one = await person(stack, session, server)
            await one.join("meeting", f"person {index}")
            await one.publish()
            people.append(one)
        for one in people:
            await one.receive(count - 1)
        connections = count * count
        print(f"\n{count} people with cameras ({connections} connections)")
        child = run_meeting(people, 2 * seconds + 6)  # until it is ended
        try:
            await asyncio.sleep(1.5)  # rates are learnt
            cpu, began, sent = measured.cpu, time.monotonic(), await packets(session, server)
            lags = await asyncio.to_thread(probe, server, seconds)
            elapsed = time.monotonic() - began
            rate = (await packets(session, server) - sent) / elapsed
            used = (measured.cpu - cpu) / elapsed
            memory = measured.memory
        finally:
            end(child)
        bar = BAR_MEETING_MIB if count == 16 else 0
        row("memory", f"{memory:.0f} MiB", f"bar {bar}" if bar else "")
        row("packets sent per second", f"{rate:,.0f}", f"of {wanted_rate(count):,.0f}")
        row("processor", f"{100 * used:.0f} % of a core", "target 70")
        row("packets per CPU second", f"{rate / used:,.0f}")
        row("answer to a small HTTP request (median/90 %/worst)", times(lags))


def wanted_rate(count: int) -> float:
    """Packets per second that a meeting would be sent if the senders had all the time they need."""
    return count * (count - 1) * (PACKETS_PER_FRAME / FRAME_S + 1 / SOUND_S)


def end(child: int) -> None:
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)


async def packets(session: aiohttp.ClientSession, server: Server) -> int:
    """What the server has sent so far, by its own count."""
    headers = {"Authorization": "Basic " + base64.b64encode(b"root:root").decode()}
    async with session.get(f"{server.url}galene-api/v0/.server", headers=headers) as response:
        outbox = (await response.json())["hub"]["outbox"]
        return int(outbox["packets"] - outbox["no_room"] - outbox["refused"])


def probe(server: Server, seconds: float) -> list[float]:
    """Seconds that each of many requests to /healthz takes."""
    command = [sys.executable, str(HERE / "probe.py"), str(server.port), str(seconds)]
    output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return list(json.loads(output))


class LiveCamera:
    """A task that sends one frame and one sound at a time, and answers requests for keyframes."""

    def __init__(self, one: Person) -> None:
        from bench_join import LiveSender

        assert one.up is not None
        self.thread = LiveSender(one.up)

    def __enter__(self) -> Any:
        self.thread.start()
        return self.thread

    def __exit__(self, *_: object) -> None:
        self.thread.stopping = True
        self.thread.join()


async def joining(measured: Measured, session: aiohttp.ClientSession, joins: int) -> None:
    """Late joiners, one after the other: the clock starts when `join` is sent on an open WebSocket."""
    server = measured.server
    offers, connects, firsts, pictures = [], [], [], []
    async with AsyncExitStack() as stack:
        speaker = await person(stack, session, server)
        await speaker.join("late", "speaker", wants=[])
        await speaker.publish()
        stack.enter_context(LiveCamera(speaker))
        await asyncio.sleep(1.0)
        for number in range(joins):
            async with AsyncExitStack() as one_stack:
                one = await person(one_stack, session, server)
                one.receive_buffer = 1 << 20
                began = time.monotonic()
                await one.join("late", f"joiner {number}")
                offer = await one.next("offer")
                offers.append(time.monotonic() - began)
                peer = await one.take(offer)
                connects.append(time.monotonic() - began)
                first, picture = first_media(peer, one.down[0][1]["video"])
                firsts.append(first - began)
                pictures.append(picture - began)
    print(f"\n{joins} late joiners: from `join` on, median / 90 % / worst")
    row("the offer is there", times(offers))
    row("connected (includes the bench's own half of DTLS)", times(connects))
    row("first media packet", times(firsts), f"bar {BAR_JOIN_MS} (median)")
    row("first packet of a keyframe", times(pictures))


def first_media(peer: Any, video: int) -> tuple[float, float]:
    """When the first packet and the first beginning of a keyframe were read."""
    peer.sock.settimeout(5)
    first = 0.0
    while True:
        data = peer.sock.recv(2048)
        if data[0] < 128 or 192 <= data[1] <= 223:
            continue
        first = first or time.monotonic()
        plain = peer.receive.unprotect(data)
        payload = plain[12 + 4 + 4 * int.from_bytes(plain[14:16]) :]
        if int.from_bytes(plain[8:12]) == video and payload[0] & 0x10 and not payload[4] & 1:
            return first, time.monotonic()


async def delay(measured: Measured, session: aiohttp.ClientSession, count: int) -> None:
    """One packet at a time from a sender through the server to a receiver; and without the server."""
    server = measured.server
    async with AsyncExitStack() as stack:
        speaker = await person(stack, session, server)
        await speaker.join("delay", "speaker", wants=[])
        await speaker.publish()
        listener = await person(stack, session, server)
        listener.receive_buffer = 1 << 20
        await listener.join("delay", "listener")
        await listener.receive(1)
        assert speaker.up is not None
        camera = Camera(speaker.up, count * 0.02)
        receiving = listener.down[0][0].sock
        receiving.settimeout(2)
        through = [_pass(camera.sock, receiving, packet) for packet in camera.sounds]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            here.connect(there.getsockname())
            direct = [_pass(here, there, bytes(packet)) for packet in camera.sounds]
    print("\none packet at a time, median / 90 % / worst")
    row("through the server", times(through[20:]))
    row("socket to socket", times(direct[20:]))


def _pass(sending: socket.socket, receiving: socket.socket, packet: bytes) -> float:
    time.sleep(0.004)
    began = time.perf_counter()
    sending.send(packet)
    while True:
        data = receiving.recv(2048)
        if data[0] >= 128 and not 192 <= data[1] <= 223:
            return time.perf_counter() - began


async def decoding(measured: Measured, joins: int) -> None:
    """A real receiver (aiortc with its VP8 decoder): from `join` to the first decoded picture."""
    from kit.peer import participant

    server = measured.server
    found = []
    async with participant(server.ws_url) as speaker:
        await speaker.join("decoded", "speaker", request={})
        await speaker.publish(audio=False)
        for number in range(joins):
            async with participant(server.ws_url) as late:
                shown: asyncio.Future[float] = asyncio.get_running_loop().create_future()
                tasks: list[asyncio.Task[None]] = []

                def consume(track: Any, shown: Any = shown, tasks: Any = tasks) -> None:
                    async def wait() -> None:
                        await track.recv()
                        shown.done() or shown.set_result(time.monotonic())

                    tasks.append(asyncio.create_task(wait()))

                late.consume = consume
                began = time.monotonic()
                await late.join("decoded", f"late {number}")
                async with asyncio.timeout(20):
                    found.append(await shown - began)
    print(f"\n{joins} late joiners that decode (aiortc sends and receives on the same cores)")
    row("first decoded picture (median/90 %/worst)", times(found))


async def measure(server: Server, options: argparse.Namespace) -> None:
    measured = Measured(server)
    async with aiohttp.ClientSession() as session:
        row("memory idle", f"{await measured.settled():.0f} MiB", f"bar {BAR_IDLE_MIB}")
        row("answer to a small HTTP request, idle", times(await asyncio.to_thread(probe, server, 1.5)))
        await memory_of_connections(measured, session, 20 if options.quick else 60)
        await joining(measured, session, 10 if options.quick else 40)
        await delay(measured, session, 200 if options.quick else 1000)
        await decoding(measured, 2 if options.quick else 5)
        await meeting(measured, session, options.people, options.seconds)
        row("memory when everybody has left", f"{await measured.settled():.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    admin = {"users": {"root": {"password": "root", "permissions": "admin"}}}
    groups = dict.fromkeys(("quiet", "lecture", "late", "delay", "decoded", "meeting"), OPEN_GROUP)
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory), groups, config=admin) as server:
        asyncio.run(measure(server, options))


if __name__ == "__main__":
    main()
