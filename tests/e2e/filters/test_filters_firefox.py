"""The same pipeline in Firefox ESR, on a virtual screen with Mesa's WebGL 2.

Firefox's fake camera shows no clip: a canvas with the portrait stands in for the device. It has no
MediaStreamTrackProcessor either: frames are looked at in the page, in a receiver's video element behind a
peer connection, which is what another participant gets.
"""

from __future__ import annotations

import asyncio
import io
import time

import portraits
import pytest
from PIL import Image
from screens import screen
from site_under_test import site

from kit.browsers import FirefoxPage, firefox

pytestmark = pytest.mark.browser

CAMERA = """async () => {
    const picture = new Image();
    picture.src = '/scene.png';
    await picture.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext('2d');
    const draw = () => context.drawImage(picture, 0, 0);
    draw();
    globalThis.drawing = setInterval(draw, 33);
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
    const { Camera } = await import('/static/media/camera.js');
    const { contrasts } = await import('/tests/e2e/filters/watch.js');
    const camera = new Camera();
    const states = [];
    camera.addEventListener('status', ({ detail }) => states.push(detail.state));
    camera.setFilter('blur');
    await camera.open({ width: 640, height: 360 });
    const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
    here.onicecandidate = ({ candidate }) => there.addIceCandidate(candidate);
    there.onicecandidate = ({ candidate }) => here.addIceCandidate(candidate);
    const received = new Promise((resolve) => { there.ontrack = ({ track }) => resolve(track); });
    here.addTrack(camera.track);
    await here.setLocalDescription();
    await there.setRemoteDescription(here.localDescription);
    await there.setLocalDescription();
    await here.setRemoteDescription(there.localDescription);
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = new MediaStream([await received]);
    await video.play();
    const seen = { frames: 0, leaked: 0, sharp: 0 };
    const look = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const judge = () => {
        video.requestVideoFrameCallback(judge);
        const [w, h] = [video.videoWidth, video.videoHeight];
        if (w === 0) return;
        [look.canvas.width, look.canvas.height] = [w, h];
        look.drawImage(video, 0, 0);
        const { data } = look.getImageData(0, 0, w, h);
        const luma = Uint8Array.from({ length: w * h }, (_, i) => data[i * 4 + 1]);
        const { found, across, down } = contrasts(luma, w, w, h);
        let [raw, person] = [0, 0];
        found.forEach((contrast, i) => {
            const x = ((i % across) + 0.5) / across;
            if (x < 0.2 || x > 0.82) raw += contrast > 12;
            else person = Math.max(person, contrast);
        });
        seen.frames++;
        if (raw > 0) seen.leaked++;
        if (person > 12) seen.sharp++;
    };
    video.requestVideoFrameCallback(judge);
    Object.assign(globalThis, { camera, states, seen });
}"""


async def until(page: FirefoxPage, condition: str, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not await page.evaluate(f"Boolean({condition})"):
        if time.monotonic() > end:
            raise AssertionError(f"{condition}: {await page.evaluate('[states, camera.status, seen]')}")
        await asyncio.sleep(0.1)


async def test_person_sharp_background_blurred_at_the_receiver() -> None:
    frame, _ = portraits.scene(640, 360, 360, 140, 0)
    scene = io.BytesIO()
    Image.fromarray(frame).save(scene, "PNG")
    async with site() as served, screen(), firefox(headless=False) as page:
        served.pictures["/scene.png"] = scene.getvalue()
        await page.goto(served.url)
        await page.evaluate(CAMERA)
        await until(page, "camera.status.state === 'running'")
        await until(page, "seen.sharp >= 20")
        # A worker that dies: closed, then back, without a frame in between that shows anything.
        await page.evaluate("(camera.pipeline.client.worker.terminate(), 0)")
        await until(page, "camera.status.state === 'closed'")
        await until(page, "camera.status.state === 'running'")
        # A second model beside the first, whatever this machine can do.
        await page.evaluate(
            "(camera.pipeline.control.pace.fixed = true, camera.pipeline.control.pace.step(0, 0, true), 0)"
        )
        await until(page, "camera.stats().model === 'both'")
        now = (await page.evaluate("seen"))["sharp"]
        await until(page, f"seen.sharp >= {now + 10}")
        seen = await page.evaluate("seen")
        assert seen["leaked"] == 0, seen
