"""A writer makes files that other programs play, whatever happens to the meeting or to itself."""

from __future__ import annotations

import itertools
import random
import shutil
import time
from pathlib import Path

import pytest
from writing import SOUND, FakeServer

from galene_py.recording import messages, sidecar
from kit import judge

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="scripts/test installs ffmpeg")


@pytest.mark.parametrize(
    ("video", "audio", "ending"),
    [
        ("vp8", "opus", ".webm"),
        ("vp9", "opus", ".webm"),
        ("av1", "opus", ".webm"),
        ("h264", "opus", ".mkv"),
        ("vp8", "pcmu", ".mkv"),
        ("vp8", "pcma", ".mkv"),
        ("h264", "g722", ".mkv"),
    ],
)
def test_every_codec_becomes_a_file_that_plays(tmp_path: Path, video: str, audio: str, ending: str) -> None:
    server = FakeServer(tmp_path)
    server.meeting(server.stream(video, audio), 0, 3)
    assert server.stop(3).reason == ""
    (path,) = server.files()
    assert path.suffix == ending
    judge.decodes(path)
    facts = judge.probe(path)
    assert facts.duration == pytest.approx(3, abs=0.05)
    assert facts.codecs["video"] == video
    assert facts.codecs["audio"] == (audio if audio == "opus" else "pcm_s16le")
    assert len(facts.packets["video"]) == 90
    assert facts.keyframes == pytest.approx([0, 1, 2], abs=0.002)
    about = server.about()
    assert about.state == "complete"
    assert about.duration == 3.0
    assert (about.files[0].width, about.files[0].height) == (64, 48)


def test_names_modes_and_people(tmp_path: Path) -> None:
    server = FakeServer(tmp_path, "a/b", chat=True)
    server.order(messages.Joined("c1", "Ada", server.start))
    server.order(messages.Joined("c2", "Ben", server.start + 1))
    server.order(messages.Left("c2", server.start + 2))
    server.order(messages.Said("1", "c1", "Ada", "", "hello", server.start + 1.5))
    server.order(messages.Said("2", "c1", "Ada", "", "oops", server.start + 1.6))
    server.order(messages.Said("3", "c2", "Ben", "", "rude", server.start + 1.7))
    server.order(messages.Unsaid("2", "c1"))
    server.order(messages.Unsaid("", "c2"))
    server.meeting(server.stream("vp8", username="../Ada"), 0, 1)
    server.stop(2)
    names = sorted(path.name for path in server.directory.iterdir())
    (name,) = [each.removesuffix(".json") for each in names if each.endswith(".json")]
    assert names == [f"{name}.json", f"{name}_Ada_camera.webm"]
    assert {path.stat().st_mode & 0o777 for path in server.directory.iterdir()} == {0o600}
    assert server.directory.stat().st_mode & 0o777 == 0o700
    about = server.about()
    assert [(each.username, each.joined, each.left) for each in about.people] == [
        ("Ada", 0.0, None),
        ("Ben", 1.0, 2.0),
    ]
    assert about.chat == [sidecar.ChatLine(1.5, "1", "c1", "Ada", "", "hello")]


def test_what_is_written_is_kept_only_if_it_was_asked_for(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    server.order(messages.Said("1", "c1", "Ada", "", "hello", server.start))
    server.stop(1)
    assert server.about().chat is None
    (path,) = server.directory.glob("*.json")
    assert "hello" not in path.read_text()


def test_a_page_that_is_loaded_again_goes_on_in_another_file_at_its_place(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    server.order(messages.Joined("id of Ada", "Ada", server.start))
    server.meeting(server.stream("vp8", "opus"), 0, 3)
    server.order(messages.CloseStream("s1"))
    server.order(messages.Left("id of Ada", server.start + 3))
    server.order(messages.Joined("another id", "Ada", server.start + 5))
    server.meeting(server.stream("vp8", "opus", stream="s2", first=3), 5, 8)
    server.stop(8)
    about, files = server.about(), server.files()
    assert [path.name.partition("_Ada_")[2] for path in files] == ["camera.webm", "camera_2.webm"]
    assert [each.offset for each in about.files] == [0.0, pytest.approx(5.0, abs=0.05)]
    assert [(each.joined, each.left) for each in about.people] == [(0.0, 3.0), (5.0, None)]
    for path in files:
        judge.decodes(path)
        facts = judge.probe(path)
        assert facts.codecs == {"video": "vp8", "audio": "opus"}
        assert facts.duration == pytest.approx(3, abs=0.1)
        assert facts.keyframes[0] < 0.1


def test_two_recordings_and_two_people_of_one_name_share_nothing(tmp_path: Path) -> None:
    wall = time.time()
    servers = [FakeServer(tmp_path, wall=wall) for _ in range(2)]
    for server in servers:
        one = server.stream("vp8", stream="s1")
        two = server.stream("vp8", stream="s2", first=2)
        server.meeting([*one, *two], 0, 1)
    for server in servers:
        assert server.stop(1).reason == ""
    assert len(list((tmp_path / "club").glob("*.webm"))) == 4
    for path in (tmp_path / "club").glob("*.json"):
        assert len(sidecar.read(path).files) == 2


def test_sound_and_picture_stay_together_over_loss_and_a_drifting_sender(tmp_path: Path) -> None:
    """Ten minutes, compressed: the sender's sound card is 200 ppm fast, a tenth of its packets are lost."""
    server = FakeServer(tmp_path)
    video, audio = server.stream("vp8", "opus")
    dice = random.Random(1)
    drift = 1 + 200e-6
    for tick in range(600 * 10):
        second = tick / 10
        if tick % 10 == 0:
            video.clock(second)
            server.send(messages.clock(2, server.start + second, audio.stamp(second * drift)))
        picture, sound = video.packets(second, 0), audio.packets(second * drift)
        if dice.random() > 0.1:
            video.pass_on(picture, second)
            audio.pass_on(sound, second)
    server.stop(600)
    (path,) = server.files()
    facts = judge.probe(path)
    for second in facts.packets["video"]:
        assert min(abs(second - round(second * 10) / 10), 1) < 0.04
    times, sizes = facts.packets["audio"], facts.sizes["audio"]
    spoken = [second for second, size in zip(times, sizes, strict=True) if size == len(SOUND["opus"])]
    assert spoken[-1] > 590
    for second in spoken:
        assert abs(second - round(second * 10) / 10) < 0.04
    assert facts.duration == pytest.approx(600, abs=1.2)


def test_media_from_before_the_first_report_is_in_its_place(tmp_path: Path) -> None:
    """Browsers report on sound every five seconds only: until then nobody guesses."""
    server = FakeServer(tmp_path)
    video, audio = server.stream("vp8", "opus")
    for index in range(5 * 50):
        audio.send(index / 50)
        if index % 5 == 0 and index / 5 * 3 < 150:
            for picture in range(3):
                video.send(index / 50 + picture / 30, round(index / 5) * 3 + picture)
        if index == 50:
            video.clock(1)
        if index == 200:
            server.send(messages.clock(2, server.start + 4, audio.stamp(4.21)))
    server.stop(5)
    (path,) = server.files()
    facts = judge.probe(path)
    assert facts.codecs == {"video": "vp8", "audio": "opus"}
    assert server.about().files[0].offset == 0.0
    assert facts.packets["video"][-1] == pytest.approx(149 / 30, abs=0.01)
    assert facts.packets["audio"][-1] == pytest.approx(4.98 - 0.21, abs=0.005)
    # A guess that is mended later would move some of them.
    assert {round(1000 * second) % 20 for second in facts.packets["audio"] if second > 0.02} == {10}


def test_holes_in_sound_are_filled_with_silence(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    (audio,) = server.stream("opus")
    for index in [*range(50), *range(500, 550)]:
        if index % 50 == 0:
            audio.clock(index / 50)
        audio.send(index / 50)
    server.stop(11)
    (path,) = server.files()
    times = judge.probe(path).packets["audio"]
    assert times[-1] == pytest.approx(10.98, abs=0.01)
    assert max(b - a for a, b in itertools.pairwise(times)) < 0.07


def test_late_packets_are_put_in_their_place_and_a_lost_one_freezes_until_a_keyframe(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    (video,) = server.stream("vp8")
    video.clock(0)
    late: list[bytes] = []
    for index in range(90):
        second = index / 30
        packets = video.packets(second, index)
        if index == 10:
            late = packets
        elif index == 20:
            video.pass_on(late, second)
            video.pass_on(packets, second)
        elif index != 40:
            video.pass_on(packets, second)
    server.stop(3)
    (path,) = server.files()
    judge.decodes(path)
    times = [round(each * 30) for each in judge.probe(path).packets["video"]]
    assert times == [*range(40), *range(60, 90)]
    assert server.about().files[0].gaps == [pytest.approx((1.3, 2.0), abs=0.01)]
    assert messages.NeedKeyframe(1) in server.reports


def test_a_dropped_part_is_told_and_freezes_until_a_keyframe(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    (video,) = server.stream("vp8")
    video.clock(0)
    for index in range(60):
        if index == 10:
            server.order(messages.Gap(1))
        video.send(index / 30, index)
    server.stop(2)
    assert [round(each * 30) for each in judge.probe(server.files()[0]).packets["video"]] == [
        *range(10),
        *range(30, 60),
    ]


def test_another_codec_begins_another_file_and_another_size_does_not(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    vp8, opus = server.stream("vp8", "opus")
    server.meeting([vp8, opus], 0, 2)
    server.order(messages.CloseTrack(1))
    h264 = server.track("h264", "s1", 3, "0")
    h264.clock(2)
    server.meeting([h264, opus], 2, 4)
    server.stop(4)
    first, second = server.files()
    assert judge.probe(first).codecs == {"video": "vp8", "audio": "opus"}
    assert judge.probe(second).codecs == {"video": "h264", "audio": "opus"}
    offsets = [each.offset for each in server.about().files]
    assert offsets == [0.0, pytest.approx(2.0, abs=0.05)]
    for path in (first, second):
        judge.decodes(path)
        assert judge.probe(path).duration == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1", "h264"])
def test_another_size_goes_on_in_the_file(tmp_path: Path, codec: str) -> None:
    server = FakeServer(tmp_path)
    (video,) = server.stream(codec)
    server.meeting([video], 0, 2)
    video.size = (128, 96)
    server.meeting([video], 2, 4)
    server.stop(4)
    (path,) = server.files()
    judge.decodes(path)
    facts = judge.probe(path)
    assert len(facts.packets["video"]) == 120
    assert len(judge.pictures(path)) == pytest.approx(4 * judge.FPS, abs=5)


def test_a_picture_that_joins_begins_another_file(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    video, audio = server.stream("vp8", "opus")
    server.meeting([audio], 0, 5)
    server.meeting([video, audio], 5, 7)
    server.stop(7)
    first, second = server.files()
    assert judge.probe(first).codecs == {"audio": "opus"}
    assert judge.probe(second).codecs == {"video": "vp8", "audio": "opus"}
    assert judge.probe(first).duration + judge.probe(second).duration == pytest.approx(7, abs=0.1)


def test_a_picture_that_goes_on_waits_for_a_keyframe_when_sound_joins(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    video, audio = server.stream("vp8", "opus")
    server.meeting([video], 0, 3.5)
    audio.clock(3.5)
    server.meeting([video, audio], 3.5, 6)
    server.stop(6)
    first, second = server.files()
    assert judge.probe(first).duration == pytest.approx(4.0, abs=0.1)
    assert judge.probe(second).keyframes[0] == pytest.approx(0.5, abs=0.1)
    assert judge.probe(second).codecs == {"video": "vp8", "audio": "opus"}
    assert messages.NeedKeyframe(1) in server.reports


def test_a_sender_that_comes_again_under_the_same_section_goes_on_in_the_file(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    (video,) = server.stream("vp8")
    server.meeting([video], 0, 2)
    server.order(messages.CloseTrack(1))
    again = server.track("vp8", "s1", 2, "0")
    again.sequence, again.first = 5, 77
    again.clock(3)
    server.meeting([again], 3, 5)
    server.stop(5)
    (path,) = server.files()
    judge.decodes(path)
    assert judge.probe(path).packets["video"][-1] == pytest.approx(4.967, abs=0.01)


def test_who_spoke_when_is_told(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    (audio,) = server.stream("opus")
    audio.clock(0)
    for index in range(300):
        audio.send(index / 50, level=20 if 100 <= index < 150 else 127)
    server.stop(6)
    (spoken,) = server.about().spoken
    assert (spoken.client, spoken.start, spoken.end) == ("id of Ada", 2.0, pytest.approx(2.98))


def test_what_is_not_media_of_a_track_does_no_harm(tmp_path: Path) -> None:
    server = FakeServer(tmp_path)
    video, audio = server.stream("vp8", "opus")
    dice = random.Random(3)
    server.meeting([video, audio], 0, 1)
    for _ in range(300):
        rubbish = dice.randbytes(dice.randrange(40))
        server.send(messages.packets_header(dice.randrange(4), server.start + 1, [rubbish]) + rubbish)
    assert server.stop(1).reason == ""
    judge.decodes(server.files()[0])
