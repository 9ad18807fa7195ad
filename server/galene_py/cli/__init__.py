"""The command `galene-py`: finds the subcommand and nothing else.

Subcommands are imported when they are used, so that `ctl` need not load the media stack and `serve` starts
quickly.
"""

from __future__ import annotations

import importlib

import click

from galene_py import __version__

_COMMANDS = {
    "serve": ("galene_py.cli.serve", "serve"),
    "health": ("galene_py.cli.health", "health"),
    "ctl": ("galene_py.cli.ctl", "ctl"),
    "pull": ("galene_py.cli.pull", "pull"),
    "push": ("galene_py.cli.push", "push"),
    "camera": ("galene_py.cli.camera", "camera"),
    "loadtest": ("galene_py.cli.loadtest", "loadtest"),
    "report": ("galene_py.cli.report", "report"),
    "compose": ("galene_py.cli.compose", "compose"),
    "install-mediapipe": ("galene_py.cli.install_mediapipe", "install_mediapipe"),
}


class _Commands(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="galene-py")
def main() -> None:
    """A self-hosted video-conference server."""
