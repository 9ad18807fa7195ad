"""A conference with the real groups: files, passwords, tokens; only media and time are fakes."""

import json
import os
from pathlib import Path
from typing import Any

from conference_fakes import Peer, World
from media_fakes import FakeMedia

from galene_py.conference.conference import Conference
from galene_py.groups.registry import GroupRegistry


class RealWorld(World):
    """A conference on real group files; only media and time are fakes."""

    def __init__(self, tmp_path: Path) -> None:
        self.now = 1000.0
        self.wall = 1_800_000_000.0
        self.groups = tmp_path / "groups"
        self.groups.mkdir()
        (tmp_path / "data").mkdir()
        self.steps = []
        self.disk = None
        self.media = FakeMedia()
        self.versions = 0
        self.slept: list[float] = []
        self.real = GroupRegistry(
            self.groups,
            tmp_path / "data",
            clock=lambda: self.now,
            wall_clock=lambda: self.wall,
            sleep=self._sleep,
        )
        self.conference = Conference(
            self.real,
            self.media,
            clock=lambda: self.now,
            wall_clock=lambda: self.wall,
            soon=self.steps.append,
            offload=self.offload,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def write(self, name: str, **description: Any) -> None:
        """Write a group's file and have it noticed."""
        file = self.groups / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(description))
        self.versions += 1
        os.utime(file, (1_700_000_000, 1_700_000_000 + self.versions))
        self.real.refresh(name)
        self.settle()

    async def come(self, username: str | None, group: str = "room", **fields: Any) -> Peer:
        peer = Peer(self)
        peer.send("handshake", version=["2"], id=peer.id)
        peer.send("join", kind="join", group=group, username=username, **fields)
        await self.idle()
        return peer
