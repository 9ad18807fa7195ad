"""People change and delete what they said themselves, and nobody else's; everybody reacts."""

from typing import Any

import pytest
from conference_fakes import Peer, World

from galene_py.conference import limits as conference_limits
from galene_py.groups import limits


async def said(world: World, who: str = "present-u", text: str = "before", **more: Any) -> Peer:
    peer = await world.join(who)
    peer.send("chat", id="a", value=text, **more)
    peer.inbox.clear()
    return peer


def act(peer: Peer, kind: str, author: Peer, **value: Any) -> None:
    peer.send("groupaction", kind=kind, value={"id": "a", "userId": author.id, **value})


async def test_an_edit_reaches_everybody_and_latecomers() -> None:
    world = World()
    author, other = await said(world), await world.join("present-v")
    act(author, "editchat", author, value="after")
    for peer in (author, other):
        assert peer.one("usermessage", "editchat") == {
            "type": "usermessage",
            "kind": "editchat",
            "privileged": True,
            "value": {"id": "a", "userId": author.id, "value": "after"},
        }
    kept = (await world.join()).one("chathistory")
    assert (kept["value"], kept["edited"]) == ("after", True)


async def test_a_deletion_is_told_as_every_client_knows_it() -> None:
    world = World()
    author, other = await said(world), await world.join("present-v")
    act(author, "deletechat", author)
    assert other.one("usermessage", "clearchat")["value"] == {"id": "a", "userId": author.id}
    assert (await world.join()).take("chathistory") == []


@pytest.mark.parametrize(("kind", "more"), [("editchat", {"value": "x"}), ("deletechat", {})])
async def test_nobody_changes_what_others_said_not_even_an_operator(kind: str, more: dict[str, Any]) -> None:
    world = World()
    author = await said(world)
    for other in (await world.join("present-v"), await world.join("op-o")):
        other.inbox.clear()
        act(other, kind, author, **more)
        assert other.one("usermessage", "error")["error"] == "not-authorised"
    assert author.take("usermessage", kind) == []
    assert (await world.join()).one("chathistory")["value"] == "before"


async def test_who_takes_the_id_of_somebody_who_left_is_not_taken_for_them() -> None:
    world = World()
    author = await said(world)
    gone = author.id
    author.send("join", kind="leave", group="room")
    impostor = await world.join("present-w", id=gone)
    act(impostor, "deletechat", impostor)
    assert impostor.one("usermessage", "error")["error"] == "not-authorised"


async def test_what_is_no_change_is_refused() -> None:
    world = World()
    author = await said(world)
    for kind, value in (
        ("editchat", "words"),
        ("editchat", {"id": "a", "userId": author.id, "value": " "}),
        ("editchat", {"id": "a", "userId": author.id, "value": 1}),
        ("deletechat", {"id": "a"}),
        ("react", {"id": "a", "userId": author.id, "reaction": "yes", "on": True}),
        ("react", {"id": "a", "userId": author.id, "reaction": "", "on": True}),
        ("react", {"id": "a", "userId": author.id, "reaction": "👍" * 99, "on": True}),
    ):
        author.send("groupaction", kind=kind, value=value)
        assert author.one("usermessage", "error")["error"] == "bad-value", (kind, value)
    act(author, "editchat", author, value="x" * conference_limits.SIGNAL_VALUE_BYTES)
    assert author.one("usermessage", "error")["error"] == "too-long"
    author.send("groupaction", kind="deletechat", value={"id": "b", "userId": author.id})
    assert author.one("usermessage", "error")["error"] == "unknown-message"
    assert (await world.join()).one("chathistory")["value"] == "before"


async def test_reactions_are_told_once_and_kept_until_they_are_taken_back() -> None:
    world = World()
    author, other = await said(world), await world.join("present-v")
    for _ in range(2):
        act(other, "react", author, reaction="🎉", on=True)
    act(author, "react", author, reaction="🎉", on=True)
    act(author, "react", author, reaction="👍", on=True)
    assert [message["value"] for message in author.take("usermessage", "reaction")] == [
        {"id": "a", "userId": author.id, "reaction": reaction, "on": True, "by": by.id, "name": by.username}
        for reaction, by in (("🎉", other), ("🎉", author), ("👍", author))
    ]
    assert (await world.join()).one("chathistory")["reactions"] == {
        "🎉": ["present-v", "present-u"],
        "👍": ["present-u"],
    }
    act(author, "react", author, reaction="👍", on=False)
    assert (await world.join()).one("chathistory")["reactions"] == {"🎉": ["present-v", "present-u"]}


async def test_an_answer_says_to_what() -> None:
    world = World()
    author, other = await said(world), await world.join("present-v")
    other.send("chat", id="b", value="yes", replyTo="a")
    assert author.one("chat")["replyTo"] == "a"
    assert [kept.get("replyTo") for kept in (await world.join()).take("chathistory")] == [None, "a"]


async def test_what_is_kept_of_reactions_is_bounded() -> None:
    world = World()
    author = await said(world)
    history = world.registry.groups["room"].history
    for number in range(limits.HISTORY_REACTIONS + 5):
        history.react(history.list()[0], "👍", f"secret {number}", "x", on=True)
    assert len(history.list()[0].reactions) == limits.HISTORY_REACTIONS
    act(author, "react", author, reaction="👍", on=True)
    assert author.take("usermessage", "reaction") == []
