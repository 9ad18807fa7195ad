"""Never a frame without the chosen filter: every frame that leaves is looked at, whatever goes wrong.

The clip's background is a pattern that any raw frame shows; `Stage.clean` fails when one block of one frame
outside the person's rectangle shows it.
"""

from __future__ import annotations

import asyncio

import pytest
from stage import BY_CANVAS, BY_PLANES, Stage

pytestmark = pytest.mark.browser


@BY_PLANES
async def test_the_watch_sees_raw_frames(stage: Stage) -> None:
    """The judge itself: without a filter, and so without any path, every frame shows the pattern."""
    await stage.open()
    await stage.js("watch()")
    await stage.more(10)
    (report,) = await stage.reports()
    assert report["leaked"] == report["frames"]
    assert report["worst"] > 0.95


async def test_a_remembered_filter_is_in_place_before_the_first_frame(stage: Stage) -> None:
    """Looks long enough to see what happens rarely: looks at the whole frame, adaptation."""
    await stage.open(stored={"filter": {"background": {"id": "blur", "params": {"strength": 0.7}}}})
    await stage.running(150)
    report = await stage.clean()
    assert 0 < report["flat"] < report["frames"]
    assert await stage.js("camera.params('blur').strength") == 0.7


@BY_PLANES
async def test_choosing_the_filter_ends_the_raw_track_in_the_same_call(stage: Stage) -> None:
    """The raw track ends before there is a worker, hence a path; the first frames are a test above."""
    await stage.open()
    before, after = await stage.js(
        """(() => {
            globalThis.raw = camera.track;
            let told = 0;
            camera.addEventListener('track', () => told++);
            const before = raw.readyState;
            camera.setFilter('blur');
            const now = [raw.readyState, camera.track !== raw, told];
            watch();
            return [before, now];
        })()"""
    )
    assert before == "live"
    assert after == ["ended", True, 1]
    await stage.running(20)
    await stage.clean()


async def test_only_the_person_opens_it(stage: Stage) -> None:
    await stage.open(filter="blur")
    await stage.running()
    await stage.js("(globalThis.filtered = camera.track, camera.setFilter('none'))")
    assert await stage.js("camera.track !== filtered && filtered.readyState === 'ended'")
    await stage.clean()
    await stage.js("watch()")
    await stage.more(5)
    assert (await stage.reports())[-1]["leaked"] > 0


#: One instant in which a background is switched on, off and on again, with a frame in between: the contrast
#: of what is on the published canvas after each step. Browsers without track generators publish what is there
#: when they paint.
ON_OFF_ON = """(async () => {
    const { contrasts } = await import('/tests/e2e/filters/watch.js');
    const { pipeline } = camera;
    const contrast = () => {
        const { context } = pipeline.exit;
        const { width, height } = context.canvas;
        const { data } = context.getImageData(0, 0, width, height);
        return Math.max(...contrasts(data.filter((_, index) => index % 4 === 1), width, width, height).found);
    };
    const now = performance.now();
    performance.now = () => now;
    camera.setFilter('blur');
    const seen = [contrast()];
    camera.setFilter('none');
    pipeline.onFrame(now);
    seen.push(contrast());
    camera.setFilter('blur');
    return [...seen, contrast()];
})()"""


@BY_CANVAS
async def test_a_background_switched_on_again_at_once_covers_the_open_picture(stage: Stage) -> None:
    """Mirrored, so that the same canvas goes on without a background. The veil is always the canvas's."""
    await stage.open(filter="mirror", params={"horizontal": True})
    await stage.more(3)
    first, between, again = await stage.js(ON_OFF_ON)
    assert between > 12
    assert (first < 4, again < 4) == (True, True), (first, again)


@BY_PLANES
async def test_a_fault_while_covering_is_no_leak(stage: Stage) -> None:
    """The worker breaks after it has taken the frame's pixels; by canvas it never has them."""
    stage.site.appended["/worker/frames.js"] = "FrameStage.prototype.cover = () => undefined;"
    await stage.open(filter="blur")
    await stage.until("camera.status.state === 'failed'", 30)
    report = await stage.clean()
    assert report["flat"] == report["frames"]


@BY_PLANES
async def test_slow_download(stage: Stage) -> None:
    """No worker, no path yet: the veil is drawn by canvas."""
    stage.site.delays["vision_wasm_internal.wasm"] = 2.5
    await stage.open(filter="blur")
    await stage.more(20)
    report = await stage.clean()
    assert report["flat"] == report["frames"]
    assert await stage.js("camera.status.state") == "loading"
    await stage.running()
    await stage.clean()


#: The sharpest bend along a row of the veil over a black and a white half: a straight line has 0, the edge
#: of a block or of a grid that was enlarged in one step about 1.
SHARPEST_BEND = """(async () => {
    const { Compositor } = await import('/static/filters/page/compositor.js');
    const [width, height, step] = [1280, 720, 8];
    const picture = Object.assign(document.createElement('canvas'), { width, height, videoWidth: width });
    const paint = picture.getContext('2d');
    paint.fillStyle = '#fff';
    paint.fillRect(0, 0, width / 2, height);
    const compositor = new Compositor();
    compositor.fit(width, height);
    const out = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
    compositor.veil(picture, { mirrorX: false, mirrorY: false, rotate: 0 }).draw(out);
    const { data } = out.getImageData(0, height / 2, width, 1);
    const slopes = [];
    for (let x = 0; x + step < width; x += step) slopes.push(data[4 * (x + step)] - data[4 * x]);
    const bends = slopes.slice(1).map((slope, index) => Math.abs(slope - slopes[index]));
    return Math.max(...bends) / Math.max(...slopes.map(Math.abs));
})()"""


@BY_CANVAS
async def test_the_veil_is_smooth(stage: Stage) -> None:
    await stage.open()
    assert await stage.js(SHARPEST_BEND) < 0.35


@BY_CANVAS
async def test_missing_model_stays_closed_until_it_works(stage: Stage) -> None:
    """No worker, no path yet; a slow download shows how planes begin, this how the canvas does."""
    stage.site.missing.add(".tflite")
    await stage.open(filter="blur")
    await stage.until("camera.status.state === 'failed'")
    assert await stage.js("camera.status.reason") == "missing"
    await stage.more(10)
    report = await stage.clean()
    assert report["flat"] == report["frames"]
    stage.site.missing.clear()
    await stage.js("camera.retry()")
    await stage.running()
    await stage.clean()


@BY_PLANES
async def test_one_model_is_enough(stage: Stage) -> None:
    """The page begins with one, and wants the other once it knows where the person is."""
    stage.site.missing.add("selfie_segmentation.tflite")
    await stage.open(filter="blur", level=1)
    await stage.running()
    async with asyncio.timeout(20):
        while not any(path.endswith("selfie_segmentation.tflite") for path in stage.site.requests):
            await stage.more(5)
    await stage.more(30)
    await stage.clean()
    assert await stage.js("camera.status.state") == "running"
    assert await stage.js("camera.stats().model") == "landscape"
    # It may have been the network: asked for again, after a while.
    stage.site.missing.clear()
    await stage.until("camera.stats().model === 'square'")
    await stage.clean()


@BY_PLANES
async def test_either_model_is_enough_to_begin_with(stage: Stage) -> None:
    stage.site.missing.add("selfie_segmentation_landscape.tflite")
    await stage.open(filter="blur", level=1)
    await stage.running()
    await stage.clean()
    assert any(path.endswith("selfie_segmentation_landscape.tflite") for path in stage.site.requests)
    assert await stage.js("camera.stats().model") == "square"


@BY_PLANES
async def test_a_second_model_comes_and_goes_unseen(stage: Stage) -> None:
    """Both at once, one of them after it, and one alone while the other cannot be had."""
    stage.site.missing.add("selfie_segmentation.tflite")
    await stage.open(filter="blur", level=0)
    await stage.running(30)
    assert await stage.js("camera.stats().model") == "landscape"
    stage.site.missing.clear()
    await stage.until("camera.stats().model === 'both'")
    await stage.more(30)
    await stage.js("camera.pipeline.control.pace.step(1, performance.now(), false)")
    await stage.until("camera.stats().model === 'square'")
    await stage.more(30)
    await stage.clean()
    began = await stage.js("states.indexOf('running')")
    assert await stage.js(f"states.slice({began})") == ["running"]
    assert await stage.js("workers.length") == 1


@BY_PLANES
async def test_not_installed_stays_closed(stage: Stage) -> None:
    """There is never a worker, hence never a path."""
    stage.site.installed = False
    await stage.open(filter="blur")
    await stage.until("camera.status.state === 'failed'")
    assert await stage.js("camera.status.reason") == "not-installed"
    entry = await stage.js("camera.filters().find(({id}) => id === 'blur')")
    assert (entry["available"], entry["reason"]) == (False, "filter.reason.not-installed")
    await stage.more(10)
    await stage.clean()
    assert not [path for path in stage.site.requests if path.endswith((".wasm", ".tflite", ".mjs"))]


async def test_killed_worker_comes_back(stage: Stage) -> None:
    await stage.open(filter="blur")
    await stage.running()
    await stage.js("workers.at(-1).terminate()")
    await stage.until("camera.status.state === 'closed'")
    await stage.more(5)
    await stage.running()
    assert await stage.js("workers.length") == 2
    await stage.clean()


#: A worker that obeys two more orders.
OBEDIENT = """addEventListener('message', ({data}) => {
    while (data.type === 'hang');
    if (data.type === 'lose') networks.first.graphics.release();
});"""


@BY_PLANES
async def test_worker_that_hangs_or_loses_its_graphics_is_replaced(stage: Stage) -> None:
    """It keeps the camera's frames while it hangs; by canvas a silent worker is a killed one (above). Without
    graphics the network sees something else than the frame, which is the same for both paths."""
    stage.site.appended["/worker/main.js"] = OBEDIENT
    await stage.open(filter="blur")
    await stage.running()
    for count, (order, reason) in enumerate((("hang", "hung"), ("lose", "graphics")), start=2):
        await stage.js(f"workers.at(-1).postMessage({{ type: '{order}' }})")
        await stage.until(f"camera.status.state === 'closed' && camera.status.reason === '{reason}'")
        await stage.running()
        assert await stage.js("workers.length") == count
        await stage.clean()


@BY_PLANES
async def test_crashing_worker_gives_up_closed(stage: Stage) -> None:
    """It has the camera's frame when it breaks; by canvas it would have a small picture."""
    stage.site.appended["/worker/main.js"] = "networks.see = () => { throw new Error('no'); };"
    await stage.open(filter="blur")
    await stage.until("camera.status.state === 'failed'")
    await stage.more(10)
    report = await stage.clean()
    assert report["flat"] == report["frames"]


async def test_camera_and_resolution_change(stage: Stage) -> None:
    await stage.open(filter="blur")
    await stage.running()
    # One clip gives one device: the second camera is the same one under another name.
    await stage.js(
        """(() => {
            const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = ({ video: { deviceId, ...rest } }) => ask({ video: rest });
        })()"""
    )
    await stage.js("globalThis.published = camera.track; 0")
    for options in (
        {"deviceId": "b", "width": 640, "height": 360},
        {"deviceId": "b", "width": 320, "height": 180},
        {"deviceId": "a", "width": 640, "height": 480},
        {"deviceId": "a", "width": 640, "height": 360},
    ):
        await stage.page.evaluate("(options) => camera.open(options)", options)
        await stage.more(15)
        await stage.running()
    assert await stage.js("published === camera.track")
    report = await stage.clean()
    assert len(report["sizes"]) > 1


@BY_PLANES
async def test_changing_filters_and_their_parameters(stage: Stage) -> None:
    """Both paths in one: mirror, light and angle need the canvas, what is without them goes by planes."""
    await stage.open(filter="blur")
    await stage.running()
    for call in (
        "'blur', {strength: 1}",
        "'image', {picture: 'colour', colour: '#336699'}",
        "'image', {picture: 'own'}",
        "'blur', {strength: 0.1, tightness: 0.5}",
        "'mirror', {horizontal: true}",
        "'light', {brightness: 0.5, warmth: 0.5}",
        "'rotate', {angle: 180}",
        "'image', {picture: 'office', wrap: 1}",
        "'rotate', {angle: 0}",
        "'mirror', {vertical: true}",
        "'blur'",
    ):
        await stage.js(f"camera.setFilter({call})")
        await stage.more(12)
    await stage.running()
    await stage.clean()
    assert await stage.js("workers.length") == 1


@BY_PLANES
async def test_rotation_changes_the_size_and_leaks_nothing(stage: Stage) -> None:
    """A quarter turn, which takes the canvas whatever path is wished: the person's columns become rows."""
    await stage.open(filter="blur", person=[0, 0.18, 1, 0.84])
    await stage.js("camera.setFilter('rotate', {angle: 90})")
    await stage.js("watches.splice(0).length && watch()")
    await stage.running(20)
    report = await stage.clean()
    assert "360x640" in report["sizes"]


@BY_PLANES
async def test_closing_and_opening_again(stage: Stage) -> None:
    """Another pipeline begins as the first did, which a remembered filter shows for both paths."""
    await stage.open(filter="blur")
    await stage.running()
    await stage.js("camera.close()")
    await stage.page.evaluate("async () => { await camera.open(); watch(); }")
    await stage.running()
    await stage.clean()


@BY_CANVAS
@pytest.mark.parametrize("stage", ["absent"], indirect=True)
async def test_nobody_there(stage: Stage) -> None:
    """An empty room is all background: the outline says so, of which both paths get the same."""
    await stage.open(filter="blur", person=[0, 0, 0, 0])
    await stage.running(40)
    await stage.clean()


@BY_PLANES
@pytest.mark.parametrize("stage", ["moving"], indirect=True)
async def test_moving_person(stage: Stage) -> None:
    """From x = 0.25 to 0.75; what she never covers stays blurred, while the rectangle follows her, which is
    the same one both paths."""
    await stage.open(filter="blur", person=[0.02, 0.1, 0.98, 1])
    await stage.running(100)
    await stage.clean()


async def test_main_thread_stays_responsive(stage: Stage) -> None:
    """No task over 50 ms while blurring, in one of ten seconds: others use the machine too, and the canvas is
    drawn by its processor; what blocks the page does so in each of them."""
    await stage.open(filter="blur")
    await stage.running(30)
    await stage.js(
        """(globalThis.long = [], new PerformanceObserver((list) => {
            long.push(...list.getEntries().map(({duration}) => duration));
        }).observe({type: 'longtask'}), 0)"""
    )
    for _ in range(10):
        await stage.js("(long.length = 0)")
        await stage.more(30)
        if not await stage.js("long.length"):
            break
    found = await stage.js("long")
    assert found == []
