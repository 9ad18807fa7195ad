"""Removing somebody who is not to come back for a while, with real groups."""

from pathlib import Path
from typing import Any

import pytest
from conference_fakes import Peer
from real_world import RealWorld

from galene_py.groups import limits

FILE: dict[str, Any] = {
    "users": {
        "olga": {"password": "o", "permissions": "op"},
        "bob": {"password": "b", "permissions": "present"},
    },
    "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"},
}


@pytest.fixture
async def world(tmp_path: Path) -> RealWorld:
    world = RealWorld(tmp_path)
    world.write("room", **FILE)
    return world


def from_address(world: RealWorld, address: str) -> Peer:
    peer = Peer(world)
    peer.client.address = address
    peer.send("handshake", version=["2"], id=peer.id)
    return peer


async def enter(world: RealWorld, username: str, address: str, **fields: Any) -> Peer:
    peer = from_address(world, address)
    peer.send("join", kind="join", group="room", username=username, **fields)
    await world.idle()
    return peer


async def test_removed_and_kept_out_for_an_hour(world: RealWorld) -> None:
    olga = await enter(world, "olga", "198.51.100.1", password="o")
    pest = await enter(world, "pest", "192.0.2.1")
    neighbour = await enter(world, "neighbour", "192.0.2.1")
    secret = neighbour.one("joined", "join")["resume"]
    olga.send("useraction", kind="ban", dest=pest.id, value="enough")
    assert pest.one("usermessage", "kicked")["value"] == "enough"
    assert pest.closed is not None
    again = await enter(world, "other name", "192.0.2.1")
    answer = again.one("joined", "fail")
    assert answer["error"] == "banned"
    assert "60 minutes" in answer["value"]
    assert (await enter(world, "guest", "203.0.113.1")).one("joined", "join")
    neighbour.gone()
    back = await enter(world, "neighbour", "192.0.2.1", resume=secret)
    assert back.one("joined", "join"), "who was in and lost the connection"
    assert (await enter(world, "olga", "192.0.2.1", password="o")).one("joined", "join"), "an operator"
    world.wall += limits.BAN_SECONDS
    assert (await enter(world, "other name", "192.0.2.1")).one("joined", "join")


async def test_a_user_of_the_file_is_kept_out_everywhere(world: RealWorld) -> None:
    olga = await enter(world, "olga", "198.51.100.1", password="o")
    bob = await enter(world, "bob", "192.0.2.1", password="b")
    olga.send("useraction", kind="ban", dest=bob.id)
    answer = (await enter(world, "bob", "203.0.113.9", password="b")).one("joined", "fail")
    assert answer["error"] == "banned"


async def test_an_operator_is_told_who_cannot_be_kept_out(world: RealWorld) -> None:
    olga = await enter(world, "olga", "198.51.100.1", password="o")
    pest = await enter(world, "pest", "127.0.0.1")
    olga.send("useraction", kind="ban", dest=pest.id)
    assert pest.closed is not None
    assert "can come back" in olga.one("usermessage", "warning")["value"]
    assert (await enter(world, "pest", "127.0.0.1")).one("joined", "join")
