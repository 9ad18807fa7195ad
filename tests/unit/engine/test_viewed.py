"""Whoever describes itself first (WHEP): sent what it can take, under its own payload types."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from quiet_hub import Peer, QuietHub, Source, offer_text

from galene_py.conference.media import MediaError, UnacceptableError
from galene_py.engine.media import MediaEngine
from galene_py.engine.published import PublishedStream
from galene_py.engine.viewed import ViewedStream
from galene_py.rtp import packet, rtcp
from galene_py.sdp import reader

OFFER = offer_text("chromium-av")
REQUEST = OFFER.replace("a=sendonly", "a=recvonly")
GROUP = ["vp8", "h264", "opus"]


def renumbered(old: int, new: int) -> str:
    return re.sub(rf"(?<=[ :]){old}(?=[ \r])", str(new), REQUEST)


class Stage:
    def __init__(self) -> None:
        self.hub = QuietHub()
        self.media = MediaEngine(self.hub)
        self.closed: list[str] = []

    def publish(self, codecs: list[str] = GROUP, offer: str = OFFER) -> tuple[PublishedStream, Peer]:
        stream = self.media.publish(offer, codecs=codecs, label="camera", on_closed=self.closed.append)
        peer = self.hub.opened[-1]
        peer.connect()
        return stream, peer

    def view(self, stream: PublishedStream, offer: str | None = REQUEST) -> tuple[ViewedStream, Peer]:
        viewed = self.media.view(stream, offer, codecs=GROUP, on_closed=self.closed.append)
        peer = self.hub.opened[-1]
        peer.connect()
        return viewed, peer


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.media.close()


def payload_types(packets: list[bytes]) -> set[int]:
    return {packet.payload_type(one) for one in packets}


async def test_the_answer_takes_the_offer_s_numbers_and_what_else_the_group_allows(stage: Stage) -> None:
    stream, _ = stage.publish()
    viewed, _ = stage.view(stream, renumbered(96, 122))
    audio, video = reader.parse(viewed.description).sections
    assert (audio.direction, video.direction) == ("sendonly", "sendonly")
    assert list(audio.formats) == [111]
    assert [(number, each.name) for number, each in video.formats.items()] == [(122, "vp8"), (108, "h264")]
    assert video.ssrcs == {}  # another stream may come
    assert video.extensions == {}


async def test_who_has_the_sender_s_numbers_shares_its_plaintext(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, first = stage.view(stream)
    _, second = stage.view(stream)
    calls = stage.hub.outbox.calls
    sender.handler.rtp(Source(OFFER, "video").batch(2, key=True), 100.0)
    assert stage.hub.outbox.calls == calls + 1
    assert first.got == second.got
    assert payload_types(first.got) == {96}


async def test_who_has_others_gets_its_own_and_is_resent_the_same(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, plain = stage.view(stream)
    _, viewer = stage.view(stream, renumbered(96, 122))
    sender.handler.rtp(Source(OFFER, "video").batch(3, key=True), 100.0)
    sent = viewer.got
    assert payload_types(sent) == {122}
    assert payload_types(plain.got) == {96}
    assert [packet.marker(one) for one in sent] == [False, False, True]
    ssrc, lost = packet.ssrc(sent[1]), packet.sequence_number(sent[1])
    viewer.handler.rtcp(rtcp.serialize((rtcp.Rr(1), rtcp.Nack(1, ssrc, (lost,)))), 100.1)
    assert viewer.got[-1] == sent[1]


async def test_the_next_stream_is_carried_by_the_same_connection_in_another_codec(stage: Stage) -> None:
    stream, _ = stage.publish()
    viewed, viewer = stage.view(stream)
    stream.close()
    assert not viewer.closed
    following, sender = stage.publish(["h264", "opus"])
    viewed.watch(following)
    source = Source(OFFER, "video")
    source.payload_type = 108
    sender.handler.rtp(source.batch(2, key=True), 101.0)
    assert payload_types(viewer.got) == {108}
    assert following.tracks["1"].out_ssrc in {packet.ssrc(one) for one in viewer.got}


async def test_a_sender_that_changes_its_codec_goes_on_under_another_number(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, viewer = stage.view(stream)
    stream.renegotiate(re.sub(r"VP8/90000", "VPX/90000", OFFER))
    source = Source(OFFER, "video")
    source.payload_type = 108
    sender.handler.rtp(source.batch(2, key=True), 101.0)
    assert payload_types(viewer.got) == {108}


@pytest.mark.parametrize(
    "offer",
    [
        REQUEST.replace("VP8/90000", "VP7/90000"),
        REQUEST.replace("a=recvonly", "a=sendonly"),
        REQUEST.replace("a=recvonly", "a=inactive"),
    ],
)
async def test_an_offer_that_does_not_do_leaves_no_connection(stage: Stage, offer: str) -> None:
    stream, _ = stage.publish()
    with pytest.raises(UnacceptableError):
        stage.view(stream, offer)
    assert len(stage.hub.opened) == 1


async def test_what_does_not_do_is_countered_by_what_is_sent(stage: Stage) -> None:
    stream, sender = stage.publish()
    viewed, viewer = stage.view(stream, None)
    ours = viewed.description
    assert {section.direction for section in reader.parse(ours).sections} == {"sendonly"}
    answer = (
        ours.replace("a=ice-lite\r\n", "").replace("actpass", "active").replace("a=sendonly", "a=recvonly")
    )
    with pytest.raises(MediaError):
        viewed.renew("v=0")
    viewed.renew(answer)
    sender.handler.rtp(Source(OFFER, "video").batch(2, key=True), 100.0)
    assert payload_types(viewer.got) == {96}


async def test_other_credentials_restart_ice_and_media_goes_on(stage: Stage) -> None:
    stream, sender = stage.publish()
    viewed, viewer = stage.view(stream)
    before = viewed.description
    restarted = re.sub(r"a=ice-ufrag:.*\r", "a=ice-ufrag:fresh\r", REQUEST)
    assert viewed.renew(restarted) != before
    assert viewer.restarts == 1
    with pytest.raises(MediaError, match="certificate"):
        viewed.renew(re.sub(r"(a=fingerprint:sha-256 )..", r"\1FF", restarted))
    sender.handler.rtp(Source(OFFER, "video").batch(1, key=True), 100.0)
    assert viewer.got


async def test_a_viewer_whose_connection_died_is_told_of_and_forgotten(stage: Stage) -> None:
    stream, _ = stage.publish()
    _, viewer = stage.view(stream)
    viewer.vanish()
    assert stage.closed == ["the connection was lost"]
    assert stream.viewers == set()
    assert stage.media.debug_state()["viewers"] == 0
