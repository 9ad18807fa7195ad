"""What `ctl` prints: lines as Galène's tool prints them, tables on a terminal, JSON when asked."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from galene_py.cli.ctl.failure import Failure

_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def on_terminal() -> bool:
    """Whether people are watching."""
    return sys.stdout.isatty()


def indented(value: object) -> str:
    """JSON as Galène's tool prints it: sorted, four spaces, safe within HTML."""
    text = json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: _HTML[match.group()], text)


def compact(value: object) -> str:
    """JSON in one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def permissions(value: object) -> str:
    """A role by its name, a raw list by the first letters."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    return f"[{letters(value)}]" if isinstance(value, list) else "?"


def letters(value: Iterable[Any], *more: str) -> str:
    """The sorted first letters of permissions."""
    return "".join(sorted([*more, *(str(item)[:1] or "?" for item in value)]))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns with headings."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for index, row in enumerate([headings, *rows]):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=True) if index == 0 else line)


def names(heading: str, found: Sequence[str], as_json: bool) -> None:
    """One name per line, with a heading on a terminal."""
    if as_json:
        click.echo(compact(found))
    elif on_terminal():
        table([heading], [[name] for name in found])
    else:
        for name in found:
            click.echo(name)


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name matches one of some shell patterns; everything does when there are none.

    `*` and `?` stop at slashes. Raises Failure for a malformed pattern.
    """
    compiled = [re.compile(_translate(pattern), re.DOTALL) for pattern in patterns]
    return lambda name: not compiled or any(pattern.fullmatch(name) for pattern in compiled)


def _translate(pattern: str) -> str:
    result, index = [], 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            result.append("[^/]*")
        elif char == "?":
            result.append("[^/]")
        elif char == "[":
            part, index = _character_class(pattern, index)
            result.append(part)
        else:
            if char == "\\":
                char, index = _escaped(pattern, index)
            result.append(re.escape(char))
    return "".join(result)


def _character_class(pattern: str, index: int) -> tuple[str, int]:
    negated = pattern[index : index + 1] == "^"
    index += negated
    ranges: list[str] = []
    while True:
        if pattern[index : index + 1] == "]" and ranges:
            return _class_expression(negated, "".join(ranges)), index + 1
        low, index = _class_character(pattern, index)
        high = low
        if pattern[index : index + 1] == "-":
            high, index = _class_character(pattern, index + 1)
        # A range that runs backwards contains nothing.
        ranges.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")


def _class_expression(negated: bool, ranges: str) -> str:
    if not ranges:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{ranges}]"


def _class_character(pattern: str, index: int) -> tuple[str, int]:
    char = pattern[index : index + 1]
    if char in ("", "-", "]"):
        raise Failure("Match: syntax error in pattern")
    return _escaped(pattern, index + 1) if char == "\\" else (char, index + 1)


def _escaped(pattern: str, index: int) -> tuple[str, int]:
    if index >= len(pattern):
        raise Failure("Match: syntax error in pattern")
    return pattern[index], index + 1
