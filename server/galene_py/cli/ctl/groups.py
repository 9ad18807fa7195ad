"""Verbs for groups."""

from __future__ import annotations

from typing import Any

import click

from galene_py.cli.ctl import output
from galene_py.cli.ctl.client import asking, join
from galene_py.cli.ctl.parameters import (
    Verb,
    merge,
    need_group,
    option_group,
    option_json,
    option_template,
    options_group_fields,
    read_template,
)
from galene_py.cli.ctl.session import Invocation, pass_invocation


def _fields(auto_subgroups: bool | None, unrestricted_tokens: bool | None) -> dict[str, Any]:
    fields = {"auto-subgroups": auto_subgroups, "unrestricted-tokens": unrestricted_tokens}
    return {name: value for name, value in fields.items() if value is not None}


@click.command("list-groups", cls=Verb)
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@option_json
@pass_invocation
def list_groups(session: Invocation, patterns: tuple[str, ...], as_json: bool) -> None:
    """List groups, all or those that match a pattern such as 'teaching/*'."""
    with asking("Get groups"):
        names, _ = session.client().get("/.groups/")
    matches = output.matcher(patterns)
    found = [name for name in sorted(names) if matches(name)]
    output.names("GROUP", found, as_json)


@click.command("show-group", cls=Verb)
@option_group
@pass_invocation
def show_group(session: Invocation, group: str | None) -> None:
    """Print a group's definition as JSON, without users and keys."""
    path = join(".groups", need_group(group))
    with asking("Get group description"):
        definition, _ = session.client().get(path)
    click.echo(output.indented(definition))


@click.command("create-group", cls=Verb)
@option_group
@options_group_fields
@option_template
@pass_invocation
def create_group(
    session: Invocation,
    group: str | None,
    auto_subgroups: bool | None,
    unrestricted_tokens: bool | None,
    template: bool,
) -> None:
    """Make a group."""
    path = join(".groups", need_group(group))
    body = merge(read_template(template), _fields(auto_subgroups, unrestricted_tokens))
    with asking("Create group"):
        session.client().put(path, body, overwrite=False)


@click.command("update-group", cls=Verb)
@option_group
@options_group_fields
@option_template
@pass_invocation
def update_group(
    session: Invocation,
    group: str | None,
    auto_subgroups: bool | None,
    unrestricted_tokens: bool | None,
    template: bool,
) -> None:
    """Change a group's definition; what is not mentioned stays."""
    path = join(".groups", need_group(group))
    changes = read_template(template) | _fields(auto_subgroups, unrestricted_tokens)
    with asking("Update group"):
        session.client().update(path, lambda old: merge(old, changes))


@click.command("delete-group", cls=Verb)
@option_group
@pass_invocation
def delete_group(session: Invocation, group: str | None) -> None:
    """Delete a group."""
    path = join(".groups", need_group(group))
    with asking("Delete group"):
        session.client().delete(path)


VERBS = (list_groups, show_group, create_group, update_group, delete_group)
