"""The command `ctl` itself: which server, as whom; and the table of its verbs."""

from __future__ import annotations

from pathlib import Path

import click

from galene_py.cli.ctl import bans, completion, groups, passwords, setup, tokens, users
from galene_py.cli.ctl.failure import BadUsage
from galene_py.cli.ctl.parameters import two_dashes
from galene_py.cli.ctl.session import Invocation
from galene_py.cli.ctl.settings import DEFAULT_SERVER, default_path
from galene_py.cli.paths import AbsolutePath


class _Verbs(click.Group):
    """A group of commands that takes long options with one dash and fails with status 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Translate, then parse; options of verbs are the verbs' business."""
        return super().parse_args(ctx, _own_part(self, args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is named."""
        if args and self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            raise BadUsage(f"there is no command {args[0]!r}", ctx)
        return super().resolve_command(ctx, args)


def _own_part(command: click.Command, args: list[str]) -> list[str]:
    """Translate up to the verb: the first argument that is no option and no option's value."""
    flags = {"--insecure", "--help", "-h"}
    index = 0
    while index < len(args) and args[index].startswith("-") and args[index] != "--":
        name = two_dashes(command, [args[index]])[0]
        index += 1 if name in flags or "=" in name else 2
    return two_dashes(command, args[:index]) + args[index:]


@click.command(
    cls=_Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--server", default="", metavar="URL", help=f"The server's address (default {DEFAULT_SERVER}).")
@click.option("--insecure", is_flag=True, help="Do not check the server's certificate.")
@click.option(
    "--config",
    type=AbsolutePath(dir_okay=False),
    help="Where address and credentials are remembered (default ~/.config/galene/galenectl.json).",
)
@click.option("--admin-username", default="", metavar="NAME", help="The administrator's name.")
@click.option(
    "--admin-password",
    default="",
    metavar="PASSWORD",
    envvar="GALENE_ADMIN_PASSWORD",
    help="The administrator's password; better kept in the file or in GALENE_ADMIN_PASSWORD.",
)
@click.option(
    "--admin-token",
    default="",
    metavar="TOKEN",
    envvar="GALENE_ADMIN_TOKEN",
    help="A token with the permission admin, instead of name and password.",
)
@click.pass_context
def ctl(
    ctx: click.Context,
    server: str,
    insecure: bool,
    config: Path | None,
    admin_username: str,
    admin_password: str,
    admin_token: str,
) -> None:
    """Administer a galene-py or Galène server: groups, users, passwords, tokens."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(1)
    path = config or default_path()
    ctx.obj = Invocation(path, server, admin_username, admin_password, admin_token, insecure)


for _module in (groups, users, passwords, tokens, bans, setup, completion):
    for _verb in _module.VERBS:
        ctl.add_command(_verb)
