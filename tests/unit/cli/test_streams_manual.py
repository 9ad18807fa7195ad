"""Command lines in the manual are command lines that the program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from galene_py.cli.pull import pull
from galene_py.cli.push import push

ROOT = Path(__file__).parents[3]
COMMANDS: dict[str, click.Command] = {"pull": pull, "push": push}
LINE = re.compile(r"^ {2,}(?:[A-Z_]+=\S+ )*galene-py (pull|push) ([^|#\n]*)", re.MULTILINE)


def lines() -> list[tuple[str, str]]:
    texts = [(ROOT / name).read_text() for name in ("docs/streams.md", "INSTALL.md")]
    texts += [str(command.help) for command in COMMANDS.values()]
    return [found for text in texts for found in LINE.findall(text)]


@pytest.mark.parametrize(("name", "arguments"), lines())
def test_it_is_taken(name: str, arguments: str) -> None:
    assert COMMANDS[name].make_context(name, shlex.split(arguments)).params["url"].startswith("https://")


def test_there_are_some() -> None:
    assert {name for name, _ in lines()} == {"pull", "push"}
    assert len(lines()) > 12


def test_every_option_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "streams.md").read_text()
    for command in COMMANDS.values():
        options = [each for each in command.params if isinstance(each, click.Option)]
        named = {name for option in options for name in option.opts if name.startswith("--")}
        assert {name for name in named if f"`{name}" not in manual} == set()
