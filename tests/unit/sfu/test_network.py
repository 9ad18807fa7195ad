"""Loss, reordering, bottlenecks: what the forwarding unit makes of them, in virtual time."""

from __future__ import annotations

import pytest
from sfu_fakes import video
from sfu_network import Camera, Link, Server, Viewer, World

from galene_py.sfu import UpTrack


def scene(up: UpTrack, uplink: dict[str, float], rates: list[int]) -> tuple[World, Server, Camera]:
    world = World()
    server = Server(world, up, Link(world))
    camera = server.camera = Camera(server, Link(world, **uplink), rates)
    return world, server, camera


@pytest.mark.parametrize(("loss", "target"), [(0.01, 0.001), (0.05, 0.005), (0.10, 0.02)])
def test_loss_on_both_links_is_repaired(loss: float, target: float) -> None:
    world, server, camera = scene(video(), {"loss": loss}, [800_000])
    viewers = [Viewer(server, Link(world, loss=loss), Link(world, loss=loss)) for _ in range(3)]
    world.run(20.0)
    for viewer in viewers:
        assert viewer.missing(1.0) <= target
    assert camera.nacks < 2.5 * max(loss, 0.01) * camera.sent


def test_bursts_are_repaired() -> None:
    world, server, _ = scene(video(), {"loss": 0.05, "burst": 5}, [800_000])
    viewer = Viewer(server, Link(world, loss=0.05, burst=5), Link(world))
    world.run(20.0)
    assert viewer.missing(1.0) <= 0.005


@pytest.mark.parametrize("loss", [0.2, 0.3])
def test_heavy_loss_causes_no_storm(loss: float) -> None:
    world, server, camera = scene(video(), {"loss": loss}, [800_000])
    for _ in range(5):
        Viewer(server, Link(world, loss=loss), Link(world, loss=loss))
    world.run(20.0)
    assert camera.plis <= 2 * 20
    assert camera.nacks <= 2 * loss * camera.sent
    assert camera.allowed < 800_000


def test_reordering_and_duplication() -> None:
    world, server, camera = scene(video(), {"reorder": 0.05, "duplicate": 0.05}, [800_000])
    viewer = Viewer(server, Link(world), Link(world))
    world.run(20.0)
    assert viewer.doubles == 0
    assert viewer.missing(0.5) == 0
    source = server.up.encodings[0]
    assert source.duplicates >= 0.03 * camera.sent
    assert 0 <= source.packets - len(viewer.got) < 10  # on their way
    assert camera.nacks <= 0.005 * camera.sent
    assert source.reception.lost <= 0.005 * camera.sent  # what was asked for too early counts as lost


def test_narrow_receiver_steps_down_and_up_and_the_others_notice_nothing() -> None:
    up = video(encodings=2)
    world, server, _ = scene(up, {}, [1_200_000, 100_000])
    narrow = Viewer(server, Link(world, rate=2_000_000), Link(world))
    wide = Viewer(server, Link(world), Link(world))
    world.run(10.0)
    assert narrow.down.forwarder is not None
    assert wide.down.forwarder is not None
    assert narrow.down.forwarder.encoding.index == 0
    narrow.there.rate = 300_000
    world.run(13.0)
    assert narrow.down.forwarder.encoding.index == 1
    world.run(30.0)
    narrow.there.rate = 2_000_000
    world.run(45.0)
    assert narrow.down.forwarder.encoding.index == 0
    assert wide.down.forwarder.encoding.index == 0
    assert wide.missing(1.0) == 0
    assert up.encodings[0].rate.bits > 1_000_000


def test_narrow_receiver_of_one_encoding_slows_the_sender() -> None:
    world, server, camera = scene(video(), {}, [1_200_000])
    viewer = Viewer(server, Link(world, rate=2_000_000), Link(world))
    world.run(5.0)
    assert camera.allowed > 1_200_000
    viewer.there.rate = 400_000
    world.run(10.0)
    assert camera.allowed < 500_000
    viewer.there.rate = 2_000_000
    world.run(40.0)
    assert camera.allowed > 800_000


def test_sender_is_never_asked_for_too_little() -> None:
    world, server, camera = scene(video(), {}, [1_200_000])
    Viewer(server, Link(world, rate=50_000), Link(world))
    world.run(20.0)
    assert camera.allowed >= 199_000


def test_nervous_estimates_do_not_drag_the_sender_down() -> None:
    """Receivers whose own estimate falls now and then although nothing is wrong."""
    world, server, camera = scene(video(), {}, [800_000])
    viewers = [Viewer(server, Link(world), Link(world), nervous=0.3) for _ in range(3)]
    lowest = estimated = 1e9
    for second in range(7, 60):
        world.run(float(second))
        lowest = min(lowest, camera.allowed)
        estimated = min(estimated, *(viewer.remb for viewer in viewers))
    assert estimated < 750_000
    assert lowest >= 800_000


def test_deep_queue_is_emptied_although_nothing_is_lost() -> None:
    """A bottleneck that holds three seconds: only the round trip and the receiver's estimate tell."""
    world, server, camera = scene(video(), {}, [1_200_000])
    viewer = Viewer(server, Link(world, rate=5_000_000, buffer=3.0), Link(world), nervous=0.0)
    world.run(15.0)
    assert camera.allowed >= 1_200_000
    viewer.there.rate = 600_000
    worst = 0.0
    for step in range(300):
        world.run(15.0 + step / 10)
        worst = max(worst, viewer.there.queue)
    assert worst < 3.0
    assert viewer.there.queue < 0.5
    assert 200_000 <= camera.allowed <= 700_000
    viewer.there.rate = 5_000_000
    world.run(75.0)
    assert camera.allowed >= 1_000_000
