"""A stream of one's own that fails is sent anew, and until others get it one's tile says that they do not."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from kit.observe import eventually
from kit.people import Enter, Visit, log_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

#: The test plays a server that ends a stream.
OVERHEARD = """
globalThis.offered = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url);
    globalThis.endStream = () =>
      this.onmessage({ data: JSON.stringify({ type: 'abort', id: offered.at(-1), value: 'no' }) });
  }
  send(text) {
    const { type, id } = JSON.parse(text);
    if (type === 'offer') offered.push(id);
    super.send(text);
  }
};
"""

LISTEN = """(state) => {
    globalThis.said = [];
    const listen = () => said.push(state.textContent);
    new MutationObserver(listen).observe(state, { childList: true });
}"""


async def test_a_stream_that_others_do_not_get_is_told(group_url: str, enter: Enter, visit: Visit) -> None:
    ben = await enter(group_url, "Ben", "green", start="nothing")
    ann = await visit(group_url)
    await ann.add_init_script(OVERHEARD)
    await ann.reload()
    await log_in(ann, "Ann")
    seen = ben.locator(".tile:not(.own).has-video")
    await expect(seen).to_have_count(1)
    state = ann.locator(".tile.own .tile-state")
    await expect(state).to_be_empty()

    await state.evaluate(LISTEN)
    await ann.evaluate("endStream()")
    await eventually(lambda: ann.evaluate("offered.length"), lambda count: count == 2, "another attempt")
    await expect(state).to_be_empty()
    await expect(seen).to_have_count(1)
    said = await ann.evaluate("said")
    assert said[0] == "Others cannot see or hear you right now."
    assert said[-1] == ""
