"""What the web room needs from the others, as Protocol classes, and the context that carries them.

Handlers get everything from the one `WebContext` of their application; `app.py` fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import web

from galene_py.budget.turns import Actor, Turns
from galene_py.config import Configuration
from galene_py.web.static_files import StaticTree

Send = Callable[[bytes], bool]
"""Queue one encoded message; False: the client is gone or about to be dropped."""
Close = Callable[[int, str], None]
"""Close with a WebSocket status code and a reason, after what is queued has been sent."""


class NoSuchGroup(Exception):
    """There is no group of that name."""


class BrokenGroup(Exception):
    """There is one, but nobody can use it until its description is repaired."""


@dataclass(frozen=True, slots=True)
class GroupPage:
    """What a group's page needs to know before anybody logged in."""

    name: str
    title: str
    description: str
    redirect: str
    auth_server: str


class Groups(Protocol):
    """The registry of groups, as pages see it."""

    def page(self, name: str) -> GroupPage:
        """Raises NoSuchGroup and BrokenGroup."""

    def status(self, name: str, base_url: str) -> dict[str, object]:
        """What `.status` answers; raises NoSuchGroup and BrokenGroup."""

    async def notice(self) -> None:
        """Look whether groups came or went."""

    def public_version(self) -> int:
        """Another number whenever anything about any public group changed."""

    def public_names(self) -> Sequence[str]:
        """All public groups, by name."""

    def public_revision(self, name: str) -> int:
        """Another number whenever anything about this one changed."""

    def public_status(self, name: str, base_url: str) -> dict[str, object] | None:
        """What is told of it; None: it is gone."""


class Client(Protocol):
    """One protocol client; all calls come from the event loop and are quick."""

    def receive(self, text: str | bytes, now: float) -> None: ...
    def poll(self, now: float) -> None: ...
    def closed(self, reason: str, left: bool) -> None:
        """The connection is gone; left: the client said that it goes, nothing failed."""


FOREIGN_PAGE = "galene.html"
ClientFactory = Callable[[str, Send, Close, Actor], Client]
"""Makes the client of a new WebSocket from its address, the two ways back, and who pays for its work."""


def is_foreign_client(static: Path) -> bool:
    """Whether a directory holds Galène's own client instead of ours."""
    return (static / FOREIGN_PAGE).is_file() and not (static / "main.js").exists()


@dataclass(slots=True)
class WebContext:
    """Everything that handlers may use; one per application."""

    config: Configuration
    groups: Groups
    new_client: ClientFactory
    turns: Turns
    static: StaticTree
    vendor_dirs: list[Path]
    started: float = 0.0
    worker: StaticTree = field(init=False)
    foreign: bool = field(init=False)
    """`static` holds Galène's own client, which finds its files at the root"""

    def __post_init__(self) -> None:
        self.worker = StaticTree(self.static.root / "filters" / "worker")
        self.foreign = is_foreign_client(self.static.root)


CONTEXT = web.AppKey("context", WebContext)
