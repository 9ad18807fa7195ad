"""Roles and permissions: what a name such as `op` stands for in a given group.

Pure. A permission is a string; what it allows is the session's table of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

ROLES: Mapping[str, tuple[str, ...]] = {
    "op": ("op", "present", "message", "caption", "token"),
    "present": ("present", "message"),
    "message": ("message",),
    "observe": (),
    "caption": ("caption",),
    "admin": ("admin",),
}
"""Named sets of permissions, in the order in which they are written out."""

INTERNAL = frozenset({"system"})
"""Permissions that no file and no token can give."""


def expand(
    permissions: str | Sequence[str] | None,
    *,
    allow_recording: bool = False,
    unrestricted_tokens: bool = False,
) -> frozenset[str]:
    """The permissions of a role in a group with these settings, or a raw list as it is.

    An unknown role gives nothing; descriptions with one are refused when they are read.
    """
    if permissions is None:
        return frozenset()
    if not isinstance(permissions, str):
        return grantable(permissions)
    result = set(ROLES.get(permissions, ()))
    if allow_recording and "op" in result:
        result.add("record")
    if unrestricted_tokens and "present" in result:
        result.add("token")
    return frozenset(result)


def grantable(permissions: Iterable[str]) -> frozenset[str]:
    """A raw list, without what cannot be given away."""
    return frozenset(permissions) - INTERNAL
