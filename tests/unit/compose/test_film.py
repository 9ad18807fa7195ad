"""Films, judged by other programs: who is where, when, in which colour; what sounds when."""

from __future__ import annotations

import json
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from filming import (
    BLUE,
    DARK,
    FPS,
    GREEN,
    RED,
    SIZE,
    WHITE,
    Made,
    Seen,
    energy,
    frame,
    heard,
    like,
    loudness,
    plain,
    steady,
    two,
)

from galene_py.compose.canvas import GROUND, TILE, name_colour
from galene_py.compose.film import Wishes, compose
from galene_py.compose.inputs import Recording
from galene_py.recording.sidecar import ChatLine
from kit import judge

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")

LEFT, RIGHT = (0.2, 0.4), (0.8, 0.4)
"""Places in the tiles of a grid of two, clear of names in the middle and below."""
LARGE, BESIDE = (0.4, 0.4), (0.9, 0.47)
"""Places in the tiles of a speaker and of the only other person."""


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Ada from 0 on; Ben, in blue, from 3 to 9, speaks from 5 to 8; his microphone sounds from 4 to 6, Ada's
    until 2; from 12 on Ada shows a green screen."""
    made = Made(tmp_path_factory.mktemp("meeting"), 16.0)
    made.stream("Ada", picture=plain(RED), tone=lambda t: (440, 0.3 if t < 2 else 0))
    made.stream("Ben", 3, 9, picture=plain(BLUE), tone=lambda t: (1000, 0.3 if 1 <= t < 3 else 0))
    made.stream("Ada", 12, 16, picture=plain(GREEN, (160, 120)), label="screenshare")
    made.speaks("Ben", 5, 8)
    made.chat = [
        ChatLine(1.0, "1", "id of Ada", "Ada", "", "What is <this>?"),
        ChatLine(2.5, "2", "id of Ben", "Ben", "me", "waves"),
        ChatLine(3.0, "3", "id of Ben", "Ben", "raisehand", None),
    ]
    made.film(chat=True)
    return made


@pytest.fixture(scope="module")
def seen(meeting: Made) -> Seen:
    return Seen(meeting.directory / "film.mp4")


def test_a_film_is_whole(meeting: Made) -> None:
    path = meeting.directory / "film.mp4"
    judge.decodes(path)
    facts = judge.probe(path)
    assert facts.duration == pytest.approx(16, abs=0.05)
    assert facts.codecs["video"] == "h264"
    assert facts.codecs["audio"] == "aac"
    times = np.diff(sorted(facts.packets["video"]))
    assert np.allclose(times, 1 / FPS, atol=0.002)  # constant rate
    assert len(facts.packets["video"]) == 16 * FPS
    assert np.diff([*facts.keyframes, 16]).max() <= 5.1
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in meeting.directory.iterdir() if each.name.startswith(".")) == []


def test_the_index_comes_first(meeting: Made) -> None:
    boxes, data, at = [], (meeting.directory / "film.mp4").read_bytes(), 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        boxes.append(kind)
        at += size
    assert boxes.index(b"moov") < boxes.index(b"mdat")


def test_who_is_there_is_seen_where_they_belong(seen: Seen) -> None:
    assert like(seen.at(1, *LEFT), RED)
    assert like(seen.at(1, *RIGHT), RED)  # alone
    assert like(seen.at(4, *LEFT), RED)
    assert like(seen.at(4, *RIGHT), BLUE)
    assert like(seen.at(11, *RIGHT), RED)  # Ben has left


def test_who_speaks_is_large(seen: Seen) -> None:
    assert like(seen.at(5.1, *LARGE), BLUE)
    assert like(seen.at(6, *LARGE), BLUE)
    assert like(seen.at(6, *BESIDE), RED)
    assert like(seen.at(6, 0.9, 0.05), GROUND)


def test_a_screen_is_large_and_whole_with_its_owner_beside(seen: Seen) -> None:
    assert like(seen.at(14, *LARGE), GREEN)
    assert like(seen.at(14, *BESIDE), RED)
    assert like(seen.at(14, 0.02, 0.5), TILE)  # 4:3 in a wider tile


def test_sound_is_where_it_was_made(meeting: Made) -> None:
    samples = heard(meeting.directory / "film.mp4")
    assert loudness(samples, 0.2, 1.8, 440) == pytest.approx(0.3, abs=0.03)
    assert loudness(samples, 4.2, 5.8, 1000) == pytest.approx(0.3, abs=0.03)
    assert judge.frequency(samples[round(4.2 * judge.RATE) : round(5.8 * judge.RATE)]) == pytest.approx(
        1000, abs=3
    )
    for start, end in ((2.2, 3.8), (6.2, 8.8), (9.2, 15.8)):
        assert energy(samples, start, end) < 1e-3


def written(path: Path) -> str:
    """Its subtitles."""
    srt = judge.run("ffmpeg", "-v", "error", "-i", path, "-map", "0:s", "-f", "srt", "-")
    return srt.decode().replace("\r", "")


def test_chapters_and_chat(meeting: Made) -> None:
    path = meeting.directory / "film.mp4"
    said = json.loads(judge.run("ffprobe", "-v", "error", "-show_chapters", "-of", "json", path))
    marks = [(each["tags"]["title"], float(each["start_time"])) for each in said["chapters"]]
    assert marks == [("Ben, Screen: Ada", 0.0)]  # too short for chapters of their own
    texts = (
        judge.run("ffmpeg", "-v", "error", "-i", path, "-map", "0:s", "-f", "srt", "-")
        .decode()
        .replace("\r", "")
    )
    assert "00:00:01,000 --> 00:00:02,500\nAda: What is <this>?\n" in texts
    assert "00:00:02,500 --> 00:00:07,000\nAda: What is <this>?\nBen waves\n" in texts
    assert "00:00:07,000 --> 00:00:08,500\nBen waves\n" in texts


def test_without_being_asked_for_chat_is_not_in_it(tmp_path: Path) -> None:
    made = two(tmp_path, 2)
    made.chat = [ChatLine(0.5, "1", "id of Ada", "Ada", "", "secret")]
    assert b"secret" not in made.film().read_bytes()


def test_webm(tmp_path: Path) -> None:
    made = two(tmp_path, 4)
    made.chat = [ChatLine(1.0, "1", "id of Ada", "Ada", "", "Hello")]
    path = made.film(".webm", chat=True)
    judge.decodes(path)
    facts = judge.probe(path)
    assert (facts.codecs["video"], facts.codecs["audio"]) == ("vp9", "opus")
    assert facts.duration == pytest.approx(4, abs=0.05)
    seen = Seen(path)
    assert like(seen.at(2, *LEFT), RED)
    assert like(seen.at(2, *RIGHT), GREEN)
    samples = heard(path)
    assert loudness(samples, 1, 3, 440) == pytest.approx(0.3, abs=0.04)
    assert loudness(samples, 1, 3, 1000) == pytest.approx(0.3, abs=0.04)
    texts = (
        judge.run("ffmpeg", "-v", "error", "-i", path, "-map", "0:s", "-f", "srt", "-")
        .decode()
        .replace("\r", "")
    )
    assert re.search(r"00:00:01,0\d\d --> 00:00:04,0\d\d\nAda: Hello\n", texts)


def test_voices_together_never_clip(tmp_path: Path) -> None:
    made = Made(tmp_path, 4)
    for n, hertz in enumerate((400, 500, 650, 900)):
        made.stream(f"P{n}", tone=steady(hertz, 0.9))
    samples = heard(made.film())
    assert np.abs(samples).max() < 1.0
    # Turned down, but not distorted: nothing sounds that nobody made.
    assert loudness(samples, 1, 3, 650) > 0.15
    assert max(loudness(samples, 1, 3, hertz) for hertz in (150, 1150, 1950, 2700)) < 0.005


def test_picture_and_sound_are_in_step(tmp_path: Path) -> None:
    made = Made(tmp_path, 7.5)

    def bright(second: float) -> bool:
        return second % 1 < 0.25

    for who, start in (("Ada", 0.0), ("Ben", 1.37)):
        made.stream(
            who,
            start,
            picture=lambda t: frame(WHITE if bright(t) else DARK),
            tone=lambda t, who=who: (880, 0.5 if bright(t) and who == "Ben" else 0.0),  # type: ignore[misc]
        )
    made.speaks("Ben", 1.4, 7.5)
    path = made.film(rate=30)
    flashes = [each for each in judge.flashes(path) if each > 1.8]
    beeps = [each for each in judge.beeps(path) if each > 1.8]
    assert len(beeps) == len(flashes) == 6
    for n, (flash, beep) in enumerate(zip(flashes, beeps, strict=True)):
        # A picture that begins between two of the film's is shown with the next one.
        assert -0.02 <= flash - (2.37 + n) <= 0.05
        assert beep == pytest.approx(2.37 + n, abs=0.02)
        assert abs(beep - flash) <= 0.04


@pytest.mark.parametrize("seconds", [0.01, 0.999, 1.024, 1.026, 1.98])
def test_any_length_will_do(tmp_path: Path, seconds: float) -> None:
    made = Made(tmp_path, 2)
    made.stream("Ada", picture=plain(RED), tone=steady(440))
    target = tmp_path / "film.mp4"
    compose(Recording(made.write(lasts=seconds)), target, Wishes(SIZE, FPS), lambda done, whole: None)
    judge.decodes(target)
    assert judge.probe(target).duration == pytest.approx(seconds, abs=1 / FPS)


def test_a_camera_that_is_off_shows_the_name(tmp_path: Path) -> None:
    made = Made(tmp_path, 10)
    made.stream("Ada", picture=lambda t: frame(RED) if not 3 <= t < 7 else None, tone=steady(440, 0.1))
    seen = Seen(made.film())
    assert like(seen.at(2.9, *LEFT), RED)
    assert like(seen.at(5, *LEFT), name_colour("id of Ada"))
    assert like(seen.at(7.5, *LEFT), RED)
    letters = seen.pictures[5 * FPS].max(axis=2)
    assert (letters > 220).sum() > 60  # a white name is in the middle of it


def test_people_without_a_camera_and_too_many_people(tmp_path: Path) -> None:
    made = two(tmp_path, 3)
    made.there("Ada")
    made.there("Ben")
    for n in range(20):
        made.there(f"Watcher {n}")
    seen = Seen(made.film(size=(640, 360)), (640, 360))
    assert like(seen.at(1, 0.06, 0.06), RED)
    assert like(seen.at(1, 0.3, 0.06), GREEN)
    names = [name_colour(f"id of Watcher {n}") for n in range(20)]
    assert any(like(seen.at(1, 0.55, 0.06), each, 10) for each in names)
    assert like(seen.at(1, 0.8, 0.95), TILE)  # how many more there are


def test_a_replaced_stream_leaves_no_hole(tmp_path: Path) -> None:
    made = Made(tmp_path, 6)
    made.there("Ada")
    made.stream("Ada", 0, 3, picture=plain(RED), stream="first")
    made.stream("Ada", 3.8, 6, picture=plain(GREEN), stream="second")
    seen = Seen(made.film())
    assert all(like(seen.at(second, *LEFT), RED) for second in np.arange(0.1, 3.7, 0.1))
    assert all(like(seen.at(second, *LEFT), GREEN) for second in np.arange(3.9, 5.9, 0.1))


def test_portraits_are_whole_and_changed_sizes_fit(tmp_path: Path) -> None:
    made = Made(tmp_path, 4)

    path = made.stream("Ada", picture=plain(RED, (160, 90)))
    # VP8 tells its size in each keyframe: two encoders, one track, as when a phone is turned.
    halves = [tmp_path / f"half{n}.webm" for n in range(2)]
    made.stream("Ben", 2, 4, picture=plain(RED, (90, 160)))
    (tmp_path / made.files.pop().name).rename(halves[1])
    path.rename(halves[0])
    join(halves, path, 2.0)
    seen = Seen(made.film())
    assert like(seen.at(1, 0.1, 0.4), RED)  # landscape fills
    assert like(seen.at(3, 0.1, 0.4), TILE)  # portrait is whole
    assert like(seen.at(3, 0.5, 0.05), RED)
    assert like(seen.at(3, 0.5, 0.75), RED)


def join(parts: list[Path], target: Path, second: float) -> None:
    """The first part up to a second, then the other one, as one track."""
    import av

    with av.open(str(parts[0])) as one, av.open(str(parts[1])) as two, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(one.streams.video[0], opaque=True)
        for source, start in ((one, 0.0), (two, second)):
            for packet in source.demux(video=0):
                if packet.size == 0 or packet.pts is None or packet.time_base is None:
                    continue
                time = start + float(packet.pts * packet.time_base)
                if source is one and time >= second:
                    break
                packet.stream = stream
                packet.pts = packet.dts = round(time / packet.time_base)
                out.mux_one(packet)


@pytest.mark.parametrize(
    ("codec", "ending"), [("libvpx-vp9", ".webm"), ("libsvtav1", ".webm"), ("libx264", ".mkv")]
)
def test_every_codec(tmp_path: Path, codec: str, ending: str) -> None:
    made = Made(tmp_path, 1)
    made.stream(
        "Ada",
        picture=plain(RED),
        tone=steady(440),
        ending=ending,
        codec=codec,
        sound="pcm_s16le" if ending == ".mkv" else "libopus",
    )
    path = made.film()
    seen = Seen(path)
    assert like(seen.at(0.1, *LEFT), RED)
    assert like(seen.at(0.8, *RIGHT), RED)
    assert loudness(heard(path), 0.2, 0.8, 440) == pytest.approx(0.3, abs=0.04)


def test_colours_are_right_whatever_the_camera_means_by_them(tmp_path: Path) -> None:
    green = frame(GREEN).reformat(
        format="yuvj420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )
    assert (green.colorspace, green.color_range) == (1, 2)
    made = Made(tmp_path, 1)
    made.stream("Ada", picture=lambda _: green, ending=".mkv", codec="libx264")
    assert like(Seen(made.film()).at(0.5, *LEFT), GREEN, 10)
