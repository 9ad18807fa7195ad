"""Firefox ESR and Chromium in the same group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from kit.browsers import FirefoxPage
from kit.observe import eventually, hears, observe, sees
from kit.people import Enter, reads, say
from kit.server import StartServer

RECEIVE = """(value) => {
    const click = (name) => [...document.querySelectorAll('button, [role=menuitem]')]
        .find((one) => (one.getAttribute('aria-label') ?? one.textContent).trim().startsWith(name)).click();
    if (!document.querySelector('[data-setting=receive]')) {
        click('More');
        click('Settings');
    }
    const choice = document.querySelector('[data-setting=receive]');
    choice.value = value;
    choice.dispatchEvent(new Event('change'));
}"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_firefox_and_chromium_meet(
    start_server: StartServer, enter: Enter, enter_firefox: Callable[[str, str], Awaitable[FirefoxPage]]
) -> None:
    url = start_server().group_url("demo")
    fox = await enter_firefox(url, "Fox")
    ann = await enter(url, "Ann", "red")
    await sees(fox, "red", patience=40)
    await hears(fox, 1)

    # Firefox's test camera changes its colour all the time.
    seen: set[tuple[int, int, int]] = set()

    async def look() -> int:
        for entry in await observe(ann):
            if not entry["own"] and entry["width"]:
                seen.add((entry["red"], entry["green"], entry["blue"]))
        return len(seen)

    await eventually(look, lambda count: count >= 3, "Firefox's moving picture")
    await hears(ann, 1)
    await say(ann, "Hello Fox")

    async def received() -> bool:
        return bool(await fox.evaluate("document.body.innerText.includes('Hello Fox')"))

    await eventually(received, bool, "the chat message in Firefox")
    await fox.evaluate("""() => {
        const input = document.querySelector('#chat-input');
        if (!input) document.querySelector('[data-action=chat]').click();
        const field = document.querySelector('#chat-input');
        field.value = 'Hello Ann';
        field.form.requestSubmit();
    }""")
    await reads(ann, "Hello Ann")
    # Who does without pictures for a while gets them back: Firefox knows the section by the MID of the first
    # packets, and the sender has long stopped to tell it.
    await fox.evaluate(f"() => ({RECEIVE})('audio')")
    await eventually(lambda: shown(fox), lambda count: count == 0, "the end of the picture")
    await fox.evaluate(f"() => ({RECEIVE})('everything')")
    await sees(fox, "red")


async def shown(page: FirefoxPage) -> int:
    """How many of the others' pictures are shown."""
    return sum(entry["red"] >= 0 and not entry["own"] for entry in await observe(page))
