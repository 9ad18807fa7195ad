"""Who is offered what: labels, overrides, replacements, one open offer at a time, and nothing left behind."""

from typing import Any

import pytest
from conference_fakes import World, answer, pair

from galene_py.conference import limits


async def test_offer_is_answered_and_passed_on() -> None:
    _, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    assert sender.take() == [{"type": "answer", "id": "s", "sdp": "answer to audio+video"}]
    assert receiver.take() == [
        {
            "type": "offer",
            "id": "s",
            "label": "camera",
            "source": sender.id,
            "username": "present-s",
            "sdp": "offer 1 audio+video",
        }
    ]


async def test_late_joiner_is_offered_what_it_asks_for() -> None:
    world, sender, _ = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    late = await world.join("observe-late")
    assert late.take("offer") == []
    late.send("request", request={"camera": ["audio"]})
    assert late.one("offer")["sdp"] == "offer 1 audio"


async def test_label_wins_over_default_and_empty_list_means_nothing() -> None:
    _, sender, receiver = await pair({"": ["audio", "video"], "screenshare": []})
    sender.send("offer", id="cam", label="camera", sdp="audio+video")
    sender.send("offer", id="scr", label="screenshare", sdp="video")
    assert [offer["id"] for offer in receiver.take("offer")] == ["cam"]


async def test_without_a_default_unnamed_labels_are_not_sent() -> None:
    _, sender, receiver = await pair({"camera": ["audio"]})
    sender.send("offer", id="scr", label="screenshare", sdp="video")
    assert receiver.take() == []


async def test_nothing_is_offered_of_what_a_stream_does_not_have() -> None:
    _, sender, receiver = await pair({"": ["video-low"]})
    sender.send("offer", id="s", label="camera", sdp="audio")
    assert receiver.take() == []


async def test_the_better_quality_wins() -> None:
    world, sender, _ = await pair({"": ["video-low", "video", "smell"]})
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    assert world.media.published[0].subscriptions[0].want == {"video"}


async def test_own_streams_do_not_come_back() -> None:
    _, sender, _ = await pair()
    sender.send("request", request={"": ["audio", "video"]})
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    assert sender.take("offer") == []


async def test_changed_request_reoffers_adds_and_closes() -> None:
    _, sender, receiver = await pair({"camera": ["audio", "video"]})
    sender.send("offer", id="cam", label="camera", sdp="audio+video")
    sender.send("offer", id="scr", label="screenshare", sdp="video")
    answer(receiver)
    receiver.send("request", request={"camera": ["audio"], "screenshare": ["video"]})
    assert {offer["id"]: offer["sdp"] for offer in receiver.take("offer")} == {
        "cam": "offer 2 audio",
        "scr": "offer 1 video",
    }
    for stream, version in (("cam", 2), ("scr", 1)):
        receiver.send("answer", id=stream, sdp=f"answer {version}")
    receiver.send("request", request={})
    assert {message["id"] for message in receiver.take("close")} == {"cam", "scr"}


async def test_one_offer_at_a_time_and_the_last_request_counts() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    for kinds in (["audio"], ["video"], ["audio", "video-low"]):
        receiver.send("requestStream", id="s", request=kinds)
    receiver.send("renegotiate", id="s")
    assert len(receiver.inbox) == 1
    answer(receiver)
    assert len(receiver.inbox) == 1
    answer(receiver)
    assert receiver.inbox == []
    (sub,) = world.media.published[0].subscriptions
    assert sub.want == {"audio", "video-low"}


async def test_an_answer_that_comes_late_is_not_taken_for_that_to_another_offer() -> None:
    """Switched off and on again while the answer is under way: one connection on each side."""
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    (sub,) = world.media.published[0].subscriptions
    for kinds in ([], ["audio", "video"], [], ["audio"]):
        receiver.send("requestStream", id="s", request=kinds)
    answer(receiver)
    assert world.media.published[0].subscriptions == [sub]
    assert receiver.one("offer")["sdp"] == "offer 2 audio"
    assert receiver.take("close") == []


@pytest.mark.parametrize("answers", [True, False])
async def test_what_is_not_wanted_any_more_ends_with_the_answer_or_soon(answers: bool) -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    receiver.send("request", request={})
    assert receiver.take("close") == []
    if answers:
        answer(receiver)
    else:
        world.now += limits.UNWANTED_SECONDS
        receiver.client.poll(world.now)
        world.settle()
    assert receiver.one("close")["id"] == "s"
    assert world.media.published[0].subscriptions == []
    world.now += limits.UNWANTED_SECONDS
    receiver.client.poll(world.now)
    receiver.send("request", request={"": ["audio"]})
    assert receiver.take("offer")[-1]["sdp"] == "offer 1 audio"


async def test_unneeded_answer_is_harmless() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    answer(receiver)
    receiver.send("answer", id="s", sdp="bad")
    receiver.send("answer", id="unknown", sdp="answer 1")
    assert receiver.take() == []
    assert len(world.media.published[0].subscriptions) == 1


async def test_bad_answer_closes_the_stream_to_that_receiver_only() -> None:
    world, sender, receiver = await pair()
    other = await world.join()
    other.send("request", request={"": ["audio"]})
    sender.send("offer", id="s", label="camera", sdp="audio")
    receiver.send("answer", id="s", sdp="bad")
    assert receiver.take("close")
    assert receiver.one("usermessage", "error")["value"] == "bad answer"
    assert len(world.media.published[0].subscriptions) == 1


async def test_override_lasts_until_withdrawn() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    answer(receiver)
    receiver.send("requestStream", id="s", request=["audio"])
    answer(receiver)
    receiver.send("request", request={"": ["video"]})
    assert world.media.published[0].subscriptions[0].want == {"audio"}
    receiver.send("requestStream", id="s", request=None)
    assert world.media.published[0].subscriptions[0].want == {"video"}


async def test_empty_override_closes_and_a_new_one_brings_it_back() -> None:
    _, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    answer(receiver)
    receiver.send("requestStream", id="s", request=[])
    assert receiver.take() == [{"type": "close", "id": "s"}]
    receiver.send("requestStream", id="s", request=["audio"])
    assert receiver.one("offer")["sdp"] == "offer 1 audio"


async def test_abort_is_answered_by_close_and_remembered_until_the_next_request() -> None:
    _, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    receiver.inbox.clear()
    receiver.send("abort", id="s")
    assert receiver.take() == [{"type": "close", "id": "s"}]
    sender.send("offer", id="s", label="camera", sdp="audio")
    assert receiver.take() == []
    receiver.send("request", request={"": ["audio"]})
    assert receiver.take("offer")


async def test_replacement_names_the_replaced_stream_and_closes_nothing_else() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="old", label="camera", sdp="audio+video")
    receiver.send("requestStream", id="old", request=["audio"])
    receiver.inbox.clear()
    sender.send("offer", id="new", label="camera", sdp="audio+video", replace="old")
    assert receiver.take() == [
        {
            "type": "offer",
            "id": "new",
            "label": "camera",
            "replace": "old",
            "source": sender.id,
            "username": "present-s",
            "sdp": "offer 1 audio",
        }
    ]
    assert [published.closed for published in world.media.published] == [True, False]


async def test_replacement_that_a_receiver_does_not_want_closes_the_old_one() -> None:
    _, sender, receiver = await pair({"camera": ["audio"]})
    sender.send("offer", id="old", label="camera", sdp="audio")
    receiver.inbox.clear()
    sender.send("offer", id="new", label="screenshare", sdp="audio", replace="old")
    assert receiver.take() == [{"type": "close", "id": "old"}]


async def test_replacement_that_fails_still_ends_the_old_one() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="old", label="camera", sdp="audio")
    receiver.inbox.clear()
    sender.inbox.clear()
    sender.send("offer", id="new", label="camera", sdp="bad", replace="old")
    assert [message["type"] for message in sender.take()] == ["abort", "usermessage"]
    assert receiver.take() == [{"type": "close", "id": "old"}]
    assert world.media.open == []


async def test_replacement_for_a_receiver_without_the_old_one_is_a_plain_offer() -> None:
    _, sender, receiver = await pair({"camera": ["audio"]})
    sender.send("offer", id="old", label="screenshare", sdp="audio")
    sender.send("offer", id="new", label="camera", sdp="audio", replace="old")
    assert "replace" not in receiver.one("offer")


async def test_renegotiation_by_the_sender_reaches_receivers_when_tracks_change() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio+video")
    answer(receiver)
    sender.inbox.clear()
    sender.send("offer", id="s", kind="renegotiate", label="camera", sdp="audio+video")
    assert sender.one("answer")["id"] == "s"
    assert receiver.take() == []
    sender.send("offer", id="s", kind="renegotiate", label="camera", sdp="audio")
    assert receiver.one("offer")["sdp"] == "offer 2 audio"
    assert len(world.media.published) == 1


async def test_bad_renegotiation_ends_the_stream() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    answer(receiver)
    sender.send("offer", id="s", label="camera", sdp="bad")
    assert sender.take("abort")
    assert receiver.take() == [{"type": "close", "id": "s"}]
    assert world.media.open == []


async def test_restart_asked_by_the_receiver_is_a_new_offer() -> None:
    _, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    answer(receiver)
    receiver.send("renegotiate", id="s")
    assert receiver.one("offer")["sdp"] == "offer 2 audio"


async def test_close_by_the_owner_closes_for_all() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    receiver.inbox.clear()
    sender.send("close", id="s")
    assert receiver.take() == [{"type": "close", "id": "s"}]
    assert world.media.open == []


async def test_other_peoples_stream_ids_give_no_power() -> None:
    world, sender, receiver = await pair()
    intruder = await world.join("present-i")
    stranger = await world.join("present-x", "other")
    sender.send("offer", id="s", label="camera", sdp="audio")
    answer(receiver)
    for peer in (intruder, stranger):
        peer.inbox.clear()
        for name, fields in stream_messages("s"):
            peer.send(name, **fields)
        peer.send("offer", id="mine", replace="s", label="camera", sdp="audio")
        peer.send("close", id="mine")
        assert peer.closed is None
    assert not sender.take("close") + sender.take("abort")
    assert not [message for message in receiver.take() if message["id"] == "s"]
    assert not world.media.published[0].closed
    assert world.media.published[0].candidates == []


def stream_messages(stream_id: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("close", {"id": stream_id}),
        ("abort", {"id": stream_id}),
        ("answer", {"id": stream_id, "sdp": "bad"}),
        ("renegotiate", {"id": stream_id}),
        ("requestStream", {"id": stream_id, "request": ["smell"]}),
        ("ice", {"id": stream_id, "candidate": {"candidate": "x"}}),
    ]


async def test_a_taken_stream_id_is_refused() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    thief = await world.join("present-t")
    thief.send("offer", id="s", label="camera", sdp="audio")
    assert thief.one("abort")["id"] == "s"
    assert len(world.media.published) == 1
    assert len(receiver.take("offer")) == 1


async def test_candidates_reach_their_connection_and_bad_ones_nothing() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    sender.send("ice", id="s", candidate={"candidate": "up"})
    receiver.send("ice", id="s", candidate={"candidate": "down"})
    receiver.send("ice", id="s", candidate={})
    receiver.send("ice", id="s", candidate={"candidate": "x" * limits.SIGNAL_CANDIDATE_BYTES})
    receiver.send("ice", id="s")
    published = world.media.published[0]
    assert published.candidates == [{"candidate": "up"}]
    assert published.subscriptions[0].candidates == [{"candidate": "down"}]


async def test_streams_per_client_are_bounded_and_replacing_is_free() -> None:
    world, sender, _ = await pair()
    for number in range(limits.STREAMS_PER_CLIENT + 1):
        sender.send("offer", id=f"s{number}", label="screenshare", sdp="video")
    assert len(world.media.published) == limits.STREAMS_PER_CLIENT
    assert sender.one("usermessage", "error")["value"] == "too many streams"
    sender.send("offer", id="new", label="screenshare", sdp="video", replace="s0")
    assert sender.take("answer")[-1]["id"] == "new"


async def test_a_receiver_that_changes_its_mind_without_end_waits_for_what_it_wants() -> None:
    world, sender, receiver = await pair()
    sender.send("offer", id="s", label="camera", sdp="audio")
    offers = 0
    for _ in range(limits.SUBSCRIBE_BURST + 10):
        if receiver.take("offer"):
            offers += 1
            receiver.send("answer", id="s", sdp="answer 1")
        receiver.send("request", request={})
        receiver.send("request", request={"": ["audio"]})
    assert offers == limits.SUBSCRIBE_BURST
    world.now += 1.0
    receiver.client.poll(world.now)
    assert [offer["id"] for offer in receiver.take("offer")] == ["s"]
    receiver.client.poll(world.now)
    assert receiver.take("offer") == []


async def test_a_stream_is_offered_to_a_large_room_in_portions() -> None:
    world = World()
    sender = await world.join("present-s")
    receivers = [await world.join(f"observe-{number}") for number in range(3 * limits.BRING_PORTION)]
    for receiver in receivers:
        receiver.send("request", request={"": ["audio"]})
        receiver.take()
    actor = world.conference.turns.actor("here")
    gone = receivers.pop()
    actor.run(lambda: sender.client.receive('{"type": "offer", "id": "s", "sdp": "audio"}', world.now))
    first = limits.BRING_PORTION - 1  # the sender is one of those looked at
    assert sum(len(receiver.take("offer")) for receiver in receivers) == first
    gone.gone()
    assert sum(len(receiver.take("offer")) for receiver in receivers) == len(receivers) - first
    assert not gone.take("offer")
