"""Loss, bursts, reordering, duplication between real peers and the real hub and engine, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from emulator import Line, Link, VirtualLoop, bursts, virtual
from network_camera import Camera
from network_stage import Stage
from network_viewer import Viewer

HALF_ROUND_TRIP_S = 0.025


async def room(stage: Stage, *rates: int, viewers: int = 2, **options: bool) -> tuple[Camera, list[Viewer]]:
    """A camera and viewers, connected and 25 ms away."""
    camera = await stage.camera(*rates)
    people = [await stage.viewer(camera, **options) for _ in range(viewers)]
    for person in (camera, *people):
        person.line.set(delay=HALF_ROUND_TRIP_S)
    await stage.run(1.0)
    return camera, people


@pytest.mark.parametrize(("loss", "target"), [(0.01, 0.001), (0.05, 0.005), (0.10, 0.02)])
@virtual
async def test_loss_on_every_link_is_repaired(loss: float, target: float) -> None:
    async with Stage() as stage:
        camera, viewers = await room(stage)
        for person in (camera, *viewers):
            person.line.set(loss=loss)
        began = await stage.run(15.0)
        for viewer in viewers:
            assert viewer.line.down.lost > 0
            assert viewer.video.missing(began, began + 13.5) <= target
            # Sound is not asked for again: what is lost is lost, never more, and never for long.
            assert viewer.audio.rate(began, began + 15.0) >= 0.94 * 50 * (1 - loss) ** 2
            assert viewer.audio.longest_gap(began) <= 0.16
        # Nobody asks much more often than is lost.
        lost = loss * camera.sent
        assert camera.nacked <= 2.5 * lost + 20
        assert camera.keyframe_requests <= 2 * 15


@virtual
async def test_bursts_freeze_the_picture_for_a_moment_only() -> None:
    async with Stage() as stage:
        camera, viewers = await room(stage)
        for person in (camera, *viewers):
            person.line.set(**bursts(0.05, 5))
        began = await stage.run(20.0)
        for viewer in viewers:
            assert viewer.video.missing(began, began + 18.5) <= 0.005
            assert viewer.longest_freeze(began) <= 1.0


@pytest.mark.parametrize("loss", [0.2, 0.3])
@virtual
async def test_heavy_loss_causes_no_storm(loss: float) -> None:
    """Sound goes on, the picture steps down; the sender is asked for few keyframes and packets."""
    async with Stage() as stage:
        camera, viewers = await room(stage, viewers=4, impatient=True)
        before = camera.keyframe_requests
        for person in (camera, *viewers):
            person.line.set(loss=loss)
        began = await stage.run(15.0)
        assert sum(viewer.plis for viewer in viewers) > 0
        assert camera.keyframe_requests - before <= 2 * 15 + 1
        assert camera.nacked <= 2.5 * loss * camera.sent
        assert camera.encoding()["bitrate"] <= 300_000
        for viewer in viewers:
            assert viewer.audio.rate(began, began + 15.0) >= 0.88 * 50 * (1 - loss) ** 2
            assert viewer.audio.longest_gap(began) <= 0.4


@virtual
async def test_a_storm_of_requests_reaches_the_sender_as_a_trickle() -> None:
    """Viewers that ask for keyframes and packets all the time, on a perfect network."""
    async with Stage() as stage:
        camera, viewers = await room(stage, viewers=4, impatient=True)
        for viewer in viewers:
            viewer.line.down.set(broken=True)
        before, sent = camera.keyframe_requests, camera.sent
        await stage.run(10.0)
        assert sum(viewer.plis for viewer in viewers) >= 100
        assert camera.keyframe_requests - before <= 2 * 10 + 1
        assert camera.nacked == 0
        assert camera.sent > sent


@virtual
async def test_reordering_and_duplication() -> None:
    async with Stage() as stage:
        camera, (witness, sufferer) = await room(stage)
        camera.line.up.set(reorder=0.05, duplicate=0.05)
        sufferer.line.down.set(reorder=0.05, duplicate=0.05)
        began = await stage.run(15.0)
        camera.line.up.heal()
        sufferer.line.down.heal()
        await stage.run(0.5)
        assert camera.line.up.duplicated > 20
        # Nothing is forwarded twice, nothing is missing, hardly anything is asked for.
        assert witness.doubles == 0
        assert witness.video.missing(began, began + 15.0) == 0
        assert sufferer.video.missing(began, began + 15.0) == 0
        assert camera.nacked <= 0.04 * camera.sent
        # The server's own account: as many came out as went in, and hardly anything counts as lost.
        known = camera.encoding()
        assert known["packets"] == len(witness.video.got)
        assert known["lost"] <= 0.02 * camera.sent
        assert float(sufferer.state()["resent"]) <= 0.1 * camera.sent  # type: ignore[arg-type]


@virtual
async def test_a_connection_is_made_on_a_bad_network() -> None:
    """Checks and both sides' flights of the handshake get lost and are sent again."""
    async with Stage() as stage:
        camera = await stage.camera()
        for seed in range(12):
            viewer = Viewer(Line(stage.hub.udp_port, seed=("bad", seed)))
            viewer.line.set(delay=HALF_ROUND_TRIP_S, loss=0.2)
            stage.people.append(viewer)
            began = stage.loop.time()
            await viewer.subscribe(camera)
            assert stage.loop.time() - began < 4.0
        await stage.run(1.0)
        assert all(viewer.sources for viewer in stage.people if isinstance(viewer, Viewer))
        assert stage.hub.debug_state()["connecting"] == 0


@virtual
async def test_the_emulator_repeats_itself() -> None:
    """The same seed, the same fate of every datagram; the means are what was asked for."""

    def fates(seed: int, **faults: float) -> list[int]:
        arrived: list[int] = []
        link = Link(seed, lambda data: arrived.append(int.from_bytes(data)))
        link.set(**faults)
        for number in range(20_000):
            link.send(number.to_bytes(4))
        return arrived

    assert fates(1, loss=0.1, duplicate=0.1) == fates(1, loss=0.1, duplicate=0.1) != fates(2, loss=0.1)
    assert 0.09 < 1 - len(fates(3, loss=0.1)) / 20_000 < 0.11
    came = set(fates(4, **bursts(0.05, 5)))
    lost = [number for number in range(20_000) if number not in came]
    runs = sum(number - 1 in came for number in lost)
    assert 0.04 < len(lost) / 20_000 < 0.06
    assert 4 < len(lost) / runs < 6


def test_virtual_time_passes_by_itself() -> None:
    async def nap() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - began

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(nap()) == pytest.approx(3600, abs=0.01)
