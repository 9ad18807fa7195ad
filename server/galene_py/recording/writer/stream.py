"""One published stream: its tracks, and the file that they go into now.

A file has the sound and the picture that were there when it began. When something joins that the file does
not know (another codec, a picture that was off), the next file begins, with a keyframe; a change of the
picture's size does not. At the start sound waits a little for the picture. Owned by the loop.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from galene_py.recording import limits, sidecar
from galene_py.recording.messages import OpenStream, OpenTrack
from galene_py.recording.writer.track import Track
from galene_py.recording.writer.unit import Form, Unit

log = logging.getLogger(__name__)


class Target(Protocol):
    """What units go into (`muxfile.MuxFile`). Methods raise OSError."""

    offset: float
    """Second that is its 0."""

    @property
    def forms(self) -> Mapping[str, Form]:
        """By slot."""

    @property
    def name(self) -> str:
        """Of the file."""

    @property
    def end(self) -> float:
        """Second at which what is written ends."""

    @property
    def size(self) -> int:
        """Bytes so far."""

    def write(self, slot: str, unit: Unit) -> None:
        """One unit of a slot."""

    def sync(self) -> None:
        """Force it onto the disk."""

    def close(self) -> tuple[str, int]:
        """Finish it: its name now, and its bytes."""


class Directory(Protocol):
    """Where files come from (`recording.Recording`)."""

    start: float
    """Monotonic seconds of the recording's start."""

    def create(
        self, who: str, what: str, forms: dict[str, Form], offset: float, size: tuple[int, int]
    ) -> Target:
        """A new file. Raises OSError."""

    def began(self, file: sidecar.File) -> None:
        """It belongs into the sidecar."""

    def changed(self) -> None:
        """The sidecar is to be written again."""

    def spoke(self, client: str, start: float, end: float) -> None:
        """Somebody did."""

    def need_keyframe(self, track: int) -> None:
        """Ask the server."""


class Stream:
    """Raises OSError when the disk does not take what is written."""

    def __init__(self, opened: OpenStream, directory: Directory) -> None:
        self.opened = opened
        self.tracks: dict[str, Track] = {}
        """By slot, which is the section's MID."""
        self._directory = directory
        self._file: Target | None = None
        self._entry: sidecar.File | None = None
        self._pending: dict[str, list[Unit]] = {}
        """Units that wait for the next file."""
        self._pending_since = 0.0
        self._keyframes: set[str] = set()
        """Slots whose picture cannot go into a file without one."""
        self._shown: dict[str, float] = {}
        """Second of the last picture of a slot."""

    def open(self, opened: OpenTrack) -> Track:
        """A track, perhaps in place of one of the same section."""
        if before := self.tracks.get(opened.mid):
            self.take(before, before.finish())
        client = self.opened.client
        track = Track(
            opened, self._directory.start, lambda start, end: self._directory.spoke(client, start, end)
        )
        self.tracks[opened.mid] = track
        return track

    def close_track(self, track: Track, now: float) -> None:
        """It sends no more."""
        self.take(track, track.guess_clock(now))
        self.take(track, track.finish())
        if self.tracks.get(track.opened.mid) is track:
            del self.tracks[track.opened.mid]

    def take(self, track: Track, units: Iterable[Unit]) -> None:
        """Write units of a track, or keep them for the next file."""
        slot = track.opened.mid
        for unit in units:
            self._take(slot, track.form, unit)
        if track.gaps and self._entry is not None:
            room = limits.GAPS - len(self._entry.gaps)
            self._entry.gaps += track.gaps[: max(0, room)]
            track.gaps.clear()

    def tick(self, now: float) -> None:
        """Time has passed."""
        for slot, track in list(self.tracks.items()):
            self.take(track, track.tick(now))
            if track.needs_keyframe(now, wanted=slot in self._keyframes):
                self._directory.need_keyframe(track.opened.track)
        if self._pending:
            self._roll_when_ready(now - self._directory.start)

    def sync(self) -> None:
        """Force the file onto the disk, and tell its size."""
        if self._file is not None and self._entry is not None:
            self._file.sync()
            self._entry.bytes = self._file.size

    def finish(self, now: float) -> None:
        """Everything that is left, then close."""
        for track in list(self.tracks.values()):
            self.close_track(track, now)
        if self._pending:
            self._roll()
        self.close_file()

    def close_file(self) -> None:
        """Finish the file that is written now, if any."""
        file, entry = self._file, self._entry
        self._file = self._entry = None
        if file is None or entry is None:
            return
        entry.name, entry.bytes = file.close()
        entry.duration = round(file.end - file.offset, 3)
        self._directory.changed()

    # --- inside ---

    def _take(self, slot: str, form: Form, unit: Unit) -> None:
        file = self._file
        video = form.kind == "video"
        if video:
            self._shown[slot] = unit.seconds
        if file is not None and file.forms.get(slot) == form and slot not in self._pending:
            if self._pending and video and unit.keyframe:  # what the next file waited for
                self._pending[slot] = [unit]
                self._keyframes.discard(slot)
                self._roll()
            else:
                file.write(slot, unit)
            return
        if video and unit.keyframe:
            self._keyframes.discard(slot)
        elif video and slot not in self._pending:
            self._keyframes.add(slot)
            return
        if not self._pending:
            self._pending_since = unit.seconds
        self._pending.setdefault(slot, []).append(unit)
        if self._complete(unit.seconds):
            self._roll()

    def _roll_when_ready(self, seconds: float) -> None:
        """Begin the next file as soon as everything that should be in it is there, or late."""
        flowing = self._flowing(seconds)
        self._keyframes |= flowing
        patience = limits.KEYFRAME_WAIT_SECONDS if flowing else limits.START_SECONDS
        held = any(not track.empty for track in self.tracks.values())
        if self._complete(seconds) or (not held and seconds - self._pending_since >= patience):
            self._roll()

    def _flowing(self, seconds: float) -> set[str]:
        """Pictures of the file that is written which go on in the next one."""
        old: Mapping[str, Form] = self._file.forms if self._file is not None else {}
        return {
            slot
            for slot, track in self.tracks.items()
            if track.form.kind == "video"
            and old.get(slot) == track.form
            and slot not in self._pending
            and seconds - self._shown.get(slot, -1e9) < limits.FLOWING_SECONDS
        }

    def _complete(self, seconds: float) -> bool:
        """Whether every track that sends has something for a file that begins now."""
        old: Mapping[str, Form] = self._file.forms if self._file is not None else {}
        if self._flowing(seconds):
            return False
        return all(
            slot in self._pending or old.get(slot) == track.form for slot, track in self.tracks.items()
        )

    def _roll(self) -> None:
        """The next file, with what waits for it."""
        old: Mapping[str, Form] = self._file.forms if self._file is not None else {}
        pending, self._pending = self._pending, {}
        forms: dict[str, Form] = {}
        for slot, track in self.tracks.items():
            continues = track.form.kind == "audio" and old.get(slot) == track.form
            if slot in pending or continues:
                forms[slot] = track.form
        waiting = {slot: units for slot, units in pending.items() if slot in forms}
        if not waiting:
            return
        self.close_file()
        size = next(
            ((unit.width, unit.height) for units in waiting.values() for unit in units if unit.width), (0, 0)
        )
        offset = min(units[0].seconds for units in waiting.values())
        self._begin(forms, max(0.0, offset), size)
        for slot, unit in in_order(waiting):
            assert self._file is not None
            self._file.write(slot, unit)

    def _begin(self, forms: dict[str, Form], offset: float, size: tuple[int, int]) -> None:
        opened = self.opened
        self._file = self._directory.create(opened.username, opened.label, forms, offset, size)
        codecs = {form.kind: form.codec for form in forms.values()}
        self._entry = sidecar.File(
            name=self._file.name,
            stream=opened.stream,
            client=opened.client,
            username=opened.username,
            label=opened.label,
            offset=round(offset, 3),
            audio=codecs.get("audio", ""),
            video=codecs.get("video", ""),
            width=size[0],
            height=size[1],
        )
        self._directory.began(self._entry)
        log.info("writing %s", self._file.name)


def in_order(waiting: Mapping[str, Sequence[Unit]]) -> list[tuple[str, Unit]]:
    """What waits for a file, by slot, in the order in which it is written: by time, but the first picture
    before all else, as what the file's header says of some codecs is taken from it."""
    units = [(slot, index, unit) for slot, found in waiting.items() for index, unit in enumerate(found)]
    units.sort(key=lambda item: (item[1] > 0 or not item[2].width, item[2].seconds, item[0]))
    return [(slot, unit) for slot, _, unit in units]
