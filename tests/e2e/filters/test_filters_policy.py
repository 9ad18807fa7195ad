"""What the Content-Security-Policy permits where, asked by scripts of the page and of the worker themselves.

A browser driver's own scripts are exempt from the page's policy, so that they cannot ask. No path by which
pictures are put together matters until one runs, which only the last test does.
"""

from __future__ import annotations

import pytest
from stage import BY_PLANES, Stage

from galene_py.web import headers
from kit.observe import eventually

pytestmark = pytest.mark.browser

PROBE = """
const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
async function probe() {
    const found = {};
    try { found.eval = (0, eval)('1 + 1') === 2; } catch { found.eval = false; }
    try { found.function = new Function('return 2')() === 2; } catch { found.function = false; }
    try { await WebAssembly.compile(EMPTY); found.wasm = true; } catch { found.wasm = false; }
    return found;
}
"""


@BY_PLANES
async def test_page_can_neither_eval_nor_compile(stage: Stage) -> None:
    stage.site.pages["/probe"] = "<!doctype html><script src=/static/probe.js></script>"
    stage.site.extra["/static/probe.js"] = PROBE + "probe().then((found) => { globalThis.found = found; });"
    await stage.page.goto(stage.site.url + "probe")
    await stage.until("globalThis.found")
    assert await stage.js("found") == {"eval": False, "function": False, "wasm": False}


@BY_PLANES
async def test_worker_can_compile_but_not_eval(stage: Stage) -> None:
    stage.site.extra["/worker/probe.js"] = PROBE + "probe().then((found) => postMessage(found));"
    await stage.page.goto(stage.site.url)
    found = await stage.js(
        "new Promise((done) => { new Worker('/worker/probe.js').onmessage = ({data}) => done(data); })"
    )
    assert found == {"eval": False, "function": False, "wasm": True}


@BY_PLANES
async def test_without_the_exemption_people_are_told_and_nothing_leaks(stage: Stage) -> None:
    stage.site.worker_policy = headers.WORKER_POLICY.replace(" 'wasm-unsafe-eval'", "")
    await stage.open(filter="blur")
    await stage.until("camera.status.state === 'failed'")
    assert await stage.js("camera.status.reason") == "policy"
    text = await stage.js(
        "fetch('/static/i18n/en/room.json').then((found) => found.json())"
        ".then((texts) => texts['filter.reason.policy'])"
    )
    assert "policy" in text
    await stage.more(10)
    await stage.clean()


@BY_PLANES
async def test_nothing_is_fetched_before_the_first_choice(stage: Stage) -> None:
    await stage.open()
    await stage.js("camera.refresh()")
    await stage.js("camera.setFilter('mirror', {horizontal: true})")
    await stage.until("camera.status.state === 'running'")
    assert not [path for path in stage.site.requests if "mediapipe/" in path and "status.json" not in path]
    assert not [path for path in stage.site.requests if path.startswith("/worker/main")]


async def test_everything_is_released_when_the_filter_goes_off(stage: Stage) -> None:
    await stage.open(filter="blur")
    await stage.running()
    await stage.js("(globalThis.old = camera.pipeline, camera.setFilter('none'))")
    assert await stage.js(
        "[camera.pipeline, old.client.worker, old.canvas.layer, old.planes.feed, old.track.readyState,"
        " old.source.video.srcObject, old.compositor.stage.width]"
    ) == [None, None, None, None, "ended", None, 1]
    await stage.until("workers.length === 1")

    async def left() -> int:
        return len(stage.page.workers)

    await eventually(left, lambda count: count == 0, "the end of the worker")
