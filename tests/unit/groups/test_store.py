"""Group files on disk: found, cached, kept when broken, written without losing anything."""

import logging
import os
import threading
import time
import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace

from galene_py.groups.description import Description
from galene_py.groups.errors import GroupError, StorageError, TagMismatch, UnknownGroup
from galene_py.groups.store import GroupStore, Raw
from unit.groups.making_groups import write_group


@pytest.fixture
def store(tmp_path: Path) -> GroupStore:
    (tmp_path / "groups").mkdir()
    return GroupStore(tmp_path / "groups")


def title(store: GroupStore, name: str) -> str:
    return store.read(name).description.display_name


def test_hierarchical_names_are_directories(store: GroupStore) -> None:
    write_group(store.root, "teaching/maths", {"displayName": "Maths"})
    assert title(store, "teaching/maths") == "Maths"
    assert store.names() == ["teaching/maths"]
    for name in ("teaching", "maths", "teaching/maths/x", "teaching/maths.json"):
        with pytest.raises(UnknownGroup):
            store.read(name)


def test_automatic_subgroups_use_the_nearest_file_above(store: GroupStore) -> None:
    parent = {"auto-subgroups": True, "displayName": "P", "public": True, "description": "d"}
    write_group(store.root, "p", parent)
    write_group(store.root, "p/closed", {"displayName": "C"})
    found = store.read("p/a/b")
    assert (found.description.display_name, found.file) == ("P", "p")
    assert not found.description.public
    assert found.description.description == ""
    assert title(store, "p/closed") == "C"
    for name in ("p/closed/x", "q/x"):
        with pytest.raises(UnknownGroup):
            store.read(name)
    with pytest.raises(UnknownGroup):
        store.read("p/a", subgroups=False)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_nearest_file_above_is_found_however_deep_and_however_the_disk_spells_it(
    store: GroupStore, form: Literal["NFC", "NFD"]
) -> None:
    spelt = unicodedata.normalize(form, "p/\u00e4/b/c")
    write_group(store.root, spelt, {"auto-subgroups": True, "displayName": "deep"})
    write_group(store.root, "p", {"auto-subgroups": True, "displayName": "top"})
    assert title(store, "p/\u00e4/b/c/d/e") == "deep"
    assert title(store, "p/\u00e4/b/x/d") == title(store, "p/x/b/c/d") == "top"
    assert title(store, "p/" + "x/" * 200 + "x") == "top"


def test_an_edit_of_the_file_is_noticed(store: GroupStore) -> None:
    for text in ("one", "two", "six", "ten"):  # equally long, within one tick of the file system's clock
        write_group(store.root, "g", {"displayName": text})
        assert title(store, "g") == text
    os.unlink(store.root / "g.json")
    with pytest.raises(UnknownGroup):
        store.read("g")


def test_an_old_file_moved_into_place_is_noticed(store: GroupStore) -> None:
    write_group(store.root, "g", {"displayName": "one"})
    other = write_group(store.root.parent, "other", {"displayName": "two"})
    os.utime(other, (1, 1))
    assert title(store, "g") == "one"
    os.replace(other, store.root / "g.json")
    assert title(store, "g") == "two"


def test_a_broken_file_keeps_its_last_good_contents_and_is_reported_once(
    store: GroupStore, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_group(store.root, "g", {"displayName": "good"})
    assert title(store, "g") == "good"
    with caplog.at_level(logging.ERROR):
        path.write_text('{"displayName": "half a wri')
        for _ in range(3):
            assert title(store, "g") == "good"
    assert len(caplog.records) == 1
    assert "g.json" in caplog.text
    assert "last good" in caplog.text
    path.write_text('{"displayName": "better"}')
    assert title(store, "g") == "better"


def test_a_file_broken_from_the_start_closes_its_group_only(
    store: GroupStore, caplog: pytest.LogCaptureFixture
) -> None:
    write_group(store.root, "bad", '{"publik": true}')
    write_group(store.root, "good", {})
    for _ in range(2):
        with pytest.raises(GroupError, match="publik"):
            store.read("bad")
    assert [name for name, _ in store.scan()] == ["good"]
    assert len(caplog.records) == 1
    with pytest.raises(GroupError, match="publik"):
        store.read("bad/sub")


@pytest.mark.parametrize(
    "name", ["../secret", "a/../../secret", "/etc/passwd", "", ".", "x\0y", "..\\secret"]
)
def test_no_name_leaves_the_directory(store: GroupStore, name: str) -> None:
    write_group(store.root.parent, "secret", {"displayName": "secret"})
    with pytest.raises(UnknownGroup):
        store.read(name)
    with pytest.raises(UnknownGroup):
        store.edit(name, lambda _old: Description())


def test_symbolic_links_stay_inside(store: GroupStore) -> None:
    outside = write_group(store.root.parent, "secret", {"displayName": "secret"})
    (store.root / "leak.json").symlink_to(outside)
    (store.root / "dir").symlink_to(store.root.parent)
    (store.root / "loop.json").symlink_to("loop.json")
    for name in ("leak", "dir/secret", "loop"):
        with pytest.raises(GroupError):
            store.read(name)
        with pytest.raises(GroupError):
            store.edit(name, lambda _old: Description(display_name="overwritten"))
    with pytest.raises(GroupError):
        store.edit("dir/new", lambda _old: Description())
    assert "overwritten" not in outside.read_text()
    assert sorted(os.listdir(store.root.parent)) == ["groups", "secret.json"]


def test_links_within_the_directory_are_followed_and_kept(store: GroupStore) -> None:
    write_group(store.root, "real", {"displayName": "one"})
    (store.root / "alias.json").symlink_to("real.json")
    assert title(store, "alias") == "one"
    store.edit("alias", lambda _old: Description(display_name="two"))
    assert (store.root / "alias.json").is_symlink()
    assert title(store, "real") == title(store, "alias") == "two"


def test_a_pipe_or_directory_in_place_of_a_file_hangs_nobody(store: GroupStore) -> None:
    os.mkfifo(store.root / "pipe.json")
    (store.root / "dir.json").mkdir()
    with pytest.raises(GroupError, match="not a regular file"):
        store.read("pipe")
    with pytest.raises(UnknownGroup):  # it may hold subgroups of the group `dir.json`
        store.read("dir")


@pytest.mark.parametrize("kind", ["malformed", "empty", "pipe", "dangling", "utf-16"])
def test_each_bad_file_costs_one_line_and_no_other_group(
    store: GroupStore, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    path, words = store.root / "bad.json", kind
    match kind:
        case "malformed":
            path.write_text('{"public":\n  tru}')
            words = "line 2, column 3"
        case "empty":
            path.write_text(" ")
        case "pipe":
            os.mkfifo(path)
            words = "not a regular file"
        case "dangling":
            path.symlink_to("nowhere.json")
            words = "leads nowhere"
        case "utf-16":
            path.write_text("{}", encoding="utf-16")
            words = "UTF-16"
    write_group(store.root, "good", {})
    for _ in range(3):
        assert [name for name, _ in store.scan()] == ["good"]
        with pytest.raises(GroupError, match=words) as error:
            store.read("bad")
        assert not isinstance(error.value, UnknownGroup)
    assert len(caplog.records) == 1
    assert str(path) in caplog.text
    assert words in caplog.text
    path.unlink()
    write_group(store.root, "bad", {"displayName": "repaired"})
    assert title(store, "bad") == "repaired"


def test_files_that_cannot_be_groups_are_told_once(
    store: GroupStore, caplog: pytest.LogCaptureFixture
) -> None:
    write_group(store.root, "back\\slash", {})
    (store.root / "locked").mkdir(mode=0o700)
    for _ in range(3):
        assert store.scan() == []
    assert len(caplog.records) == 1
    assert "no group can have this name" in caplog.text


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_found_in_any_unicode_form(store: GroupStore, form: Literal["NFC", "NFD"]) -> None:
    def spelt(name: str, form: Literal["NFC", "NFD"]) -> str:
        return unicodedata.normalize(form, name)

    write_group(store.root, spelt("büro/küche", form), {"displayName": "here"})
    for asked in ("NFC", "NFD"):
        assert title(store, spelt("büro/küche", asked)) == "here"  # type: ignore[arg-type]
    assert store.names() == [spelt("büro/küche", "NFC")]
    assert [name for name, _ in store.scan()] == [spelt("büro/küche", "NFC")]
    store.edit(spelt("büro/küche", "NFD"), lambda _old: Description(display_name="changed"))
    assert title(store, "büro/küche") == "changed"
    assert len(list(store.root.rglob("*.json"))) == 1
    store.edit(spelt("büro/küche", "NFC"), lambda _old: None)
    assert store.names() == []


def test_a_name_in_mixed_forms_is_found_after_a_walk(store: GroupStore) -> None:
    write_group(store.root, "bu\u0308ro/k\u00fcche", {"displayName": "mixed"})
    store.scan()
    assert title(store, "b\u00fcro/k\u00fcche") == "mixed"


def test_two_files_of_one_name_are_told_of(store: GroupStore, caplog: pytest.LogCaptureFixture) -> None:
    write_group(store.root, "b\u00fcro", {"displayName": "composed"})
    write_group(store.root, "bu\u0308ro", {"displayName": "decomposed"})
    assert [name for name, _ in store.scan()] == ["b\u00fcro"]
    assert title(store, "bu\u0308ro") == "composed"
    assert "in another Unicode form" in caplog.text


def test_an_edit_sees_what_is_there_and_may_refuse(store: GroupStore) -> None:
    seen: list[Raw | None] = []

    def create(old: Raw | None) -> Description:
        seen.append(old)
        return Description(display_name="new")

    store.edit("deep/er/g", create)
    assert seen[-1] is None
    assert title(store, "deep/er/g") == "new"
    etag = store.read("deep/er/g").etag

    def refuse(old: Raw | None) -> Description:
        assert old is not None
        assert old.etag == etag
        raise TagMismatch("no")

    with pytest.raises(TagMismatch):
        store.edit("deep/er/g", refuse)
    assert store.read("deep/er/g").etag == etag
    store.edit("deep/er/g", lambda _old: None)
    with pytest.raises(UnknownGroup):
        store.edit("deep/er/g", lambda _old: None)
    with pytest.raises(UnknownGroup):
        store.edit("not/there", lambda _old: None)


def test_a_broken_file_can_be_seen_as_such_and_deleted(store: GroupStore) -> None:
    write_group(store.root, "g", "{")

    def delete(old: Raw | None) -> None:
        assert old is not None
        assert old.description is None
        assert "JSON" in old.error

    store.edit("g", delete)
    assert store.names() == []


def test_two_writers_never_lose_an_update(store: GroupStore) -> None:
    """Two stores on one directory, as two processes would have, and two threads each."""
    write_group(store.root, "g", {"max-clients": 0})
    stores = [GroupStore(store.root), GroupStore(store.root)]

    def increment(old: Raw | None) -> Description:
        assert old is not None
        assert old.description is not None
        return replace(old.description, max_clients=old.description.max_clients + 1)

    def work(own: GroupStore) -> None:
        for _ in range(15):
            own.edit("g", increment)

    threads = [threading.Thread(target=work, args=(own,)) for own in stores * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read("g").description.max_clients == 60


def test_readers_never_see_half_a_file(store: GroupStore) -> None:
    big = "x" * 100_000
    write_group(store.root, "g", {"comment": big})
    writer = GroupStore(store.root)
    done = threading.Event()

    def write() -> None:
        for number in range(30):
            writer.edit("g", lambda _old, n=number: Description(comment=big, max_clients=n))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        assert len(store.read("g").description.comment) == 100_000
    thread.join()


def test_unwritable_directories_are_reported(store: GroupStore) -> None:
    write_group(store.root, "file", {})
    (store.root / "block").write_text("")
    with pytest.raises(StorageError):
        store.edit("block/g", lambda _old: Description())


def test_hidden_files_and_other_endings_are_no_groups(store: GroupStore) -> None:
    for name in (".hidden.json", "notes.txt", ".git/config.json", "ok.json"):
        path = store.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert store.names() == ["ok"]


def test_a_thousand_groups_start_quickly_and_a_question_costs_one_look(
    store: GroupStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000):
        write_group(
            store.root, f"d{number % 10}/g{number}", {"public": number % 2 == 0, "displayName": f"G{number}"}
        )
    began = time.thread_time()
    assert len(store.scan()) == 1000
    assert time.thread_time() - began < 2

    def forbidden(*_: object) -> None:
        raise AssertionError("a directory was scanned")

    monkeypatch.setattr(os, "scandir", forbidden)
    monkeypatch.setattr(os, "listdir", forbidden)
    assert title(store, "d7/g997") == "G997"


def test_a_look_finds_what_an_edit_would(store: GroupStore, tmp_path: Path) -> None:
    write_group(store.root, "whole", {"displayName": "W"})
    write_group(store.root, "torn", "{")
    (store.root / "outside.json").symlink_to(write_group(tmp_path, "elsewhere", {}))
    whole, torn = store.raw("whole"), store.raw("torn")
    assert whole is not None
    assert whole.description == Description(display_name="W")
    assert torn is not None
    assert (torn.description, bool(torn.error)) == (None, True)
    assert store.raw("absent") is store.raw("absent/below") is None
    with pytest.raises(UnknownGroup):
        store.raw("../elsewhere")
    with pytest.raises(GroupError):
        store.raw("outside")
