"""All that one person receives shares a line: sizes, pauses, and who speaks."""

import pytest
from conference_fakes import answer, pair


async def test_sizes_reach_the_media_now_and_later() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    (sub,) = world.media.published[0].subscriptions
    assert sub.pixels is None
    receiver.send("requestStream", id="s", request=["audio", "video"], size=[640, 360])
    assert sub.pixels == 640 * 360
    receiver.send("requestStream", id="s", request=["audio"])
    assert sub.pixels == 640 * 360, "nothing said about it"
    receiver.send("requestStream", id="s", request=["audio"], size=[0, 0])
    assert sub.pixels == 0
    answer(receiver)
    receiver.send("requestStream", id="s", request=[])
    answer(receiver)
    receiver.send("requestStream", id="s", request=["audio"])
    assert world.media.published[0].subscriptions[-1].pixels == 0, "a new connection, the same tile"


async def test_who_tells_sizes_is_told_of_pauses_and_nobody_else() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    (sub,) = world.media.published[0].subscriptions
    receiver.take()
    sub.on_paused(True)
    assert receiver.take() == []
    receiver.send("requestStream", id="s", request=["audio", "video"], size=[640, 360])
    sub.on_paused(True)
    sub.on_paused(False)
    assert receiver.take() == [
        {"type": "paused", "id": "s", "value": True},
        {"type": "paused", "id": "s", "value": False},
    ]
    assert sender.take("paused") == []


async def test_all_that_one_receives_shares_a_line_until_one_leaves() -> None:
    world, sender, _ = await pair()
    other = await world.join("observe-other")
    other.send("request", request={"": ["audio", "video"]})
    for stream in ("s", "t"):
        sender.send("offer", id=stream, label="camera", sdp="audio+video")
    lines = [{sub.downlink for sub in published.subscriptions} for published in world.media.published]
    assert lines[0] == lines[1]
    assert len(lines[0]) == 2
    other.send("join", kind="leave", group="room")
    assert [line.closed for line in lines[0]].count(True) == 1


@pytest.mark.parametrize("size", [[1], [1, 2, 3], [-1, 5], [1 << 40, 5], ["a", 1], 7])
async def test_an_impossible_size_is_a_clear_error(size: object) -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    receiver.send("requestStream", id="s", request=["audio"], size=size)
    assert world.media.published[0].subscriptions[0].pixels is None


async def test_who_speaks_is_told_once_per_change_to_those_who_understand() -> None:
    world, sender, receiver = await pair()
    late, unaware = await world.join("observe-late"), await world.join("observe-unaware")
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    published = world.media.published[0]
    receiver.send("requestStream", id="s", request=["audio"], size=[10, 10])
    receiver.take()
    published.on_speaking(True)
    told = {"type": "speaking", "id": "s", "source": sender.id, "value": True}
    assert receiver.take() == [told]
    late.send("requestStream", id="s", request=["audio"], size=[10, 10])
    assert late.take("speaking") == [told], "who comes later learns who speaks"
    published.on_speaking(False)
    assert receiver.take() == late.take("speaking") == [told | {"value": False}]
    assert sender.take("speaking") == unaware.take("speaking") == []
