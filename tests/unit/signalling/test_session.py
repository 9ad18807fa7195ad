"""One client's session: handshake, timers, joins that take time, and nobody speaks for another."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from galene_py.signalling import limits, rules
from galene_py.signalling import messages as m
from galene_py.signalling.session import Action, Deliver, Drop, Send, Session, State

ALL = frozenset({"op", "present", "message", "caption", "token", "record"})


class Client:
    """A session with its surroundings."""

    def __init__(self, permissions: frozenset[str] = ALL) -> None:
        self.now = 0.0
        self.permissions = permissions
        self.session = Session(lambda: self.permissions, self.now)

    def send(self, type: str, **fields: Any) -> list[Action]:
        return self.session.receive(json.dumps({"type": type, **fields}), self.now)

    def wait(self, seconds: float) -> list[Action]:
        """Let time pass, polling every second as the connection does."""
        actions: list[Action] = []
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1.0)
            actions += self.session.poll(self.now)
        return actions


def joined(permissions: frozenset[str] = ALL) -> Client:
    client = Client(permissions)
    client.send("handshake", version=["2"], id="me")
    client.send("join", kind="join", group="room", username="alice")
    client.session.joined("room", "alice")
    return client


def delivered(actions: list[Action]) -> list[m.Message]:
    return [action.message for action in actions if isinstance(action, Deliver)]


def sent(actions: list[Action]) -> list[m.Message]:
    return [action.message for action in actions if isinstance(action, Send)]


def dropped(actions: list[Action]) -> bool:
    return any(isinstance(action, Drop) for action in actions)


def test_handshake_is_answered_with_one_version() -> None:
    assert Client().send("handshake", version=["3", "2"], id="me") == [Send(m.Handshake(version=("2",)))]


def test_unknown_version_is_answered_and_warned() -> None:
    first, second = sent(Client().send("handshake", version=["9"], id="me"))
    assert isinstance(first, m.Handshake)
    assert second.kind == "warning"


@pytest.mark.parametrize("type", ["join", "chat", "ping", "telepathy", "offer"])
def test_anything_before_the_handshake_ends_the_connection(type: str) -> None:
    client = Client()
    assert dropped(client.send(type, id="x"))
    assert client.send("handshake", version=["2"], id="me") == []


def test_malformed_first_message_ends_the_connection() -> None:
    assert dropped(Client().session.receive("nonsense", 0.0))


def test_handshake_must_come_in_time() -> None:
    client = Client()
    assert client.wait(limits.SIGNAL_HANDSHAKE_SECONDS - 1) == []
    assert dropped(client.wait(1))


def test_silent_client_is_pinged_then_dropped() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    assert client.wait(limits.SIGNAL_PING_SECONDS - 1) == []
    pings = client.wait(limits.SIGNAL_DEAD_SECONDS - limits.SIGNAL_PING_SECONDS)
    assert pings[0] == Send(m.Ping())
    assert 2 <= len(pings) <= 3
    assert dropped(client.wait(1))
    assert client.wait(100) == []


def test_answering_client_lives() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    for _ in range(20):
        assert not dropped(client.wait(limits.SIGNAL_PING_SECONDS + 1))
        assert client.send("pong") == []


def test_ping_is_answered_also_while_joining() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    assert client.send("ping") == [Send(m.Pong())]
    client.send("join", kind="join", group="room", username="alice")
    assert client.send("ping") == [Send(m.Pong())]


def test_messages_sent_ahead_wait_for_the_join() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    assert len(delivered(client.send("join", kind="join", group="room", username="alice"))) == 1
    assert client.send("request", request={"": ["audio"]}) == []
    assert client.send("chat", value="hi") == []
    client.session.joined("room", "alice")
    assert isinstance(delivered(client.session.resume(0.0))[0], m.Request)
    assert delivered(client.session.resume(0.0))[0].value == "hi"
    assert client.session.resume(0.0) == []


def test_messages_sent_ahead_of_a_failed_join_are_refused() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    client.send("join", kind="join", group="room", username="alice")
    client.send("chat", value="hi")
    client.session.not_joined()
    (answer,) = sent(client.session.resume(0.0))
    assert answer.kind == "error"


def test_second_join_sent_ahead_waits_for_its_own_answer() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    for name in "ab":
        client.send("join", kind="join", group=name, username="alice")
    client.send("chat", value="hi")
    client.session.not_joined()
    assert delivered(client.session.resume(0.0))[0].group == "b"  # type: ignore[attr-defined]
    assert client.session.resume(0.0) == []
    client.session.joined("b", "alice")
    assert delivered(client.session.resume(0.0))[0].value == "hi"


def test_too_much_sent_ahead_ends_the_connection() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    client.send("join", kind="join", group="room", username="alice")
    results = [client.send("chat", value="x") for _ in range(limits.SIGNAL_PENDING_MESSAGES + 1)]
    assert [dropped(actions) for actions in results].count(True) == 1
    assert dropped(results[-1])


@pytest.mark.parametrize("fields", [{"source": "you"}, {"username": "bob"}, {"username": ""}])
@pytest.mark.parametrize("type", ["chat", "ping", "offer", "request", "useraction", "usermessage"])
def test_speaking_for_another_ends_the_connection(type: str, fields: dict[str, str]) -> None:
    actions = joined().send(type, id="x", dest="you", **fields)
    if type != "ping":
        assert dropped(actions)
    assert delivered(actions) == []


def test_source_and_name_are_set_by_the_session() -> None:
    (message,) = delivered(joined().send("chat", value="hi"))
    assert (message.source, message.username) == ("me", "alice")


def test_permission_counts_at_the_moment_of_acting() -> None:
    client = joined()
    assert delivered(client.send("chat", value="hi"))
    client.permissions = frozenset()
    assert not delivered(client.send("chat", value="hi"))


def test_setdata_is_for_oneself_only() -> None:
    client = joined()
    assert delivered(client.send("useraction", kind="setdata", dest="me", value={}))
    assert not delivered(client.send("useraction", kind="setdata", dest="you", value={}))
    assert not delivered(client.send("useraction", kind="setdata", value={}))


def test_unknown_actions_are_refused_and_unknown_types_ignored() -> None:
    client = joined()
    assert sent(client.send("useraction", kind="unmute", dest="you"))[0].kind == "error"
    assert sent(client.send("groupaction", kind="explode"))[0].kind == "error"
    assert client.send("telepathy") == []
    assert client.send("joined", kind="join") == []
    assert client.send("handshake", version=["2"], id="other") == []
    assert client.session.id == "me"


def test_refused_offer_aborts_it_and_ends_the_replaced_stream() -> None:
    actions = joined(frozenset({"message"})).send("offer", id="new", replace="old", sdp="v=0")
    assert [m.type_name(message) for message in delivered(actions)] == ["close"]
    assert sent(actions)[0] == m.Abort(id="new")
    assert sent(actions)[1].value == "not authorised"


def test_malformed_messages_cost_a_counter_and_only_many_the_connection() -> None:
    client = joined()
    for count in range(1, limits.SIGNAL_BAD_MESSAGES):
        assert not dropped(client.session.receive("{", 0.0))
        assert client.session.bad_messages == count
    assert dropped(client.session.receive("{", 0.0))


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "x" * 600},
        {"username": 5},
        {"username": "a\0"},
        {"password": [1]},
        {"group": {}},
        {"data": 3},
    ],
)
def test_every_join_is_answered(fields: dict[str, Any]) -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    (answer,) = sent(client.send("join", **{"kind": "join", "group": "room", **fields}))
    assert isinstance(answer, m.Joined)
    assert (answer.kind, answer.error) == ("fail", "bad-request")
    assert answer.group == ("" if "group" in fields else "room")
    assert "join" in answer.value or "NUL" in answer.value
    assert client.session.state is State.READY


def test_a_name_with_half_an_emoji_joins() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    (join,) = delivered(client.send("join", kind="join", group="room", username="a\ud83d"))
    assert join.username == "a\ufffd"


def test_whoever_spells_a_name_in_another_unicode_form_is_the_same() -> None:
    client = joined()
    client.session.username = "zo\u00eb"
    assert delivered(client.send("chat", username="zoe\u0308", value="x"))


def test_flood_is_cut_off_and_told_once_a_second() -> None:
    client = joined()
    results = [client.send("chat", value="x") for _ in range(limits.SIGNAL_SPEECH_BURST + 50)]
    assert sum(len(delivered(actions)) for actions in results) == limits.SIGNAL_SPEECH_BURST
    assert sum(len(sent(actions)) for actions in results) == 1
    client.now += 1.0
    assert delivered(client.send("chat", value="x"))


def test_offers_are_limited_and_refused_beyond() -> None:
    client = joined()
    results = [client.send("offer", id=str(n), sdp="v=0") for n in range(limits.SIGNAL_OFFER_BURST + 1)]
    assert [len(delivered(actions)) for actions in results] == [1] * limits.SIGNAL_OFFER_BURST + [0]
    abort, error = sent(results[-1])
    assert abort.id == str(limits.SIGNAL_OFFER_BURST)
    assert error.error == "too-fast"
    assert client.send("renegotiate", id="down") == []
    client.now += 1.0
    assert delivered(client.send("renegotiate", id="down"))


def test_endless_messages_end_the_connection() -> None:
    client = joined()
    for _ in range(limits.SIGNAL_MESSAGE_BURST):
        if dropped(client.send("ping")):
            break
    assert dropped(client.send("ping")) or client.session.state is State.CLOSED


def test_leaving_needs_the_right_group() -> None:
    client = joined()
    assert sent(client.send("join", kind="leave", group="other"))[0].kind == "error"
    assert delivered(client.send("join", kind="leave", group="room"))
    client.session.left()
    assert sent(client.send("join", kind="leave", group="room"))[0].kind == "error"


def test_cannot_join_twice() -> None:
    assert sent(joined().send("join", kind="join", group="other", username="x"))[0].kind == "error"


# --- properties ----------------------------------------------------------------------------------------

TYPES = st.sampled_from([*m.TYPES, "telepathy"])
KINDS = st.sampled_from(["", "join", "leave", "me", *{kind for _, kind in rules.KINDS}, "explode"])
VALUES = st.sampled_from([None, "x", 1, [], {"a": None}, {"id": "x"}])
IDS = st.sampled_from(["", "me", "you", "x"])
PERMISSIONS = st.frozensets(st.sampled_from(sorted(ALL)))


class AnyClient(RuleBasedStateMachine):
    """Whatever comes in whatever order, nothing is delivered that is not authentic and allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.client = Client(frozenset())
        self.dropped = False

    def check(self, actions: list[Action]) -> None:
        assert not (self.dropped and actions), "silent after the end"
        self.dropped = dropped(actions)
        for message in delivered(actions):
            if isinstance(message, m.Join):
                continue
            allowed = rules.rule(message)
            assert allowed is not None
            assert self.client.session.state in (State.JOINED, State.CLOSED)
            # Ending one's own stream is always allowed, whatever message asked for it.
            assert allowed.needs <= self.client.permissions
            assert (message.source, message.username) == (self.client.session.id, "alice")

    @rule(type=TYPES, kind=KINDS, value=VALUES, id=IDS, dest=IDS, source=IDS, data=st.data())
    def receive(self, type: str, kind: str, value: Any, id: str, dest: str, source: str, data: Any) -> None:
        fields = {"kind": kind, "value": value, "id": id, "dest": dest, "group": "room"}
        if type == "handshake":
            fields["id"] = "me"
        elif data.draw(st.integers(0, 9)) == 0:
            fields["source"] = source
        self.check(self.client.send(type, **fields))

    @rule(data=st.binary(max_size=40))
    def garbage(self, data: bytes) -> None:
        self.check(self.client.session.receive(data, self.client.now))

    @rule(permissions=PERMISSIONS)
    def permissions_change(self, permissions: frozenset[str]) -> None:
        self.client.permissions = permissions

    @rule(granted=st.booleans())
    def join_is_answered(self, granted: bool) -> None:
        if granted:
            self.client.session.joined("room", "alice")
        else:
            self.client.session.not_joined()
        while (actions := self.client.session.resume(self.client.now)) and not self.dropped:
            self.check(actions)

    @rule()
    def leave(self) -> None:
        self.client.session.left()

    @rule(seconds=st.sampled_from([0.5, 5.0, 21.0, 50.0]))
    def wait(self, seconds: float) -> None:
        self.client.now += seconds
        self.check(self.client.session.poll(self.client.now))

    @invariant()
    def debug_state_is_there(self) -> None:
        assert self.client.session.debug_state()


AnyClient.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
TestAnyClient = AnyClient.TestCase


@given(st.lists(TYPES), st.binary())
def test_closed_session_does_nothing(types: list[str], data: bytes) -> None:
    client = joined()
    client.session.close()
    assert client.session.receive(data, 1.0) == []
    assert [client.send(type) for type in types] == [[] for _ in types]
    assert client.session.resume(1.0) == []


def test_a_stranger_who_goes_on_talking_is_cut_off() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    size = limits.SIGNAL_STRANGER_CHARS // 2
    results = [client.send("pong", value="x" * size) for _ in range(limits.SIGNAL_STRANGER_BURST // size)]
    assert dropped(results[-1])
    assert not any(dropped(actions) for actions in results[:-1])


def test_a_stranger_may_try_all_the_passwords_that_the_limit_of_failures_allows() -> None:
    client = Client()
    client.send("handshake", version=["2"], id="me")
    for _ in range(20):
        assert delivered(client.send("join", kind="join", group="room", username="a", password="x" * 100))
        client.session.not_joined()


def test_speech_is_limited_by_its_length_and_the_sender_stays() -> None:
    client = joined()
    size = 60_000
    results = [client.send("usermessage", dest="other", value="x" * size) for _ in range(200)]
    assert sum(len(delivered(actions)) for actions in results) == limits.SIGNAL_SPEECH_BYTES_BURST // size
    assert [message.error for actions in results for message in sent(actions)] == ["too-fast"]
    client.now += size / limits.SIGNAL_SPEECH_BYTES_RATE + 1
    assert delivered(client.send("usermessage", dest="other", value="x" * size))
