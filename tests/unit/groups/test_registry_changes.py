"""The registry: what changes in files and tokens reaches the people in a group."""

import asyncio
import os
import time
from typing import Any

import pytest

from galene_py.groups import limits
from galene_py.groups.admission import Credentials
from galene_py.groups.errors import Refused, TokenError, UnknownGroup
from galene_py.groups.live import Group
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.times import Timestamp
from unit.groups.city_watch import WATCH, enter, invite, registry
from unit.groups.making_groups import Person, make_registry, write_group
from unit.groups.test_signed_tokens import make as make_jwt
from unit.groups.test_signed_tokens import oct_key

__all__ = ["registry"]


class Listener:
    """Remembers which groups changed."""

    def __init__(self, registry: GroupRegistry) -> None:
        self.heard: list[str] = []
        registry.on_changed(lambda group: self.heard.append(group.name))

    def take(self) -> list[str]:
        heard, self.heard = self.heard, []
        return heard


async def admitted(registry: GroupRegistry, group: Group, **credentials: Any) -> Person:
    admission = await registry.authenticate(group, Credentials(**credentials))
    person = Person(admission.username, admission.permissions, admission.username, admission=admission)
    group.add(person)
    return person


def rewrite(registry: GroupRegistry, **changes: Any) -> None:
    write_group(registry.store.root, "city-watch", WATCH | changes)
    registry.refresh("city-watch")


async def test_changed_permissions_and_removed_users(registry: GroupRegistry) -> None:
    group, listener = registry.get("city-watch"), Listener(registry)
    vimes = await admitted(registry, group, username="vimes", password="sybil")
    nobby = await admitted(registry, group, username="nobby", password="1234")
    assert vimes.admission
    assert nobby.admission
    assert registry.reconsider(group, vimes.admission) == vimes.admission
    rewrite(registry, users={"vimes": {"password": "sybil", "permissions": "message"}})
    assert listener.take() == ["city-watch"]
    assert registry.reconsider(group, vimes.admission).permissions == {"message"}
    rewrite(registry, users={})
    with pytest.raises(Refused, match="no longer"):
        registry.reconsider(group, vimes.admission)
    assert registry.reconsider(group, nobby.admission).permissions == {"message"}
    rewrite(registry, **{"wildcard-user": None})
    with pytest.raises(Refused):
        registry.reconsider(group, nobby.admission)


async def test_nothing_is_heard_when_nothing_changed(registry: GroupRegistry) -> None:
    listener = Listener(registry)
    registry.get("city-watch")
    rewrite(registry)
    os.utime(registry.store.root / "city-watch.json", (5, 5))
    registry.get("city-watch")
    assert listener.take() == []


async def test_a_subgroup_hears_of_its_parent(registry: GroupRegistry) -> None:
    write_group(registry.store.root, "p", {"auto-subgroups": True})
    subgroup, listener = registry.get("p/a"), Listener(registry)
    write_group(registry.store.root, "p", {"auto-subgroups": True, "autokick": True})
    registry.refresh("p")
    assert listener.take() == ["p/a"]
    assert subgroup.description.autokick


async def test_a_deleted_group_lets_nobody_stay_and_can_come_back(registry: GroupRegistry) -> None:
    group, listener = registry.get("city-watch"), Listener(registry)
    vimes = await admitted(registry, group, username="vimes", password="sybil")
    assert vimes.admission
    os.unlink(registry.store.root / "city-watch.json")
    registry.refresh("city-watch")
    registry.refresh("city-watch")
    assert listener.take() == ["city-watch"]
    with pytest.raises(Refused, match="does not exist"):
        registry.reconsider(group, vimes.admission)
    with pytest.raises(UnknownGroup):
        registry.get("city-watch")
    rewrite(registry)
    assert listener.take() == ["city-watch"]
    assert registry.reconsider(group, vimes.admission)


async def test_nothing_of_an_empty_group_outlasts_its_file(registry: GroupRegistry) -> None:
    registry.get("city-watch").data["topic"] = "secret"
    os.unlink(registry.store.root / "city-watch.json")
    with pytest.raises(UnknownGroup):
        registry.get("city-watch")
    rewrite(registry)
    assert not registry.get("city-watch").data


async def test_a_broken_file_changes_nothing_for_anybody(registry: GroupRegistry) -> None:
    group, listener = registry.get("city-watch"), Listener(registry)
    vimes = await admitted(registry, group, username="vimes", password="sybil")
    assert vimes.admission
    write_group(registry.store.root, "city-watch", "{")
    registry.refresh("city-watch")
    assert listener.take() == []
    assert registry.reconsider(group, vimes.admission) == vimes.admission
    assert (await enter(registry, "city-watch", username="vimes", password="sybil")).username == "vimes"


async def test_revoked_invitations_count_no_more_but_those_that_ran_out_let_people_stay(
    registry: GroupRegistry,
) -> None:
    group = registry.get("city-watch")
    token = invite(registry)
    nobby = await admitted(registry, group, token="t", username="nobby")
    assert nobby.admission
    invite(registry, permissions=["message"])
    assert registry.reconsider(group, nobby.admission).permissions == {"message"}
    invite(registry, expires=Timestamp.at(time.time() - 1))
    with pytest.raises(Refused, match="revoked"):
        registry.reconsider(group, nobby.admission)
    found = registry.token_file.find("t")
    assert found
    registry.token_file.delete("t", found.etag)
    with pytest.raises(Refused, match="revoked"):
        registry.reconsider(group, nobby.admission)
    invite(registry, expires=token.expires)
    registry.admissions._wall_clock = lambda: time.time() + 10_000
    assert registry.reconsider(group, nobby.admission), "it ran out, nobody revoked it"


async def test_an_invitation_that_was_cleaned_away_long_after_its_end_lets_people_stay(
    registry: GroupRegistry,
) -> None:
    group, end = registry.get("city-watch"), time.time() + 1000
    invite(registry, expires=Timestamp.at(end))
    nobby = await admitted(registry, group, token="t", username="nobby")
    assert nobby.admission
    later = end + limits.TOKEN_KEEP_SECONDS + 1
    registry.admissions._wall_clock = lambda: later
    assert registry.token_file.purge(later) == 1
    assert registry.reconsider(group, nobby.admission) == nobby.admission
    with pytest.raises(Refused):
        await admitted(registry, group, token="t", username="colon")


async def test_an_invitation_made_while_its_group_is_deleted_does_not_outlast_it(
    registry: GroupRegistry,
) -> None:
    """Whoever makes it was in the group when the disk was asked, and is put out meanwhile."""
    group = registry.get("city-watch")
    registry.store.edit("city-watch", lambda old: None)
    registry.delete_invitations("city-watch")
    asked = {"group": "city-watch", "permissions": ["present"], "expires": 3_600_000}
    with pytest.raises(TokenError, match="does not exist any more"):
        registry.tokens.make(group, "vimes", frozenset({"present"}), asked)
    assert registry.token_file.of_group("city-watch") == []


async def test_a_prolonged_invitation_that_ran_out_lets_people_stay(registry: GroupRegistry) -> None:
    group, end = registry.get("city-watch"), time.time() + 1000
    invite(registry, expires=Timestamp.at(end))
    nobby = await admitted(registry, group, token="t", username="nobby")
    assert nobby.admission
    invite(registry, expires=Timestamp.at(end + 1000))
    prolonged = registry.reconsider(group, nobby.admission)
    assert prolonged == nobby.admission, "nobody who comes back is taken for another"
    registry.admissions._wall_clock = lambda: end + 5000
    assert registry.reconsider(group, prolonged) == prolonged
    invite(registry, expires=Timestamp.at(end + 4000))
    with pytest.raises(Refused, match="revoked"):
        registry.reconsider(group, prolonged)


async def test_a_key_that_is_gone_vouches_for_nobody(registry: GroupRegistry) -> None:
    group = registry.get("city-watch")
    vimes = await admitted(registry, group, token=make_jwt())
    assert vimes.admission
    assert registry.reconsider(group, vimes.admission) == vimes.admission
    rewrite(registry, authKeys=[oct_key("HS256", secret=b"9" * 32)])
    with pytest.raises(Refused):
        registry.reconsider(group, vimes.admission)


async def test_running_registry_notices_files_and_tokens(
    registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.groups.limits.GROUP_CHECK_SECONDS", 0.01)
    monkeypatch.setattr("galene_py.groups.limits.GROUP_SCAN_SECONDS", 0.01)
    await registry.start()
    try:
        group, heard = registry.get("city-watch"), asyncio.Queue[str]()
        registry.on_changed(lambda changed: heard.put_nowait(changed.name))
        invite(registry)
        await admitted(registry, group, token="t", username="nobby")
        write_group(registry.store.root, "city-watch", WATCH | {"displayName": "new"})
        while group.description.display_name != "new":
            assert await asyncio.wait_for(heard.get(), 5) == "city-watch"
        other = make_registry(registry.store.root.parent)
        invite(other, permissions=["message"])
        assert await asyncio.wait_for(heard.get(), 5) == "city-watch"
        other.close()
    finally:
        registry.close()


async def test_secrets_are_not_printed(registry: GroupRegistry) -> None:
    invite(registry, "very-secret-token")
    admission = await enter(registry, "city-watch", token="very-secret-token", username="x")
    assert "very-secret" not in repr(admission)
