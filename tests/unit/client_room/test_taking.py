"""Packets that come in become pictures, whoever shows them; what can be played as it is."""

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path

import av
import pytest

from galene_py.client import targets
from galene_py.client.playing import PlayError, Source
from galene_py.client.taking import Taking
from galene_py.conference.media import TrackForm
from galene_py.recording.writer.unit import Form
from kit.packetizers import PACKETIZERS, coded
from kit.packets import build

FORM = TrackForm(mid="0", codec="vp8", clock_rate=90_000, channels=1, level_extension=0)


def packets(codec: str = "vp8") -> list[list[bytes]]:
    """RTP packets of each picture of a moving one."""
    number, made = 0, []
    for index, (data, _) in enumerate(coded(codec)):
        payloads = PACKETIZERS[codec](data)
        batch = []
        for place, payload in enumerate(payloads):
            last = place == len(payloads) - 1
            batch.append(bytes(build(96, number, index * 3000, 1, payload, marker=last)))
            number += 1
        made.append(batch)
    return made


def test_pictures_are_shown_at_once() -> None:
    shown: list[av.VideoFrame] = []
    taking = Taking(targets.pictures(shown.append), lambda track: None)
    track = taking.opened(FORM)
    taking.clock(track, taking.start, 0)
    for index, batch in enumerate(packets()):
        taking.packets(track, batch, taking.start + index / 30)
    taking.finish()
    assert [(frame.width, frame.height) for frame in shown] == [(64, 48)] * 6
    assert taking.pictures == 6


def test_a_stream_that_begins_again_goes_on_in_the_same_file(tmp_path: Path) -> None:
    taking = Taking(targets.files(tmp_path / "out.webm"), lambda track: None)
    for start in (0, 1):
        track = taking.opened(FORM)
        taking.clock(track, taking.start + start, 0)
        for index, batch in enumerate(packets()):
            taking.packets(track, batch, taking.start + start + index / 30)
        taking.closed(track)
    taking.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["out.webm"]
    with av.open(str(tmp_path / "out.webm")) as film:
        times = [float(one.pts * one.time_base) for one in film.demux() if one.pts is not None]
    assert len(times) == 12
    assert times[6] - times[0] == pytest.approx(1.0, abs=0.05)


def test_another_codec_begins_another_file(tmp_path: Path) -> None:
    taking = Taking(targets.files(tmp_path / "out.mkv"), lambda track: None)
    for start, codec in enumerate(("vp8", "h264")):
        track = taking.opened(TrackForm("0", codec, 90_000, 1, 0))
        taking.clock(track, taking.start + start, 0)
        for batch in packets(codec):
            taking.packets(track, batch, taking.start + start)
        taking.closed(track)
    taking.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out-2.mkv", "out.mkv"]


def test_what_the_disk_refuses_is_told_once_and_reaches_nobody_else() -> None:
    def refuse(*_: object) -> targets.Target:
        raise OSError(errno.ENOSPC, "no space left")

    taking = Taking(refuse, lambda track: None)
    track = taking.opened(FORM)
    taking.clock(track, taking.start, 0)
    for batch in packets():
        taking.packets(track, batch, taking.start)
    taking.closed(track)
    with pytest.raises(OSError, match="no space"):
        taking.tick()


def test_webm_says_what_it_cannot_hold(tmp_path: Path) -> None:
    create = targets.files(tmp_path / "out.webm")
    with pytest.raises(OSError, match="mkv"):
        create("ada", "camera", {"video": Form("video", "h264")}, 0.0, (64, 48))
    assert list(tmp_path.iterdir()) == []


def film(path: Path, codec: str, *, pictures: int = 60, keyframes: int = 30, **options: str) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, 10)
        stream.options = {"g": str(keyframes), **options}
        for number in range(pictures):
            frame = av.VideoFrame(64, 48, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("codec", "ending", "options", "copy", "why"),
    [
        ("libvpx", "webm", {}, True, ""),
        ("libx264", "mp4", {"bf": "0"}, True, ""),
        ("libx264", "mkv", {"bf": "2"}, False, "B-frames"),
        ("mpeg4", "mp4", {}, False, "MPEG4"),
    ],
)
def test_what_can_be_sent_as_it_is(
    tmp_path: Path, codec: str, ending: str, options: dict[str, str], copy: bool, why: str
) -> None:
    source = Source(str(film(tmp_path / f"film.{ending}", codec, **options)), loop=False, size=(1280, 720))
    (part,) = source.parts
    assert (part.copy, why in part.why) == (copy, True)


def test_a_film_with_few_keyframes_is_encoded_anew(tmp_path: Path) -> None:
    path = film(tmp_path / "film.webm", "libvpx", pictures=120, keyframes=1000)
    (part,) = Source(str(path), loop=False, size=(1280, 720)).parts
    assert not part.copy
    assert "keyframes" in part.why


@pytest.mark.parametrize("name", ["nothing.webm", "alsa:", "/dev/video99"])
def test_what_is_not_there_cannot_be_played(name: str) -> None:
    with pytest.raises(PlayError, match="cannot open"):
        Source(name, loop=False, size=(1280, 720))
