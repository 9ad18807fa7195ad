"""Stateful tokens: what they admit to, and how they are kept on the disk."""

import logging
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.groups.errors import (
    DescriptionError,
    Refused,
    StorageError,
    TagMismatch,
    UnknownGroup,
)
from galene_py.groups.names import normal
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens import stateful
from galene_py.groups.tokens.file import TokenFile
from galene_py.groups.tokens.stateful import Token, from_line, to_line

DATA = Path(__file__).parents[2] / "data" / "groups" / "data" / "var" / "tokens.jsonl"
NOW = 1_900_000_000.0
LATER, EARLIER = Timestamp.at(NOW + 3600), Timestamp.at(NOW - 3600)
DAY = 24 * 3600


@pytest.mark.parametrize(
    ("token", "group", "good"),
    [
        (Token(group="a"), "a", True),
        (Token(group="a"), "a/b", False),
        (Token(group="a"), "", False),
        (Token(group="a", include_subgroups=True), "a/b/c", True),
        (Token(group="a", include_subgroups=True), "ab", False),
        (Token(group="a", include_subgroups=True), "", False),
        (Token(group="", include_subgroups=True), "anything/at/all", True),
        (Token(group="", include_subgroups=True), "", True),
        (Token(group=""), "a", False),
        (Token(group=""), "", False),
    ],
)
def test_which_groups_a_token_is_for(token: Token, group: str, good: bool) -> None:
    assert token.covers(group) == good


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (Token(group="g"), "expired"),
        (Token(group="g", expires=EARLIER), "expired"),
        (Token(group="g", expires=LATER, not_before=LATER), "not valid yet"),
        (Token(group="h", expires=LATER), "another group"),
    ],
)
def test_tokens_that_do_not_count(token: Token, words: str) -> None:
    with pytest.raises(Refused, match=words):
        token.check("g", NOW)


def test_a_good_token_counts() -> None:
    Token(group="g", expires=LATER, not_before=EARLIER).check("g", NOW)


def test_the_file_of_another_server_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    path.write_bytes(DATA.read_bytes())
    tokens = TokenFile(path)
    carol = tokens.find("mJ8v0TqWc2A")
    assert carol is not None
    assert carol.username == "carol"
    assert carol.expires is not None
    assert carol.expires.text == "2099-01-02T03:04:05.123456789Z"
    assert [t.token for t in tokens.of_group("choir")] == ["noend000000", "longgone000", "mJ8v0TqWc2A"]
    assert [t.token for t in tokens.of_group("")] == ["everywhere0"]
    for line in DATA.read_bytes().splitlines(keepends=True):
        assert stateful.to_line(stateful.from_line(line)) == line, (
            "written again it is the same to the letter"
        )


tokens_ = st.builds(
    Token,
    token=st.text(min_size=1, max_size=5),
    group=st.sampled_from(["", "a", "a/b"]),
    include_subgroups=st.booleans(),
    username=st.none() | st.text(max_size=4).map(normal),  # names are kept in NFC
    permissions=st.none() | st.lists(st.text(max_size=4), max_size=3),
    expires=st.none() | st.floats(0, 4e9).map(Timestamp.at),
)


@given(tokens_)
def test_a_line_reads_as_it_was_written(token: Token) -> None:
    line = stateful.to_line(token)
    assert line.count(b"\n") == 1
    assert stateful.from_line(line) == token


@given(st.binary(max_size=50))
def test_any_line_is_a_token_or_an_error(line: bytes) -> None:
    with suppress(DescriptionError):
        stateful.from_line(line)


@given(st.lists(st.tuples(st.sampled_from("pd"), st.sampled_from("xyz"), st.sampled_from(["", "a", "b"]))))
def test_the_file_says_what_the_table_says(actions: list[tuple[str, str, str]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "var" / "tokens.jsonl"
        tokens, model = TokenFile(path), {}
        for action, name, user in actions:
            old = model.get(name)
            if action == "p":
                model[name] = Token(token=name, group="g", username=user)
                tokens.put(model[name], old.etag if old else None)
            elif old:
                tokens.delete(name, old.etag)
                del model[name]
            else:
                with pytest.raises(UnknownGroup):
                    tokens.delete(name, '"x"')
            assert {t.token: t for t in TokenFile(path).of_group("g")} == model
            assert {t.token: t for t in tokens.of_group("g")} == model


def test_stale_knowledge_changes_nothing(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens.jsonl")
    token = Token(token="x", group="g")
    tokens.put(token, None)
    for call in (
        lambda: tokens.put(token, None),
        lambda: tokens.put(token, '"stale"'),
        lambda: tokens.delete("x", '"stale"'),
        lambda: tokens.put(Token(token="y", group="g"), token.etag),
    ):
        with pytest.raises(TagMismatch):
            call()
    assert tokens.of_group("g") == [token]


def test_what_others_write_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    tokens, other, heard = TokenFile(path), TokenFile(path), []
    tokens.on_change = lambda: heard.append(1)
    other.put(Token(token="x", group="g", username="1"), None)
    assert tokens.find("x") is not None
    path.write_bytes(path.read_bytes().replace(b'"1"', b'"2"'))
    tokens.refresh()
    assert heard
    found = tokens.find("x")
    assert found is not None
    assert found.username == "2"
    os.unlink(path)
    assert tokens.find("x") is None


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"

    def work(number: int) -> None:
        own = TokenFile(path)
        for count in range(10):
            token = Token(token=f"{number}-{count}", group="g")
            own.put(token, None)
            if count % 3 == 0:
                own.delete(token.token, token.etag)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(TokenFile(path).of_group("g")) == 4 * 6


def test_bad_lines_are_reported_once_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "tokens.jsonl"
    path.write_text(
        '{"token":"a","group":"g"}\n{"token": secret\n\n{"group":"g"}\n{"token":"b","group":"g"}\n'
    )
    tokens = TokenFile(path)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert [t.token for t in tokens.of_group("g")] == ["a", "b"]
    assert [record.getMessage().count("line") > 0 for record in caplog.records] == [True, True]
    assert "line 2" in caplog.text
    assert "secret" not in caplog.text
    found = tokens.find("a")
    assert found is not None
    tokens.delete("a", found.etag)
    assert "secret" in path.read_text()


def test_a_line_that_says_a_thing_twice_is_left_out_and_a_byte_order_mark_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "tokens.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"token":"a","group":"bu\xcc\x88ro"}\n'
        b'{"token":"b","group":"g","group":"h"}\n{"token":"c","group":"g","Group":"h"}\n'
    )
    tokens = TokenFile(path)
    (found,) = tokens.of_group("b\u00fcro")
    assert found.token == "a"
    assert tokens.find("b") is None
    assert tokens.find("c") is None
    assert "line 2: group: stands there twice" in caplog.text
    assert "line 3: group and Group are the same field" in caplog.text


@pytest.mark.parametrize("kind", ["pipe", "dangling"])
def test_what_is_no_file_hangs_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    path = tmp_path / "tokens.jsonl"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to("nowhere")
    tokens = TokenFile(path)
    for _ in range(2):
        assert tokens.of_group("g") == []
    assert len(caplog.records) == 1
    with pytest.raises(StorageError, match="regular" if kind == "pipe" else "nowhere"):
        tokens.put(Token(token="a", group="g"), None)


def test_a_file_that_cannot_be_read_changes_nothing_and_is_reported_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = TokenFile(tmp_path / "tokens.jsonl")
    changes: list[int] = []
    token = Token(token="t", group="g", expires=LATER)
    file.put(token, None)
    file.on_change = lambda: changes.append(1)
    file.path.rename(tmp_path / "aside")
    file.path.mkdir()
    for _ in range(2):
        file.refresh()
        assert file.find("t") == token
        assert file.of_group("g") == [token]
        assert file.purge(LATER.unix + 1e9) == 0
    with pytest.raises(StorageError):
        file.put(Token(token="u", group="g", expires=LATER), None)
    assert len(caplog.records) == 1
    assert not changes
    file.path.rmdir()
    (tmp_path / "aside").rename(file.path)
    file.refresh()
    assert file.find("t") == token
    file.path.unlink()
    assert file.find("t") is None


def test_a_file_of_many_edits_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "tokens.jsonl"
    tokens, old = TokenFile(path), None
    for number in range(300):
        token = Token(token="x", group="g", username=str(number))
        tokens.put(token, old)
        old = token.etag
    assert len(path.read_text().splitlines()) < 150


def test_tokens_are_purged_a_week_after_their_end(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "tokens.jsonl")
    for name, days in (("old", -8), ("recent", -6), ("valid", 1)):
        tokens.put(Token(token=name, group="g", expires=Timestamp.at(NOW + days * DAY)), None)
    tokens.put(Token(token="endless", group="g"), None)
    assert tokens.purge(NOW) == 1
    assert [t.token for t in tokens.of_group("g")] == ["endless", "recent", "valid"]
    assert tokens.purge(NOW) == 0


def test_the_file_goes_with_the_last_token_and_is_private(tmp_path: Path) -> None:
    tokens = TokenFile(tmp_path / "var" / "tokens.jsonl")
    token = Token(token="x", group="g")
    tokens.put(token, None)
    assert tokens.path.stat().st_mode & 0o777 == 0o600
    assert tokens.path.parent.stat().st_mode & 0o077 == 0
    tokens.delete("x", token.etag)
    assert not tokens.path.exists()


def test_only_what_was_appended_is_read_and_any_other_change_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tokens.jsonl"
    lines = [to_line(Token(token=f"t{number}", group="room")) for number in range(50)]
    path.write_bytes(b"".join(lines))
    tokens, read = TokenFile(path), []
    monkeypatch.setattr(
        "galene_py.groups.tokens.file.from_line", lambda line: read.append(line) or from_line(line)
    )
    assert tokens.find("t49") is not None
    tokens.put(Token(token="new", group="room"), None)
    assert tokens.find("new") is not None
    assert len(read) == 51
    path.write_bytes(b"".join([*lines[:20], b"nonsense\n", *lines[21:]]))
    assert [tokens.find(name) is not None for name in ("t20", "t21", "new")] == [False, True, False]
