"""Fakes and short-hands for the tests of groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from galene_py.groups.admission import Admission
from galene_py.groups.files import Disk
from galene_py.groups.registry import GroupRegistry


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass(eq=False)
class Person:
    """Somebody in a group."""

    id: str
    permissions: frozenset[str] = frozenset({"present", "message"})
    username: str = "somebody"
    data: Mapping[str, object] = field(default_factory=dict)
    address: str = "192.0.2.1"
    admission: Admission | None = None


OP = frozenset({"op", "present", "message", "token"})


def op(id: str = "op") -> Person:
    return Person(id, OP)


class Crash(BaseException):
    """The machine died."""


class MortalDisk(Disk):
    """Dies before, or in the middle of, the step number `at`; `torn`: a write leaves half of its data."""

    STEPS = ("create", "open_append", "write", "flush", "set_mode", "rename", "remove", "flush_directory")

    def __init__(self, at: int, *, error: OSError | None = None) -> None:
        self.left = at
        self.error = error

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name not in MortalDisk.STEPS:
            return method

        def step(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                if name == "write":
                    file, data = arguments
                    method(file, data[: len(data) // 2])
                raise self.error or Crash
            if self.left < 0 and self.error is None:
                raise Crash
            return method(*arguments)

        return step


def write_group(root: Path, name: str, contents: Mapping[str, object] | str) -> Path:
    path = root / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(contents if isinstance(contents, str) else json.dumps(contents))
    return path


async def no_delay(_seconds: float) -> None:
    return None


def make_registry(tmp_path: Path, **options: Any) -> GroupRegistry:
    (tmp_path / "groups").mkdir(exist_ok=True)
    (tmp_path / "data").mkdir(exist_ok=True)
    options.setdefault("sleep", no_delay)
    return GroupRegistry(tmp_path / "groups", tmp_path / "data", **options)
