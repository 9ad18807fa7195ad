"""Verbs for passwords. Hashing happens here: a server never sees a new password in the clear."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from galene_py import limits
from galene_py.cli.ctl import output
from galene_py.cli.ctl.client import asking, join
from galene_py.cli.ctl.failure import Failure
from galene_py.cli.ctl.parameters import Verb, option_group, options_user, user_path
from galene_py.cli.ctl.session import Invocation, pass_invocation
from galene_py.groups.passwords import Password, make_bcrypt, make_pbkdf2

F = TypeVar("F", bound=Callable[..., Any])


def options_hash(function: F) -> F:
    """How a password is hashed."""
    for option in (
        click.option("--salt", default=16, help="Length of the salt in bytes (pbkdf2)."),
        click.option("--key", default=32, help="Length of the key in bytes (pbkdf2)."),
        click.option("--cost", default=limits.BCRYPT_COST, help="Binary logarithm of the work (bcrypt)."),
        click.option("--iterations", default=limits.PBKDF2_ITERATIONS, help="Number of iterations (pbkdf2)."),
        click.option("--type", "kind", default="bcrypt", help="bcrypt, pbkdf2, or wildcard: anything goes."),
        click.option("--password", default="", help="The new password; asked for when it is not given."),
    ):
        function = option(function)
    return function


def ask(prompt: str) -> str:
    """A password from the terminal, unseen; from the first line of standard input if that is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    try:
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True))
    except click.Abort:
        raise Failure("No password was given") from None


def make(password: str, kind: str, iterations: int, cost: int, key: int, salt: int) -> dict[str, Any]:
    """A password as it stands in a file; asks for it when it is needed. Raises Failure."""
    if kind == "wildcard":
        if password:
            raise Failure("Wildcard password must be the empty string")
        return {"type": "wildcard"}
    if kind not in ("bcrypt", "pbkdf2"):
        raise Failure("Make password: unknown password type", "bcrypt, pbkdf2 and wildcard are known")
    password = password or ask("New password")
    if not password:
        raise Failure("No password was given")
    try:
        made = (
            make_bcrypt(password, cost) if kind == "bcrypt" else make_pbkdf2(password, iterations, key, salt)
        )
    except ValueError as error:
        raise Failure(f"Make password: {error}") from None
    return to_object(made)


def to_object(password: Password) -> dict[str, Any]:
    """As JSON."""
    found = msgspec.to_builtins(password)
    assert isinstance(found, dict)
    return found


@click.command("hash-password", cls=Verb)
@options_hash
def hash_password(password: str, kind: str, iterations: int, cost: int, key: int, salt: int) -> None:
    """Print a hashed password, for group files that are edited by hand."""
    click.echo(output.compact(make(password, kind, iterations, cost, key, salt)))


@click.command("set-password", cls=Verb)
@option_group
@options_user
@options_hash
@pass_invocation
def set_password(
    session: Invocation,
    group: str | None,
    user: str,
    wildcard: bool,
    password: str,
    kind: str,
    iterations: int,
    cost: int,
    key: int,
    salt: int,
) -> None:
    """Set a user's password."""
    path = join(*user_path(group, user, wildcard), ".password")
    made = make(password, kind, iterations, cost, key, salt)
    with asking("Set password"):
        session.client().put(path, made)


@click.command("delete-password", cls=Verb)
@option_group
@options_user
@pass_invocation
def delete_password(session: Invocation, group: str | None, user: str, wildcard: bool) -> None:
    """Delete a user's password: nobody can log in as this user any more."""
    path = join(*user_path(group, user, wildcard), ".password")
    with asking("Delete password"):
        session.client().delete(path)


VERBS = (hash_password, set_password, delete_password)
