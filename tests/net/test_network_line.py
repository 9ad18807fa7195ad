"""One line for everything that a receiver gets: who has what of it, how fast that changes, who notices."""

from __future__ import annotations

import pytest
from emulator import virtual
from network_stage import Stage

WIDE, NARROW = 2_000_000, 300_000
RATE, LOW = 1_200_000, 100_000


@virtual
async def test_a_line_is_known_from_what_its_receiver_says() -> None:
    async with Stage() as stage:
        camera = await stage.camera(RATE, LOW)
        (viewer,) = await stage.group([camera])
        camera.line.set(delay=0.01)
        await stage.run(3.0)
        line = viewer.subscribed.debug_state()["line"]
        assert isinstance(line, dict)
        assert 1_100_000 < line["arriving"] < 1_700_000
        assert viewer.state()["encoding"] == 0


@pytest.mark.parametrize("repeats", [True, False])
@virtual
async def test_down_within_two_seconds_and_up_within_ten(repeats: bool) -> None:
    """2 Mbit/s, then 300 kbit/s, then 2 Mbit/s again: with one short freeze, and nobody else notices."""
    async with Stage() as stage:
        camera = await stage.camera(RATE, LOW)
        (narrow,) = await stage.group([camera], repeats=repeats)
        (other,) = await stage.group([camera])
        camera.line.set(delay=0.02)
        narrow.line.down.set(rate=WIDE)
        began = await stage.run(8.0)
        assert narrow.state()["encoding"] == 0
        narrow.line.down.set(rate=NARROW)
        await stage.until(lambda: narrow.state()["encoding"] == 1, 2.0)
        await stage.run(1.0)
        assert narrow.longest_freeze(began + 7.0) < 0.5
        at = await stage.run(12.0)
        assert narrow.longest_freeze(at) < (0.5 if repeats else 1.5)
        assert narrow.line.down.queue < 0.15
        narrow.line.down.set(rate=WIDE)
        await stage.until(lambda: narrow.state()["encoding"] == 0, 10.0)
        at = await stage.run(5.0)
        assert narrow.longest_freeze(at + 1.0) < 0.5
        assert other.state()["encoding"] == 0
        assert other.longest_freeze(began + 1.0) < 0.1
        assert other.plis == other.nacks == 0


@virtual
async def test_a_narrow_member_of_six_hears_all_and_sees_the_speaker() -> None:
    """At 300 kbit/s: sound without a gap, the small picture of who is shown large, the rest paused. The other
    five have everything."""
    async with Stage() as stage:
        cameras = [await stage.camera(RATE, LOW) for _ in range(5)]
        speaker = cameras[0]
        for camera in cameras:
            camera.line.set(delay=0.02)
            camera.quiet = camera is not speaker
        narrow = await stage.group(cameras)
        others = await stage.group(cameras)
        for viewers in (narrow, others):
            for viewer, pixels in zip(viewers, (640 * 360, *[160 * 90] * 4), strict=True):
                viewer.subscribed.show(pixels)
        for viewer in narrow:
            viewer.line.down.set(rate=NARROW)
        await stage.run(8.0)
        at = await stage.run(15.0)
        shown, *small = narrow
        assert shown.state()["encoding"] == 1
        assert shown.audio.longest_gap(at) < 0.1
        assert shown.longest_freeze(at) < 0.7
        assert all(viewer.audio.longest_gap(at) < 0.9 for viewer in small)  # one lost of two a second
        paused = [viewer for viewer in small if viewer.state()["paused"]]
        assert len(paused) >= 3
        assert narrow[0].line.down.queue < 0.15
        for viewer in others:
            assert viewer.state()["encoding"] == 0
            assert viewer.longest_freeze(at) < 0.1
            assert viewer.plis == viewer.nacks == 0
        for viewer in narrow:
            viewer.line.down.set(rate=20 * WIDE)
        await stage.until(lambda: all(viewer.state()["encoding"] == 0 for viewer in narrow), 15.0)
        at = await stage.run(3.0)
        assert all(viewer.longest_freeze(at + 1.0) < 0.5 for viewer in narrow)


@virtual
async def test_two_lines_through_one_bottleneck_share_it_fairly() -> None:
    """Jain's index of what two receivers of two senders get, who came one after the other."""
    async with Stage() as stage:
        cameras = [await stage.camera(RATE) for _ in range(2)]
        (first,) = await stage.group([cameras[0]])
        first.line.down.set(rate=1_500_000)
        await stage.run(10.0)
        (second,) = await stage.group([cameras[1]])
        second.line.down.set(rate=1_500_000)
        second.line.down.pipe = first.line.down.pipe
        await stage.run(20.0)
        before = [viewer.video.bytes for viewer in (first, second)]
        await stage.run(20.0)
        after = [viewer.video.bytes for viewer in (first, second)]
        rates = [8 * (late - early) / 20 for late, early in zip(after, before, strict=True)]
        assert sum(rates) > 0.6 * 1_500_000
        assert sum(rates) ** 2 / (2 * sum(rate * rate for rate in rates)) >= 0.9
