"""What a browser, a proxy or others do not give is said in words, and the rest works."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from kit.observe import eventually
from kit.people import Enter, Visit, log_in, reads, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: What hardened browsers and policies take away, and what people can do all the same.
HARMLESS = (
    "ResizeObserver",
    "AudioContext",
    "WebGL2RenderingContext",
    "WebAssembly",
    "localStorage",
    "indexedDB",
)


async def without(visit: Visit, url: str, script: str) -> tuple[Page, list[str]]:
    """A page in a browser that lacks something; and its uncaught errors."""
    page = await visit("about:blank")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.context.add_init_script(script)
    await page.goto(url)
    return page, errors


async def test_without_webrtc_one_is_told_before_joining_and_can_chat(
    group_url: str, visit: Visit, enter: Enter
) -> None:
    ann = await enter(group_url, "Ann", "red")
    ben, errors = await without(visit, group_url, "delete globalThis.RTCPeerConnection")
    await expect(ben.locator(".login")).to_contain_text("WebRTC is switched off")
    await expect(ben.locator(".preview")).to_have_count(0)
    await log_in(ben, "Ben")
    await expect(ben.locator("#chat-input")).to_be_visible()  # there is nothing else to do
    await say(ben, "I can only write")
    await reads(ann, "I can only write")
    await ben.locator("[data-action=mic]").click(force=True)  # it says why it does nothing
    await expect(ben.locator(".toast")).to_contain_text(["WebRTC"])
    await say(ann, "never mind")
    await reads(ben, "never mind")
    assert errors == []


async def test_a_meeting_needs_nothing_that_it_can_do_without(group_url: str, visit: Visit) -> None:
    everything = ";".join(
        f"Object.defineProperty(globalThis, '{name}', {{ get: () => undefined }})" for name in HARMLESS
    )
    page, errors = await without(visit, group_url, everything)
    await page.locator(".preview-controls [data-action=filters]").click()
    await expect(page.locator(".filter-panel")).to_contain_text("does not support WebAssembly")
    await page.keyboard.press("Escape")
    await log_in(page, "Ann")
    await say(page, "hello")
    await reads(page, "hello")
    await expect(page.locator("[data-tile].has-video")).to_have_count(1)
    assert errors == []


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("delete globalThis.WebSocket", "does not support WebSocket"),
        # As a proxy does that knows no Upgrade.
        (
            "globalThis.WebSocket = class extends WebSocket"
            " { constructor(url) { super(url.replace(/ws$/, 'nothing-here')) } }",
            "probably a proxy",
        ),
    ],
)
async def test_without_websocket_one_is_told_what_is_in_the_way(
    group_url: str, visit: Visit, script: str, told: str
) -> None:
    page, errors = await without(visit, group_url, script)
    await log_in(page, "Ann", start="nothing")
    await expect(page.locator("#login-error")).to_contain_text(told)
    assert errors == []


#: Packets of others' videos arrive, but no frame of theirs is whole until the test says so.
LATE_FRAMES = """
globalThis.whole = new Promise((resolve) => (globalThis.complete = resolve));
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) {
    super({ ...configuration, encodedInsertableStreams: true });
    this.addEventListener('track', ({ receiver, track }) => {
      const { readable, writable } = receiver.createEncodedStreams();
      const hold = async (frame, controller) => {
        if (track.kind === 'video') await whole;
        controller.enqueue(frame);
      };
      readable.pipeThrough(new TransformStream({ transform: hold })).pipeTo(writable).catch(() => {});
    });
  }
};
"""


async def test_until_the_first_frame_of_somebody_their_avatar_is_shown(
    group_url: str, visit: Visit, enter: Enter
) -> None:
    await enter(group_url, "Ben", "green")
    ann, _ = await without(visit, group_url, LATE_FRAMES)
    await log_in(ann, "Ann", start="nothing")
    tile = ann.locator("[data-tile]").filter(has_text="Ben")
    video = tile.locator("video")
    tracks = "(video) => video.srcObject?.getVideoTracks().filter((track) => !track.muted).length ?? 0"
    await eventually(lambda: video.evaluate(tracks), bool, "Ben's video track")
    await expect(tile.locator(".avatar")).to_be_visible()
    await ann.evaluate("complete()")
    await expect(tile.locator(".avatar")).not_to_be_visible()
    await expect(video).to_have_css("opacity", "1")


async def test_words_from_right_to_left_turn_nothing_around_them(group_url: str, enter: Enter) -> None:
    ann = await enter(group_url, "Ann", "red", start="nothing")
    ben = await enter(group_url, "שרה (Sara)", "red", start="nothing")
    await say(ben, "שלום עולם (hello)!")
    await reads(ann, "(hello)!")

    async def direction(selector: str) -> str:
        found: str = await ann.locator(selector).last.evaluate(
            "(element) => getComputedStyle(element).direction"
        )
        return found

    assert await direction(".message-text") == "rtl"
    assert await direction(".author bdi") == "rtl"
    assert await direction("[data-tile] .tile-name") == "rtl"
    # The mark at the end stands left of the words, the sentence about them runs on.
    at = await ann.locator(".message-text").last.evaluate(
        """(element) => {
            const text = element.firstChild, range = document.createRange();
            const left = (from, to) => (range.setStart(text, from), range.setEnd(text, to),
                range.getBoundingClientRect().left);
            return [left(text.length - 1, text.length), left(0, 4)];
        }"""
    )
    assert at[0] < at[1]
    await ann.fill("#chat-input", "שלום")
    assert await direction("#chat-input") == "rtl"
    await ann.fill("#chat-input", "hello")
    assert await direction("#chat-input") == "ltr"
