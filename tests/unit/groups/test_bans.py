"""Who is kept out, by what, for how long; and that a restart forgets nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from galene_py.groups import limits
from galene_py.groups.admission import Admission, Grant, TokenGrant, UserGrant, WildcardGrant
from galene_py.groups.bans import Bans
from galene_py.groups.errors import Refused, StorageError, Why
from unit.groups.making_groups import Clock, MortalDisk

INVITED = TokenGrant("secret-invitation", 0.0)


def admitted(grant: Grant, *permissions: str) -> Admission:
    return Admission("somebody", frozenset(permissions), grant)


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def bans(tmp_path: Path, clock: Clock) -> Bans:
    return Bans(tmp_path / "var" / "bans.json", clock)


def refused(
    bans: Bans, address: str, grant: Grant, group: str = "g", file: str = "g", *permissions: str
) -> bool:
    try:
        bans.check(group, file, address, admitted(grant, *permissions))
    except Refused as error:
        return error.code is Why.BANNED
    return False


def test_who_is_kept_out_and_who_is_not(bans: Bans) -> None:
    bans.keep_out("g", "192.0.2.1", admitted(INVITED), "op")
    assert refused(bans, "192.0.2.1", WildcardGrant()), "the same address"
    assert refused(bans, "198.51.100.1", INVITED), "the same invitation"
    assert not refused(bans, "198.51.100.1", WildcardGrant())
    assert not refused(bans, "192.0.2.1", WildcardGrant(), "other", "other")
    assert not refused(bans, "192.0.2.1", WildcardGrant(), "g", "g", "op"), "an operator of the file"


def test_a_user_of_the_file_is_known_by_name(bans: Bans) -> None:
    bans.keep_out("g", "127.0.0.1", admitted(UserGrant("bob")), "op")
    assert refused(bans, "198.51.100.1", UserGrant("bob"))
    assert not refused(bans, "127.0.0.1", WildcardGrant()), "everybody may come from there"


def test_a_whole_ipv6_network_is_one_address(bans: Bans) -> None:
    bans.keep_out("g", "2001:db8::1", admitted(WildcardGrant()), "op")
    assert refused(bans, "2001:db8::2", WildcardGrant())
    assert not refused(bans, "2001:db8:0:1::1", WildcardGrant())


@pytest.mark.parametrize(
    ("address", "admission"),
    [
        ("127.0.0.1", admitted(WildcardGrant())),
        ("", admitted(WildcardGrant())),
        ("192.0.2.1", admitted(UserGrant("boss"), "op")),
        ("192.0.2.1", None),
    ],
)
def test_who_cannot_be_kept_out_is_not(bans: Bans, address: str, admission: Admission | None) -> None:
    assert bans.keep_out("g", address, admission, "op") is None
    assert bans.of_group("g") == []


@pytest.mark.parametrize(
    ("group", "file", "kept_out"),
    [
        ("g", "g", True),
        ("g/x", "g", True),
        ("g/x", "g/x", False),
        ("g/x/y", "g/x", False),
        ("gg", "gg", False),
    ],
)
def test_subgroups_without_a_file_belong_to_the_group(
    bans: Bans, group: str, file: str, kept_out: bool
) -> None:
    bans.add("g", by="op", address="192.0.2.1")
    assert refused(bans, "192.0.2.1", WildcardGrant(), group, file) == kept_out


def test_a_ban_from_the_whole_server_is_from_every_group(bans: Bans) -> None:
    bans.add("", by="root", address="192.0.2.1")
    assert refused(bans, "192.0.2.1", WildcardGrant(), "any", "any")


def test_it_ends(bans: Bans, clock: Clock) -> None:
    bans.add("g", by="op", address="192.0.2.1")
    clock.now += limits.BAN_SECONDS - 1
    assert refused(bans, "192.0.2.1", WildcardGrant())
    clock.now += 1
    assert not refused(bans, "192.0.2.1", WildcardGrant())
    assert bans.of_group("g") == []


def test_it_is_lifted(bans: Bans) -> None:
    ban = bans.add("g", by="op", address="192.0.2.1")
    assert bans.find(ban.id, "other") is None
    bans.lift(ban)
    assert not refused(bans, "192.0.2.1", WildcardGrant())


def test_a_restart_forgets_nobody_and_the_file_holds_no_invitation(
    bans: Bans, clock: Clock, tmp_path: Path
) -> None:
    bans.keep_out("g", "192.0.2.1", admitted(INVITED), "op")
    bans.save()
    path = tmp_path / "var" / "bans.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "secret-invitation" not in path.read_text()
    again = Bans(path, clock)
    again.load()
    assert again.of_group("g") == bans.of_group("g")
    assert refused(again, "198.51.100.1", INVITED)


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"group": "g"}]', "null"])
def test_a_broken_file_is_put_aside(tmp_path: Path, clock: Clock, text: str) -> None:
    path = tmp_path / "bans.json"
    path.write_text(text)
    bans = Bans(path, clock)
    bans.load()
    assert not refused(bans, "192.0.2.1", WildcardGrant())
    assert (tmp_path / "bans.broken").read_text() == text
    bans.add("g", by="op", address="192.0.2.1")
    bans.save()


def test_a_full_disk_costs_nothing_but_the_memory_of_it(tmp_path: Path, clock: Clock) -> None:
    bans = Bans(
        tmp_path / "bans.json", clock, disk=MortalDisk(2, error=OSError(28, "No space left on device"))
    )
    bans.add("g", by="op", address="192.0.2.1")
    with pytest.raises(StorageError, match="No space"):
        bans.save()
    assert refused(bans, "192.0.2.1", WildcardGrant())


def test_their_number_is_bounded(bans: Bans) -> None:
    for group in range(limits.BANS // limits.BANS_PER_GROUP + 2):
        for number in range(limits.BANS_PER_GROUP + (5 if group == 0 else 0)):
            bans.add(f"g{group}", by="op", user=f"u{number}", seconds=1000 + number)
        assert len(bans.of_group(f"g{group}")) <= limits.BANS_PER_GROUP
    assert sum(len(bans.of_group(f"g{n}")) for n in range(20)) == limits.BANS
