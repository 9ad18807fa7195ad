"""Films, judged by other programs: who is where, when, in which colour; what sounds when; what becomes of
files that are broken, missing or not finished."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from filming import (
    BLUE,
    DARK,
    FPS,
    GREEN,
    NAME,
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
)

from galene_py.compose.canvas import GROUND, TILE, name_colour
from galene_py.compose.errors import ComposeError
from galene_py.compose.film import Wishes, compose
from galene_py.compose.inputs import Recording
from galene_py.recording import layout, locks
from galene_py.recording.sidecar import ChatLine
from kit import judge

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")

LEFT, RIGHT = (0.2, 0.4), (0.8, 0.4)
"""Places in the tiles of a grid of two, clear of names in the middle and below."""
LARGE, BESIDE = (0.4, 0.4), (0.9, 0.47)
"""Places in the tiles of a speaker and of the only other person."""


def two(directory: Path, duration: float = 8.0) -> Made:
    made = Made(directory, duration)
    made.stream("Ada", picture=plain(RED), tone=steady(440))
    made.stream("Ben", picture=plain(GREEN), tone=steady(1000))
    return made


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


def test_what_a_killed_recorder_left_plays(tmp_path: Path) -> None:
    made = two(tmp_path, 6)
    for file in made.files:
        path = tmp_path / file.name
        data = path.read_bytes()
        path.with_name(path.name + layout.PART).write_bytes(data[: len(data) * 2 // 3])
        path.unlink()
        file.duration = None
    made.stream("Eve", picture=plain(BLUE))
    (tmp_path / made.files[2].name).write_bytes(b"")
    (tmp_path / made.files[2].name).rename(tmp_path / (made.files[2].name + layout.PART))
    made.files[2].duration = None
    recording = Recording(made.write(state="recording"))
    assert recording.lacking == [made.files[2].name]
    target = tmp_path / "film.mp4"
    compose(recording, target, Wishes(SIZE, FPS), lambda done, whole: None)
    judge.decodes(target)
    assert 2 < judge.probe(target).duration <= 6
    seen = Seen(target)
    assert like(seen.at(1.5, *LEFT), RED)
    assert like(seen.at(1.5, *RIGHT), GREEN)


def test_damage_in_the_middle_costs_a_moment(tmp_path: Path) -> None:
    made = two(tmp_path, 6)
    path = tmp_path / made.files[0].name
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(n * 89 & 0xFF for n in range(400))
    path.write_bytes(data)
    target = made.film()
    judge.decodes(target)
    assert judge.probe(target).duration == pytest.approx(6, abs=0.05)
    assert like(Seen(target).at(5, *RIGHT), GREEN)


@pytest.mark.parametrize("seed", range(6))
def test_no_damage_fails_a_film(tmp_path: Path, seed: int) -> None:
    made = two(tmp_path, 1)
    made.stream(
        "Eve", picture=plain(BLUE), tone=steady(300), ending=".mkv", codec="libx264", sound="pcm_s16le"
    )
    dice = random.Random(seed)
    for file in made.files:
        data = bytearray((tmp_path / file.name).read_bytes())
        for _ in range(dice.choice([5, 50, 500])):
            data[dice.randrange(len(data))] = dice.randrange(256)
        at = dice.randrange(len(data))
        del data[at : at + dice.randrange(1500)]
        (tmp_path / file.name).write_bytes(data)
    recording = Recording(made.write(), skip_broken=True)
    compose(recording, tmp_path / "film.mp4", Wishes(SIZE, 10), lambda done, whole: None)
    assert judge.probe(tmp_path / "film.mp4").duration == pytest.approx(1, abs=0.06)


def test_a_picture_that_claims_to_be_huge_is_not_decoded(tmp_path: Path) -> None:
    made = two(tmp_path, 1)
    path = tmp_path / made.files[0].name
    start = b"\x9d\x01\x2a"  # RFC 6386 §9.1: then come width and height
    data = path.read_bytes()
    assert data.count(start) == 1
    path.write_bytes(data.replace(start + data[data.index(start) + 3 :][:4], start + b"\xff\x3f\xff\x3f"))
    seen = Seen(made.film())
    assert like(seen.at(0.5, *LEFT), name_colour("id of Ada"))
    assert like(seen.at(0.5, *RIGHT), GREEN)


@pytest.mark.parametrize("size", [(2, 2), (1600, 16), (16, 1600)])
def test_pictures_of_strange_shapes_do_not_matter(tmp_path: Path, size: tuple[int, int]) -> None:
    made = two(tmp_path, 1)
    made.stream("Eve", picture=plain(BLUE, size))
    assert like(Seen(made.film()).at(0.5, 0.2, 0.15), RED)


def nothing_new(directory: Path, before: set[str]) -> bool:
    return {path.name for path in directory.iterdir()} == before


@pytest.mark.parametrize("how", ["missing", "garbage", "empty"])
def test_a_lacking_file_is_named_and_can_be_left_out(tmp_path: Path, how: str) -> None:
    made = two(tmp_path, 2)
    path = tmp_path / made.files[0].name
    path.unlink()
    if how != "missing":
        path.write_bytes(b"" if how == "empty" else b"no film at all" * 100)
    sidecar = made.write()
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(ComposeError, match=f"{path.name} cannot be read.*--skip-broken"):
        Recording(sidecar)
    assert nothing_new(tmp_path, before)
    target = tmp_path / "film.mp4"
    compose(Recording(sidecar, skip_broken=True), target, Wishes(SIZE, FPS), lambda done, whole: None)
    assert like(Seen(target).at(1, *RIGHT), GREEN)


def test_a_recording_that_goes_on_is_refused(tmp_path: Path) -> None:
    made = two(tmp_path, 1)
    sidecar = made.write(state="recording")
    lock = locks.create(tmp_path, NAME)
    with pytest.raises(ComposeError, match="still being recorded"):
        Recording(sidecar)
    locks.drop(tmp_path, NAME, lock)


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path) -> None:
    made = two(tmp_path, 1)
    (tmp_path / "film.mp4").write_text("mine")
    with pytest.raises(ComposeError, match="--overwrite"):
        made.film()
    assert (tmp_path / "film.mp4").read_text() == "mine"
    wishes = Wishes(SIZE, FPS, overwrite=True)
    compose(Recording(made.write()), tmp_path / "film.mp4", wishes, lambda done, whole: None)
    judge.decodes(tmp_path / "film.mp4")


@pytest.mark.parametrize("target", ["film.avi", "film", "no/such/film.mp4", "."])
def test_impossible_targets_are_refused(tmp_path: Path, target: str) -> None:
    made = two(tmp_path, 1)
    with pytest.raises(ComposeError):
        compose(Recording(made.write()), tmp_path / target, Wishes(SIZE, FPS), lambda done, whole: None)


# --- the command


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "galene_py", "compose", *map(str, arguments)]


def test_the_command_says_how_far_it_is(tmp_path: Path) -> None:
    sidecar = two(tmp_path, 4).write()
    done = subprocess.run(
        command(sidecar.with_suffix(""), "--progress", "json", "--size", "320x180"),
        capture_output=True,
        timeout=60,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["done"] == lines[-1]["whole"] == 4
    assert done.stderr == b""
    judge.decodes(tmp_path / f"{NAME}.mp4")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing.json"], 1, "there is no recording"),
        (["--size", "321x180", "x.json"], 2, "even"),
        (["--rate", "0", "x.json"], 2, "rate"),
    ],
)
def test_errors_are_clear(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(command(*arguments), capture_output=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "its input ends"])
def test_stopping_leaves_nothing(tmp_path: Path, how: str) -> None:
    sidecar = two(tmp_path, 2).write(lasts=900)
    before = {path.name for path in tmp_path.iterdir()}
    more = ["--background"] if how == "its input ends" else []
    process = subprocess.Popen(
        command(sidecar, "--progress", "json", *more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline()  # it is at work
    if more:
        process.stdin.close()
    else:
        process.send_signal(signal.Signals[how])
    assert process.wait(timeout=30) == (130 if how == "SIGINT" else 143)
    process.stdout.close()
    process.stdin.close()
    assert nothing_new(tmp_path, before)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    sidecar = two(tmp_path, 2).write(lasts=60)
    before = {path.name for path in tmp_path.iterdir()}
    done = subprocess.run(
        ["prlimit", "--fsize=60000", *command(sidecar, "--size", "640x360")],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert b"cannot write" in done.stderr
    assert b"Traceback" not in done.stderr
    assert nothing_new(tmp_path, before)


def test_two_never_make_the_same_film_and_a_killed_one_is_taken_over(tmp_path: Path) -> None:
    sidecar = two(tmp_path, 2).write(lasts=900)
    first = subprocess.Popen(command(sidecar, "--progress", "json"), stdout=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stdout.readline()
    second = subprocess.run(command(sidecar), capture_output=True, timeout=60, check=False)
    assert second.returncode == 1
    assert b"is being made already" in second.stderr
    first.kill()
    first.wait(timeout=30)
    first.stdout.close()
    part = tmp_path / f".{NAME}.mp4.part"
    assert part.exists()
    made = Made(tmp_path / "short", 1)
    made.directory.mkdir()
    made.stream("Ada", picture=plain(RED))
    target = tmp_path / f"{NAME}.mp4"
    compose(Recording(made.write()), target, Wishes(SIZE, FPS), lambda done, whole: None)
    assert not part.exists()
    judge.decodes(target)
