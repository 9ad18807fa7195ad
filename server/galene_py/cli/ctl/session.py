"""What one call of `ctl` knows: what the command line and the remembered settings say together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from galene_py.cli.ctl.client import AdminClient
from galene_py.cli.ctl.settings import DEFAULT_SERVER, read


@dataclass(frozen=True, slots=True)
class Invocation:
    """The command line's part; `settings_path` is where the rest may be found."""

    settings_path: Path
    server: str = ""
    username: str = ""
    password: str = ""
    token: str = ""
    insecure: bool = False

    def client(self) -> AdminClient:
        """The server to talk to. Raises Failure when the settings cannot be read."""
        settings = read(self.settings_path)
        return AdminClient(
            self.server or settings.server or DEFAULT_SERVER,
            username=self.username or settings.admin_username,
            password=self.password or settings.admin_password,
            token=self.token or settings.admin_token,
            insecure=self.insecure,
        )


pass_invocation = click.make_pass_decorator(Invocation)
