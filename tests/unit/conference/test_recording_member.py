"""A group is recorded by a member that everybody sees, and that hears what it should and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from conference_fakes import Peer, World
from media_fakes import FakePublished

from galene_py.conference.media import Published
from galene_py.conference.recorder import Notice, RecorderError


class FakeRecording:
    def __init__(self, notice: Notice) -> None:
        self.notice = notice
        self.people: dict[str, str] = {}
        self.streams: dict[str, tuple[str, str, Published]] = {}
        self.chat: list[object] = []
        self.stopped: str | None = None

    def published(self, stream: str, client: str, username: str, label: str, media: Published) -> None:
        self.streams[stream] = (username, label, media)

    def unpublished(self, stream: str) -> None:
        del self.streams[stream]

    def joined(self, client: str, username: str) -> None:
        assert client not in self.people
        self.people[client] = username

    def left(self, client: str) -> None:
        del self.people[client]

    def said(self, id: str, source: str, username: str, kind: str, value: object) -> None:
        self.chat.append((username, value))

    def unsaid(self, id: str, source: str) -> None:
        self.chat.append(("deleted", id, source))

    def stop(self, reason: str = "") -> None:
        assert self.stopped is None
        self.stopped = reason


class FakeRecorder:
    def __init__(self) -> None:
        self.recordings: list[FakeRecording] = []
        self.asked: list[tuple[str, str, bool]] = []
        self.broken = False

    def start(self, group: str, *, by: str, chat: bool, notice: Notice) -> FakeRecording:
        if self.broken:
            raise RecorderError("out of order")
        self.asked.append((group, by, chat))
        self.recordings.append(FakeRecording(notice))
        return self.recordings[-1]


class Studio(World):
    def __init__(self) -> None:
        super().__init__()
        self.recorder = self.conference.recorder = FakeRecorder()
        self.group = self.registry.groups["room"]
        self.allow(True)

    def allow(self, recording: bool) -> None:
        self.registry.describe("room", allow_recording=recording)

    async def recorded(self, *others: str) -> tuple[Peer, FakeRecording, list[Peer]]:
        """An operator who has begun to record, the recording, and others who were there before."""
        op = await self.join("record-o")
        peers = [await self.join(name) for name in others]
        op.send("groupaction", kind="record")
        return op, self.recorder.recordings[-1], peers


def recorder_in(told: list[dict[str, Any]]) -> dict[str, Any]:
    """The pseudo-client among the users that somebody is told of."""
    (seen,) = [each for each in told if each.get("permissions") == ["system"]]
    return seen


async def test_everybody_sees_that_it_records_from_the_first_moment() -> None:
    studio = Studio()
    op, recording, (user,) = await studio.recorded("present-u")
    for peer in (op, user):
        assert recorder_in(peer.take("user", "add"))["username"] == "RECORDING"
    late = await studio.join("observe-l")
    assert recorder_in(late.take("user", "add"))
    op.send("groupaction", kind="unrecord")
    assert recording.stopped == ""
    for peer in (op, user, late):
        assert [each["username"] for each in peer.take("user", "delete")] == ["RECORDING"]
    assert not op.take("usermessage", "error")


async def test_without_a_recorder_or_where_it_is_not_allowed_the_operator_is_told_why() -> None:
    studio = Studio()
    op = await studio.join("record-o")
    studio.allow(False)
    op.send("groupaction", kind="record")
    assert "does not allow" in op.one("usermessage", "error")["value"]
    studio.allow(True)
    studio.recorder.broken = True
    op.send("groupaction", kind="record")
    assert op.one("usermessage", "error")["value"] == "out of order"
    studio.conference.recorder = None
    op.send("groupaction", kind="record")
    assert "not available" in op.one("usermessage", "error")["value"]
    op.send("groupaction", kind="unrecord")
    assert "not being recorded" in op.one("usermessage", "error")["value"]
    assert len(studio.group.members) == 1


async def test_a_group_is_recorded_once() -> None:
    studio = Studio()
    op, _, _ = await studio.recorded()
    op.send("groupaction", kind="record")
    assert "already" in op.one("usermessage", "error")["value"]
    assert len(studio.recorder.recordings) == 1


async def test_the_recording_hears_of_people_and_streams_before_and_after_its_start() -> None:
    studio = Studio()
    early = await studio.join("present-e")
    early.send("offer", id="s1", label="camera", sdp="audio+video")
    _, recording, _ = await studio.recorded()
    assert sorted(recording.people.values()) == ["present-e", "record-o"]
    assert [(who, what) for who, what, _ in recording.streams.values()] == [("present-e", "camera")]
    late = await studio.join("present-l")
    late.send("offer", id="s2", label="screenshare", sdp="video")
    assert recording.streams["s2"][:2] == ("present-l", "screenshare")
    assert isinstance(recording.streams["s2"][2], FakePublished)
    late.send("close", id="s2")
    assert list(recording.streams) == ["s1"]
    early.gone()
    assert recording.streams == {}
    assert sorted(recording.people.values()) == ["present-l", "record-o"]


@pytest.mark.parametrize("chat", [True, False])
async def test_chat_is_asked_for_and_private_words_are_never_heard(chat: bool) -> None:
    studio = Studio()
    op = await studio.join("record-o")
    user = await studio.join("present-u")
    op.send("groupaction", kind="record", value={"chat": chat})
    assert studio.recorder.asked == [("room", "record-o", chat)]
    user.send("chat", value="to all", id="1")
    user.send("chat", value="private", dest=op.id)
    user.send("chat", value="noecho", noecho=True)
    assert studio.recorder.recordings[0].chat == [("present-u", "to all"), ("present-u", "noecho")]


async def test_what_operators_delete_is_deleted_from_the_recording_and_by_nobody_else() -> None:
    studio = Studio()
    op, recording, (user,) = await studio.recorded("present-u")
    user.send("usermessage", kind="clearchat", value={})
    op.send("usermessage", kind="clearchat", value={})
    assert recording.chat == []
    op.send("groupaction", kind="clearchat", value={"id": "1", "userId": user.id})
    op.send("groupaction", kind="clearchat", value={"userId": user.id})
    op.send("groupaction", kind="clearchat")
    assert recording.chat == [("deleted", "1", user.id), ("deleted", "", user.id), ("deleted", "", "")]


async def test_it_ends_with_the_last_person() -> None:
    studio = Studio()
    op, recording, (user,) = await studio.recorded("present-u")
    op.gone()
    assert recording.stopped is None
    user.gone()
    assert recording.stopped == ""
    assert studio.group.members == {}
    assert studio.conference.debug_state()["rooms"] == 0


async def test_it_ends_when_the_group_may_not_be_recorded_any_more() -> None:
    studio = Studio()
    _, recording, _ = await studio.recorded()
    studio.allow(False)
    studio.registry.changed("room")
    studio.settle()
    assert recording.stopped
    assert "may not" in recording.stopped


async def test_an_operator_may_kick_it_but_not_change_it() -> None:
    studio = Studio()
    op, recording, _ = await studio.recorded()
    seen = recorder_in(op.take("user", "add"))
    op.send("useraction", kind="present", dest=seen["id"])
    assert [each["permissions"] for each in op.take("user", "change")] == [["system"]]
    op.send("useraction", kind="kick", dest=seen["id"])
    assert recording.stopped == ""


async def test_a_recording_that_ends_by_itself_leaves_and_operators_are_told_why() -> None:
    studio = Studio()
    op, recording, (user,) = await studio.recorded("present-u")
    recording.notice("the disk is nearly full", False)
    assert op.one("usermessage", "warning")["value"] == "the disk is nearly full"
    recording.notice("the disk is full", True)
    assert op.one("usermessage", "error")["error"] == "recording-stopped"
    assert not user.take("usermessage")
    assert [each["username"] for each in user.take("user", "delete")] == ["RECORDING"]
    recording.notice("again", False)
    op.take()
    op.send("groupaction", kind="record")
    assert len(studio.recorder.recordings) == 2


async def test_the_recorder_is_no_person_for_head_counts() -> None:
    studio = Studio()
    op, _, _ = await studio.recorded()
    late = await studio.join("present-l")
    assert late.one("joined", "join")["status"]["clientCount"] == 2
    assert op.closed is None
