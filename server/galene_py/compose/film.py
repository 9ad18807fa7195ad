"""Makes a film of a recording: reads, draws, mixes, writes. The only module that drives all others.

Streams: whatever the length of the meeting, what is in memory is a moment of it.
"""

from __future__ import annotations

import errno
import resource
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import av.logging
import numpy as np

from galene_py.compose import limits
from galene_py.compose.chapters import chapters
from galene_py.compose.errors import ComposeError
from galene_py.compose.inputs import Recording
from galene_py.compose.media import UnreadableError
from galene_py.compose.meeting import Meeting, Source, meeting
from galene_py.compose.mix import Block, Limiter
from galene_py.compose.output import Output, form
from galene_py.compose.plan import plan
from galene_py.compose.stage import Stage
from galene_py.compose.subtitles import subtitles
from galene_py.compose.target import Target
from galene_py.compose.voice import RATE, Voice


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the film shall be."""

    size: tuple[int, int] = (1280, 720)
    rate: int = 30
    chat: bool = False
    """As subtitles, where the recording has it."""
    overwrite: bool = False
    careful: bool = False
    """Give up before the disk is full."""


class Cancelled(Exception):
    """Nobody wants the film any more."""


Progress = Callable[[float, float], None]
"""Seconds that are done, and of the whole. May raise Cancelled."""


def compose(recording: Recording, target: Path, wishes: Wishes, progress: Progress) -> None:
    """Write the film. Raises ComposeError, or what `progress` raises; then nothing is left of it."""
    how = form(target)
    about = meeting(recording.about, recording.durations)
    scenes = plan(about)
    texts = None
    if wishes.chat and recording.about.chat is not None:
        texts = subtitles(recording.about.chat, about.duration)
    try:
        with ExitStack() as stack:
            file = stack.enter_context(Target(target, overwrite=wishes.overwrite))
            output = Output(
                *(file.part, how, wishes.size, wishes.rate),
                title=f"{recording.about.group}, {recording.about.start[:16].replace('T', ' ')}",
                chapters=chapters(scenes, about.names),
                subtitles=texts,
            )
            done = False
            stack.callback(lambda: None if done else output.abandon())
            stage = Stage(about, wishes.size, recording.path)
            stack.callback(stage.close)
            sound = Sound(about, recording, output)
            stack.callback(sound.close)
            check = 0.0
            following = iter(scenes)
            scene = next(following)
            stage.begin(scene)
            for number in range(max(1, round(about.duration * wishes.rate))):
                second = number / wishes.rate
                if second >= check:
                    check = second + limits.FREE_CHECK_SECONDS
                    if wishes.careful and file.free() < limits.FREE_BYTES:
                        raise OSError(errno.ENOSPC, "the disk is nearly full")
                while second >= scene.end and scene.end < about.duration:
                    scene = next(following)
                    if second < scene.end or scene.end >= about.duration:
                        stage.begin(scene)
                # The newest one in the middle of the time for which it is shown: neither late nor early.
                output.picture(stage.draw(second + 0.5 / wishes.rate))
                sound.until(second + 1 / wishes.rate)
                progress(second, about.duration)
            sound.finish(about.duration)
            output.close()
            done = True
            progress(about.duration, about.duration)
            file.publish()
    except OSError as error:
        raise ComposeError(f"cannot write {target}: {error.strerror or error}") from error


class Sound:
    """Everybody's, mixed."""

    def __init__(self, meeting: Meeting, recording: Recording, output: Output) -> None:
        self._waiting = [source for source in reversed(meeting.sources) if source.sound]
        self._recording = recording
        self._output = output
        self._voices: list[tuple[Source, Voice]] = []
        self._limiter = Limiter()
        self._at = 0

    def until(self, second: float) -> None:
        """Give the output all whole pieces that end up to a second of the recording."""
        while (self._at + self._output.block) / RATE <= second:
            self._push(self._output.block)

    def finish(self, second: float) -> None:
        """The rest, up to the end."""
        self.until(second)
        if (rest := round(second * RATE) - self._at) > 0:  # the last picture may have been a little later
            self._push(rest)
        if (block := self._limiter.flush()) is not None:
            self._output.sound(block)

    def close(self) -> None:
        """Close all files."""
        for _, voice in self._voices:
            voice.close()

    def _push(self, samples: int) -> None:
        block: Block = np.zeros((samples, 2), np.float32)
        start, end = self._at / RATE, (self._at + samples) / RATE
        while self._waiting and self._waiting[-1].start < end:
            source = self._waiting.pop()
            try:
                voice = Voice(self._recording.path(source.file), source.offset)
            except UnreadableError:
                continue  # it could be opened before: it goes while the film is made
            self._voices.append((source, voice))
        for source, voice in self._voices:
            if source.end < start:
                voice.close()
            else:
                voice.add(block, self._at)
        self._voices = [each for each in self._voices if each[0].end >= start]
        self._at += samples
        if (finished := self._limiter.push(block)) is not None:
            self._output.sound(finished)


def prepare_process() -> None:
    """For a process that does nothing else: as many open files as the system lets it have, since a big
    meeting has hundreds of voices; and no word from FFmpeg, whose threads would wait for Python's lock."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # service managers may forbid it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    av.logging.restore_default_callback()
    av.logging.set_libav_level(av.logging.PANIC)
