"""Names of groups and users."""

import json
import posixpath
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from galene_py.groups.names import blank, parents, valid_group_name, valid_user_name

BLANK = Path(__file__).parents[2] / "data" / "blank-names.json"
"""also the test of static/model/names.js"""

anything = st.text(alphabet=st.sampled_from("ab/.\\ \0é\u202e\u200b~%") | st.characters(), max_size=20)


@given(anything)
@example("../x")
@example("a/../b")
@example("a//b")
@example("/a")
@example("a/")
@example("a/.b")
def test_a_group_name_never_leaves_its_directory(name: str) -> None:
    if not valid_group_name(name):
        return
    assert posixpath.normpath("/" + name) == "/" + name
    assert not any(part.startswith(".") or not part for part in name.split("/"))
    assert "\\" not in name
    assert "\0" not in name
    assert len(name.encode()) < 4096


@pytest.mark.parametrize(
    "name", ["x", "city-watch", "teaching/networking", "a b", "Ünïcode", "a.b", "x.json", "~"]
)
def test_ordinary_group_names_are_valid(name: str) -> None:
    assert valid_group_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "/", ".", "..", ".x", "a/./b", "a/.hidden/b", "a\\b", "a\nb", "\ud800", "x" * 300, "a/" * 300 + "a"],
)
def test_names_that_no_group_can_have(name: str) -> None:
    assert not valid_group_name(name)


@pytest.mark.parametrize(
    "name", ["", "jch", "jch@work", "Alice c/o Bob", "علی‌رضا", "👩‍🔬", "名前", "❤️", "1️⃣", "葛\U000e0100城"]
)
def test_people_may_be_called(name: str) -> None:
    assert valid_user_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "/x",
        "x/.y",
        "../x",
        ".x",
        "a\\b",
        "a\0",
        "op\u202enimda",
        *(f"operator{c}" for c in "\ufe0f\U000e0100\u3164\u2800\u034f\u17b5\u180b\U0001d173"),
        "ad\u200bmin",
        "ad\u200dmin",
        "a\u2028b",
        "x" * 300,
    ],
)
def test_people_may_not_be_called(name: str) -> None:
    assert not valid_user_name(name)


@given(anything)
def test_a_valid_user_name_is_a_path_without_tricks(name: str) -> None:
    if name and valid_user_name(name):
        assert posixpath.normpath("/" + name) == "/" + name


@pytest.mark.parametrize("name", json.loads(BLANK.read_text())["blank"])
def test_nobody_may_be_called_by_nothing_that_can_be_seen(name: str) -> None:
    assert blank(name)
    assert not valid_user_name(name)


@pytest.mark.parametrize("name", json.loads(BLANK.read_text())["seen"])
def test_whoever_shows_a_sign_has_a_name(name: str) -> None:
    assert not blank(name)


def test_parents_come_nearest_first() -> None:
    assert list(parents("a/b/c")) == ["a/b", "a"]
    assert list(parents("a")) == []
