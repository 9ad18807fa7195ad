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

LEFTOVER_S = 10

#: The name of tasks that belong to a browser, which may be shared, and not to a test.
BROWSER_TASK = "browser"

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
    async with async_playwright() as driver:
        browser = await launch(driver, clip, *arguments)
        try:
            yield browser
        finally:
            await browser.close()


async def launch(driver: Playwright, clip: Path | None, *arguments: str) -> Browser:
    """Start Chromium; what differs by a flag, as the camera's picture does, needs another process."""
    flags = [*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", *arguments]
    if clip is not None:
        flags.append(f"--use-file-for-fake-video-capture={clip}")
    return await driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)


class Chromiums:
    """Chromium processes that tests share, one for each camera clip and each set of flags.

    A test takes contexts in them: fresh pages, storage, caches and cameras, which share nothing with others'.
    """

    def __init__(self, driver: Playwright) -> None:
        self.driver = driver
        self.running: dict[tuple[Path | None, tuple[str, ...]], Browser] = {}

    async def get(self, clip: Path | None = None, *arguments: str) -> Browser:
        """The process with this camera and these flags; started now if it is the first time, or crashed."""
        key = (clip, arguments)
        browser = self.running.get(key)
        if browser is None or not browser.is_connected():
            browser = self.running[key] = await launch(self.driver, clip, *arguments)
        return browser


@asynccontextmanager
async def chromiums() -> AsyncIterator[Chromiums]:
    """Chromium processes to share, which end with the block."""
    async with async_playwright() as driver:
        shared = Chromiums(driver)
        try:
            yield shared
        finally:
            await asyncio.gather(*(browser.close() for browser in shared.running.values()))


@asynccontextmanager
async def no_leftovers() -> AsyncIterator[None]:
    """Around a test in a loop that others use: tasks that outlive it, as after a timeout, end here."""
    before = asyncio.all_tasks()
    yield
    left = {
        task
        for task in asyncio.all_tasks() - before
        if task is not asyncio.current_task() and task.get_name() != BROWSER_TASK
    }
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=LEFTOVER_S)


class BidiError(Exception):
    """Firefox refused a command or a script threw."""


class FirefoxPage:
    """One tab of Firefox, with the two verbs that tests use."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.context = ""
        self.user = ""
        self.preloads: list[str] = []
        self.numbers = itertools.count(1)
        self.waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.reader = asyncio.create_task(self.read(), name=BROWSER_TASK)

    async def read(self) -> None:
        async for message in self.socket:
            answer = json.loads(message.data)
            future = self.waiting.pop(answer.get("id"), None)
            if future is not None and not future.done():
                future.set_result(answer)
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(BidiError("Firefox ended"))

    async def command(self, method: str, **parameters: object) -> dict[str, Any]:
        if self.reader.done():
            raise BidiError("Firefox ended")
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
        await self.renew()

    async def renew(self) -> None:
        """A new tab in place of the old one, without its cookies, storage and scripts."""
        old_tab, old_user = self.context, self.user
        self.user = (await self.command("browser.createUserContext"))["userContext"]
        created = await self.command("browsingContext.create", type="tab", userContext=self.user)
        self.context = created["context"]
        if old_tab:
            await self.command("browsingContext.close", context=old_tab)
            await self.command("browser.removeUserContext", userContext=old_user)
        for script in self.preloads:
            await self.command("script.removePreloadScript", script=script)
        self.preloads.clear()

    async def add_init_script(self, script: str) -> None:
        """Run an expression in every page before the page's own scripts."""
        function = f"() => {{ {script}; }}"
        added = await self.command("script.addPreloadScript", functionDeclaration=function)
        self.preloads.append(added["script"])

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
        drain = asyncio.create_task(process.stderr.read(), name=BROWSER_TASK)
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
