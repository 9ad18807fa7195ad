"""What of the disk is shown as a recording, opened and deleted, and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from galene_py.recording import layout, locks, sidecar
from galene_py.recording.shelf import InUseError, NotThereError, Shelf

NAME = "2026-11-29_10-19-49"
START = "2026-11-29T10:19:49.100+01:00"


def about(**facts: object) -> sidecar.Sidecar:
    people = [sidecar.Person(str(n), name, 0.0) for n, name in enumerate(["Ada", "Ben", "Ada"])]
    told = {"start": START, "state": "complete", "by": "Ada", "duration": 61.5, "people": people, **facts}
    return sidecar.Sidecar(1, "club", **told)  # type: ignore[arg-type]


@pytest.fixture
def club(tmp_path: Path) -> Path:
    directory = tmp_path / "recordings" / "club"
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def shelf(club: Path) -> Shelf:
    return Shelf(club.parent)


def put(directory: Path, name: str = NAME, **facts: object) -> list[str]:
    """A recording of two files; all their names."""
    sidecar.write(directory / f"{name}.json", about(**facts))
    names = [f"{name}_Ada_camera.webm", f"{name}_Ben_camera_2.mkv"]
    for each in names:
        (directory / each).write_bytes(b"x" * 100)
    return [f"{name}.json", *names]


def test_a_recording_is_told_in_short_and_the_newest_comes_first(club: Path, shelf: Shelf) -> None:
    names = put(club)
    put(club, "2026-11-29_10-19-49-2", start="2026-11-29T10:19:49.900+01:00", chat=[])
    line = sidecar.ChatLine(1.0, "1", "c", "Ada", "", "hello")
    put(club, "2026-11-30_00-00-00", start="2026-11-30T00:00:00.000+01:00", chat=[line], reason="full")
    first, second, third = shelf.entries("club")
    assert (first.name, first.chat, first.reason) == ("2026-11-30_00-00-00", True, "full")
    assert (second.name, second.chat) == (f"{NAME}-2", False)
    assert third == shelf.entry("club", NAME)
    assert [file.name for file in third.files] == sorted(names)
    assert third.bytes == sum((club / name).stat().st_size for name in names)
    assert (third.state, third.duration, third.by) == ("complete", 61.5, "Ada")
    assert (third.people, third.people_count) == (["Ada", "Ben"], 2)


def test_what_is_written_is_neither_shown_in_part_nor_deleted(club: Path, shelf: Shelf) -> None:
    put(club, state="recording", duration=None)
    (club / f"{NAME}_Eve_camera.webm.part").write_bytes(b"x" * 1000)
    lock = locks.create(club, NAME)
    (entry,) = shelf.entries("club")
    assert entry.state == "recording"
    assert not any(file.name.endswith(layout.PART) for file in entry.files)
    assert entry.bytes > 1000
    with pytest.raises(NotThereError):
        shelf.open("club", f"{NAME}_Eve_camera.webm.part")
    before = sorted(club.iterdir())
    with pytest.raises(InUseError):
        shelf.delete("club", NAME)
    assert sorted(club.iterdir()) == before
    os.close(lock)  # its writer died
    assert shelf.entry("club", NAME).state == "unfinished"
    shelf.delete("club", NAME)
    assert list(club.iterdir()) == []


def test_deleting_takes_everything_of_one_recording_and_nothing_else(club: Path, shelf: Shelf) -> None:
    mine, others = put(club), put(club, f"{NAME}-2")
    (club / f"{NAME}.mp4").write_bytes(b"film")
    (club / f".{NAME}.film").mkdir()
    (club / f".{NAME}.film" / "job").write_bytes(b"x")
    for hidden in (f".{NAME}.json.new", f".{NAME}.mp4.part"):
        (club / hidden).write_bytes(b"x")
    below = club / f"{NAME}_subgroup"
    below.mkdir()
    put(below)
    shelf.delete("club", NAME)
    assert {path.name for path in club.iterdir()} == {*others, below.name}
    assert len(list(below.iterdir())) == len(mine)
    with pytest.raises(NotThereError):
        shelf.delete("club", NAME)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "no", '{"version": 2, "start": "2026-11-29"}', "[" * 10_000]
)
def test_files_without_a_description_are_shown_and_can_be_deleted(
    club: Path, shelf: Shelf, text: str
) -> None:
    put(club)
    (club / f"{NAME}.json").write_text(text)
    (club / "2024-05-01T10:00:00.000-Eve.webm").write_bytes(b"x" * 50)  # as Galène calls them
    (club / "notes.txt").write_text("no recording")
    ours, galene = sorted(shelf.entries("club"), key=lambda entry: entry.name, reverse=True)
    assert (ours.name, ours.state, len(ours.files)) == (NAME, "unknown", 3)
    assert (galene.state, galene.bytes) == ("unknown", 50)
    assert galene.start.startswith("2024-05-01T10:00:00.000")
    shelf.delete("club", galene.name)
    shelf.delete("club", NAME)
    assert [path.name for path in club.iterdir()] == ["notes.txt"]


def test_a_group_without_recordings_has_none(shelf: Shelf) -> None:
    assert shelf.entries("club") == []
    assert shelf.entries("nobody") == []
    assert shelf.entries("club/below") == []
    assert shelf.entries("../club") == []


def test_a_file_that_is_there_is_opened(club: Path, shelf: Shelf) -> None:
    name = put(club)[1]
    opened = shelf.open("club", name)
    assert opened.size == 100
    assert os.read(opened.descriptor, 200) == b"x" * 100
    opened.close()


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("club", "absent.webm"),
        ("club", ""),
        ("club", ".hidden.webm"),
        ("club", "notes.txt"),
        ("club", "directory.webm"),
        ("club", "link.webm"),
        ("club", "pipe.webm"),
        ("club", "../other/secret.webm"),
        ("club", "nul\0.webm"),
        ("club", "a" * 300 + ".webm"),
        ("club", "below/secret.webm"),
        ("club/..", "secret.webm"),
        ("linked", "secret.webm"),
        ("club/linked", "secret.webm"),
        ("", "secret.webm"),
        ("nul\0", "secret.webm"),
    ],
)
def test_nothing_else_is(club: Path, shelf: Shelf, group: str, name: str) -> None:
    for directory in (club / "below", club.parent / "other", club.parent):
        directory.mkdir(exist_ok=True)
        (directory / "secret.webm").write_bytes(b"secret")
    for file in ("notes.txt", ".hidden.webm"):
        (club / file).write_bytes(b"secret")
    (club / "directory.webm").mkdir()
    (club / "link.webm").symlink_to(club.parent / "other" / "secret.webm")
    (club / "linked").symlink_to(club.parent / "other")
    (club.parent / "linked").symlink_to(club.parent / "other")
    os.mkfifo(club / "pipe.webm")
    with pytest.raises(NotThereError):
        shelf.open(group, name)


def test_a_link_is_neither_listed_nor_are_odd_names(club: Path, shelf: Shelf) -> None:
    (club / "link.webm").symlink_to(club.parent)
    Path(os.fsdecode(bytes(club) + b"/\xff.webm")).write_bytes(b"x")
    (club / "two\nlines.webm").write_bytes(b"x")
    assert shelf.entries("club") == []
