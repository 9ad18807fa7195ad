"""Verbs for bans: who is kept out of a group for a while; the group '' stands for the whole server."""

from __future__ import annotations

from typing import Any

import click

from galene_py.cli.ctl import output
from galene_py.cli.ctl.client import asking, join
from galene_py.cli.ctl.failure import BadUsage
from galene_py.cli.ctl.parameters import Duration, Verb, need_scope, option_group, option_json
from galene_py.cli.ctl.session import Invocation, pass_invocation


def _path(group: str | None) -> str:
    scope = need_scope(group)
    return (join(".groups", scope) if scope else "/.groups") + "/.bans"


@click.group("bans", short_help="List, add and lift bans.")
def bans() -> None:
    """Keep people out of a group for a while, by address or by user name.

    Operators do this from the page, by "Remove and keep out". It is easily evaded: who has another address
    and another invitation can come in all the same.
    """


@bans.command("list", cls=Verb)
@option_group
@option_json
@pass_invocation
def list_bans(session: Invocation, group: str | None, as_json: bool) -> None:
    """List who is kept out of a group, who may come back first at the top."""
    path = _path(group)
    with asking("Get bans"):
        found, _ = session.client().get(path + "/")
    if as_json:
        click.echo(output.compact(found))
        return
    rows = [[ban["id"], _who(ban), ban["expires"], ban.get("by", "")] for ban in found]
    if output.on_terminal():
        output.table(["BAN", "WHO", "UNTIL", "BY"], rows)
        return
    for row in rows:
        click.echo("  ".join(row))


def _who(ban: dict[str, Any]) -> str:
    parts = [ban.get("address", ""), f"user {ban['user']!r}" if ban.get("user") else ""]
    parts.append("an invitation" if ban.get("invitation") else "")
    name = f" ({ban['name']!r})" if ban.get("name") else ""
    return ", ".join(filter(None, parts)) + name


@bans.command("add", cls=Verb)
@option_group
@click.option("--address", default="", metavar="ADDRESS", help="An IPv4 address, or an IPv6 one and its /64.")
@click.option("--user", default="", metavar="NAME", help="A user of the group's file, instead.")
@click.option("--duration", type=Duration(), default="1h", help="For how long (default 1h).")
@pass_invocation
def add(session: Invocation, group: str | None, address: str, user: str, duration: float) -> None:
    """Keep somebody out of a group, and print the name of the ban."""
    path = _path(group)
    if bool(address) == bool(user):
        raise BadUsage('Either "--address" or "--user" is required')
    who = {"address": address} if address else {"user": user}
    with asking("Add ban"):
        click.echo(session.client().post(path + "/", who | {"seconds": duration}))


@bans.command("lift", cls=Verb)
@option_group
@click.argument("ban")
@pass_invocation
def lift(session: Invocation, group: str | None, ban: str) -> None:
    """Let somebody in again; BAN is what the list shows."""
    path = _path(group)
    with asking("Lift ban"):
        session.client().delete(path + join(ban))


VERBS = (bans,)
