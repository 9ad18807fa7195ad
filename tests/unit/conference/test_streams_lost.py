"""Streams and receivers that leave or are lost: nothing stays behind, and what can be mended is."""

from conference_fakes import pair

from galene_py.conference import limits


async def test_leaving_frees_everything() -> None:
    world, sender, receiver = await pair()
    sender.send("request", request={"": ["audio"]})
    sender.send("offer", id="s", label="camera", sdp="audio")
    receiver.inbox.clear()
    sender.gone()
    assert receiver.take("close") == [{"type": "close", "id": "s"}]
    assert world.media.open == []


async def test_leaving_receiver_is_told_close_and_frees_its_subscription() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    receiver.inbox.clear()
    receiver.send("join", kind="leave", group="room")
    assert [message["type"] for message in receiver.take()] == ["close", "joined"]
    assert world.media.published[0].subscriptions == []


async def test_sender_lost_by_the_network_is_aborted_and_closed() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    receiver.inbox.clear()
    sender.inbox.clear()
    world.media.published[0].on_closed("consent lost")
    sender.client.poll(world.now)
    assert sender.take() + receiver.take() == []
    world.now += limits.MEDIA_GRACE_SECONDS
    receiver.client.poll(world.now)
    sender.client.poll(world.now)
    assert sender.take() == [{"type": "abort", "id": "s", "error": "media-lost", "value": "consent lost"}]
    assert receiver.take() == [{"type": "close", "id": "s"}]
    assert world.media.open == []


async def test_sender_that_hangs_up_before_it_replaces_is_replaced_smoothly() -> None:
    """Browsers close the old connection first; the word that it is replaced comes a moment later."""
    world, sender, receiver = await pair()
    sender.send("offer", id="old", label="camera", sdp="audio")
    receiver.inbox.clear()
    world.media.published[0].on_closed("the peer closed the connection")
    late = await world.join()
    late.send("request", request={"": ["audio"]})
    assert late.take("offer") == []
    sender.send("offer", id="new", label="camera", sdp="audio", replace="old")
    assert receiver.one("offer")["replace"] == "old"
    assert "replace" not in late.one("offer")
    assert sender.take("abort") == []
    assert len(world.media.open) == 1


async def test_new_description_of_a_lost_connection_ends_it() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    receiver.inbox.clear()
    sender.inbox.clear()
    world.media.published[0].on_closed("consent lost")
    sender.send("offer", id="s", kind="renegotiate", label="camera", sdp="audio")
    assert [message["type"] for message in sender.take()] == ["abort"]
    assert receiver.take() == [{"type": "close", "id": "s"}]
    sender.send("offer", id="s", label="camera", sdp="audio")
    assert sender.take("answer")


async def test_receiver_lost_by_the_network_is_offered_again_but_not_for_ever() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    for attempt in range(limits.MEDIA_RETRIES + 1):
        assert len(receiver.take("offer")) == 1, attempt
        world.media.published[0].subscriptions[0].on_closed("handshake failed")
        assert receiver.one("close") == {
            "type": "close",
            "id": "s",
            "error": "media-lost",
            "value": "handshake failed",
        }
        assert receiver.take("offer") == []
        receiver.client.poll(world.now)
    assert receiver.take("offer") == []
    receiver.send("request", request={"": ["audio"]})
    assert receiver.take("offer")


async def test_losses_long_ago_do_not_count() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    for _ in range(3 * limits.MEDIA_RETRIES):
        world.now += limits.MEDIA_RETRY_SECONDS + 1
        receiver.send("pong")
        world.media.published[0].subscriptions[0].on_closed("no more consent")
        receiver.client.poll(world.now)
        assert len(receiver.take("offer")) >= 1


async def test_late_word_from_a_closed_connection_is_harmless() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    published = world.media.published[0]
    subscribed = published.subscriptions[0]
    sender.send("close", id="s")
    receiver.inbox.clear()
    published.on_closed("late")
    subscribed.on_closed("late")
    assert receiver.take() + sender.take("abort") == []
