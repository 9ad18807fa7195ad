"""Every kind of message × every set of permissions × every target: it acts if and only if it may.

The table of rules is what is generated from; the list below says, independently of it, who may do what.
"""

import copy
import itertools
from typing import Any

import pytest
from conference_fakes import LEVELS, Peer, World

from galene_py.signalling import messages as m
from galene_py.signalling import rules

EVERYBODY = frozenset(LEVELS)
OPERATORS = frozenset({"op", "record"})
SPEAKERS = OPERATORS | {"present", "message", "token"}

MAY = {
    ("chat", ""): SPEAKERS,
    ("chat", "me"): SPEAKERS,
    ("chat", "unheard-of"): SPEAKERS,
    ("chat", "caption"): OPERATORS | {"caption"},
    ("usermessage", ""): SPEAKERS,
    ("usermessage", "error"): SPEAKERS,
    ("usermessage", "warning"): SPEAKERS,
    ("usermessage", "info"): SPEAKERS,
    ("usermessage", "mute"): SPEAKERS,
    ("usermessage", "filetransfer"): SPEAKERS,
    ("usermessage", "unheard-of"): SPEAKERS,
    ("usermessage", "kicked"): OPERATORS,
    ("usermessage", "clearchat"): OPERATORS,
    ("usermessage", "token"): OPERATORS,
    ("usermessage", "tokenlist"): OPERATORS,
    ("usermessage", "userinfo"): OPERATORS,
    ("usermessage", "editchat"): OPERATORS,
    ("usermessage", "reaction"): OPERATORS,
    ("useraction", "op"): OPERATORS,
    ("useraction", "unop"): OPERATORS,
    ("useraction", "present"): OPERATORS,
    ("useraction", "unpresent"): OPERATORS,
    ("useraction", "shutup"): OPERATORS,
    ("useraction", "unshutup"): OPERATORS,
    ("useraction", "identify"): OPERATORS,
    ("useraction", "kick"): OPERATORS,
    ("useraction", "ban"): OPERATORS,
    ("useraction", "setdata"): EVERYBODY,
    ("useraction", "unmute"): frozenset(),
    ("groupaction", "clearchat"): OPERATORS,
    ("groupaction", "deletechat"): SPEAKERS,
    ("groupaction", "editchat"): SPEAKERS,
    ("groupaction", "react"): SPEAKERS,
    ("groupaction", "lock"): OPERATORS,
    ("groupaction", "unlock"): OPERATORS,
    ("groupaction", "subgroups"): OPERATORS,
    ("groupaction", "setdata"): OPERATORS,
    ("groupaction", "record"): frozenset({"record"}),
    ("groupaction", "unrecord"): frozenset({"record"}),
    ("groupaction", "maketoken"): OPERATORS | {"token"},
    ("groupaction", "edittoken"): OPERATORS,
    ("groupaction", "listtokens"): OPERATORS,
    ("groupaction", "unheard-of"): frozenset(),
    ("offer", ""): OPERATORS | {"present"},
    ("offer", "renegotiate"): OPERATORS | {"present"},
    ("request", ""): EVERYBODY,
    ("requestStream", ""): EVERYBODY,
    ("answer", ""): EVERYBODY,
    ("renegotiate", ""): EVERYBODY,
    ("close", ""): EVERYBODY,
    ("abort", ""): EVERYBODY,
    ("ice", ""): EVERYBODY,
}
TOLD_TO_ALL = {"lock", "unlock", "setdata", "clearchat", "deletechat", "editchat", "react"}
"""Actions on the group that everybody hears of."""
TARGETS = ("own", "other", "absent", "elsewhere", "all")
SILENT = {"answer", "renegotiate", "close", "abort", "ice", "requestStream"}
"""Messages about streams: with a wrong id they do nothing, without a word."""


def test_the_list_and_the_table_name_the_same_kinds() -> None:
    listed = {(name, kind) for name, kind in MAY if kind not in ("", "unheard-of", "unmute", "renegotiate")}
    tabled = set(rules.KINDS)
    assert tabled <= listed
    assert {name for name, _ in MAY} == {name for name, _ in tabled} | set(rules.TYPES)
    assert all(name in rules.TYPES for name, _ in listed - tabled)


@pytest.mark.parametrize("level", LEVELS)
def test_the_table_grants_what_the_list_says(level: str) -> None:
    for (name, kind), who in MAY.items():
        rule = rules.rule(m.TYPES[name](kind=kind))
        assert (rule is not None and rule.needs <= LEVELS[level]) == (level in who), (name, kind)


class Scene:
    """A group with the actor, another member and an onlooker, and somebody in another group."""

    def __init__(self) -> None:
        self.world = World()
        self.world.registry.describe("room", allow_recording=True)

    async def fill(self, level: str) -> None:
        # The onlooker is an operator, so that nothing changes because there is none.
        self.onlooker = await self.world.join("op-onlooker")
        self.actor = await self.world.join(f"{level}-actor")
        self.other = await self.world.join("present-other")
        self.elsewhere = await self.world.join("present-elsewhere", "other")
        self.onlooker.send("chat", value="kept")
        self.actor.send("chat", id="mine", value="kept")
        for peer in (self.onlooker, self.actor, self.other, self.elsewhere):
            peer.send("request", request={"": ["audio", "video"]})
        for peer in (self.other, self.elsewhere):
            peer.send("offer", id=f"s-{peer.id}", label="camera", sdp="audio+video")
        self.forget()

    @property
    def bystanders(self) -> list[Peer]:
        return [self.onlooker, self.other, self.elsewhere]

    def forget(self) -> None:
        for peer in [self.actor, *self.bystanders]:
            peer.inbox.clear()

    def target(self, which: str) -> str:
        peers = {"own": self.actor, "other": self.other, "elsewhere": self.elsewhere}
        return peers[which].id if which in peers else {"absent": "nobody", "all": ""}[which]

    def state(self) -> Any:
        """Everything that one person's message can change for others."""
        groups = self.world.registry.groups.values()
        return copy.deepcopy(
            {
                "permissions": [(peer.id, peer.client.permissions) for peer in self.bystanders],
                "data": [(peer.id, dict(peer.client.data)) for peer in self.bystanders],
                "groups": [(group.name, group.locked, group.data, len(group.members)) for group in groups],
                "history": [
                    [(entry.id, bytes(entry.value), entry.told_reactions()) for entry in group.history.list()]
                    for group in groups
                ],
                "bans": self.world.registry.bans.of_group("room"),
                "tokens": self.world.registry.tokens.made,
                "published": len(self.world.media.open),
                "down": [
                    (sub.want, sub.version, len(sub.candidates))
                    for published in self.world.media.open
                    for sub in published.subscriptions
                    if sub is not self.actors_subscription(published)
                ],
            }
        )

    def actors_subscription(self, published: Any) -> Any:
        streams = self.world.conference.room(self.world.registry.groups["room"]).streams.streams
        return next(
            (
                stream.subscriptions[self.actor.id].subscribed
                for stream in streams.values()
                if stream.published is published and self.actor.id in stream.subscriptions
            ),
            None,
        )


VALUES: dict[str, Any] = {
    "setdata": {"raisehand": True},
    "maketoken": {"group": "room"},
    "edittoken": {"token": "t0"},
    "clearchat": None,
    "deletechat": {"id": "mine"},
    "editchat": {"id": "mine", "value": "other words"},
    "react": {"id": "mine", "reaction": "👍", "on": True},
}


async def perform(scene: Scene, name: str, kind: str, target: str) -> None:
    fields: dict[str, Any] = {"kind": kind, "dest": scene.target(target), "value": VALUES.get(kind, "words")}
    if kind in ("deletechat", "editchat", "react"):
        fields["value"] = VALUES[kind] | {"userId": scene.actor.id}
    match name:
        case "offer":
            fields |= {"id": "new", "label": "camera", "sdp": "audio", "replace": stream_of(scene, target)}
        case "request":
            fields |= {"request": {"": ["audio"]}}
        case "requestStream":
            fields |= {"id": stream_of(scene, target), "request": ["audio"]}
        case "answer" | "renegotiate" | "close" | "abort" | "ice":
            fields |= {"id": stream_of(scene, target), "sdp": "answer 1", "candidate": {"candidate": "x"}}
    scene.actor.send(name, **fields)


def stream_of(scene: Scene, target: str) -> str:
    return f"s-{scene.target(target)}"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("name", "kind"), MAY, ids="-".join)
async def test_a_message_acts_if_and_only_if_it_may(level: str, name: str, kind: str) -> None:
    for target in ("all",) if name in ("groupaction", "request") else TARGETS:
        scene = Scene()
        await scene.fill(level)
        before = scene.state()
        await perform(scene, name, kind, target)
        heard = {peer.id: peer.take() for peer in scene.bystanders}
        case = (level, name, kind, target)

        assert scene.actor.closed is None or (kind in ("kick", "ban") and target == "own"), case
        assert heard[scene.elsewhere.id] == [], case
        if level not in MAY[name, kind]:
            assert not any(heard.values()), case
            assert scene.state() == before, case
            assert scene.actor.inbox or name in SILENT, case
            continue
        check_effect(scene, case, heard, before)


def check_effect(scene: Scene, case: tuple[str, str, str, str], heard: dict[str, Any], before: Any) -> None:
    _, name, kind, target = case
    told_other, told_onlooker = heard[scene.other.id], heard[scene.onlooker.id]
    if name in ("chat", "usermessage"):
        reached = {"other": {scene.other.id}, "all": {scene.other.id, scene.onlooker.id}}.get(target, set())
        assert {peer for peer, messages in heard.items() if messages} == reached, case
        for message in itertools.chain(*heard.values()):
            assert (message["source"], message["username"]) == (scene.actor.id, scene.actor.username), case
            assert message.get("privileged", False) == (case[0] in OPERATORS), case
    elif name == "useraction" and kind == "setdata":
        assert bool(told_other) == bool(told_onlooker) == (target == "own"), case
        assert scene.state() == before, case
    elif name == "useraction":
        acted = target in ("own", "other")
        if kind == "identify":
            assert bool(told_other) == (target == "other"), case
            assert bool(scene.actor.take("usermessage", "userinfo")) == acted, case
        else:
            assert bool(told_onlooker) == acted, case
        if target != "other":
            assert scene.state()["permissions"] == before["permissions"], case
        if not acted:
            assert scene.state() == before, case
            assert scene.actor.take("usermessage", "error"), case
    elif name == "groupaction" and kind in TOLD_TO_ALL:
        assert told_other, case
        assert told_onlooker, case
    elif name == "groupaction":
        assert not any(heard.values()), case
        assert scene.actor.inbox, case
    elif name == "offer":
        assert [message["type"] for message in told_onlooker] == ["offer"], case
        assert told_onlooker[0].get("replace", "") == "", case
        assert len(scene.world.media.open) == before["published"] + 1, case
    else:
        assert not any(heard.values()), case
        assert scene.state() == before, case
