"""`/vendor/mediapipe/`: the segmentation library and models, once an admin installed them.

Read-only view of the first vendor directory that has them; looks again for each request, so that an
installation takes effect without a restart. Never fetches anything. Owns the cache of each directory.
"""

from __future__ import annotations

import json
from pathlib import Path

from aiohttp import web

from galene_py.web import static_files
from galene_py.web.static_files import StaticTree

_RECORD = "installed.json"


class MediaPipe:
    """Serves what `galene-py install-mediapipe` put there."""

    def __init__(self, vendor_dirs: list[Path]) -> None:
        self._trees = [
            StaticTree(directory / "mediapipe", read_for_version=False) for directory in vendor_dirs
        ]

    def _installed(self) -> tuple[StaticTree, dict[str, object]] | None:
        for tree in self._trees:
            try:
                record = json.loads((tree.root / _RECORD).read_bytes())
            except ValueError:
                continue
            except OSError as error:
                static_files.unless_missing(error)
                continue
            if isinstance(record, dict):
                return tree, record
        return None

    async def status(self, _request: web.Request) -> web.StreamResponse:
        """Whether there is anything, without the noise of a 404."""
        found = self._installed()
        if found is None:
            return web.json_response({"installed": False})
        tree, record = found
        version = str(record.get("version", ""))
        base = f"vendor/mediapipe/@{tree.version()}/"
        return web.json_response({"installed": True, "version": version, "base": base})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """One file of the installation."""
        found = self._installed()
        if found is None:
            raise web.HTTPNotFound
        return await found[0].respond(request, static_files.tail_segments(request, "/vendor/mediapipe/"))
