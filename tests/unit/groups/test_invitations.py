"""What the members of a group may do with its invitations."""

from pathlib import Path

import pytest

from galene_py.groups.description import from_object as describe
from galene_py.groups.errors import TokenError
from galene_py.groups.live import Group
from galene_py.groups.store import Stored
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.actions import TokenActions
from galene_py.groups.tokens.file import TokenFile
from galene_py.groups.tokens.stateful import Token
from unit.groups.making_groups import Clock

NOW = 1_900_000_000.0
LATER, EARLIER = Timestamp.at(NOW + 3600), Timestamp.at(NOW - 3600)
OP = frozenset({"op", "present", "message", "caption", "token"})


@pytest.fixture
def actions(tmp_path: Path) -> TokenActions:
    return TokenActions(TokenFile(tmp_path / "tokens.jsonl"), Clock(NOW))


def group(name: str = "g") -> Group:
    description = describe({"users": {"vimes": {}}}).description
    return Group(name, Stored(description, "", name), clock=Clock(0), wall_clock=Clock(NOW))


def make(actions: TokenActions, holder: frozenset[str] = OP, **changes: object) -> dict[str, object]:
    value = {"group": "g", "permissions": ["present"], "expires": 3_600_000} | changes
    return actions.make(group(), "anna", holder, value)


def test_an_invitation_is_made(actions: TokenActions) -> None:
    made = make(actions, username="carol")
    assert made["token"]
    assert made["group"] == "g"
    assert made["username"] == "carol"
    assert made["issuedBy"] == "anna"
    assert made["issuedAt"] == Timestamp.at(NOW).text
    assert made["expires"] == LATER.text
    assert actions.list(group()) == [made]
    assert actions.list(group("other")) == []
    assert make(actions)["token"] != made["token"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "mine"}, "error"),
        ({"group": "other"}, "error"),
        ({"group": ""}, "error"),
        ({"includeSubgroups": True}, "error"),
        ({"expires": None}, "error"),
        ({"expires": "tomorrow"}, "error"),
        ({"expires": True}, "error"),
        ({"expires": 1e300}, "error"),
        ({"expires": float("nan")}, "error"),
        ({"username": "vimes"}, "error"),
        ({"username": "vimes "}, "error"),
        ({"username": "../x"}, "error"),
        ({"username": 5}, "error"),
        ({"permissions": ["record"]}, "not-authorised"),
        ({"permissions": ["present", "admin"]}, "not-authorised"),
        ({"permissions": ["system"]}, "not-authorised"),
        ({"permissions": "op"}, "error"),
        ({"permissions": [["op"]]}, "error"),
    ],
)
def test_invitations_that_are_not_made(actions: TokenActions, changes: dict[str, object], code: str) -> None:
    with pytest.raises(TokenError) as error:
        make(actions, **changes)
    assert error.value.code == code
    assert actions.list(group()) == []


def test_nobody_gives_what_he_has_not_got(actions: TokenActions) -> None:
    with pytest.raises(TokenError) as error:
        make(actions, frozenset({"message", "token"}))
    assert error.value.code == "not-authorised"
    with pytest.raises(TokenError):
        make(actions, OP | {"admin"}, permissions=["admin"])


@pytest.mark.parametrize("value", [None, "x", 5, [], [{"group": "g"}]])
def test_nonsense_is_refused(actions: TokenActions, value: object) -> None:
    for call in (lambda: actions.make(group(), "a", OP, value), lambda: actions.edit(group(), value)):
        with pytest.raises(TokenError):
            call()


def test_an_invitation_is_prolonged_and_revoked(actions: TokenActions) -> None:
    made = make(actions)
    longer = actions.edit(group(), {"token": made["token"], "expires": "2040-01-01T00:00:00Z"})
    assert longer == made | {"expires": "2040-01-01T00:00:00Z"}
    ended = actions.edit(group(), {"token": made["token"], "expires": -1000, "not-before": 0})
    assert ended["expires"] == Timestamp.at(NOW - 1).text
    assert actions.list(group()) == [ended]


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "x"},
        {"permissions": ["op"]},
        {"group": "g"},
        {"includeSubgroups": True},
        {"issuedBy": "x"},
    ],
)
def test_nothing_else_is_edited(actions: TokenActions, changes: dict[str, object]) -> None:
    made = make(actions)
    with pytest.raises(TokenError):
        actions.edit(group(), {"token": made["token"]} | changes)


def test_invitations_of_other_groups_and_of_administrators_are_out_of_reach(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "tokens.jsonl")
    actions = TokenActions(file, Clock(NOW))
    file.put(Token(token="other", group="h", permissions=["present"], expires=LATER), None)
    file.put(Token(token="root", group="g", permissions=["admin"], expires=EARLIER), None)
    for name in ("other", "root", "missing", ""):
        with pytest.raises(TokenError):
            actions.edit(group(), {"token": name, "expires": 10**9})
    assert actions.list(group()) == []


def test_the_number_of_invitations_is_bounded(actions: TokenActions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.groups.limits.TOKENS_PER_GROUP", 3)
    for _ in range(3):
        make(actions)
    with pytest.raises(TokenError, match="too many"):
        make(actions)
