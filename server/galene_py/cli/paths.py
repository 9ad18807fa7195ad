"""Paths on the command line: absolute from the first moment on.

A path that is handed on, to another process or to a thread of a library, must mean the same there. Links stay
as they are: what they point to may change while the server runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class AbsolutePath(click.Path):
    """click's path, below the directory in which the command was given."""

    def __init__(self, **checks: Any) -> None:
        super().__init__(path_type=Path, **checks)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = super().convert(value, param, ctx)
        assert isinstance(path, Path)  # by path_type
        return path.absolute()
