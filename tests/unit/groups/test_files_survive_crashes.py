"""Whenever a write dies, the file is the old one or the new one."""

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from galene_py.groups import files
from galene_py.groups.description import Description
from galene_py.groups.errors import StorageError
from galene_py.groups.store import GroupStore, remove_leftovers
from galene_py.groups.tokens.file import TokenFile
from galene_py.groups.tokens.stateful import Token
from unit.groups.making_groups import Crash, MortalDisk, write_group

OLD, NEW = b"old contents\n" * 100, b"new contents, longer\n" * 1000


@pytest.mark.parametrize("step", range(1, 9))
@pytest.mark.parametrize("exists", [True, False])
def test_a_replacement_is_whole_or_not_there(tmp_path: Path, step: int, exists: bool) -> None:
    path = tmp_path / "file"
    if exists:
        path.write_bytes(OLD)
    died = False
    try:
        files.replace(path, NEW, disk=MortalDisk(step))
    except Crash:
        died = True
    contents = path.read_bytes() if path.exists() else None
    assert contents in ((OLD if exists else None), NEW)
    assert died or contents == NEW


@pytest.mark.parametrize("step", range(1, 9))
def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path, step: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    try:
        files.replace(path, NEW, disk=MortalDisk(step, error=OSError(28, "No space left on device")))
    except OSError:
        assert path.read_bytes() in (OLD, NEW)
    assert os.listdir(tmp_path) == ["file"]


def test_mode_of_the_old_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    path.chmod(0o644)
    files.replace(path, NEW)
    assert path.stat().st_mode & 0o7777 == 0o644


def test_a_new_file_is_for_the_owner_only(tmp_path: Path) -> None:
    files.replace(tmp_path / "file", NEW)
    assert (tmp_path / "file").stat().st_mode & 0o7777 == 0o600


@pytest.mark.parametrize("step", range(1, 9))
def test_group_files_survive(tmp_path: Path, step: int) -> None:
    write_group(tmp_path, "g", {"displayName": "old"})
    with suppress(Crash):
        GroupStore(tmp_path, disk=MortalDisk(step)).edit("g", lambda _old: Description(display_name="new"))
    store = GroupStore(tmp_path)
    assert store.read("g").description.display_name in ("old", "new")
    assert store.names() == ["g"]


@pytest.mark.parametrize("step", range(1, 4))
def test_deleting_a_group_is_whole(tmp_path: Path, step: int) -> None:
    write_group(tmp_path, "g", {"displayName": "old"})
    with suppress(Crash):
        GroupStore(tmp_path, disk=MortalDisk(step)).edit("g", lambda _old: None)
    store = GroupStore(tmp_path)
    assert store.names() in ([], ["g"])
    for name in store.names():
        assert store.read(name).description.display_name == "old"


def make_tokens(path: Path) -> tuple[Token, Token]:
    first, second = Token(token="first", group="g"), Token(token="second", group="g", username="x")
    tokens = TokenFile(path)
    tokens.put(first, None)
    tokens.put(second, None)
    return first, second


@pytest.mark.parametrize("step", range(1, 9))
@pytest.mark.parametrize("action", ["add", "edit", "delete"])
def test_tokens_survive(tmp_path: Path, step: int, action: str) -> None:
    path = tmp_path / "var" / "tokens.jsonl"
    first, second = make_tokens(path)
    changed = Token(token="second", group="g", username="changed")
    third = Token(token="third", group="g")
    mortal = TokenFile(path, disk=MortalDisk(step))
    old = {"first": first, "second": second}
    new = {
        "add": old | {"third": third},
        "edit": old | {"second": changed},
        "delete": {"first": first},
    }[action]
    try:
        match action:
            case "add":
                mortal.put(third, None)
            case "edit":
                mortal.put(changed, second.etag)
            case "delete":
                mortal.delete("second", second.etag)
    except Crash:
        pass
    after = TokenFile(path)
    found = {token.token: token for token in after.of_group("g")}
    assert found in (old, new)
    # And the file can be used again.
    after.put(Token(token="fourth", group="g"), None)
    again = {token.token: token for token in TokenFile(path).of_group("g")}
    assert again == found | {"fourth": Token(token="fourth", group="g")}


def test_a_full_disk_is_reported_and_loses_no_token(tmp_path: Path) -> None:
    path = tmp_path / "var" / "tokens.jsonl"
    make_tokens(path)
    full = TokenFile(path, disk=MortalDisk(2, error=OSError(28, "No space left on device")))
    with pytest.raises(StorageError, match="No space left"):
        full.put(Token(token="third", group="g"), None)
    assert [t.token for t in full.of_group("g")] == ["first", "second"]
    full.put(Token(token="third", group="g"), None)
    assert [t.token for t in TokenFile(path).of_group("g")] == ["first", "second", "third"]


def test_killed_while_writing_all_the_time(tmp_path: Path) -> None:
    """A real process and a real SIGKILL, a few times."""
    write_group(tmp_path / "groups", "g", {"displayName": "0"})
    program = """
        import sys
        from pathlib import Path
        from galene_py.groups.description import Description
        from galene_py.groups.store import GroupStore
        from galene_py.groups.tokens.file import TokenFile
        from galene_py.groups.tokens.stateful import Token, new_name
        root = Path(sys.argv[1])
        store, tokens = GroupStore(root / "groups"), TokenFile(root / "tokens.jsonl")
        print("ready", flush=True)
        while True:
            store.edit("g", lambda old: Description(display_name="x" * 50_000, comment="whole"))
            tokens.put(Token(token=new_name(), group="g"), None)
    """
    for _ in range(3):
        command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            while not (tmp_path / "tokens.jsonl").exists():
                pass
            process.send_signal(signal.SIGKILL)
        description = GroupStore(tmp_path / "groups").read("g").description
        assert description.display_name == "0" or description.comment == "whole"
        TokenFile(tmp_path / "tokens.jsonl").put(Token(token="after", group="h"), None)
        (tmp_path / "tokens.jsonl").unlink()


def test_leftovers_of_crashes_go_away(tmp_path: Path) -> None:
    path = write_group(tmp_path, "a/g", {})
    with pytest.raises(Crash):
        files.replace(path, NEW, disk=MortalDisk(4))
    assert len(os.listdir(tmp_path / "a")) == 2
    assert GroupStore(tmp_path).names() == ["a/g"]
    remove_leftovers(tmp_path, path.stat().st_mtime + 10)
    assert len(os.listdir(tmp_path / "a")) == 2, "another process may be writing it"
    remove_leftovers(tmp_path, path.stat().st_mtime + 7200)
    assert os.listdir(tmp_path / "a") == ["g.json"]
