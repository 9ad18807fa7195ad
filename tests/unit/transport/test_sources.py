"""The bound on SSRCs: how many at a time, who makes room, who stays out."""

from __future__ import annotations

from galene_py.transport import limits
from galene_py.transport.dtls.sources import Sources

MANY = limits.SSRCS_PER_PEER


def name(number: int) -> bytes:
    return number.to_bytes(4)


class Table:
    """A full one, and its time; numbers instead of SSRCs."""

    def __init__(self) -> None:
        self.sources = Sources(0.0)
        self.now = 0.0
        for number in range(MANY):
            assert self.hear(number) is None

    def hear(self, number: int) -> int | None:
        """An authentic packet: who made room for it."""
        if name(number) in self.sources.heard:
            return None
        assert self.sources.admits(name(number))
        loser = self.sources.learn(name(number))
        assert len(self.sources) <= MANY
        return None if loser is None else int.from_bytes(loser)

    def pass_period(self, *speaking: int) -> None:
        """A whole period in which only these are heard."""
        for number in speaking:
            self.hear(number)
        self.now += limits.SSRC_PERIOD_SECONDS
        self.sources.turn(self.now)


def test_no_more_than_the_bound_at_a_time() -> None:
    table = Table()
    assert not table.sources.admits(name(MANY))
    table.pass_period()
    assert not table.sources.admits(name(MANY))  # all were heard in the period that has just ended


def test_the_one_that_was_silent_longest_makes_room() -> None:
    table = Table()
    table.pass_period(*range(MANY))
    table.pass_period(*(set(range(MANY)) - {7}))
    table.pass_period(*(set(range(MANY)) - {7, 3}))
    assert table.hear(MANY) == 7
    assert table.hear(MANY + 1) == 3
    assert not table.sources.admits(name(MANY + 2))


def test_who_made_room_stays_out_and_everybody_else_is_known() -> None:
    table = Table()
    table.pass_period()
    table.pass_period()
    assert table.hear(MANY) == 0
    assert not table.sources.admits(name(0))
    for number in range(1, MANY):
        assert table.hear(number) is None


def test_asking_changes_nothing() -> None:
    table = Table()
    table.pass_period()
    table.pass_period(0)
    for number in range(MANY, 10 * MANY):
        assert table.sources.admits(name(number))
    assert table.hear(0) is None


def test_there_may_be_any_number_one_after_the_other() -> None:
    table = Table()
    table.pass_period()
    table.pass_period(0)
    for number in range(MANY, 2 * limits.SSRCS_FORGOTTEN):
        table.pass_period(number, 0)
