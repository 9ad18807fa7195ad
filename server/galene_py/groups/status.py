"""What a group says about itself to the outside: `.status`, the list of public groups, `joined` messages.

Pure.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from galene_py.groups.live import Group


def status(
    group: Group, base_url: str = "", *, inside: bool = False, own_password: bool = False
) -> dict[str, Any]:
    """The status of a group. `base_url` is the server's root; '' leaves addresses out.

    Lock and number of people are told to those inside, and to all for public groups. `own_password`: whoever
    asks has one that can be changed.
    """
    description = group.description
    result: dict[str, Any] = {
        "name": group.name,
        "displayName": description.display_name,
        "description": description.description,
    }
    if description.redirect:
        return _filled(result | {"redirect": description.redirect})
    if base_url:
        base = base_url.rstrip("/")
        result["location"] = f"{base}/group/{quote(group.name, safe='/$&+,:;=@~')}/"
        scheme, separator, rest = base.partition("://")
        result["endpoint"] = f"{'ws' if scheme == 'http' else 'wss'}{separator}{rest}/ws"
    result["authServer"] = description.auth_server
    result["authPortal"] = description.auth_portal
    if inside or description.public:
        result["locked"] = group.locked is not None
        result["clientCount"] = group.people()
    result["canChangePassword"] = inside and own_password
    result["canChangeChat"] = inside
    return _filled(result)


def _filled(status: dict[str, Any]) -> dict[str, Any]:
    """Without empty texts and what is not so; a count of zero stays."""
    return {name: value for name, value in status.items() if value or name == "clientCount"}
