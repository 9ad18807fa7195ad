"""`completion`: the script by which a shell completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from galene_py.cli.ctl.failure import Failure
from galene_py.cli.ctl.parameters import Verb


@click.command("completion", cls=Verb)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script for shell completion.

    For example: galene-py ctl completion bash > /etc/bash_completion.d/galene-py
    """
    root = ctx.find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise Failure(f"{shell}: this shell is not supported")
    name = "galene-py"
    try:
        click.echo(kind(root.command, {}, name, "_GALENE_PY_COMPLETE").source())
    except RuntimeError as error:
        raise Failure(str(error)) from None


VERBS = (completion,)
