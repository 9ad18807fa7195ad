"""Who may have a name that could be taken for another: nobody who only chose it."""

from __future__ import annotations

import string
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.groups.admission import Admission, Credentials, SignedGrant, UserGrant, WildcardGrant
from galene_py.groups.description import Description
from galene_py.groups.errors import Refused, TokenError, Why
from galene_py.groups.live import Group
from galene_py.groups.lookalikes import RESERVED_NAMES, looks
from galene_py.groups.store import Stored
from unit.groups.making_groups import OP, Clock, Person, make_registry, write_group

ALIKE = [
    *(
        "Admin",
        "ADMIN",
        "adm\u0131n",
        "ADM\u0130N",
        "admin.",
        "-admin-",
        "ad min",
        "a d m i n",
        "admin \u2713",
    ),
    *(
        "\u0430dmin",
        "\u0430dm\u0456n",
        "adrnin",
        "\uff41\uff44\uff4d\uff49\uff4e",
        "\U0001d41admin",
        "admi\u0307n",
    ),
    *("\u0251dmin", "a\u200cdmin", "admin\u00a0", "\u24d0dmin"),
]
OTHERS = ["admins", "adm\u00edn", "amin", "administration", "Anna", "1234", "\u0430\u0434\u043c\u0438\u043d"]


@pytest.mark.parametrize("name", ALIKE)
def test_a_name_that_looks_like_another_is_recognised(name: str) -> None:
    assert looks(name) & looks("admin")


@pytest.mark.parametrize("name", OTHERS)
def test_a_name_that_differs_to_the_eye_is_another(name: str) -> None:
    assert not looks(name) & looks("admin")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("\u0410\u043d\u043d\u0430", "Anna", False),  # Cyrillic: n looks different
        ("\u041c\u0430\u0445", "Max", True),  # Cyrillic: every letter looks the same
        ("\u041d\u0430nna", "Hanna", True),  # a capital en is an H
        ("Jose", "Jos\u00e9", False),
        ("Jos\u00e9", "Jose\u0301", True),
        ("Ana Maria", "Ana-Maria", True),
        ("bob", "b0b", True),
        ("alice", "aIice", True),
        ("Stra\u00dfe", "STRASSE", True),
        ("\u2605", "\u2606", False),
        ("\u540d\u524d", "\u540d", False),
        ("\u0639\u0644\u06cc", "\u0639\u0644\u064a", True),  # Persian and Arabic yeh
        ("", "", False),
    ],
)
def test_pairs(one: str, other: str, alike: bool) -> None:
    assert bool(looks(one) & looks(other)) is alike


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8))
def test_the_way_for_ascii_is_the_way_for_all(name: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in name)  # the same in full width
    assert looks(name) == looks(wide) or not (set(name) & set(string.ascii_letters + string.digits))


@given(st.text(max_size=12))
def test_a_name_looks_like_itself_in_every_form(name: str) -> None:
    if unicodedata.normalize("NFKC", name).strip() and looks(name):
        for form in ("NFC", "NFD", "NFKC"):
            assert looks(name) & looks(unicodedata.normalize(form, name))  # type: ignore[arg-type]


# --- choosing ------------------------------------------------------------------------------------------

GROUP = {
    "users": {
        "admin": {"password": "x", "permissions": "op"},
        "vetinari": {"password": "y", "permissions": "op"},
    },
    "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"},
}


async def refused(tmp_path: Path, **credentials: Any) -> str:
    write_group(tmp_path / "groups", "g", GROUP)
    registry = make_registry(tmp_path)
    try:
        await registry.authenticate(registry.get("g"), Credentials(**credentials))
    except Refused as error:
        return str(error.code)
    finally:
        registry.close()
    return ""


@pytest.mark.parametrize(
    "name", [*ALIKE, *RESERVED_NAMES, "Server", "\u0405erver", "Vetinari", "vetinar\u0131"]
)
async def test_nobody_chooses_a_name_that_looks_like_a_users_or_the_servers(
    tmp_path: Path, name: str
) -> None:
    if name != "admin":
        assert await refused(tmp_path, username=name) in ("duplicate-username", "bad-username")


@pytest.mark.parametrize("name", [*OTHERS, "server-side", "\u0410\u043d\u043d\u0430", "\u540d\u524d"])
async def test_other_names_are_free(tmp_path: Path, name: str) -> None:
    assert await refused(tmp_path, username=name) == ""


async def test_users_of_the_file_have_their_names_in_any_unicode_form(tmp_path: Path) -> None:
    assert await refused(tmp_path, username="admin", password="x") == ""
    write_group(
        tmp_path / "groups", "names", {"users": {"zoe\u0308": {"password": "z"}, "Server": {"password": "s"}}}
    )
    registry = make_registry(tmp_path)
    for name, password in (("zo\u00eb", "z"), ("zoe\u0308", "z"), ("Server", "s")):
        admission = await registry.authenticate(registry.get("names"), Credentials(name, password))
        assert admission.username == unicodedata.normalize("NFC", name)
    registry.close()


def test_invitations_give_nobody_such_a_name(tmp_path: Path) -> None:
    write_group(tmp_path / "groups", "g", GROUP)
    registry = make_registry(tmp_path)
    for name in ("admin", "Admin", "\u0430dmin", "system"):
        value = {"group": "g", "username": name, "expires": 1000}
        with pytest.raises(TokenError, match="taken"):
            registry.tokens.make(registry.get("g"), "admin", OP, value)
    registry.close()


# --- beside those who are there --------------------------------------------------------------------------


def room(*members: Person) -> Group:
    clock = Clock(0.0)
    group = Group("g", Stored(Description(), "", "g"), clock=clock, wall_clock=clock)
    for member in members:
        group.add(member)
    return group


def person(name: str, *, chosen: bool = True, op: bool = False) -> Person:
    permissions = OP if op else frozenset({"present"})
    grant = WildcardGrant() if chosen else SignedGrant("key")
    return Person(
        f"{name}-{chosen}-{op}", permissions, name, admission=Admission(name, permissions, grant, chosen)
    )


def may_enter(newcomer: Person, *members: Person) -> bool:
    group = room(*members)
    newcomer.id = "newcomer"
    try:
        group.add(newcomer)
    except Refused as error:
        return error.code is not Why.DUPLICATE_USERNAME
    return True


def test_guests_may_have_the_same_name() -> None:
    assert may_enter(person("Anna"), Person("other", username="Anna", admission=person("Anna").admission))


@pytest.mark.parametrize("name", ["Anna", "anna.", "\u0410nna"])
def test_nobody_chooses_the_name_of_somebody_who_is_vouched_for(name: str) -> None:
    assert not may_enter(person(name), person("Anna", chosen=False))
    assert not may_enter(person(name, op=True), person("Anna", chosen=False))
    assert not may_enter(person(name), person("Anna", op=True))
    assert may_enter(person(name, op=True), person("Anna", op=True))
    assert may_enter(person("\u0410\u043d\u043d\u0430"), person("Anna", chosen=False))


def test_whoever_is_vouched_for_is_kept_out_by_nobody() -> None:
    assert may_enter(person("Anna", chosen=False), person("Anna"))
    assert may_enter(person("anna", chosen=False), person("Anna", chosen=False))


def test_what_an_operator_granted_makes_no_name_taken() -> None:
    promoted = person("Anna")
    promoted.permissions = OP
    assert may_enter(Person("second", username="Anna", admission=promoted.admission), promoted)


def test_grants_tell_whose_choice_a_name_is() -> None:
    assert not Admission("a", frozenset(), UserGrant("a")).chosen
