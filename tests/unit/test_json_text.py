"""The one reader of JSON for files and requests: nothing is lost, and every mistake has a place."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py import json_text
from galene_py.json_text import JsonError

SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS.filter(lambda v: v not in (float("inf"), float("-inf"))) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_json_is_read_as_it_is(value: object) -> None:
    for ascii_only in (True, False):
        assert json_text.decode(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\ud8\x00tfn19eE-+. ', max_size=60).map(str.encode))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with contextlib.suppress(JsonError):
        json_text.decode(data)


def test_a_byte_order_mark_is_taken() -> None:
    assert json_text.decode(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-32-le", "UTF-32"),
        ("utf-32-be", "UTF-32"),
        ("latin-1", r"perhaps Windows-1252 or Latin-1 \(line 2, column 11\)"),
    ],
)
def test_other_encodings_are_named(encoding: str, words: str) -> None:
    with pytest.raises(JsonError, match=f"{words}.*save it as UTF-8"):
        json_text.decode('{\n"name": "büro"}'.encode(encoding))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("\ufeff \n", "it is empty"),
        ('{"a": ', r"ends too early \(line 1, column 7\)"),
        ('{"a": 1,\n "b": tru}', r"\(line 2, column 7\)"),
        ('{"a": 1} x', r"extra data \(line 1, column 10\)"),
        ('{"a": 1, "a": 2}', "^a: stands there twice"),
        ('{"users": {"ada": {"x": 1, "x": 1}}}', "^users.ada.x: stands there twice"),
        ('[1, {"b": [{"c": 1, "d": 2, "c": 3}]}]', r"^\[1\].b\[0\].c: stands there twice"),
        ('{"a": NaN}', "^a: NaN is not JSON"),
        ('{"a": [-Infinity]}', r"^a\[0\]: -Infinity is not JSON"),
        ('{"a": 1e999}', "^a: a number that is too large"),
        ('{"a": %s}' % ("9" * 5000), "^a: a number of too many digits"),
        (r'{"a": "half \ud83d"}', "half of a surrogate pair in a "),
        (r'{"a\ude00": 1}', "half of a surrogate pair"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_mistakes_have_a_place(text: str, words: str) -> None:
    with pytest.raises(JsonError, match=words):
        json_text.decode(text.encode())


def test_a_whole_emoji_is_no_mistake() -> None:
    assert json_text.decode(rb'"\ud83d\ude00"') == "\U0001f600"
    assert json_text.decode(rb'"\\ud83d"') == "\\ud83d"


def test_fields_are_known_in_any_case_but_only_once() -> None:
    known = {"maxclients": "maxClients", "b": "b"}
    assert json_text.fields({"MAXCLIENTS": 3.0, "B": None}, known, "") == {"maxClients": 3}
    with pytest.raises(JsonError, match=r"x\.MaxClients and x\.maxclients are the same field"):
        json_text.fields({"MaxClients": 1, "maxclients": 2}, known, "x")
    with pytest.raises(JsonError, match="unknown fields: c, D"):
        json_text.fields({"c": 1, "D": 2}, known, "")
    assert json_text.fields({"c": 1, "b": 2}, known, "", strangers=True) == {"b": 2}
