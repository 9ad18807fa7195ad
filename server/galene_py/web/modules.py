"""Which modules a client script imports, so that a page can ask for all of them at once.

Without a bundler a browser finds imports only by reading each file: a chain of round trips. The page names
them in advance (`rel=modulepreload`). A wrong guess costs nothing but a preload. Pure but for reading files;
the result is remembered per version of the static tree.
"""

from __future__ import annotations

import posixpath
import re

from galene_py.web import limits
from galene_py.web.static_files import StaticTree, unless_missing

_IMPORT = re.compile(
    r"""^[ \t]*(?:import|export)\b(?:[^'"();]*?\bfrom)?\s*['"](\.{1,2}/[^'"\n]+)['"]""", re.MULTILINE
)


def imports(text: str) -> list[str]:
    """The relative addresses that a module imports statically, in order."""
    return _IMPORT.findall(text)


class ModuleGraph:
    """What each entry script needs, by its path below the static tree."""

    def __init__(self, tree: StaticTree) -> None:
        self._tree = tree
        self._version = ""
        self._known: dict[str, list[str]] = {}

    def needed_by(self, entry: str) -> list[str]:
        """The paths of all modules that `entry` imports, directly or not, nearest first, without itself."""
        version = self._tree.version()
        if version != self._version:
            self._version = version
            self._known.clear()
        if entry not in self._known:
            try:
                self._known[entry] = self._search(entry)
            except OSError:
                return []  # they cannot be read at the moment; the browser finds them itself
        return self._known[entry]

    def _search(self, entry: str) -> list[str]:
        found = [entry]
        for path in found:  # grows while it is walked: breadth first
            for address in self._imports_of(path):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
                if target not in found and len(found) < limits.PRELOADED_MODULES and self._exists(target):
                    found.append(target)
        return found[1:]

    def _exists(self, path: str) -> bool:
        return not path.startswith("..") and (self._tree.root / path).is_file()

    def _imports_of(self, path: str) -> list[str]:
        try:
            return imports((self._tree.root / path).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            return []
        except OSError as error:
            unless_missing(error)
            return []
