"""The media path on loopback: an aiortc sender; the real hub, engine, forwarding unit; aiortc receivers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack, VideoStreamTrack

from galene_py.conference.media import MediaError
from galene_py.engine.media import MediaEngine
from galene_py.engine.published import PublishedStream
from galene_py.engine.subscribed import SubscribedStream
from galene_py.transport.hub import TransportHub
from kit.waiting import until

BOTH = frozenset({"audio", "video"})
COLOUR = (82, 90, 240)  # red, as Y'CbCr


class RedVideo(VideoStreamTrack):
    """Small red pictures, so that encoding costs little."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(160, 120, "yuv420p")
        for plane, value in zip(frame.planes, COLOUR, strict=True):
            plane.update(np.full(plane.buffer_size, value, np.uint8).tobytes())
        frame.pts, frame.time_base = pts, time_base
        return frame


class Sender:
    """One published stream of aiortc's."""

    def __init__(self, media: MediaEngine) -> None:
        self.media = media
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.closed: list[str] = []
        self.stream: PublishedStream

    async def publish(self, *, audio: bool = True, video: bool = True) -> PublishedStream:
        if audio:
            self.connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
        if video:
            self.connection.addTransceiver(RedVideo(), direction="sendonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self.stream = self.media.publish(
            self.connection.localDescription.sdp,
            codecs=["vp8", "opus"],
            label="camera",
            on_closed=self.closed.append,
        )
        await self.connection.setRemoteDescription(RTCSessionDescription(self.stream.answer, "answer"))
        return self.stream


class Receiver:
    """One subscription; counts decoded frames and remembers the last picture."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames = {"audio": 0, "video": 0}
        self.picture: np.ndarray | None = None
        self.first: float | None = None
        self.closed: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.subscribed: SubscribedStream
        self.connection.on("track", self.on_track)

    def on_track(self, track: MediaStreamTrack) -> None:
        self.tasks.append(asyncio.create_task(self.consume(track)))

    async def consume(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.first = self.first or time.monotonic()
                self.frames[track.kind] += 1
                if isinstance(frame, av.VideoFrame):
                    self.picture = frame.to_ndarray(format="yuv420p")

    async def subscribe(self, stream: PublishedStream, want: frozenset[str] = BOTH) -> Receiver:
        subscribed = stream.subscribe(want, on_closed=self.closed.append)
        assert subscribed is not None
        self.subscribed = subscribed
        await self.answer()
        return self

    async def answer(self) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(self.subscribed.offer, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        self.subscribed.accept(self.connection.localDescription.sdp)

    async def close(self) -> None:
        await self.connection.close()
        for task in self.tasks:
            task.cancel()


class Room:
    """A hub, an engine, and everybody who uses them."""

    def __init__(self, hub: TransportHub) -> None:
        self.hub = hub
        self.media = MediaEngine(hub)
        self.people: list[Sender | Receiver] = []

    async def sender(self, *, audio: bool = True, video: bool = True) -> Sender:
        sender = Sender(self.media)
        self.people.append(sender)
        await sender.publish(audio=audio, video=video)
        return sender

    async def receiver(self, sender: Sender, want: frozenset[str] = BOTH) -> Receiver:
        receiver = Receiver()
        self.people.append(receiver)
        return await receiver.subscribe(sender.stream, want)

    async def close(self) -> None:
        await self.media.close()
        for person in self.people:
            if isinstance(person, Receiver):
                await person.close()
            else:
                await person.connection.close()
        self.hub.close()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    hub = TransportHub(host="127.0.0.1")
    await hub.start()
    room = Room(hub)
    yield room
    await room.close()


def is_red(picture: np.ndarray | None) -> bool:
    return picture is not None and abs(float(picture[:120].mean()) - COLOUR[0]) < 12


async def test_sound_and_picture_arrive_at_every_receiver(room: Room) -> None:
    sender = await room.sender()
    assert sender.stream.kinds == BOTH
    receivers = [await room.receiver(sender) for _ in range(3)]
    await until(lambda: all(min(r.frames.values()) > 10 for r in receivers))
    assert all(is_red(receiver.picture) for receiver in receivers)
    state = room.media.debug_state()
    assert state["connections"] == 4


async def test_audio_only_and_video_only(room: Room) -> None:
    voice = await room.sender(video=False)
    assert voice.stream.kinds == {"audio"}
    screen = await room.sender(audio=False)
    listener = await room.receiver(voice)
    viewer = await room.receiver(screen)
    await until(lambda: listener.frames["audio"] > 10 and viewer.frames["video"] > 5)
    assert voice.stream.subscribe(frozenset({"video"}), on_closed=print) is None


async def test_a_late_joiner_sees_a_picture_soon(room: Room) -> None:
    sender = await room.sender()
    early = await room.receiver(sender)
    await until(lambda: early.frames["video"] > 30)
    late = await room.receiver(sender)
    began = time.monotonic()
    await until(lambda: late.picture is not None)
    assert is_red(late.picture)
    assert time.monotonic() - began < 5  # generous: aiortc encodes on these cores too


async def test_selecting_less_and_more_again(room: Room) -> None:
    sender = await room.sender()
    receiver = await room.receiver(sender)
    await until(lambda: min(receiver.frames.values()) > 3)
    assert receiver.subscribed.select(frozenset({"audio"}))
    await receiver.answer()
    frozen, heard = receiver.frames["video"], receiver.frames["audio"]
    await until(lambda: receiver.frames["audio"] > heard + 20)
    assert receiver.frames["video"] <= frozen + 5
    assert not receiver.subscribed.select(frozenset({"audio"}))
    # Back again: under another SSRC, and decodable.
    before = [line for line in receiver.subscribed.offer.splitlines() if line.startswith("a=ssrc:")]
    assert receiver.subscribed.select(BOTH)
    after = [line for line in receiver.subscribed.offer.splitlines() if line.startswith("a=ssrc:")]
    assert set(before) < set(after)
    await receiver.answer()
    seen = receiver.frames["video"]
    await until(lambda: receiver.frames["video"] > seen + 10)
    assert is_red(receiver.picture)


async def test_video_low_needs_no_new_offer(room: Room) -> None:
    sender = await room.sender()
    receiver = await room.receiver(sender)
    assert not receiver.subscribed.select(frozenset({"audio", "video-low"}))
    await until(lambda: receiver.frames["video"] > 3)


async def test_closing_frees_everything(room: Room) -> None:
    sender = await room.sender()
    receivers = [await room.receiver(sender) for _ in range(2)]
    await until(lambda: all(r.frames["audio"] > 3 for r in receivers))
    receivers[0].subscribed.close()
    assert len(sender.stream.subscriptions) == 1
    sender.stream.close()
    sender.stream.close()
    state = room.media.debug_state()
    assert (state["streams"], state["connections"], state["timed"], state["timer_errors"]) == (0, 0, 0, 0)
    assert not room.hub.peers
    assert all(not person.closed for person in [sender, *receivers])


async def test_a_vanished_receiver_is_told_once(room: Room) -> None:
    sender = await room.sender()
    receiver, other = await room.receiver(sender), await room.receiver(sender)
    await until(lambda: receiver.frames["audio"] > 3)
    await receiver.connection.close()  # close_notify
    await until(lambda: receiver.closed)
    assert len(receiver.closed) == 1
    assert len(sender.stream.subscriptions) == 1
    heard = other.frames["audio"]
    await until(lambda: other.frames["audio"] > heard + 3)


async def test_a_vanished_sender_closes_its_subscriptions(room: Room) -> None:
    sender = await room.sender()
    receiver = await room.receiver(sender)
    await until(lambda: receiver.frames["audio"] > 3)
    await sender.connection.close()
    await until(lambda: sender.closed)
    assert len(sender.closed) == 1
    assert not receiver.closed  # the conference closes what hangs on a stream
    assert room.media.debug_state()["connections"] == 0
    with pytest.raises(MediaError, match="closed"):
        sender.stream.renegotiate("v=0")
    assert sender.stream.subscribe(BOTH, on_closed=print) is None


async def test_bad_descriptions_change_nothing(room: Room) -> None:
    sender = await room.sender()
    receiver = await room.receiver(sender)
    await until(lambda: receiver.frames["audio"] > 3)
    before = room.media.debug_state()["connections"]
    for text in ("", "v=0", "x" * 100, receiver.subscribed.offer):
        with pytest.raises(MediaError):
            room.media.publish(text, codecs=["vp8", "opus"], label="camera", on_closed=print)
        with pytest.raises(MediaError):
            sender.stream.renegotiate(text)
        with pytest.raises(MediaError):
            receiver.subscribed.accept(text)
    with pytest.raises(MediaError):
        receiver.subscribed.add_candidate({"candidate": 5})
    receiver.subscribed.add_candidate({"candidate": "candidate:1 1 udp 1 host.example 1 typ host"})
    heard = receiver.frames["audio"]
    await until(lambda: receiver.frames["audio"] > heard + 3)
    assert room.media.debug_state()["connections"] == before


async def test_reports_reach_both_sides(room: Room) -> None:
    sender = await room.sender()
    receiver = await room.receiver(sender)

    def known() -> bool:
        up = sender.stream.debug_state()["tracks"]
        down = receiver.subscribed.debug_state()["tracks"]
        return all(t["encodings"][0]["packets"] for t in up) and all(t.get("roundTrip") for t in down)  # type: ignore

    await until(known)
    state = receiver.subscribed.debug_state()
    for track in state["tracks"]:  # type: ignore[attr-defined]
        assert {"mid", "kind", "codec", "bitrate", "loss", "jitter", "roundTrip"} <= set(track)
