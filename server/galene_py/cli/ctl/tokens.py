"""Verbs for tokens; the group '' stands for the whole server."""

from __future__ import annotations

import time
from typing import Any

import click

from galene_py.cli.ctl import output
from galene_py.cli.ctl.client import HttpFailure, NoAnswer, asking, join
from galene_py.cli.ctl.failure import BadUsage
from galene_py.cli.ctl.parameters import (
    Duration,
    Truth,
    Verb,
    need_scope,
    option_group,
    option_json,
    options_permissions,
    permissions_or_fail,
)
from galene_py.cli.ctl.session import Invocation, pass_invocation
from galene_py.groups.times import Timestamp


def _list_path(group: str | None) -> str:
    scope = need_scope(group)
    return (join(".groups", scope) if scope else "/.groups") + "/.tokens"


def _token_path(group: str | None, token: str) -> str:
    if group is None or not token:
        raise BadUsage('Options "--group" and "--token" are required')
    return _list_path(group) + join(token)


def _in_future(seconds: float) -> str:
    try:
        return Timestamp.at(time.time() + seconds).text
    except ValueError as error:
        raise BadUsage(f"--duration: {error}") from None


@click.command("list-tokens", cls=Verb)
@option_group
@click.option("-l", "long", is_flag=True, help="Show what the tokens say.")
@option_json
@pass_invocation
def list_tokens(session: Invocation, group: str | None, long: bool, as_json: bool) -> None:
    """List the tokens of a group."""
    path = _list_path(group)
    client = session.client()
    with asking("Get tokens"):
        names = sorted(client.get(path + "/")[0])
    if not long:
        output.names("TOKEN", names, as_json)
        return
    tokens: list[tuple[str, dict[str, Any]]] = []
    for name in names:
        try:
            tokens.append((name, client.get(path + join(name))[0]))
        except (HttpFailure, NoAnswer) as error:
            tokens.append((name, {"error": str(error)}))
    if as_json:
        click.echo(output.compact([token | {"token": name} for name, token in tokens]))
    elif output.on_terminal():
        rows = [[name, *_columns(token)] for name, token in tokens]
        output.table(["TOKEN", "USER", "PERMISSIONS", "EXPIRES"], rows)
    else:
        for name, token in tokens:
            click.echo(_line(name, token))


def _line(name: str, token: dict[str, Any]) -> str:
    if "error" in token:
        return f"{name:<12} (ERROR={token['error']})"
    user, permissions, expires = _columns(token)
    return f"{name:<11} {user:<20} {permissions:<4} {expires:<20}"


def _columns(token: dict[str, Any]) -> tuple[str, str, str]:
    """User, first letters of the permissions (H: with subgroups), and the end."""
    if "error" in token:
        return "", "", f"(ERROR={token['error']})"
    more = ("H",) if token.get("includeSubgroups") else ()
    permissions = output.letters(token.get("permissions") or [], *more)
    return token.get("username") or "", permissions, _expires(token.get("expires"))


def _expires(text: str | None) -> str:
    if text is None:
        return "(no expiration date)"
    try:
        moment = Timestamp.parse(text)
    except ValueError:
        return text
    return "(expired)" if moment.unix < time.time() else f"{moment.text[:10]} {moment.text[11:19]}"


@click.command("create-token", cls=Verb)
@option_group
@click.option(
    "--include-subgroups",
    type=Truth(),
    is_flag=False,
    flag_value="true",
    default=None,
    help="For all groups below this one too.",
)
@click.option(
    "--user", default="", metavar="NAME", help="The name of whoever uses the token; chosen freely if absent."
)
@options_permissions
@click.option("--duration", type=Duration(), default="24h", help="How long it is valid (default 24h).")
@pass_invocation
def create_token(
    session: Invocation,
    group: str | None,
    include_subgroups: bool | None,
    user: str,
    permissions: str | None,
    duration: float,
) -> None:
    """Make a token and print it; permissions are 'present' by default."""
    path = _list_path(group) + "/"
    body: dict[str, Any] = {
        "permissions": permissions_or_fail("present" if permissions is None else permissions, expand=True),
        "expires": _in_future(duration),
    }
    if user:
        body["username"] = user
    if include_subgroups is not None:
        body["includeSubgroups"] = include_subgroups
    with asking("Create token"):
        click.echo(session.client().post(path, body))


option_token = click.option("--token", default="", metavar="TOKEN", help="The token.")


@click.command("update-token", cls=Verb)
@option_group
@option_token
@options_permissions
@click.option("--duration", type=Duration(), default=None, help="How long it is valid from now on.")
@pass_invocation
def update_token(
    session: Invocation, group: str | None, token: str, permissions: str | None, duration: float | None
) -> None:
    """Change what a token permits, or for how long."""
    path = _token_path(group, token)
    changes: dict[str, Any] = {}
    if permissions is not None:
        changes["permissions"] = permissions_or_fail(permissions, expand=True)
    if duration is not None:
        changes["expires"] = _in_future(duration)
    _update(session, path, changes)


@click.command("revoke-token", cls=Verb)
@option_group
@option_token
@pass_invocation
def revoke_token(session: Invocation, group: str | None, token: str) -> None:
    """Let a token expire now; it stays in the list for a week."""
    _update(session, _token_path(group, token), {"expires": _in_future(-60)})


def _update(session: Invocation, path: str, changes: dict[str, Any]) -> None:
    with asking("Update token"):
        session.client().update(path, lambda old: old | changes)


@click.command("delete-token", cls=Verb)
@option_group
@option_token
@pass_invocation
def delete_token(session: Invocation, group: str | None, token: str) -> None:
    """Delete a token."""
    path = _token_path(group, token)
    with asking("Delete token"):
        session.client().delete(path)


VERBS = (list_tokens, create_token, update_token, revoke_token, delete_token)
