"""One walk through the groups directory: which groups have a file there.

Opens no file and follows no link. Keeps what it found out on the way until the next walk is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from galene_py.groups import limits
from galene_py.groups.names import normal, valid_group_name


class Walk:
    """Yields the names, in their normal form; then `spelt` and `complaints` are complete.

    spelt: how the disk spells the names that it does not have in their normal form.
    complaints: what is wrong, one line each.
    """

    SUFFIX = ".json"

    def __init__(self, root: Path) -> None:
        self.spelt: dict[str, str] = {}
        self.complaints: set[str] = set()
        self._root = root

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for spelling in self._spellings():
            name = normal(spelling)
            path = self._root / (spelling + self.SUFFIX)
            if not valid_group_name(name):
                self.complaints.add(f"group file {path}: no group can have this name; it is left out")
            elif name in seen:
                self.complaints.add(
                    f"group file {path}: there is another file of this name, in another Unicode form; "
                    "only one of them counts"
                )
            else:
                seen.add(name)
                if name != spelling:
                    self.spelt[name] = spelling
                yield name

    def _spellings(self) -> Iterator[str]:
        """Names as the disk has them, of all that may be a group's file."""
        waiting = [("", self._root)]
        seen = 0
        while waiting:
            prefix, directory = waiting.pop()
            try:
                entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
            except OSError as error:
                self.complaints.add(f"group directory {directory}: cannot be read: {error.strerror}")
                continue
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                seen += 1
                if seen > limits.GROUPS_SCANNED:
                    self.complaints.add(
                        f"more than {limits.GROUPS_SCANNED} group files; the rest is not listed"
                    )
                    return
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", Path(entry.path)))
                elif entry.name.endswith(self.SUFFIX):
                    yield prefix + entry.name.removesuffix(self.SUFFIX)
