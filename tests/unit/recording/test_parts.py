"""Names, time lines, order of packets, speech, space: the pure parts of recording."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.recording import layout, limits, messages, sidecar
from galene_py.recording.writer.reorder import Reorder
from galene_py.recording.writer.space import Space, SpaceError
from galene_py.recording.writer.speech import Speech
from galene_py.recording.writer.stream import in_order
from galene_py.recording.writer.timeline import Timeline
from galene_py.recording.writer.unit import Unit

# --- names ---


@given(st.text(), st.text())
def test_whatever_people_are_called_a_file_stays_in_its_directory(who: str, what: str) -> None:
    name = layout.file_name("2026-01-02_03-04-05", who, what, ".webm")
    assert "/" not in name
    assert "\0" not in name
    assert not name.startswith(".")
    assert len(name.encode()) < 200
    assert name.endswith(".webm")
    assert (Path("/x") / name).parent == Path("/x")


def test_names_can_be_read() -> None:
    assert layout.file_name("R", "Ada Lovelace", "camera", ".webm") == "R_Ada-Lovelace_camera.webm"
    assert layout.file_name("R", "Łukasz ☕/../x", "screenshare", ".mkv", 2) == "R_Łukasz-x_screenshare_2.mkv"
    assert layout.file_name("R", "", "", ".webm") == "R.webm"


@pytest.mark.parametrize("group", ["", "a//b", "../a", "a/../b", ".a", "a/.b", "/a", "a\0b", "a\\b", "a/"])
def test_impossible_groups_have_no_directory(group: str) -> None:
    with pytest.raises(layout.LayoutError):
        layout.group_directory(Path("/r"), group)


def test_groups_below_groups_have_directories_below_directories() -> None:
    assert layout.group_directory(Path("/r"), "a/b") == Path("/r/a/b")


# --- the JSON file ---


def test_a_sidecar_is_what_was_written(tmp_path: Path) -> None:
    about = sidecar.Sidecar(1, "g", "2026-01-01T00:00:00.000+00:00", files=[], chat=[])
    sidecar.write(tmp_path / "a.json", about)
    assert sidecar.read(tmp_path / "a.json") == about
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 2, "group": "g", "start": ""}'])
def test_what_is_no_sidecar_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(sidecar.SidecarError):
        sidecar.read(tmp_path / "a.json")


# --- messages ---


def test_packets_survive_the_way_to_the_writer() -> None:
    packets = [b"one", b"", b"three" * 100]
    sent = messages.packets_header(7, 1.5, packets) + b"".join(packets)
    assert messages.read(sent) == messages.Packets(7, 1.5, packets)
    assert messages.read(messages.clock(7, 1.5, 0xFFFF_FFFF)) == messages.Clock(7, 1.5, 0xFFFF_FFFF)
    order = messages.Said("1", "c", "Ada", "", {"x": [1]}, 2.0)
    assert messages.read(messages.order(order)) == order


@given(st.binary(max_size=60))
def test_other_bytes_are_no_message(data: bytes) -> None:
    for start in (b"", b"P", b"C", b"O"):
        try:
            messages.read(start + data)
        except messages.MessageError:
            continue


# --- the order of packets ---


def run(order: Reorder[int], arrivals: list[tuple[int, float]], end: float) -> list[int | None]:
    out: list[int | None] = []
    for number, now in arrivals:
        out += order.push(number & 0xFFFF, number, now)
    out += order.due(end)
    return out


@given(st.randoms(use_true_random=False), st.integers(0, 0xFFFF))
def test_packets_that_come_within_the_time_are_in_order(dice: random.Random, first: int) -> None:
    numbers = list(range(first, first + 60))
    late = [(n, n * 0.02 + (dice.random() * 0.4 if n != first else -1)) for n in numbers]
    arrivals = sorted(late + dice.sample(late, 5), key=lambda item: item[1])
    assert run(Reorder(), arrivals, 1e9) == numbers


def test_a_missing_packet_is_waited_for_and_then_given_up() -> None:
    order: Reorder[int] = Reorder()
    assert run(order, [(1, 0.0), (3, 0.1), (4, 0.2)], 0.1 + limits.LATE_SECONDS - 0.01) == [1]
    assert list(order.due(0.1 + limits.LATE_SECONDS)) == [None, 3, 4]
    assert list(order.push(2, 2, 2.0)) == []
    assert (order.missing, order.duplicates) == (1, 1)
    assert list(order.push(5, 5, 2.0)) == [5]


def test_waiting_is_bounded_in_packets() -> None:
    order: Reorder[int] = Reorder()
    out = run(order, [(n, 0.0) for n in range(5000) if n != 1], 0.0)
    assert out[:2] == [0, None]
    assert out[2:] == list(range(2, 5000))


# --- time ---


def test_a_time_line_wraps_and_follows_a_drifting_clock_for_an_hour() -> None:
    rate, drift = 90000, 1 + 100e-6
    line = Timeline(rate)
    worst = 0.0
    for second in range(3600):
        stamp = (0xFFFF_0000 + round(second * rate * drift)) & 0xFFFF_FFFF
        line.observe(stamp, second)
        if second > 5:
            between = (stamp + rate // 2) & 0xFFFF_FFFF
            worst = max(worst, abs(line.seconds(between) - second - 0.5))
    assert worst < 0.002


def test_a_report_that_is_off_moves_time_a_little_and_a_clock_that_was_set_at_once() -> None:
    line = Timeline(1000)
    line.observe(0, 10.0)
    line.observe(1000, 11.03)
    assert line.seconds(1000) == pytest.approx(11 + limits.CLOCK_SLEW_SECONDS)
    line.observe(2000, 12.06)
    assert line.seconds(2000) == 12.06
    line.observe(3000, 20.0)
    assert line.seconds(3000) == 20.0


# --- speech ---


def test_stretches_of_speech_join_over_short_pauses_and_forget_clicks() -> None:
    speech = Speech()
    found = []
    for index in range(600):
        second = index / 50
        talking = 1 <= second < 2 or 2.5 <= second < 3 or 6 <= second < 6.1 or second >= 9
        found.append(speech.push(second, 20 if talking else 127))
    found.append(speech.end())
    stretches = [each for each in found if each]
    assert stretches == [pytest.approx((1.0, 2.98)), pytest.approx((9.0, 11.98))]


# --- space ---


def space(tmp_path: Path, free: int = 1 << 40, **bounds: int) -> Space:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "file").write_bytes(bytes(950))
    return Space(tmp_path, tmp_path / "g", bounds.get("limit", 0), bounds.get("group", 0), lambda _: free)


def test_a_full_disk_ends_a_recording_and_a_nearly_full_one_is_told_once(tmp_path: Path) -> None:
    tight = space(tmp_path, limits.FREE_WARN_BYTES - 1)
    assert len(tight.check(0.0)) == 1
    assert tight.check(100.0) == []
    with pytest.raises(SpaceError, match="full"):
        Space(tmp_path, tmp_path / "g", 0, 0, lambda _: limits.FREE_STOP_BYTES - 1).check(0.0)


def test_limits_warn_at_nine_tenths_and_end_at_all(tmp_path: Path) -> None:
    assert "95 %" in space(tmp_path, limit=1000).check(0.0)[0]
    for bounds in ({"limit": 950}, {"group_limit": 950}):
        with pytest.raises(SpaceError):
            Space(tmp_path, tmp_path / "g", **{"limit": 0, "group_limit": 0, **bounds}).check(0.0)
    assert Space(tmp_path, tmp_path / "g", 2000, 0).check(0.0) == []


def test_a_directory_that_is_gone_ends_a_recording(tmp_path: Path) -> None:
    gone = Space(tmp_path, tmp_path / "nothing", 0, 0)
    with pytest.raises(SpaceError, match="gone"):
        gone.check(0.0)


# --- the first units of a file ---


@given(st.lists(st.floats(0, 5), min_size=1, unique=True), st.lists(st.floats(0, 5), unique=True))
def test_what_waited_for_a_file_keeps_its_order_and_a_picture_is_first(
    pictures: list[float], sounds: list[float]
) -> None:
    seen = [Unit(at, b"", width=0 if index % 3 else 16) for index, at in enumerate(sorted(pictures))]
    heard = [Unit(at, b"") for at in sorted(sounds)]
    written = in_order({"audio": heard, "video": seen})
    assert written[0] == ("video", seen[0])
    assert [unit for slot, unit in written if slot == "video"] == seen
    assert [unit for slot, unit in written if slot == "audio"] == heard
    times = [unit.seconds for _, unit in written[1:]]
    assert times == sorted(times)
