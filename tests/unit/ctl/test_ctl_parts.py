"""The pure parts of `galene-py ctl`: durations, patterns, tables, permissions."""

from contextlib import suppress

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.cli.ctl import output
from galene_py.cli.ctl.failure import Failure
from galene_py.cli.ctl.parameters import Duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86400),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("-1m", -60),
        ("0", 0),
        ("300ms", 0.3),
        ("7d", 604800),
        ("2w", 1209600),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == pytest.approx(seconds)


@given(st.text(alphabet="0123456789.hmsd-+ x", max_size=8))
def test_any_duration_is_a_number_or_an_error(text: str) -> None:
    with suppress(click.BadParameter):
        assert isinstance(Duration().convert(text, None, None), float | int)


@pytest.mark.parametrize(
    ("pattern", "name", "matched"),
    [
        ("*", "abc", True),
        ("*", "a/b", False),
        ("*/*", "a/b", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("[c-a]x", "bx", False),
        ("[^c-a]x", "bx", True),
        ("\\*", "*", True),
        ("\\*", "x", False),
        ("a.b", "axb", False),
        ("[a\\]]", "]", True),
        ("", "", True),
    ],
)
def test_patterns(pattern: str, name: str, matched: bool) -> None:
    assert output.matcher([pattern])(name) == matched


@pytest.mark.parametrize("pattern", ["[", "[a", "[]", "[]a]", "[-]", "[a-", "[a-]", "x\\", "[^", "[\\"])
def test_malformed_patterns(pattern: str) -> None:
    with pytest.raises(Failure, match="syntax error"):
        output.matcher([pattern])


@given(st.text(alphabet="ab[]^-\\*?/", max_size=8), st.text(alphabet="ab/]", max_size=4))
def test_any_pattern_matches_or_fails_in_words(pattern: str, name: str) -> None:
    with suppress(Failure):
        output.matcher([pattern])(name)


def test_tables(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["NAME", "WHAT"], [["long name", "x"], ["y", "z"]])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()][1:] == [
        "long name  x",
        "y          z",
    ]
    output.table(["NAME"], [])


def test_permissions_in_print() -> None:
    assert output.permissions("op") == "op"
    assert output.permissions(["present", "message", ""]) == "[?mp]"
    assert output.permissions([]) == "[]"
    assert output.permissions(None) == "null"
