"""The names of the public groups, and what changed since: so that nobody has to look at all of them to know.

Pure bookkeeping; what a group says of itself is told by the registry. Owner of the state: the registry.
"""

from __future__ import annotations

from collections.abc import Mapping

from galene_py.groups.store import Stored


class PublicList:
    """Which groups are public. `version` grows with every change, also of what one of them says."""

    def __init__(self) -> None:
        self.version = 0
        self._revisions: dict[str, int] = {}
        self._stored: dict[str, Stored] = {}
        self._names: tuple[str, ...] | None = ()

    def names(self) -> tuple[str, ...]:
        """By name; the same object as long as none comes or goes."""
        if self._names is None:
            self._names = tuple(sorted(self._revisions))
        return self._names

    def revision(self, name: str) -> int:
        """A number that changes when anything about the group does; 0: it is not public."""
        return self._revisions.get(name, 0)

    def stored(self, name: str) -> Stored | None:
        """What the file of a public group says, as far as it was looked at."""
        return self._stored.get(name)

    def touch(self, name: str) -> None:
        """Who is there, or whether it is locked, may be different."""
        if name in self._revisions:
            self.version += 1
            self._revisions[name] = self.version

    def note(self, name: str, stored: Stored | None) -> None:
        """A group's file was looked at; None: it is gone or broken."""
        if stored is None or not stored.description.public:
            if self._revisions.pop(name, None) is not None:
                del self._stored[name]
                self._names = None
                self.version += 1
        elif self._stored.get(name) is not stored:
            if name not in self._revisions:
                self._names = None
            self.version += 1
            self._stored[name], self._revisions[name] = stored, self.version

    def replace(self, found: Mapping[str, Stored]) -> None:
        """All files were looked at; found: the public groups."""
        for name in self._stored.keys() - found.keys():
            self.note(name, None)
        for name, stored in found.items():
            self.note(name, stored)
