"""Verbs for users."""

from __future__ import annotations

import click

from galene_py.cli.ctl import output
from galene_py.cli.ctl.client import AdminClient, HttpFailure, NoAnswer, asking, join
from galene_py.cli.ctl.parameters import (
    Verb,
    merge,
    need_group,
    option_group,
    option_json,
    option_template,
    options_permissions,
    options_user,
    permissions_or_fail,
    read_template,
    user_path,
)
from galene_py.cli.ctl.session import Invocation, pass_invocation


@click.command("list-users", cls=Verb)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@option_group
@click.option("-l", "long", is_flag=True, help="Show permissions too.")
@option_json
@pass_invocation
def list_users(
    session: Invocation, patterns: tuple[str, ...], group: str | None, long: bool, as_json: bool
) -> None:
    """List a group's users, all or those that match a pattern."""
    path = join(".groups", need_group(group), ".users")
    client = session.client()
    with asking("Get users"):
        names, _ = client.get(path + "/")
    matches = output.matcher(patterns)
    found = [name for name in sorted(names) if matches(name)]
    if not long:
        output.names("USER", found, as_json)
        return
    rows = [(name, _permissions(client, join(".groups", group or "", *_user(name)))) for name in found]
    if as_json:
        click.echo(output.compact([{"user": name, "permissions": what} for name, (what, _) in rows]))
    elif output.on_terminal():
        output.table(["USER", "PERMISSIONS"], [[name, shown] for name, (_, shown) in rows])
    else:
        for name, (_, shown) in rows:
            click.echo(f"{name:<12} {shown}")


def _user(name: str) -> tuple[str, ...]:
    return (".users", name) if name else (".empty-user",)


def _permissions(client: AdminClient, path: str) -> tuple[object, str]:
    """Permissions as they are, and in print; an error is shown in their place."""
    try:
        definition, _ = client.get(path)
    except (HttpFailure, NoAnswer) as error:
        return None, f"(ERROR={error})"
    found = definition.get("permissions")
    return found, output.permissions(found)


@click.command("create-user", cls=Verb)
@option_group
@options_user
@options_permissions
@option_template
@pass_invocation
def create_user(
    session: Invocation, group: str | None, user: str, wildcard: bool, permissions: str | None, template: bool
) -> None:
    """Make a user, without a password (see set-password); permissions are 'present' by default."""
    path = join(*user_path(group, user, wildcard))
    body = {"permissions": "present"} | read_template(template)
    if permissions is not None:
        body["permissions"] = permissions_or_fail(permissions, expand=False)
    with asking("Create user"):
        session.client().put(path, merge({}, body), overwrite=False)


@click.command("update-user", cls=Verb)
@option_group
@options_user
@options_permissions
@option_template
@pass_invocation
def update_user(
    session: Invocation, group: str | None, user: str, wildcard: bool, permissions: str | None, template: bool
) -> None:
    """Change what a user may do."""
    path = join(*user_path(group, user, wildcard))
    changes = read_template(template)
    if permissions is not None:
        changes["permissions"] = permissions_or_fail(permissions, expand=False)
    with asking("Update user"):
        session.client().update(path, lambda old: merge(old, changes))


@click.command("delete-user", cls=Verb)
@option_group
@options_user
@pass_invocation
def delete_user(session: Invocation, group: str | None, user: str, wildcard: bool) -> None:
    """Delete a user."""
    path = join(*user_path(group, user, wildcard))
    with asking("Delete user"):
        session.client().delete(path)


VERBS = (list_users, create_user, update_user, delete_user)
