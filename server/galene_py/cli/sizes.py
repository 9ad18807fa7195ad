"""Sizes on the command line: bytes, or a number with a unit, such as 500M or 20G."""

from __future__ import annotations

import re

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
