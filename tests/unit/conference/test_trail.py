"""What the audit log is told of a meeting."""

from conference_fakes import World


async def test_logins_refusals_departures_and_moderation_are_noted() -> None:
    world = World()
    op = await world.join("op-o")
    user = await world.join("present-u")
    op.send("useraction", kind="identify", dest=user.id)
    op.send("groupaction", kind="lock", value="private words")
    user.send("chat", value="private words")
    user.send("useraction", kind="setdata", dest=user.id, value={"raisehand": True})
    await world.join("present-late")
    op.send("useraction", kind="kick", dest=user.id, value="private words")
    events = world.registry.noted
    told = [(e["event"], e.get("user"), e.get("action"), e.get("target"), e.get("why")) for e in events]
    assert told == [
        ("login", "op-o", None, None, None),
        ("login", "present-u", None, None, None),
        ("moderation", "op-o", "identify", "present-u", None),
        ("moderation", "op-o", "lock", "", None),
        ("refused", "present-late", None, None, "group-locked-with-words"),
        ("moderation", "op-o", "kick", "present-u", None),
        ("left", "present-u", None, None, None),
    ]
    assert "private words" not in repr(events)
    assert "secret" not in repr(events)
