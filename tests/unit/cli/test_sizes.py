"""Sizes on the command line."""

from __future__ import annotations

import click
import pytest

from galene_py.cli.sizes import parse_size

CONTEXT, OPTION = click.Context(click.Command("serve")), click.Option(["--limit"])


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("500M", 500 << 20), ("20g", 20 << 30), ("1.5 GiB", 3 << 29), ("2TB", 2 << 40), (None, 0)],
)
def test_sizes_have_units(text: str | None, size: int) -> None:
    assert parse_size(CONTEXT, OPTION, text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "much", "1X", "1e9", "0.1"])
def test_other_words_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="such as 500M"):
        parse_size(CONTEXT, OPTION, text)
