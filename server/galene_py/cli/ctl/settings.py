"""The file that remembers which server to administer, and as whom: the same as that of Galène's tool.

Fields: server, admin-username, admin-password, admin-token. The command line overrides it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from galene_py import json_text
from galene_py.cli.ctl.failure import Failure
from galene_py.json_text import JsonError

DEFAULT_SERVER = "https://localhost:8443"
USUAL_SERVERS = (DEFAULT_SERVER, "http://localhost:8080")
"""Where `serve` and `scripts/run` listen when nothing else is said."""


class Settings(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """What the file says."""

    server: str = ""
    admin_username: str = ""
    admin_password: str = ""
    admin_token: str = ""

    def __repr__(self) -> str:
        return f"Settings({self.server!r}, {self.admin_username!r}, ...)"


def default_path() -> Path:
    """Where the file is unless told otherwise."""
    base = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if not base.is_absolute():  # then it counts as not set (XDG Base Directory Specification)
        base = Path.home() / ".config"
    return base / "galene" / "galenectl.json"


def read(path: Path) -> Settings:
    """The file's contents; nothing if there is none. Raises Failure."""
    try:
        return json_text.convert(json_text.decode(path.read_bytes()), Settings, "")
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise Failure(f"Failed to read configuration file: {path}: {error.strerror}") from None
    except JsonError as error:
        raise Failure(f"Failed to read configuration file: {path}: {error}") from None
