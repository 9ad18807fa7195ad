"""What all handlers share: the registry, the configuration, and writing a group's file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from galene_py.config import ServerConfig
from galene_py.groups.description import Description
from galene_py.groups.errors import GroupError, UnknownGroup
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.store import Edit, Raw
from galene_py.recording.films import Films
from galene_py.recording.shelf import Shelf
from galene_py.web.api import answers
from galene_py.web.api.answers import ApiError


@dataclass(frozen=True, slots=True)
class Service:
    """The administration interface's view of the server."""

    registry: GroupRegistry
    config: Callable[[], ServerConfig]
    server_state: Callable[[], Mapping[str, Any]]
    client_states: Callable[[], Iterator[tuple[str, Mapping[str, Any]]]]
    shelf: Shelf
    films: Films | None
    """None: this server makes none."""

    async def edit(self, group: str, edit: Edit) -> None:
        """Change a group's file off the event loop, and let the change take effect.

        Whether files may be changed from here at all is looked at last: a request that is wrong in another
        way is told so, as by Galène.
        """
        writable = self.config().writableGroups

        def checked(old: Raw | None) -> Description | None:
            new = edit(old)
            if not writable:
                raise ApiError(401, "not authorised: writableGroups is not set in the server's config.json")
            return new

        await asyncio.to_thread(self.registry.store.edit, group, checked)
        self.registry.refresh(group)

    async def check_first(self, request: web.Request, group: str, etag: Callable[[Raw | None], str]) -> None:
        """Check preconditions before the body is looked at; the edit itself checks again.

        `etag` tells the thing's ETag from the group's file.
        """
        if hdrs.IF_MATCH not in request.headers and hdrs.IF_NONE_MATCH not in request.headers:
            return
        answers.check_preconditions(request, etag(await asyncio.to_thread(self.registry.store.raw, group)))


def existing(raw: Raw | None) -> Description:
    """The description within an edit that needs one."""
    if raw is None:
        raise UnknownGroup("no such group")
    if raw.description is None:
        raise GroupError(f"the group's file is broken: {raw.error}")
    return raw.description
