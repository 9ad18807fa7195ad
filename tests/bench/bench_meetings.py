"""What meetings leave behind: memory of a whole `galene-py serve` process after the last has left.

People with cameras see each other, as many watch; they send for a moment and leave, and others come. After
certain numbers of meetings: how far memory is above what it was before the first, and when it came that low.

    python tests/bench/bench_meetings.py [--after N ...] [--cameras N] [--watchers N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from bench_server import Measured, row

from kit.lightpeople import allow_many_sockets, gather, run_meeting

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.server import OPEN_GROUP, Server

BAR_MIB, BAR_S = 20.0, 30.0
MEDIA_S = 1.0
CALM_S = 5.0


async def meeting(server: Server, session: aiohttp.ClientSession, cameras: int, watchers: int) -> None:
    async with AsyncExitStack() as stack:
        people = await gather(stack, session, server, cameras, watchers, mutual=True)
        await asyncio.to_thread(os.waitpid, run_meeting(people, MEDIA_S), 0)


async def rest(measured: Measured, idle: float) -> tuple[float, float]:
    """MiB above idle once memory has come down, and after how many seconds; at the latest when it had to."""
    began = fell = time.monotonic()
    lowest = measured.memory
    while (now := time.monotonic()) - began < BAR_S:
        await asyncio.sleep(0.25)
        if measured.memory < lowest - 0.5:
            lowest, fell = measured.memory, now
        if lowest - idle <= BAR_MIB and now - fell > CALM_S:
            break
    return measured.memory - idle, fell - began


async def measure(server: Server, after: list[int], cameras: int, watchers: int) -> None:
    measured = Measured(server)
    async with aiohttp.ClientSession() as session:
        idle = await measured.settled()
        row("memory idle", f"{idle:.0f} MiB")
        for number in range(1, max(after) + 1):
            await meeting(server, session, cameras, watchers)
            if number in after:
                most = measured.memory - idle
                above, seconds = await rest(measured, idle)
                row(
                    f"above idle after {number} meetings (at once {most:.0f} MiB)",
                    f"{above:.1f} MiB in {seconds:.0f} s",
                    f"bar {BAR_MIB:.0f} in {BAR_S:.0f}",
                )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--after", type=int, nargs="*", default=[1, 12, 100])
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--watchers", type=int, default=16)
    options = parser.parse_args()
    allow_many_sockets()
    with (
        tempfile.TemporaryDirectory() as directory,
        Server(Path(directory), {"meeting": OPEN_GROUP}) as server,
    ):
        asyncio.run(measure(server, options.after, options.cameras, options.watchers))


if __name__ == "__main__":
    main()
