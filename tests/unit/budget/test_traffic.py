"""Members cannot make each other read more than a slow line takes."""

from galene_py.budget import limits
from galene_py.budget.traffic import Traffic

LONG = 60_000


def test_a_listener_is_sent_a_burst_and_then_a_rate_whoever_sends() -> None:
    traffic = Traffic(0.0)
    allowed = sum(traffic.allow(LONG, 0.0, "a") for _ in range(100))
    assert allowed == limits.LISTENER_BURST_BYTES // LONG
    assert not traffic.allow(LONG, 0.1, "a")
    assert traffic.allow(LONG, LONG / limits.LISTENER_RATE_BYTES, "a")


def test_other_listeners_and_the_whole_group_are_not_concerned() -> None:
    traffic = Traffic(0.0)
    while traffic.allow(LONG, 0.0, "a"):
        pass
    assert traffic.allow(LONG, 0.0, "b")
    assert traffic.allow(LONG, 0.0)


def test_short_messages_reach_also_who_is_sent_too_much_and_count() -> None:
    traffic = Traffic(0.0)
    while traffic.allow(LONG, 0.0, "a"):
        pass
    for _ in range(1000):
        assert traffic.allow(limits.SHORT_MESSAGE_BYTES, 0.0, "a")
    assert not traffic.allow(LONG, LONG / limits.LISTENER_RATE_BYTES, "a")


def test_nothing_is_remembered_of_who_is_gone() -> None:
    traffic = Traffic(0.0)
    for number in range(1000):
        traffic.allow(10, 0.0, str(number))
        traffic.forget(str(number))
    assert not traffic._listeners
