"""Who may come into a live group, and what it remembers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.budget.shares import Shares
from galene_py.conference import limits as conference_limits
from galene_py.groups import limits, live
from galene_py.groups.description import from_object
from galene_py.groups.errors import Refused
from galene_py.groups.history import History
from galene_py.groups.live import Group
from galene_py.groups.store import Stored
from unit.groups.making_groups import Clock, Person, op

NOW = 1_900_000_000.0


def make(clock: Clock | None = None, **fields: object) -> Group:
    description = from_object({name.replace("_", "-"): value for name, value in fields.items()}).description
    stored = Stored(description, '"1"', "g")
    return Group("g", stored, clock=clock or Clock(0.0), wall_clock=Clock(NOW))


def refusal(group: Group, person: Person) -> str:
    with pytest.raises(Refused) as error:
        group.add(person)
    return error.value.text


def test_people_come_and_go() -> None:
    group, person = make(), Person("a")
    group.add(person)
    assert group.members == {"a": person}
    assert refusal(group, Person("a")) == "duplicate client id"
    group.remove(Person("a"))
    assert group.members, "another one of the same id takes nobody out"
    group.remove(person)
    group.remove(person)
    assert not group.members


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"not_before": "2099-01-01T00:00:00Z"}, live.NOT_OPEN),
        ({"expires": "2000-01-01T00:00:00Z"}, live.CLOSED),
        ({"autolock": True}, live.LOCKED),
        ({"autokick": True}, live.NO_OPERATOR),
    ],
)
def test_operators_pass_where_others_wait(fields: dict[str, object], words: str) -> None:
    group = make(**fields)
    assert refusal(group, Person("a")) == words
    group.add(op())
    if "autokick" in fields:
        group.add(Person("a"))


def test_operators_do_not_count_as_too_many() -> None:
    group = make(max_clients=2)
    group.add(Person("a"))
    group.add(Person("b"))
    assert refusal(group, Person("c")) == live.FULL
    group.add(op())
    assert refusal(group, Person("c")) == live.FULL
    group.remove(group.members["a"])
    assert refusal(group, Person("c")) == live.FULL, "the operator takes a place all the same"


@pytest.mark.parametrize("limit", [0, -1])
def test_no_limit_is_no_limit(limit: int) -> None:
    group = make(max_clients=limit)
    for number in range(50):
        group.add(Person(str(number)))


def test_the_words_of_a_lock_reach_those_who_wait() -> None:
    group = make()
    group.locked = "back at three"
    assert refusal(group, Person("a")) == "back at three"
    group.locked = ""
    assert refusal(group, Person("a")) == live.LOCKED
    group.locked = None
    group.add(Person("a"))


def test_autolock_turned_on_locks_an_empty_group() -> None:
    group = make()
    stored = Stored(from_object({"autolock": True}).description, '"2"', "g")
    assert group.describe(stored)
    assert group.locked == live.LOCKED
    assert not group.describe(stored)


@pytest.mark.parametrize("people", [False, True])
def test_autolock_turned_off_opens_what_it_locked(people: bool) -> None:
    group = make(autolock=True)
    if people:
        group.add(op("o"))
        group.locked = None
        group.add(Person("a"))
        group.lock_by_rule()
    assert group.describe(Stored(from_object({}).description, '"2"', "g"))
    assert group.locked is None
    group.add(Person("b"))


def test_autolock_turned_off_does_not_open_what_an_operator_locked() -> None:
    group = make(autolock=True)
    group.add(op("o"))
    group.locked = live.LOCKED
    group.describe(Stored(from_object({}).description, '"2"', "g"))
    assert group.locked == live.LOCKED


def test_nothing_that_matters_is_forgotten_early() -> None:
    clock = Clock(0.0)
    group = make(clock, max_history_age=100)
    assert group.idle()
    group.locked = "closed for today"
    assert not group.idle()
    clock.now = 101.0
    assert group.idle()
    group.locked = None
    group.data["topic"] = "x"
    assert not group.idle()
    group.data.clear()
    group.history.add(id="1", source="a", username="a", time=datetime.now(UTC), kind="", value="hello")
    assert not group.idle()
    group.history.clear()
    group.add(Person("a"))
    clock.now = 10_000.0
    assert not group.idle()


def history(clock: Clock, keep: float = 1000.0) -> History:
    return History(clock, keep, Shares(limits.HISTORY_TOTAL_BYTES), "g")


def say(log: History, id: str, source: str = "a") -> None:
    log.add(id=id, source=source, username=source, time=datetime(2030, 1, 1, tzinfo=UTC), kind="", value=id)


def ids(log: History) -> list[str]:
    return [entry.id for entry in log.list()]


def test_the_last_fifty_messages_are_kept() -> None:
    log = history(Clock(0.0))
    for number in range(60):
        say(log, str(number))
    assert ids(log) == [str(number) for number in range(10, 60)]


def test_old_messages_go() -> None:
    clock = Clock(0.0)
    log = history(clock, 10.0)
    say(log, "old")
    clock.now = 6.0
    say(log, "new")
    clock.now = 10.0
    assert ids(log) == ["old", "new"]
    clock.now = 10.1
    assert ids(log) == ["new"]
    assert len(log) == 1


def test_clearing_all_one_person_one_message() -> None:
    log = history(Clock(0.0))
    for id, source in (("1", "a"), ("2", "a"), ("1", "b"), ("3", "b")):
        say(log, id, source)
    log.clear(id="1", source="b")
    assert ids(log) == ["1", "2", "3"]
    log.clear(source="a")
    assert ids(log) == ["3"]
    log.clear()
    assert ids(log) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("123"))), st.sampled_from(["", "a", "b"]))
def test_clearing_one_leaves_the_others(said: list[tuple[str, str]], source: str) -> None:
    log = history(Clock(0.0))
    for who, id in said[:50]:
        say(log, id, who)
    log.clear(source=source)
    expected = [id for who, id in said[:50] if source and who != source]
    assert ids(log) == expected


def test_what_is_kept_of_the_chat_is_bounded_in_bytes() -> None:
    history = make().history
    for number in range(limits.HISTORY_MESSAGES):
        text = "x" * (conference_limits.SIGNAL_VALUE_BYTES - 2 if number % 2 else 10)
        history.add(id=str(number), source="a", username="a", time=datetime.now(UTC), kind="", value=text)
    kept = history.list()
    assert kept[-1].id == str(limits.HISTORY_MESSAGES - 1)
    most = limits.HISTORY_BYTES
    assert most - 2 * conference_limits.SIGNAL_VALUE_BYTES < sum(entry.size for entry in kept) <= most
