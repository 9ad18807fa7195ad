"""What people say, what is kept of it, and what operators do to a group."""

from conference_fakes import World

from galene_py.budget import limits as budget_limits
from galene_py.conference import limits


async def test_chat_reaches_everybody_with_time_id_and_author() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("chat", kind="", dest="", value="hello", source=op.id, username="op-o", time="forged", error="x")
    for peer in (op, user):
        message = peer.one("chat")
        assert message.pop("id")
        assert message == {
            "type": "chat",
            "source": op.id,
            "username": "op-o",
            "privileged": True,
            "time": "2027-01-15T08:00:00.000Z",
            "value": "hello",
        }


async def test_noecho_spares_the_sender() -> None:
    world = World()
    first, second = await world.join(), await world.join()
    first.send("chat", value="hello", noecho=True)
    assert first.take("chat") == []
    assert second.take("chat")


async def test_private_chat_reaches_one_and_is_not_kept() -> None:
    world = World()
    first, second, third = await world.join(), await world.join(), await world.join()
    first.send("chat", value="psst", dest=second.id)
    assert second.one("chat")["dest"] == second.id
    assert first.take("chat") + third.take("chat") == []
    assert (await world.join()).take("chathistory") == []


async def test_chat_to_nobody_is_told() -> None:
    world = World()
    peer = await world.join()
    peer.send("chat", value="psst", dest="nobody")
    assert peer.one("usermessage", "error")["value"] == "user unknown"


async def test_history_carries_what_was_said() -> None:
    world = World()
    first = await world.join("op-o")
    first.send("chat", value="one", id="my-id")
    first.send("chat", kind="me", value={"any": "thing"})
    first.send("chat", kind="caption", value="not kept")
    first.send("usermessage", kind="info", value="not kept")
    world.wall += 3600
    one, two = (await world.join()).take("chathistory")
    assert one == {
        "type": "chathistory",
        "id": "my-id",
        "source": first.id,
        "username": "op-o",
        "time": "2027-01-15T08:00:00.000Z",
        "value": "one",
    }
    assert (two["kind"], two["value"]) == ("me", {"any": "thing"})


async def test_long_messages_are_refused() -> None:
    world = World()
    first, second = await world.join(), await world.join()
    for name in ("chat", "usermessage"):
        first.send(name, value="x" * limits.SIGNAL_VALUE_BYTES)
        assert first.one("usermessage", "error")["error"] == "too-long"
    assert second.take("chat") + second.take("usermessage") == []


async def test_a_flood_of_long_messages_is_refused_to_its_senders_and_the_listener_stays() -> None:
    world = World()
    senders = [await world.join() for _ in range(4)]
    listener, friend = await world.join(), await world.join()
    listener.take()
    for sender in senders:
        sender.take()
        for _ in range(30):
            sender.send("usermessage", kind="x", dest=listener.id, value="x" * 60_000)
    flood = listener.take("usermessage")
    assert sum(len(message["value"]) for message in flood) <= budget_limits.LISTENER_BURST_BYTES
    assert listener.closed is None
    for sender in senders:
        assert sender.closed is None
        assert {message["error"] for message in sender.take("usermessage")} == {"too-fast"}
    friend.send("chat", dest=listener.id, value="are you there?")
    friend.send("chat", value="hello")
    assert [message["value"] for message in listener.take("chat")] == ["are you there?", "hello"]


async def test_file_transfer_messages_pass_between_two() -> None:
    world = World()
    first, second, third = await world.join(), await world.join(), await world.join()
    value = {"type": "invite", "version": ["1"], "id": "f", "name": "a.txt", "size": 3}
    first.send("usermessage", kind="filetransfer", dest=second.id, value=value)
    message = second.one("usermessage", "filetransfer")
    assert (message["source"], message["value"]) == (first.id, value)
    assert third.take("usermessage") == []


async def test_clearing_the_chat_of_all_of_one_and_of_one_message() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    history = world.registry.groups["room"].history
    for text in ("a", "b"):
        op.send("chat", value=text, id=f"o{text}")
        user.send("chat", value=text, id=f"u{text}")
    op.send("groupaction", kind="clearchat", value={"id": "ua", "userId": user.id})
    assert [entry.id for entry in history.list()] == ["oa", "ob", "ub"]
    cleared = user.one("usermessage", "clearchat")
    assert cleared == {
        "type": "usermessage",
        "kind": "clearchat",
        "privileged": True,
        "value": {"id": "ua", "userId": user.id},
    }
    op.send("groupaction", kind="clearchat", value={"userId": user.id})
    assert [entry.id for entry in history.list()] == ["oa", "ob"]
    assert user.one("usermessage", "clearchat")["value"] == {"userId": user.id}
    for bad in ({"id": "oa"}, "oa", [1]):
        op.send("groupaction", kind="clearchat", value=bad)
        assert op.take("usermessage", "error")
    assert user.take("usermessage", "clearchat") == []
    op.send("groupaction", kind="clearchat")
    assert history.list() == []
    assert "value" not in user.one("usermessage", "clearchat")


async def test_lock_tells_those_inside_and_those_who_wait_why() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    user.inbox.clear()
    op.send("groupaction", kind="lock", value="back at ten")
    assert user.one("joined", "change")["status"]["locked"] is True
    waiting = await world.join("present-w")
    failed = waiting.one("joined", "fail")
    assert (failed["value"], failed["group"], failed["username"]) == ("back at ten", "room", "present-w")
    assert waiting.closed is None
    assert (await world.join("op-p")).take("joined", "join")
    op.send("groupaction", kind="unlock")
    assert "locked" not in user.one("joined", "change")["status"]
    await world.enter(waiting, "present-w")
    assert waiting.take("joined", "join")


async def test_lock_without_words_has_words() -> None:
    world = World()
    op = await world.join("op-o")
    op.send("groupaction", kind="lock")
    assert (await world.join("present-w")).one("joined", "fail")["value"] == "this group is locked"


async def test_data_of_the_group_reaches_all_and_latecomers() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    user.inbox.clear()
    op.send("groupaction", kind="setdata", value={"topic": "tea", "x": 1})
    op.send("groupaction", kind="setdata", value={"x": None})
    assert [message.get("data") for message in user.take("joined", "change")] == [
        {"topic": "tea", "x": 1},
        {"topic": "tea"},
    ]
    assert (await world.join()).one("joined", "join")["data"] == {"topic": "tea"}


async def test_subgroups_are_told_with_head_counts() -> None:
    world = World("room", "room/a", "room/b", "roommates", "other")
    op = await world.join("op-o")
    for group in ("room/a", "room/b", "room/b", "roommates", "other"):
        await world.join("present-x", group)
    op.send("groupaction", kind="subgroups")
    answer = op.one("chat")
    assert (answer["username"], answer["dest"]) == ("Server", op.id)
    assert "source" not in answer
    assert answer["value"] == "room/a (1 client)\nroom/b (2 clients)\n"


async def test_tokens_are_made_edited_listed_and_refused_with_a_code() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("groupaction", kind="maketoken", value={"group": "room", "expires": 1000})
    made = op.one("usermessage", "token")
    assert made["privileged"]
    assert made["value"]["issuedBy"] == "op-o"
    op.send("groupaction", kind="edittoken", value={"token": "t0"})
    assert op.one("usermessage", "token")["value"] == {"token": "t0"}
    op.send("groupaction", kind="listtokens")
    assert [token["token"] for token in op.one("usermessage", "tokenlist")["value"]] == ["t0"]
    op.send("groupaction", kind="maketoken", value=[])
    assert op.one("usermessage", "token")["error"] == "error"
    for kind, answer in (("maketoken", "token"), ("edittoken", "token"), ("listtokens", "tokenlist")):
        user.send("groupaction", kind=kind, value={})
        refused = user.one("usermessage", answer)
        assert (refused["error"], refused["value"]) == ("not-authorised", "not authorised")
