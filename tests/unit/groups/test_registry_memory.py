"""Which groups the registry knows, and remembers though nobody is in them."""

import gc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from galene_py.groups import limits
from galene_py.groups.admission import Admission, UserGrant
from galene_py.groups.errors import GroupError, UnknownGroup
from galene_py.groups.live import Group
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.resumption import Departure
from unit.groups.city_watch import registry
from unit.groups.making_groups import Clock, Person, make_registry, write_group

__all__ = ["registry"]


def test_unknown_and_broken_groups(registry: GroupRegistry) -> None:
    for name in ("nowhere", "../city-watch", "city-watch/sub", ""):
        with pytest.raises(UnknownGroup):
            registry.get(name)
    write_group(registry.store.root, "bad", "{")
    with pytest.raises(GroupError):
        registry.get("bad")


def test_the_same_group_as_long_as_anybody_holds_it(
    registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.groups.limits.GROUPS_IDLE", 4)
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    group = registry.get("city-watch")
    held = registry.get("auto/held")
    held.add(Person("a"))
    for number in range(50):
        registry.get(f"auto/{number}")
    assert registry.get("city-watch") is group
    assert registry.get("auto/held") is held
    assert len(registry.debug_state()["groups"]) == 1  # type: ignore[arg-type]
    assert registry.debug_state()["kept"] <= 6  # type: ignore[operator]


def test_words_do_not_keep_groups_without_end(
    registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.groups.limits.GROUPS_IDLE", 4)
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    registry.get("auto/locked").locked = "wait"
    for number in range(50):
        group = registry.get(f"auto/{number}")
        group.history.add(
            id="1", source="a", username="a", time=datetime.now(UTC), kind="", value=f"in {number}"
        )
    assert registry.debug_state()["kept"] <= 4  # type: ignore[operator]
    assert registry.get("auto/locked").locked == "wait"
    gc.collect()
    assert not registry.get("auto/0").history.list()


def test_nothing_is_kept_of_a_subgroup_that_nobody_is_in(registry: GroupRegistry) -> None:
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    member = Person("a")
    for name in ("auto", *(f"auto/{number}" for number in range(500))):
        group = registry.get(name)
        group.add(member)
        talk(group)
        group.remove(member)
    state = registry.debug_state()
    assert state["kept"] <= limits.GROUPS_LOOKED_AT + 2  # type: ignore[operator]
    assert state["history_bytes"] == len("x" * 60_002) + limits.HISTORY_ENTRY_BYTES
    assert registry.get("auto").history.list()


def test_whoever_is_awaited_in_a_subgroup_finds_what_was_said(tmp_path: Path) -> None:
    clock = Clock(0.0)
    registry = make_registry(tmp_path, clock=clock)
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    group, member = registry.get("auto/a"), Person("a")
    group.add(member)
    talk(group)
    group.resumption.hold("a", Admission("a", frozenset(), UserGrant("a")))
    group.resumption.depart("a", Departure.LOST, frozenset())
    group.remove(member)
    registry._kept.tidy(10)
    assert registry.get("auto/a").history.list()


def test_all_groups_together_keep_a_bounded_amount_of_chat(registry: GroupRegistry) -> None:
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    honest = registry.get("city-watch")
    honest.add(Person("honest"))
    for _ in range(3):
        talk(honest)
    for number in range(limits.HISTORY_TOTAL_BYTES // (4 * 60_000) + 50):
        group = registry.get(f"auto/{number}")
        group.add(Person("a"))
        for _ in range(4):
            talk(group)
    assert registry.debug_state()["history_bytes"] <= limits.HISTORY_TOTAL_BYTES  # type: ignore[operator]
    assert len(honest.history) == 3


def test_a_question_about_a_group_costs_a_look_at_a_few_others(registry: GroupRegistry) -> None:
    """However many cannot be forgotten: after aborted joins, thousands are waited for."""
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    looks = 0

    class Watched(Group):
        def deserted(self) -> bool:
            nonlocal looks
            looks += 1
            return super().deserted()

    for number in range(limits.GROUPS_IDLE + 100):
        group = registry.get(f"auto/{number}")
        group.__class__ = Watched
        group.add(Person("a"))
        group.resumption.hold("a", Admission("a", frozenset(), UserGrant("a")))
        group.resumption.depart("a", Departure.LOST, frozenset())
        group.members.clear()
    looks = 0
    registry.status("auto/0")
    assert looks <= 3 * limits.GROUPS_LOOKED_AT


def test_looking_at_a_group_makes_the_server_remember_nothing(registry: GroupRegistry) -> None:
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    for number in range(20):
        assert registry.status(f"auto/{number}")["name"] == f"auto/{number}"
    assert registry.debug_state()["kept"] == 0


def talk(group: Group) -> None:
    group.history.add(id="", source="a", username="a", time=datetime.now(UTC), kind="", value="x" * 60_000)
