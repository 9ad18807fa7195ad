"""Who a client is, of options, the environment, and the terminal: secrets are never on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from galene_py.client.session import Credentials

F = TypeVar("F", bound=Callable[..., Any])
PASSWORD, TOKEN = "GALENE_PY_PASSWORD", "GALENE_PY_TOKEN"


def options(name: str) -> Callable[[F], F]:
    """The options; `name` is what the client is called if nothing is said."""

    def decorate(function: F) -> F:
        for option in (
            click.option("--insecure", is_flag=True, help="Trust any certificate."),
            click.option(
                "--password-file",
                type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
                help=f"First line: the password. Otherwise ${PASSWORD}; -: standard input.",
            ),
            click.option("--ask", is_flag=True, help="Ask for the password."),
            click.option("--user", "username", default=name, show_default=True, help="Name to join as."),
        ):
            function = option(function)
        return function

    return decorate


def read(username: str, password_file: Path | None, ask: bool) -> Credentials:
    """The credentials; asks on the terminal if it must."""
    token = os.environ.get(TOKEN, "")
    password = os.environ.get(PASSWORD, "")
    if password_file is not None:
        with click.open_file(str(password_file)) as file:
            password = file.readline().rstrip("\r\n")
    elif ask:
        password = click.prompt("Password", hide_input=True, err=True)
    return Credentials(username=username, password=password, token="" if password else token)
