"""Cameras and browsers of many kinds: the frames go by planes where they can, by canvas otherwise."""

from __future__ import annotations

import pytest
from stage import BY_PLANES, Stage

pytestmark = pytest.mark.browser

NV12_CAMERA = """() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    async function interleaved(frame) {
        const { codedWidth, codedHeight, timestamp, colorSpace } = frame;
        const planes = new Uint8Array(codedWidth * codedHeight * 1.5);
        const layout = await frame.copyTo(planes);
        const turned = planes.slice();
        for (let i = 0, y = codedWidth * codedHeight; i < y / 4; i++) {
            turned[y + 2 * i] = planes[layout[1].offset + i];
            turned[y + 2 * i + 1] = planes[layout[2].offset + i];
        }
        frame.close();
        return new VideoFrame(turned, { format: 'NV12', codedWidth, codedHeight, timestamp, colorSpace });
    }
    navigator.mediaDevices.getUserMedia = async (constraints) => {
        const camera = (await open(constraints)).getVideoTracks()[0];
        const made = new MediaStreamTrackGenerator({ kind: 'video' });
        new MediaStreamTrackProcessor({ track: camera }).readable
            .pipeThrough(new TransformStream({
                transform: async (frame, next) => next.enqueue(await interleaved(frame)),
            }))
            .pipeTo(made.writable);
        const { readable } = new MediaStreamTrackProcessor({ track: made.clone() });
        readable.getReader().read().then(({ value }) => (globalThis.cameraFormat = value.format));
        return new MediaStream([made]);
    };
}"""


@BY_PLANES
async def test_the_way_is_told_and_changes_without_a_raw_frame(stage: Stage) -> None:
    """Mirroring needs the canvas; back and forth with the same worker and the same track: both paths."""
    await stage.open(filter="blur")
    await stage.js("globalThis.published = camera.track; 0")
    for mirrored in (False, True, False, True, False):
        await stage.js(f"camera.setFilter('mirror', {{ horizontal: {str(mirrored).lower()} }})")
        await stage.running(20)
        assert await stage.js("camera.stats().path") == ("canvas" if mirrored else stage.path)
    assert await stage.js("[published === camera.track, workers.length]") == [True, 1]
    await stage.clean()


@BY_PLANES
async def test_dear_planes_make_the_canvas_the_way_after_a_trial(stage: Stage) -> None:
    """Frames that must first come from a graphics card: each costs most of the time there is."""
    stage.site.appended["/worker/frames.js"] = """
        const swift = FrameStage.prototype.take;
        FrameStage.prototype.take = async function (frame) {
            await swift.call(this, frame);
            for (const start = performance.now(); performance.now() - start < 25; );
        };"""
    await stage.open(filter="blur", path=None)
    await stage.running()
    assert await stage.js("camera.stats().path") == "planes"
    await stage.until("camera.stats().path === 'canvas'")
    await stage.more(20)
    await stage.clean()


@BY_PLANES
async def test_frames_of_an_unknown_format_are_no_obstacle(stage: Stage) -> None:
    """By canvas nobody asks for a format."""
    stage.site.appended["/worker/planes.js"] = "PLANE_FORMATS.length = 0;"
    await stage.open(filter="blur")
    await stage.running(20)
    assert await stage.js("[camera.stats().path, workers.length]") == ["canvas", 1]
    await stage.clean()


@BY_PLANES
async def test_without_the_arithmetic_on_planes_the_canvas_does_it(stage: Stage) -> None:
    """Planes alone need it."""
    stage.site.missing.add("kernels/planes.wasm")
    await stage.open(filter="blur")
    await stage.running(20)
    assert await stage.js("[camera.stats().path, workers.length]") == ["canvas", 1]
    await stage.clean()


@BY_PLANES
@pytest.mark.parametrize("flags", [("--js-flags=--no-enable-sse4-1",)], ids=["old processor"])
async def test_without_simd_the_other_build_does_it_by_canvas(stage: Stage) -> None:
    """V8 offers SIMD only on processors that have SSE 4.1. The arithmetic on planes does not compile then."""
    await stage.open(filter="blur")
    await stage.running(5)
    assert await stage.js("[camera.stats().path, workers.length]") == ["canvas", 1]
    loaded = {path.rpartition("/")[2] for path in stage.site.requests if path.endswith(".wasm")}
    assert "vision_wasm_nosimd_internal.wasm" in loaded
    assert "vision_wasm_internal.wasm" not in loaded
    await stage.clean()


@BY_PLANES
async def test_a_camera_whose_colours_are_interleaved(stage: Stage) -> None:
    """NV12, as most cameras of telephones and laptops deliver it; the fake one does not."""
    await stage.page.add_init_script(f"({NV12_CAMERA})()")
    await stage.open(filter="blur")
    await stage.running(20)
    assert await stage.js("[cameraFormat, camera.stats().path]") == ["NV12", "planes"]
    await stage.clean()
