"""Options that several verbs share, and how their values are read.

Long options may also be written with one dash (`-group x`), as for Galène's tool.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from galene_py import json_text
from galene_py.cli.ctl.failure import BadUsage, Failure
from galene_py.groups.permissions import ROLES
from galene_py.json_text import JsonError

if TYPE_CHECKING:
    _FloatType = click.ParamType[float]
    _BoolType = click.ParamType[bool]
else:
    _FloatType = _BoolType = click.ParamType  # not generic in older releases

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_UNITS |= {"d": 86_400, "w": 7 * 86_400}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)")


class Duration(_FloatType):
    """An interval such as 24h, 1h30m, 45s or 7d; the value is in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        text = str(value)
        sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
        if digits == "0":
            return 0.0
        if not digits or _PART.sub("", digits):
            self.fail(f"{value!r} is not an interval such as 24h, 1h30m or 7d", param, ctx)
        return sign * sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(digits))


class Truth(_BoolType):
    """true or false."""

    name = "true|false"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        if isinstance(value, bool):
            return value
        match str(value).lower():
            case "1" | "t" | "true":
                return True
            case "0" | "f" | "false":
                return False
        self.fail(f"{value!r} is neither true nor false", param, ctx)


class Verb(click.Command):
    """A command that also takes long options with one dash, and refuses stray arguments with status 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Translate, then parse."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, two_dashes(self, args))
        if rest and not ctx.resilient_parsing:
            raise BadUsage(f"unexpected argument {rest[0]!r}", ctx)
        return rest


def two_dashes(command: click.Command, args: list[str]) -> list[str]:
    """`args` with `-name` written as `--name` wherever the command has such an option, up to `--`."""
    known = {option for param in command.params for option in param.opts if option.startswith("--")}
    result: list[str] = []
    for index, arg in enumerate(args):
        if arg == "--":
            return result + args[index:]
        if len(arg) > 2 and arg[0] == "-" and arg[1] != "-" and "-" + arg.partition("=")[0] in known:
            arg = "-" + arg
        result.append(arg)
    return result


def option_group(function: F) -> F:
    """`--group`, which may be the empty string for the whole server where tokens are concerned."""
    return click.option("--group", metavar="NAME", help="The group's name.")(function)


def options_user(function: F) -> F:
    """`--user` or `--wildcard`."""
    function = click.option("--wildcard", is_flag=True, help="The user that stands for all other names.")(
        function
    )
    return click.option("--user", default="", metavar="NAME", help="The user's name.")(function)


def options_permissions(function: F) -> F:
    """`--permissions`."""
    roles = ", ".join(ROLES)
    return click.option(
        "--permissions", metavar="WHAT", help=f'One of {roles}, or a list such as ["present", "token"].'
    )(function)


def options_group_fields(function: F) -> F:
    """What groups are most often made with."""
    for name, text in (
        ("--auto-subgroups", "Create subgroups when they are first used."),
        ("--unrestricted-tokens", "Let ordinary users invite others."),
    ):
        option = click.option(
            name, type=Truth(), is_flag=False, flag_value="true", default=None, help=text, show_default=False
        )
        function = option(function)
    return function


def option_template(function: F) -> F:
    """`--json`: the rest of the definition on standard input."""
    text = "Read a JSON template from standard input; in updates, null deletes a field."
    return click.option("--json", "template", is_flag=True, help=text)(function)


def option_json(function: F) -> F:
    """`--json`: for scripts."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def need_group(group: str | None) -> str:
    """The group, which must be given and not empty."""
    if not group:
        raise BadUsage('Option "--group" is required')
    return group


def need_scope(group: str | None) -> str:
    """The group, which must be given but may be empty: the whole server."""
    if group is None:
        raise BadUsage("Option \"--group\" is required ('' for the whole server)")
    return group


def user_path(group: str | None, user: str, wildcard: bool) -> tuple[str, ...]:
    """Where a user is found."""
    name = need_group(group)
    if wildcard == bool(user):
        raise BadUsage('Exactly one of "--user" and "--wildcard" is required')
    return (".groups", name, ".wildcard-user") if wildcard else (".groups", name, ".users", user)


def parse_permissions(text: str, *, expand: bool) -> str | list[str]:
    """A role, or a raw list; with `expand` always a list. Raises ValueError."""
    text = text.strip()
    if not text:
        raise ValueError("empty permissions")
    if text.startswith("["):
        raw = json.loads(text)
        if not all(isinstance(item, str) for item in raw):
            raise ValueError("not a list of strings")
        return list(raw)
    if not expand:
        return text
    if text not in ROLES:
        raise ValueError(f"unknown permission; known: {', '.join(ROLES)}")
    return list(ROLES[text])


def permissions_or_fail(text: str, *, expand: bool) -> str | list[str]:
    """As `parse_permissions`; raises Failure."""
    try:
        return parse_permissions(text, expand=expand)
    except ValueError as error:
        raise Failure(f"Parse permissions: {error}") from None


def read_template(wanted: bool) -> dict[str, Any]:
    """The JSON object on standard input if it is wanted. Raises Failure."""
    if not wanted:
        return {}
    try:
        value = json_text.decode(sys.stdin.buffer.read())
    except JsonError as error:
        raise Failure(f"Decode standard input: {error}") from None
    if not isinstance(value, dict):
        raise Failure("Decode standard input: not a JSON object")
    return value


def merge(old: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """`old` with the template's fields; null deletes one."""
    return {name: value for name, value in (old | template).items() if value is not None}
