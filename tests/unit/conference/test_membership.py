"""Coming, going, and what people are told of each other."""

from conference_fakes import World


async def test_newcomer_is_told_joined_then_history_then_itself_then_others():
    world = World()
    first = await world.join("op-1")
    first.send("chat", value="hello")
    second = await world.join("present-2")
    told = [(message["type"], message.get("id")) for message in second.inbox]
    chat_id = second.take("chathistory")[0]["id"]
    assert told == [
        ("handshake", None),
        ("joined", None),
        ("chathistory", chat_id),
        ("user", second.id),
        ("user", first.id),
    ]
    assert first.take("user", "add")[-1]["id"] == second.id


async def test_leaver_is_told_leave_and_the_others_delete():
    world = World()
    first, second = await world.join(), await world.join()
    second.send("join", kind="leave", group="room")
    assert second.one("joined", "leave")["group"] == "room"
    assert first.one("user", "delete")["id"] == second.id
    assert second.closed is None
    await world.enter(second, "again")
    assert second.take("joined", "join")
