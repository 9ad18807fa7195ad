"""A virtual screen, and a Chromium on it whose tabs can be hidden as people hide them.

Playwright makes every page believe that it has the focus; such a page never becomes hidden. Here two commands
of the debugging protocol are enough.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from kit.browsers import CHROMIUM, QUIET


@asynccontextmanager
async def screen() -> AsyncIterator[str]:
    """Its name for DISPLAY, which is set meanwhile."""
    reader, writer = os.pipe()
    arguments = ["-displayfd", str(writer), "-screen", "0", "1280x800x24"]
    process = await asyncio.create_subprocess_exec(
        "Xvfb", *arguments, pass_fds=[writer], stderr=asyncio.subprocess.DEVNULL
    )
    os.close(writer)
    before = os.environ.get("DISPLAY")
    try:
        number = (await asyncio.to_thread(os.read, reader, 16)).decode().strip()
        os.environ["DISPLAY"] = f":{number}"
        yield os.environ["DISPLAY"]
    finally:
        os.close(reader)
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        process.terminate()
        await process.wait()


class Tab:
    """One tab; `evaluate` as elsewhere."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def evaluate(self, script: str, argument: object = None) -> Any:
        """The JSON value of an expression, or of a function given one argument; promises are awaited."""
        call = f"(async (f) => typeof f === 'function' ? f({json.dumps(argument)}) : f)({script})"
        number = next(self._numbers)
        parameters = {
            "expression": f"(async () => JSON.stringify(await {call}))()",
            "awaitPromise": True,
            "userGesture": True,
        }
        await self._socket.send_json({"id": number, "method": "Runtime.evaluate", "params": parameters})
        async for message in self._socket:
            answer = json.loads(message.data)
            if answer.get("id") == number:
                result = answer["result"]
                if "exceptionDetails" in result:
                    raise AssertionError(json.dumps(result["exceptionDetails"])[:800])
                text = result["result"].get("value")
                return None if text is None else json.loads(text)
        raise AssertionError("the tab went away")


class Window:
    """A browser window; new tabs come to its front."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    async def open(self, url: str) -> tuple[str, Tab]:
        async with self._session.put(f"{self._address}/json/new?{url}") as response:
            target = await response.json()
        return target["id"], Tab(await self._session.ws_connect(target["webSocketDebuggerUrl"]))

    async def show(self, target: str) -> None:
        async with self._session.get(f"{self._address}/json/activate/{target}") as response:
            await response.read()


@asynccontextmanager
async def window(clip: Path) -> AsyncIterator[Window]:
    """Chromium with a window on the virtual screen; its camera shows the clip."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        flags = [
            *QUIET,
            f"--user-data-dir={profile}",
            "--remote-debugging-port=0",
            "--enable-unsafe-swiftshader",  # WebGL 2 without a graphics card
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={clip}",
        ]
        process = await asyncio.create_subprocess_exec(
            CHROMIUM, *flags, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        drain: asyncio.Task[bytes] | None = None
        try:
            assert process.stderr is not None
            address = await asyncio.wait_for(_listening(process.stderr), 60)
            drain = asyncio.create_task(process.stderr.read())
            async with aiohttp.ClientSession() as session:
                yield Window(session, address)
        finally:
            process.terminate()
            await process.wait()
            if drain is not None:
                await drain


async def _listening(stderr: asyncio.StreamReader) -> str:
    while line := await stderr.readline():
        found = re.search(rb"DevTools listening on ws://([^/]+)/", line)
        if found:
            return f"http://{found[1].decode()}"
    raise AssertionError("Chromium ended before it listened")
