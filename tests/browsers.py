"""Real browsers for tests: Debian's Chromium through Playwright, Firefox ESR through WebDriver BiDi.

Both give a *page* with the same two verbs, ``goto(url)`` and ``evaluate(javascript)``; Chromium's is
Playwright's own page. Firefox needs four BiDi commands only, so a WebSocket does (Playwright drives
a patched Firefox of its own, which is not the one people use).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Playwright, async_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FIREFOX = shutil.which("firefox-esr") or "/usr/bin/firefox-esr"
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
FIREFOX_START_S = 60

FIREFOX_PREFERENCES = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.gmp-manager.updateEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
    "browser.safebrowsing.downloads.enabled": False,
    "browser.region.network.url": "",
    "webgl.force-enabled": True,
}


@asynccontextmanager
async def chromium(clip: Path | None = None, *arguments: str) -> AsyncIterator[Browser]:
    """A Chromium process of its own, whose camera shows `clip` (or the built-in test picture)."""
    flags = [*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", *arguments]
    if clip is not None:
        flags.append(f"--use-file-for-fake-video-capture={clip}")
    driver: Playwright
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


class BidiError(Exception):
    """Firefox refused a command or a script threw."""


class FirefoxPage:
    """One tab of Firefox, with the two verbs that tests use."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.context = ""
        self.numbers = itertools.count(1)
        self.waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.reader = asyncio.create_task(self.read())

    async def read(self) -> None:
        async for message in self.socket:
            answer = json.loads(message.data)
            future = self.waiting.pop(answer.get("id"), None)
            if future is not None and not future.done():
                future.set_result(answer)

    async def command(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self.numbers)
        future = self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await future
        if "error" in answer:
            raise BidiError(f"{method}: {answer['error']}: {answer.get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self) -> None:
        await self.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        created = await self.command("browsingContext.create", type="tab")
        self.context = created["context"]

    async def add_init_script(self, script: str) -> None:
        """Run an expression in every page before the page's own scripts."""
        await self.command("script.addPreloadScript", functionDeclaration=f"() => {{ {script}; }}")

    async def goto(self, url: str) -> None:
        await self.command("browsingContext.navigate", context=self.context, url=url, wait="complete")

    async def evaluate(self, script: str) -> Any:
        """The JSON value of an expression or a function without arguments; promises are awaited."""
        value = f"(async (f) => typeof f === 'function' ? f() : f)({script})"
        wrapped = f"(async () => JSON.stringify(await {value}))()"
        answer = await self.command(
            "script.evaluate",
            expression=wrapped,
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        text = answer["result"].get("value")
        return None if text is None else json.loads(text)

    async def screenshot(self) -> str:
        """The viewport as base64 PNG."""
        answer = await self.command("browsingContext.captureScreenshot", context=self.context)
        return str(answer["data"])


@asynccontextmanager
async def firefox(headless: bool = True, **preferences: object) -> AsyncIterator[FirefoxPage]:
    """A Firefox process with an empty profile, fake camera and microphone. Not headless: needs DISPLAY."""
    profile = Path(tempfile.mkdtemp(prefix="firefox-"))
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in {**FIREFOX_PREFERENCES, **preferences}.items()
    ]
    (profile / "user.js").write_text("\n".join(lines))
    command = [FIREFOX, "--profile", str(profile), "--no-remote", "--remote-debugging-port=0"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *(["--headless"] if headless else []),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(profile)},
    )
    drain: asyncio.Task[bytes] | None = None
    try:
        assert process.stderr is not None
        address = await asyncio.wait_for(bidi_address(process.stderr), FIREFOX_START_S)
        drain = asyncio.create_task(process.stderr.read())
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{address}/session", max_msg_size=0) as socket,
        ):
            page = FirefoxPage(socket)
            await page.open()
            yield page
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if drain is not None:
            await drain
        shutil.rmtree(profile, ignore_errors=True)


async def bidi_address(stderr: asyncio.StreamReader) -> str:
    while line := await stderr.readline():
        found = re.search(rb"WebDriver BiDi listening on (ws://\S+)", line)
        if found:
            return found[1].decode()
    raise BidiError("Firefox ended before it listened")
