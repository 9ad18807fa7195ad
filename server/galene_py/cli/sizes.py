"""Sizes on the command line: bytes, or a number with a unit, such as 500M; pixels, such as 1280x720."""

from __future__ import annotations

import re
from typing import Any

import click

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_size(context: click.Context, param: click.Parameter, value: str | None) -> int:
    """A click callback: bytes, 0 when the option is not there; units are powers of 1024. Raises
    BadParameter."""
    if value is None:
        return 0
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]?)(?:i?B)?", value.strip(), re.IGNORECASE)
    if match is None or not (size := int(float(match[1]) * _UNITS[match[2].upper()])):
        raise click.BadParameter(f"{value!r} is not a size such as 500M or 20G")
    return size


_PIXELS = re.compile(r"(\d{2,4})x(\d{2,4})\Z")
_LEAST, _MOST = 64, 4096


class PixelSize(click.ParamType[tuple[int, int]]):
    """WxH of a picture: even numbers, as video codecs need them."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        match = _PIXELS.match(value) if isinstance(value, str) else None
        if match is None:
            self.fail(f"{value!r} is not a size such as 1280x720", param, ctx)
        sides = int(match[1]), int(match[2])
        if any(side % 2 or not _LEAST <= side <= _MOST for side in sides):
            self.fail(f"sides of a film are even, and {_LEAST} to {_MOST} pixels long", param, ctx)
        return sides
