"""The recording that a writer writes: its directory, lock, streams, people and sidecar.

Carries out the server's messages. What the disk refuses ends it: everything that can be finished is, and the
reason is kept. Owned by the loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from galene_py.recording import layout, limits, locks, messages, sidecar
from galene_py.recording.writer.muxer import ending
from galene_py.recording.writer.muxfile import MuxFile
from galene_py.recording.writer.space import Space, SpaceError
from galene_py.recording.writer.stream import Stream
from galene_py.recording.writer.track import Track
from galene_py.recording.writer.unit import Form

log = logging.getLogger(__name__)


class EndError(Exception):
    """The recording has to end; the text is for operators, empty when it was told to stop."""


class Recording:
    """Implements `stream.Directory`. Raises EndError when it ends, OSError when the disk ends it."""

    def __init__(self, begin: messages.Start, report: Callable[[messages.AnyReport], None]) -> None:
        """Creates the directory and the lock. Raises OSError, LayoutError."""
        self.start = begin.now
        self.directory = layout.group_directory(Path(begin.root), begin.group)
        self.streams: dict[str, Stream] = {}
        self._report = report
        self._tracks: dict[int, tuple[Stream, Track]] = {}
        self._people: dict[str, sidecar.Person] = {}
        self._create_directory(Path(begin.root))
        self.name, self._lock = self._take_name(begin.wall)
        self._space = Space(Path(begin.root), self.directory, begin.limit, begin.group_limit)
        self._dirty = True
        self._sidecar_due = self._sync_due = 0.0
        self.about = sidecar.Sidecar(
            version=sidecar.VERSION,
            group=begin.group,
            start=datetime.fromtimestamp(begin.wall, UTC).astimezone().isoformat(timespec="milliseconds"),
            by=begin.by,
            chat=[] if begin.chat else None,
        )

    # --- messages ---

    def handle(self, message: messages.Packets | messages.Clock | messages.AnyOrder) -> None:
        """One message of the server."""
        match message:
            case messages.Packets(number, now, packets):
                if found := self._tracks.get(number):
                    stream, track = found
                    stream.take(track, track.packets(packets, now))
                    if track.needs_keyframe(now):
                        self.need_keyframe(number)
            case messages.Clock(number, now, timestamp):
                if found := self._tracks.get(number):
                    stream, track = found
                    stream.take(track, track.clock(timestamp, now))
            case messages.Gap():
                if found := self._tracks.get(message.track):
                    found[1].gap()
            case messages.Stop():
                raise EndError(message.reason)
            case _:
                self._event(message)

    def _event(self, message: messages.AnyOrder) -> None:
        match message:
            case messages.OpenStream():
                self.streams[message.stream] = Stream(message, self)
            case messages.OpenTrack():
                if stream := self.streams.get(message.stream):
                    self._tracks[message.track] = stream, stream.open(message)
            case messages.CloseTrack():
                if found := self._tracks.pop(message.track, None):
                    found[0].close_track(found[1], self._now)
            case messages.CloseStream():
                if stream := self.streams.pop(message.stream, None):
                    stream.finish(self._now)
                    self._tracks = {key: each for key, each in self._tracks.items() if each[0] is not stream}
            case messages.Joined():
                self._joined(message)
            case messages.Left():
                if person := self._people.pop(message.id, None):
                    person.left = self._seconds(message.now)
                    self.changed()
            case messages.Said():
                self._said(message)
            case messages.Unsaid(id, source) if self.about.chat is not None:
                self.about.chat = [
                    line
                    for line in self.about.chat
                    if (id and line.id != id) or (source and line.source != source)
                ]
                self.changed()

    def _joined(self, message: messages.Joined) -> None:
        if len(self.about.people) < limits.PEOPLE:
            person = sidecar.Person(message.id, message.username, self._seconds(message.now))
            self._people[message.id] = person
            self.about.people.append(person)
            self.changed()

    def _said(self, message: messages.Said) -> None:
        lines = self.about.chat
        if lines is not None and len(lines) < limits.CHAT_LINES:
            lines.append(
                sidecar.ChatLine(
                    self._seconds(message.now),
                    message.id,
                    message.source,
                    message.username,
                    message.type,
                    message.value,
                )
            )
            self.changed()

    def tick(self, now: float) -> None:
        """Time has passed; `now`: monotonic seconds."""
        self._now = now
        for stream in list(self.streams.values()):
            stream.tick(now)
        try:
            for text in self._space.check(now):
                self._report(messages.Warn(text))
        except SpaceError as error:
            raise EndError(str(error)) from None
        if now >= self._sync_due:
            self._sync_due = now + limits.SYNC_SECONDS
            for stream in list(self.streams.values()):
                stream.sync()
        if self._dirty and now >= self._sidecar_due:
            self._sidecar_due = now + limits.SIDECAR_SECONDS
            self._write_sidecar()

    _now = 0.0
    """As of the last tick."""

    def finish(self, now: float, state: str, reason: str) -> str:
        """Close everything that can be closed. The reason with which it ended."""
        whole = True
        for stream in list(self.streams.values()):
            try:
                stream.finish(now)
            except (OSError, EndError) as error:
                whole = False
                state, reason = "stopped", reason or explain(error)
                log.error("a file of %s could not be finished: %s", self.name, error)
        self.about.state, self.about.reason = state, reason
        self.about.duration = self._seconds(now)
        try:
            self._write_sidecar()
            if whole:
                locks.drop(self.directory, self.name, self._lock)
            # Otherwise the file stays, and the next start of a server tries again.
        except OSError as error:
            reason = reason or explain(error)
            log.error("the description of %s could not be written: %s", self.name, error)
        return reason

    # --- for streams ---

    def create(
        self, who: str, what: str, forms: dict[str, Form], offset: float, size: tuple[int, int]
    ) -> MuxFile:
        """A new file under a name that nobody has. Raises OSError, EndError."""
        if len(self.about.files) >= limits.FILES:
            raise EndError("the recording has too many files")
        for number in range(1, limits.FILES):
            name = layout.file_name(self.name, who, what, ending(forms), number)
            try:
                return MuxFile(self.directory / name, forms, offset, size)
            except FileExistsError:
                continue
        raise FileExistsError(name)

    def began(self, file: sidecar.File) -> None:
        """A file belongs into the sidecar."""
        self.about.files.append(file)
        self._write_sidecar()

    def changed(self) -> None:
        """Write the sidecar soon."""
        self._dirty = True

    def spoke(self, client: str, start: float, end: float) -> None:
        """Somebody spoke."""
        if len(self.about.spoken) < limits.SPOKEN:
            self.about.spoken.append(sidecar.Spoken(client, round(max(0.0, start), 2), round(end, 2)))
            self.changed()

    def need_keyframe(self, track: int) -> None:
        """Ask the server for one."""
        self._report(messages.NeedKeyframe(track))

    # --- inside ---

    def _seconds(self, now: float) -> float:
        return round(max(0.0, now - self.start), 3)

    def _write_sidecar(self) -> None:
        self._dirty = False
        sidecar.write(self.directory / f"{self.name}{layout.SIDECAR}", self.about)

    def _create_directory(self, root: Path) -> None:
        """Below `root`, which must be there: it may be the place of a disk that is not."""
        path = root
        for level in self.directory.relative_to(root).parts:
            path = path / level
            path.mkdir(mode=layout.DIRECTORY_MODE, exist_ok=True)

    def _take_name(self, wall: float) -> tuple[str, int]:
        """NAME, and the lock on it. Raises OSError."""
        for number in range(1, limits.NAME_TRIES):
            name = layout.recording_name(wall, number)
            if (self.directory / f"{name}{layout.SIDECAR}").exists():
                continue
            try:
                return name, locks.create(self.directory, name)
            except FileExistsError:
                continue
        raise FileExistsError(layout.recording_name(wall))


def explain(error: OSError | EndError) -> str:
    """What the disk refused, in words for operators."""
    said = error.strerror if isinstance(error, OSError) else None
    return f"recordings cannot be written: {said or error}"
