"""What comes in is taken apart in portions, in turns, and counts as memory until it is handled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from galene_py.budget.shares import Shares
from galene_py.budget.turns import Turns
from galene_py.web import limits
from galene_py.web.intake import Intake, Unhandled

PORTION = limits.REQUEST_PORTION_BYTES


class Line:
    """A connection whose parser takes a millisecond for a portion; time stands still otherwise."""

    def __init__(self) -> None:
        self.now = 0.0
        self.soon: list[Callable[[], None]] = []
        self.later: list[Callable[[], None]] = []
        self.turns = Turns(lambda: self.now, self.soon.append, lambda _, step: self.later.append(step))
        self.parsed = b""
        self.portions: list[int] = []
        self.full = False
        self.held = False
        self.intake = Intake(self.turns.actor("here"), self.parse, lambda: self.full, self.hold, self.release)

    def parse(self, data: bytes) -> None:
        self.parsed += data
        self.portions.append(len(data))
        self.now += 0.001

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False

    def turn(self) -> float:
        """One turn of the loop; the seconds that it took."""
        began = self.now
        steps, self.soon[:] = list(self.soon), []
        for step in steps:
            step()
        return self.now - began


@pytest.fixture
def line() -> Line:
    return Line()


def test_what_is_small_is_parsed_at_once(line: Line) -> None:
    line.intake.take(b"hello")
    assert line.parsed == b"hello"
    assert not line.held


def test_what_is_large_is_parsed_in_several_turns_and_nothing_is_read_meanwhile(line: Line) -> None:
    data = bytes(range(256)) * (12 * PORTION // 256) + b"end"
    line.intake.take(data)
    assert line.held
    while line.held:
        assert line.turn() <= 0.005
    assert line.parsed == data
    assert max(line.portions) <= PORTION


def test_nothing_is_parsed_while_the_parser_has_no_room(line: Line) -> None:
    line.full = True
    line.intake.take(b"a" * 3 * PORTION)
    line.turn()
    assert not line.parsed
    assert line.held
    line.full = False
    line.intake.go_on()
    while line.held:
        line.turn()
    assert len(line.parsed) == 3 * PORTION


def test_another_actor_goes_on_where_the_first_one_stopped(line: Line) -> None:
    line.intake.take(b"a" * 20 * PORTION)
    line.turn()
    line.intake.become_websocket(line.turns.actor("there"))
    while line.held:
        line.turn()
    assert len(line.parsed) == 20 * PORTION


def test_after_the_end_nothing_is_parsed(line: Line) -> None:
    line.intake.take(b"a" * 20 * PORTION)
    line.intake.close()
    parsed = len(line.parsed)
    for _ in range(30):
        line.turn()
    assert len(line.parsed) == parsed


def test_when_too_much_is_not_handled_one_of_those_who_have_most_is_cut_off() -> None:
    shares, dropped = Shares(1000), list[str]()
    honest = Unhandled(shares, "home", lambda: dropped.append("honest"))
    attackers = [Unhandled(shares, "elsewhere", lambda: dropped.append("attacker")) for _ in range(3)]
    honest.came(300)
    for attacker in attackers:
        attacker.came(250)
    assert dropped == ["attacker"]
    honest.handled(300)
    for attacker in attackers:
        attacker.forget()
    assert shares.bytes == 0


def test_more_cannot_be_handled_than_came() -> None:
    shares = Shares(1000)
    one = Unhandled(shares, "home", lambda: None)
    one.came(10)
    one.handled(500)
    assert shares.bytes == 0
