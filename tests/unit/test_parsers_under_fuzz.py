"""Every parser of what comes over the network, hundreds of bad inputs each; `scripts/fuzz` goes on longer."""

from functools import partial

import pytest

from fuzz.mutate import mutations
from fuzz.target import Target, lines_run
from fuzz.targets import TARGETS

INPUTS = 600
LINES = 300_000
"""of the server's code in all, after which a target is done: some take a hundred times as many as others"""


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_it_raises_one_error_and_returns_what_is_sound_within_bounded_work(target: Target) -> None:
    known = [*target.seeds, *target.corpus()]
    spent = 0
    for data in [b"", *known, *mutations(known, INPUTS, seed=16)]:
        try:
            lines, _ = lines_run(partial(target.run, data))
        except Exception as error:
            error.add_note(f"{target.name}: {data!r}")
            raise
        assert lines <= target.lines_allowed(data), data
        spent += lines
        if spent > LINES:
            break
    assert spent
