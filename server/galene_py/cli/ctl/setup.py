"""`initial-setup`: the first administrator of a server, and the file by which `ctl` remembers it."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec

from galene_py.cli.ctl.failure import BadUsage, Failure
from galene_py.cli.ctl.parameters import Verb
from galene_py.cli.ctl.passwords import ask, to_object
from galene_py.cli.ctl.session import Invocation, pass_invocation
from galene_py.cli.ctl.settings import DEFAULT_SERVER, USUAL_SERVERS, Settings
from galene_py.cli.paths import AbsolutePath
from galene_py.groups.passwords import make_bcrypt

_COST = 12
"""Binary logarithm of bcrypt's rounds for an administrator's password, which is used seldom."""


@click.command("initial-setup", cls=Verb)
@click.option(
    "--config",
    "server_config",
    type=AbsolutePath(dir_okay=False),
    default=Path("config.json"),
    help="The server's configuration file that is made (default config.json).",
)
@pass_invocation
def initial_setup(session: Invocation, server_config: Path) -> None:
    """Make a server's config.json with an administrator, and remember the credentials here.

    Give --admin-username, and --server if it is not this machine, before the verb; a server that runs on
    this machine is found.
    """
    if not session.username:
        raise BadUsage('Option "--admin-username" is required')
    for path in (server_config, session.settings_path):
        if path.exists():  # before anybody types a password in vain; _create makes sure again
            raise _exists(path)
    password = session.password
    if not password and not session.token:
        password = ask("Administrator password")
        if not password:
            raise Failure("No password was given")
    settings = Settings(session.server or running(), session.username, password, session.token)
    server = _json(_server_config(session.username, password))
    with suppress(OSError):
        session.settings_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _create(server_config, server)
    try:
        _create(session.settings_path, _json(settings))
    except Failure:
        server_config.unlink()
        raise
    click.echo(f"{server_config}: made. {_what_now(server_config)}")
    click.echo(
        f"{session.settings_path}: made, for {settings.server}."
        " It holds the password in the clear: keep it to yourself."
    )


def _what_now(server_config: Path) -> str:
    if server_config.parent == Path.cwd():
        return "Put it into the data directory of your server, which takes it on at once."
    return "A server with this data directory takes it on at once."


def running(usual: Sequence[str] = USUAL_SERVERS) -> str:
    """The first of these addresses on this machine where something listens; the default if nothing does."""
    return next((address for address in usual if _listens(address)), DEFAULT_SERVER)


def _listens(address: str) -> bool:
    parts = urlsplit(address)
    with suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=1):
        return True
    return False


def _server_config(username: str, password: str) -> dict[str, object]:
    if not password:
        return {"writableGroups": True}
    try:
        hashed = to_object(make_bcrypt(password, _COST))
    except ValueError as error:
        raise Failure(f"Make password: {error}") from None
    return {"writableGroups": True, "users": {username: {"password": hashed, "permissions": "admin"}}}


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=4) + b"\n"


def _create(path: Path, data: bytes) -> None:
    """Make a file that only its owner can read; never touches one that is there. Raises Failure."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise Failure(f"Create {path}: {error.strerror}") from None
    with os.fdopen(file, "wb") as opened:
        opened.write(data)


def _exists(path: Path) -> Failure:
    return Failure(f"Create {path}: file exists", "move it away, or name another one")


VERBS = (initial_setup,)
