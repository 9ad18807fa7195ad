"""What handlers of requests work with: the one `WebContext` of their application, which `app.py` fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from galene_py.budget.turns import Actor, Turns
from galene_py.conference.client import Client
from galene_py.config import Configuration
from galene_py.groups.registry import GroupRegistry
from galene_py.web.static_files import StaticTree

Send = Callable[[bytes], bool]
"""Queue one encoded message; False: the client is gone or about to be dropped."""
Close = Callable[[int, str], None]
"""Close with a WebSocket status code and a reason, after what is queued has been sent."""

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
    groups: GroupRegistry
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
