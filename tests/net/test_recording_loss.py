"""What reaches a recording of what a camera sends over a bad network, in virtual time; ffprobe judges."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from emulator import virtual
from network_camera import FRAME_S, Camera
from network_stage import Stage

from galene_py.conference.media import TrackForm
from galene_py.recording import limits, messages, sidecar
from galene_py.recording.writer.recording import Recording
from kit import judge

LOSS = 0.05


class Tape:
    """A sink of the engine, and the writer behind it, in this process."""

    def __init__(self, stage: Stage, camera: Camera, root: Path) -> None:
        self.loop = stage.loop
        self.keyframes = 0
        self.over = False
        start = messages.Start(str(root), "club", "Olga", 1.8e9, self.loop.time(), False)
        self.recording = Recording(start, self.report)
        self.recording.handle(messages.OpenStream("s", "c", "Ada", "camera"))
        self.tap = camera.stream.tap(self)
        self.tick()

    def report(self, report: messages.AnyReport) -> None:
        if isinstance(report, messages.NeedKeyframe):
            self.keyframes += 1
            self.loop.call_soon(self.tap.keyframe, report.track)

    def tick(self) -> None:
        if not self.over:
            self.recording.tick(self.loop.time())
            self.loop.call_later(limits.WRITER_TICK_SECONDS, self.tick)

    def opened(self, form: TrackForm) -> int:
        number = int(form.mid) + 1
        self.recording.handle(
            messages.OpenTrack(number, "s", form.mid, form.codec, form.clock_rate, form.channels, 0)
        )
        return number

    def packets(self, track: int, packets: Sequence[bytes | bytearray | memoryview], now: float) -> None:
        self.recording.handle(messages.Packets(track, now, [bytes(each) for each in packets]))

    def clock(self, track: int, now: float, timestamp: int) -> None:
        self.recording.handle(messages.Clock(track, now, timestamp))

    def closed(self, track: int) -> None:
        self.recording.handle(messages.CloseTrack(track))

    def finish(self) -> tuple[sidecar.Sidecar, list[Path]]:
        self.over = True
        self.recording.finish(self.loop.time(), "complete", "")
        about = self.recording.about
        return about, [self.recording.directory / each.name for each in about.files]


@virtual
async def test_loss_on_the_way_is_repaired_in_the_recording(tmp_path: Path) -> None:
    async with Stage() as stage:
        camera = await stage.camera()
        camera.line.set(delay=0.025)
        tape = Tape(stage, camera, tmp_path)
        await stage.run(1.0)
        camera.line.set(loss=LOSS)
        await stage.run(20.0)
        assert camera.line.up.lost > 20
        about, (path,) = tape.finish()
    facts = judge.probe(path)
    frames = facts.packets["video"]
    frozen = sum(end - begin for begin, end in about.files[0].gaps)
    assert len(frames) >= (20.5 - frozen) / FRAME_S * 0.995 - 5
    assert frozen < 0.2
    for before, after in itertools.pairwise(frames):
        steps = (after - before) / FRAME_S
        assert steps == pytest.approx(round(steps), abs=0.1)
    sound = facts.packets["audio"]
    assert max(b - a for a, b in itertools.pairwise(sound)) < 0.09
    assert abs(sound[-1] - frames[-1]) < 1.2


@virtual
async def test_the_best_encoding_is_recorded_and_a_change_keeps_the_step(tmp_path: Path) -> None:
    async with Stage() as stage:
        camera = await stage.camera(900_000, 100_000)
        camera.line.set(delay=0.025)
        tape = Tape(stage, camera, tmp_path)
        await stage.run(6.0)
        wide = camera.rates
        camera.rates = [1, 100_000]  # the best is off, as when the uplink is bad
        camera.allowed = 100_000.0
        await stage.run(6.0)
        camera.rates, camera.allowed = wide, 1_000_000.0
        await stage.run(6.0)
        _, (path,) = tape.finish()
    facts = judge.probe(path)
    frames, sizes = facts.packets["video"], facts.sizes["video"]
    mean = {
        second: sum(s for t, s in zip(frames, sizes, strict=True) if second <= t < second + 1)
        for second in (4, 10, 16)
    }
    assert mean[4] > 60_000
    assert mean[10] < 20_000
    assert mean[16] > 60_000
    for before, after in itertools.pairwise(frames):
        assert 0 < after - before < 2.5
    # Still the instants at which the camera took them.
    offsets = {round((t / FRAME_S) % 1, 1) % 1 for t in frames}
    assert len(offsets) <= 2
