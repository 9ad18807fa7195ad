"""The recorder in the room: a member that everybody sees, and that tells a recording what happens there.

As a member it hears who comes, who goes and what is written; as a watcher of the streams it hears what is
published. It leaves when the last person does, when its group may not be recorded any more, when an operator
kicks it, and when the recording ends by itself.

Never counts as a person, and never hears private messages.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from galene_py.conference import outgoing
from galene_py.conference.interfaces import Participant
from galene_py.conference.recorder import Recorder, RecorderError
from galene_py.conference.room import Room
from galene_py.conference.subscription import Stream
from galene_py.groups.admission import Admission
from galene_py.signalling import messages as m

SYSTEM = frozenset({"system"})
"""What a pseudo-client may do: pages know it by this."""
NAME = "RECORDING"
"""Shown by pages that do not know what it is."""


class RecordingMember:
    """Implements `interfaces.Participant` and `subscription.Watcher`."""

    admission: Admission | None = None
    username = NAME
    address = ""
    permissions = SYSTEM

    def __init__(self, room: Room, recorder: Recorder, by: Participant, *, chat: bool) -> None:
        """Joins the room. Raises RecorderError."""
        self.id = secrets.token_urlsafe(16)
        self.data: Mapping[str, object] = {}
        self._room = room
        self._over = False
        self._recording = recorder.start(room.name, by=by.username, chat=chat, notice=self._notice)
        room.enter(self)
        room.streams.watch(self)

    def stop(self, reason: str = "") -> None:
        """End the recording and leave."""
        if self._over:
            return
        self._over = True
        self._room.streams.unwatch(self)
        self._recording.stop(reason)
        self._room.leave(self)

    # --- the participant ---------------------------------------------------------------------------

    def send(self, message: m.Message) -> None:
        """Something happens in the room."""
        match message:
            case m.User(kind="add") if message.id != self.id:
                self._recording.joined(message.id, message.username or "")
            case m.User(kind="delete"):
                self._recording.left(message.id)
                self._room.conference.transaction.later(self._look)
            case m.Joined(kind="change"):
                self._room.conference.transaction.later(self._look)
            case m.UserMessage(kind="clearchat", dest="", source=""):  # by the server, not from a member
                what = message.value or {}
                self._recording.unsaid(what.get("id", ""), what.get("userId", ""))
            case m.UserMessage(kind="editchat", dest="", source=""):
                what = message.value or {}
                entry = self._room.group.history.find(what.get("id", ""), what.get("userId", ""))
                if entry is not None:
                    self._recording.unsaid(entry.id, entry.source)
                    value = msgspec.json.decode(entry.value)
                    self._recording.said(entry.id, entry.source, entry.username or "", entry.kind, value)
            case m.Chat(dest="") if message.kind != "caption":
                self._recording.said(
                    message.id, message.source, message.username or "", message.kind, message.value
                )

    def send_encoded(self, data: bytes) -> None:
        """The same."""
        self.send(m.decode(data))

    def change_permissions(self, permissions: frozenset[str]) -> None:
        """It keeps its own."""

    def change_data(self, data: Mapping[str, object]) -> None:
        """It has none."""

    def supersede(self) -> None:
        """Nobody comes in its place."""

    def expel(self, message: str, by: Participant | None = None, code: str = "") -> None:
        """Somebody, or the group's end, puts it out."""
        self._room.conference.transaction.later(self.stop)

    # --- the watcher -------------------------------------------------------------------------------

    def appeared(self, stream: Stream) -> None:
        """A stream is published."""
        owner = stream.owner
        self._recording.published(stream.id, owner.id, owner.username, stream.label, stream.published)

    def vanished(self, stream: Stream) -> None:
        """It ended."""
        self._recording.unpublished(stream.id)

    # --- inside ------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Whether there is still a reason to be here."""
        if not any(is_person(member) for member in self._room.members.values()):
            self.stop()
        elif not self._room.group.description.allow_recording:
            self.stop("the group may not be recorded any more")

    def _notice(self, text: str, over: bool) -> None:
        room = self._room
        with room.conference.transaction:
            for member in list(room.members.values()):
                if member.permissions & {"op", "record"}:
                    tell = outgoing.error(member, text, "recording-stopped") if over else None
                    member.send(tell or outgoing.warning(member, text))
            if over:
                self.stop()


def is_person(member: Participant) -> bool:
    """Whether a member is none of the server's own."""
    return "system" not in member.permissions


def start(room: Room, by: Participant, *, chat: bool) -> None:
    """Begin to record a room. Raises RecorderError."""
    recorder = room.conference.recorder
    if recorder is None:
        raise RecorderError("recording is not available on this server")
    if not room.group.description.allow_recording:
        raise RecorderError("this group's description does not allow recording")
    if find(room) is not None:
        raise RecorderError("this group is being recorded already")
    RecordingMember(room, recorder, by, chat=chat)


def stop(room: Room) -> None:
    """End it. Raises RecorderError when there is none."""
    member = find(room)
    if member is None:
        raise RecorderError("this group is not being recorded")
    member.stop()


def find(room: Room) -> RecordingMember | None:
    """The room's recorder, if it is being recorded."""
    return next((each for each in room.members.values() if isinstance(each, RecordingMember)), None)
