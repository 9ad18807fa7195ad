"""How a verb fails: one line that says what went wrong, one that says what to do, exit status 1."""

from __future__ import annotations

from typing import IO, Any

import click


class Failure(click.ClickException):
    """The verb could not be carried out."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def show(self, file: IO[Any] | None = None) -> None:
        """Print to standard error, or to `file`."""
        click.echo(self.message, file=file, err=file is None)
        if self.hint:
            click.echo(f"  {self.hint}", file=file, err=file is None)


class BadUsage(click.UsageError):
    """The command line lacks something; exit status 1, as with Galène's tool."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what is missing, then where to read on."""
        click.echo(self.message, file=file, err=file is None)
        path = self.ctx.command_path if self.ctx else "galene-py ctl"
        click.echo(f"  see {path} --help", file=file, err=file is None)
