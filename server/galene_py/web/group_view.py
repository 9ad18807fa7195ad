"""The registry of groups as the pages need it: names and titles, no passwords, no people.

Only reads. Owns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from galene_py.web.interfaces import BrokenGroup, GroupPage, NoSuchGroup


class Description(Protocol):
    """What a group's file says."""

    @property
    def redirect(self) -> str: ...


class Group(Protocol):
    """A group of the registry."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> Description: ...


class Listing(Protocol):
    """What is used of `groups.listing.PublicList`."""

    @property
    def version(self) -> int: ...
    def names(self) -> Sequence[str]: ...
    def revision(self, name: str) -> int: ...


class Registry(Protocol):
    """What is used of `groups.registry.GroupRegistry`."""

    @property
    def listing(self) -> Listing: ...
    def look(self, name: str) -> Any: ...
    def status(self, group: Any, base_url: str) -> Mapping[str, Any]: ...
    def public_status(self, name: str, base_url: str) -> dict[str, Any] | None: ...
    async def notice(self) -> None: ...


class GroupView:
    """Implements `interfaces.Groups`.

    unknown, broken: what the registry raises for groups that are not there, and for others that cannot be
    used; `unknown` is looked at first.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        unknown: tuple[type[Exception], ...],
        broken: tuple[type[Exception], ...],
    ) -> None:
        self._registry = registry
        self._unknown = unknown
        self._broken = broken

    def _get(self, name: str) -> Any:
        try:
            return self._registry.look(name)
        except self._unknown:
            raise NoSuchGroup(name) from None
        except self._broken:
            raise BrokenGroup(name) from None

    def page(self, name: str) -> GroupPage:
        """Raises NoSuchGroup and BrokenGroup."""
        group = self._get(name)
        status = self._registry.status(group, "")
        return GroupPage(
            name=group.name,
            title=str(status.get("displayName") or group.name),
            description=str(status.get("description") or ""),
            redirect=group.description.redirect or "",
            auth_server=str(status.get("authServer") or ""),
        )

    def status(self, name: str, base_url: str) -> dict[str, object]:
        """Raises NoSuchGroup and BrokenGroup."""
        return dict(self._registry.status(self._get(name), base_url))

    async def notice(self) -> None:
        """Look whether groups came or went."""
        await self._registry.notice()

    def public_version(self) -> int:
        """Another number whenever anything about any public group changed."""
        return self._registry.listing.version

    def public_names(self) -> Sequence[str]:
        """All public groups, by name."""
        return self._registry.listing.names()

    def public_revision(self, name: str) -> int:
        """Another number whenever anything about this one changed."""
        return self._registry.listing.revision(name)

    def public_status(self, name: str, base_url: str) -> dict[str, object] | None:
        """What is told of it; None: it is gone."""
        return self._registry.public_status(name, base_url)
