"""The loads that a server has to carry, L1 to L6, on a whole `galene-py serve` process over loopback.

    L1  a lecture: one camera, 200 who watch            L4  twenty rooms of four cameras
    L2  sixteen cameras, everybody sees everybody       L5  200 join within ten seconds, beside a meeting
    L3  a hundred in a room, five of them with cameras  L6  one comes and one goes every five seconds

For each: the server's share of a core; how late its event loop is, seen from outside by a small request; what
a receiver that watches its sequence numbers missed; what the server threw away as the kernel took no more;
how many datagrams the kernel threw away before the server read them; resident memory. Below are the targets,
and which of them were missed. Senders and receivers share the machine's cores with the server, though it goes
first as far as this user may: look at the load.

    scripts/bench load -- [--seconds S] [--soak SECONDS] [L1 L2 …]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from bench_server import LiveCamera, Measured, end, first_media, person, probe, wanted_rate
from missed import watching

from kit.lightpeople import CONSENT_S, Person, allow_many_sockets, gather, run_meeting

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.server import OPEN_GROUP, Server

ROOMS = 20
JOINS, JOIN_S = 200, 10.0
CHURN_S = 5.0
MEMORY_MIB = 300.0
FIRST_FRAME_S = 3.0
HOURLY = 1.0
"""percent by which memory may grow in an hour"""
ADMIN = {"Authorization": "Basic " + base64.b64encode(b"root:root").decode()}
HEAD = "".join(
    word.rjust(width)
    for word, width in (
        ("core %", 45), ("lag p50", 9), ("p99", 7), ("most ms", 9), ("missed %", 10), ("dropped %", 11),
        ("overflow", 10), ("MiB", 6),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """`rooms` rooms with so many people in each; `mutual`: those with cameras see each other."""

    name: str
    cameras: int
    watchers: int = 0
    rooms: int = 1
    mutual: bool = True

    @property
    def streams(self) -> int:
        """Streams that are received."""
        return self.rooms * self.cameras * (self.watchers + (self.cameras - 1 if self.mutual else 0))


SCENES = {
    "L1": Scene("lecture, 200 watch one", 1, 200, mutual=False),
    "L2": Scene("16 cameras, all see all", 16),
    "L3": Scene("100 in a room, 5 cameras", 5, 95),
    "L4": Scene("20 rooms of 4 cameras", 4, rooms=ROOMS),
}


@asynccontextmanager
async def kept_alive(people: list[Person]) -> AsyncIterator[None]:
    """Consent and signs of life of all who are in the list, also of those who come into it later."""

    async def keep() -> None:
        for number in range(sys.maxsize):
            for one in list(people):
                for peer in [one.up, *(peer for peer, _ in one.down)]:
                    if peer is not None:
                        with suppress(OSError):
                            peer.sock.send(peer.consent)
                if number % 4 == 3:
                    with suppress(ConnectionError):
                        await one.send(type="ping")
            await asyncio.sleep(CONSENT_S)

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def outbox(session: aiohttp.ClientSession, server: Server) -> tuple[int, int]:
    """Packets that the server sent, and that it threw away, by its own count."""
    async with session.get(f"{server.url}galene-api/v0/.server", headers=ADMIN) as response:
        counts = (await response.json())["hub"]["outbox"]
        return int(counts["packets"]), int(counts["no_room"]) + int(counts["refused"])


def overflowed(port: int) -> int:
    """Datagrams that the kernel threw away because the server did not read its socket in time."""
    lines = [
        line.split()
        for name in ("udp", "udp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    return sum(int(words[-1]) for words in lines if words[1].endswith(f":{port:04X}"))


def row(
    name: str,
    core: float,
    lags: Iterable[float],
    lost: tuple[float, float, int],
    memory: float,
    memory_target: float = 0.0,
) -> None:
    """`lost`: percent missed by the receiver, percent thrown away by the server, overflowed before it.
    `memory_target`: in MiB, 0 where there is none."""
    ordered = sorted(1000 * lag for lag in lags)
    middle, late, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]
    delays = f"{middle:9.1f}{late:7.1f}{most:9.1f}"
    print(
        f"{name:38}{100 * core:7.0f}{delays}{lost[0]:10.3f}{lost[1]:11.3f}{lost[2]:10}{memory:6.0f}",
        flush=True,
    )
    told = [
        target("core ≤ 70 %", core <= 0.7),
        target("lag p99 ≤ 10 ms", late <= 10.0),
        target("nothing missed, dropped or overflowed", not any(lost)),
    ]
    if memory_target:
        told.append(target(f"≤ {memory_target:.0f} MiB", memory <= memory_target))
    print(f"    targets: {'; '.join(told)}", flush=True)


def target(said: str, met: bool) -> str:
    """A target, and whether it was missed."""
    return said if met else f"{said} MISSED"


async def measured_row(
    name: str,
    measured: Measured,
    session: aiohttp.ClientSession,
    sampled: Person,
    seconds: float,
    memory_target: float = 0.0,
) -> float:
    """A row of what happens within `seconds`; packets per second that were sent."""
    server = measured.server
    cpu, began = measured.cpu, time.monotonic()
    sent, thrown = await outbox(session, server)
    before = overflowed(server.port)
    with watching(sampled) as sample:
        lags = await asyncio.to_thread(probe, server, seconds)
    elapsed = time.monotonic() - began
    now_sent, now_thrown = await outbox(session, server)
    rate = (now_sent - sent) / elapsed
    dropped = 100 * (now_thrown - thrown) / max(1, now_sent - sent)
    row(
        name,
        (measured.cpu - cpu) / elapsed,
        lags,
        (sample.missed, dropped, overflowed(server.port) - before),
        measured.memory,
        memory_target,
    )
    return rate


async def scene(key: str, measured: Measured, session: aiohttp.ClientSession, seconds: float) -> None:
    """L1 to L4: everybody is there, then it is measured."""
    what = SCENES[key]
    people: list[Person] = []
    async with AsyncExitStack() as stack:
        async with kept_alive(people):
            for number in range(what.rooms):
                people += await gather(
                    stack, session, measured.server, what.cameras, what.watchers,
                    mutual=what.mutual, group=f"room{number}",
                )  # fmt: skip
        sampled = people[what.cameras if what.watchers else 0]
        child = run_meeting(people, 2 * seconds + 10)  # until it is ended
        try:
            await asyncio.sleep(1.5)  # rates are learnt
            name = f"{key} {what.name}"
            most = MEMORY_MIB if key == "L2" else 0.0
            rate = await measured_row(name, measured, session, sampled, seconds, most)
        finally:
            end(child)
        print(f"    {rate:,.0f} packets per second of {what.streams * wanted_rate(2) / 2:,.0f}", flush=True)


class Joiner(Person):
    """Shakes hands in a thread, so that others can join meanwhile."""

    async def connect(self, peer: Any, description: str) -> None:
        await asyncio.to_thread(peer.connect, description, self.media, 20.0)


async def joining(
    server: Server, session: aiohttp.ClientSession, number: int, stack: AsyncExitStack, wait: float
) -> float:
    """Seconds from `join` to the first packet of the picture that decoding can begin with."""
    ws = await stack.enter_async_context(session.ws_connect(server.ws_url))
    one = Joiner(ws, server.port)
    one.receive_buffer = 1 << 20
    stack.callback(one.close)
    await asyncio.sleep(wait)
    began = time.monotonic()
    await one.join("room0", f"joiner {number}")
    peer = await one.take(await one.next("offer"))
    _, picture = await asyncio.to_thread(first_media, peer, one.down[0][1]["video"])
    return picture - began


async def many_join(measured: Measured, session: aiohttp.ClientSession) -> None:
    """L5: they come while somebody talks and four watch, who must not notice."""
    server = measured.server
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
    people: list[Person] = []
    async with AsyncExitStack() as stack, kept_alive(people):
        people += await gather(stack, session, server, 1, 4, mutual=False, group="room0")
        stack.enter_context(LiveCamera(people[0]))
        await asyncio.sleep(1.0)
        joins = [
            asyncio.create_task(joining(server, session, number, stack, number * JOIN_S / JOINS))
            for number in range(JOINS)
        ]
        await measured_row("L5 200 join in 10 s", measured, session, people[1], JOIN_S)
        answers = await asyncio.gather(*joins, return_exceptions=True)
        times = sorted(answer for answer in answers if isinstance(answer, float))
        failed = len(answers) - len(times)
        middle, late, most = times[len(times) // 2], times[int(len(times) * 0.95)], times[-1]
        said = f"median {middle:.2f} s, p95 {late:.2f} s, most {most:.2f} s; {failed} failed"
        print(f"    from join to a picture: {said}", flush=True)
        bars = target("p95 ≤ 3 s", late <= FIRST_FRAME_S), target("nobody failed", not failed)
        print(f"    targets: {'; '.join(bars)}", flush=True)


async def soak(measured: Measured, session: aiohttp.ClientSession, seconds: float) -> None:
    """L6: a meeting in which one comes and one goes every five seconds; then all go."""
    server = measured.server
    base = await census(measured, session)
    memory: list[tuple[float, float]] = []
    people: list[Person] = []
    async with AsyncExitStack() as stack, kept_alive(people):
        people += await gather(stack, session, server, 1, 4, mutual=False, group="room0")
        stack.enter_context(LiveCamera(people[0]))
        comers: list[tuple[AsyncExitStack, Person]] = []
        ends = time.monotonic() + seconds
        number = 0

        async def churn() -> None:
            nonlocal number
            while time.monotonic() < ends:
                own = AsyncExitStack()
                one = await person(own, session, server)
                await one.join("room0", f"comer {number}")
                await one.receive(1)
                number += 1
                people.append(one)
                comers.append((own, one))
                if len(comers) > 4:
                    left, gone = comers.pop(0)
                    people.remove(gone)
                    await left.aclose()
                memory.append((time.monotonic(), measured.memory))
                await asyncio.sleep(CHURN_S)

        task = asyncio.create_task(churn())
        await measured_row(f"L6 {seconds:.0f} s of coming and going", measured, session,
                           people[1], seconds)  # fmt: skip
        await task
        for left, gone in comers:
            people.remove(gone)
            await left.aclose()
    settled = [pair for pair in memory if pair[0] > memory[0][0] + seconds / 2]
    hourly, error = (100 * figure * 3600 / memory[-1][1] for figure in slope(settled))
    print(f"    {number} came; memory {memory[0][1]:.1f} → {memory[-1][1]:.1f} MiB", flush=True)
    print(
        f"    slope of the second half {hourly:.1f} ± {2 * error:.1f} %/h (two standard errors)", flush=True
    )
    sure = "" if 2 * error < HOURLY else "; TOO SHORT TO SAY"
    print(f"    targets: {target('slope < 1 %/h', hourly - 2 * error < HOURLY)}{sure}", flush=True)
    for _ in range(60):
        if (left_behind := await census(measured, session)) == base:
            break
        await asyncio.sleep(0.5)
    back = target("all of it returns", left_behind == base)
    print(f"    descriptors, peers, clients before {base}, after {left_behind}; {back}", flush=True)


def slope(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Units per second, by least squares, and the standard error of that."""
    if len(points) < 3:
        return float("nan"), float("nan")
    middle = sum(at for at, _ in points) / len(points)
    mean = sum(value for _, value in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    found = sum((at - middle) * (value - mean) for at, value in points) / spread
    left = sum((value - mean - found * (at - middle)) ** 2 for at, value in points)
    return found, (left / (len(points) - 2) / spread) ** 0.5


async def census(measured: Measured, session: aiohttp.ClientSession) -> tuple[int, int, int]:
    """Descriptors, media connections and clients of the server; the one that asks is among them."""
    async with session.get(f"{measured.server.url}galene-api/v0/.server", headers=ADMIN) as response:
        state = await response.json()
    return measured.process.num_fds(), int(state["hub"]["peers"]), int(state["conference"]["clients"])


async def measure(server: Server, name: str, options: argparse.Namespace) -> None:
    measured = Measured(server)
    with suppress(psutil.AccessDenied):
        measured.process.nice(-10)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        if name in SCENES:
            await scene(name, measured, session, options.seconds)
        elif name == "L5":
            await many_join(measured, session)
        else:
            await soak(measured, session, options.soak)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="that L1 to L4 are measured (8)")
    parser.add_argument("--soak", type=float, default=60.0, help="seconds of L6 (60); hours tell most")
    parser.add_argument("scenes", nargs="*", default=[*SCENES, "L5", "L6"], metavar="L1…L6")
    options = parser.parse_args()
    if unknown := set(options.scenes) - {*SCENES, "L5", "L6"}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    allow_many_sockets()
    admin = {"users": {"root": {"password": "root", "permissions": "admin"}}}
    groups: dict[str, object] = {f"room{number}": OPEN_GROUP for number in range(ROOMS)}
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(HEAD, flush=True)
    for name in options.scenes:  # a server of its own for each: memory is what this scene takes
        with (
            tempfile.TemporaryDirectory() as directory,
            Server(Path(directory), groups, config=admin) as server,
        ):
            asyncio.run(measure(server, name, options))


if __name__ == "__main__":
    main()
