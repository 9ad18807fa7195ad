"""The state machine of one client: messages and time come in, actions go out.

It knows how far the client has got (handshake, joining, joined), keeps the timers, sees to it that nobody
speaks in another's name, and asks the table of rules before a message goes on. What a message then does in
the group is decided by whoever carries out `Deliver`.

Never raises for anything a client sends, looks at no clock, keeps no permissions (they are asked for at the
moment they matter, so that a change counts at once), and knows nothing about other clients. Owner of the
state: this object; the conference's client owns the object.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from galene_py.budget.bucket import Bucket
from galene_py.signalling import limits
from galene_py.signalling import messages as m
from galene_py.signalling.rules import Reply, Target, rule

WS_PROTOCOL_ERROR = 1002
"""WebSocket close codes, RFC 6455 §7.4.1."""
WS_NORMAL = 1000
WS_GOING_AWAY = 1001
WS_POLICY = 1008
WS_INTERNAL_ERROR = 1011

UNKNOWN_VERSION = (
    "This client speaks another version of the protocol and may need an upgrade. Trying to go on."
)


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message to the client."""

    message: m.Message


@dataclass(frozen=True, slots=True)
class Deliver:
    """Carry out this message: it is authentic and its sender may send it.

    `source` and `username` are the sender's own. When the rule names a target, `dest` is not empty, but
    whether such a member exists is still to be seen.
    """

    message: m.Message


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection; nothing after this. `lost`: it failed, the client did nothing wrong."""

    code: int
    text: str
    lost: bool = False


Action: TypeAlias = Send | Deliver | Drop


class State(enum.Enum):
    """How far a client has got."""

    NEW = "no handshake yet"
    READY = "in no group"
    JOINING = "waits for the answer to a join"
    JOINED = "in a group"
    CLOSED = "gone"


class Session:
    """One client's side of the protocol.

    permissions: tells what the client may do at this moment.
    now: monotonic seconds at which the connection was made.
    """

    def __init__(self, permissions: Callable[[], frozenset[str]], now: float) -> None:
        self.state = State.NEW
        self.id = ""
        self.username = ""
        self.group = ""
        self.bad_messages = 0
        self.ignored_messages = 0
        self._permissions = permissions
        self._started = now
        self._heard = now
        self._pinged = now
        self._pending: deque[tuple[m.Message, int]] = deque()
        self._pending_chars = 0
        self._messages = Bucket(limits.SIGNAL_MESSAGE_BURST, limits.SIGNAL_MESSAGE_RATE, now)
        self._speech = Bucket(limits.SIGNAL_SPEECH_BURST, limits.SIGNAL_SPEECH_RATE, now)
        self._spoken = Bucket(limits.SIGNAL_SPEECH_BYTES_BURST, limits.SIGNAL_SPEECH_BYTES_RATE, now)
        self._strange = Bucket(limits.SIGNAL_STRANGER_BURST, limits.SIGNAL_STRANGER_RATE, now)
        self._offers = Bucket(limits.SIGNAL_OFFER_BURST, limits.SIGNAL_OFFER_RATE, now)

    # --- what comes in -----------------------------------------------------------------------------

    def receive(self, data: str | bytes, now: float) -> list[Action]:
        """Take one WebSocket message; return what is to be done, in this order."""
        if self.state is State.CLOSED:
            return []
        self._heard = now
        if not self._messages.take(now):
            return [self._drop(WS_POLICY, "too many messages")]
        try:
            stranger = self.state is not State.JOINED
            if stranger and not self._strange.take(now, len(data)):
                return [self._drop(WS_POLICY, "too much before joining")]
            message = m.decode(data, stranger=stranger)
        except m.ProtocolError as error:
            return self._bad(str(error), error.join)
        if isinstance(message, m.Ping):
            return [Send(m.Pong())] if self.state is not State.NEW else self._no_handshake()
        if self.state is State.JOINING:
            return self._keep(message, len(data))
        return self._handle(message, len(data), now)

    def poll(self, now: float) -> list[Action]:
        """Look at the timers; call about once a second."""
        silence = now - self._heard
        if self.state is State.CLOSED:
            return []
        if self.state is State.NEW:
            late = now - self._started >= limits.SIGNAL_HANDSHAKE_SECONDS
            return self._no_handshake() if late else []
        if silence >= limits.SIGNAL_DEAD_SECONDS:
            return [self._drop(WS_NORMAL, "the client is silent", lost=True)]
        due = silence >= limits.SIGNAL_PING_SECONDS
        if due and now - self._pinged >= limits.SIGNAL_PING_SECONDS / 2:
            self._pinged = now
            return [Send(m.Ping())]
        return []

    # --- what the conference decided ---------------------------------------------------------------

    def joined(self, group: str, username: str) -> None:
        """The join was granted; then take what `resume` returns."""
        if self.state is State.JOINING:
            self.state, self.group, self.username = State.JOINED, group, username

    def not_joined(self) -> None:
        """The join failed; then take what `resume` returns."""
        if self.state is State.JOINING:
            self.state = State.READY

    def left(self) -> None:
        """The client is in its group no more."""
        if self.state is State.JOINED:
            self.state, self.group, self.username = State.READY, "", ""

    def resume(self, now: float) -> list[Action]:
        """Return what follows from the next of the messages that came during the join; empty when none is
        left."""
        while self._pending and self.state not in (State.JOINING, State.CLOSED):
            message, size = self._pending.popleft()
            self._pending_chars -= size
            actions = self._handle(message, size, now)
            if actions:
                return actions
        return []

    def close(self) -> None:
        """The connection is gone."""
        self.state = State.CLOSED
        self._permissions = frozenset  # none, and nothing that leads back to whoever holds us
        self._pending.clear()

    def error(self, text: str, code: str = "") -> m.UserMessage:
        """Return the message that tells this client of an error, in words for people."""
        return m.UserMessage(kind="error", error=code, dest=self.id, privileged=True, value=text)

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        return {"state": self.state.name.lower(), "bad": self.bad_messages, "ignored": self.ignored_messages}

    # --- inside ------------------------------------------------------------------------------------

    def _handle(self, message: m.Message, size: int, now: float) -> list[Action]:
        if self.state is State.NEW:
            return self._handshake(message) if isinstance(message, m.Handshake) else self._no_handshake()
        if spoofed := self._spoofed(message):
            return [Send(self.error(spoofed, "spoofed")), self._drop(WS_PROTOCOL_ERROR, spoofed)]
        if isinstance(message, m.Join):
            return self._join(message)
        if isinstance(message, m.Pong):
            return []
        return self._act(message, size, now)

    def _handshake(self, message: m.Handshake) -> list[Action]:
        self.state, self.id = State.READY, message.id
        actions: list[Action] = [Send(m.Handshake(version=(m.VERSION,)))]
        if m.VERSION not in message.version:
            warning = m.UserMessage(kind="warning", dest=self.id, privileged=True, value=UNKNOWN_VERSION)
            actions.append(Send(warning))
        return actions

    def _spoofed(self, message: m.Message) -> str:
        if message.source and message.source != self.id:
            return "spoofed client id"
        if message.username is None or isinstance(message, m.Join) or message.username == self.username:
            return ""
        # Between two groups nobody has a name; a late message of the former one is no crime.
        return "spoofed username" if self.state is State.JOINED else ""

    def _join(self, message: m.Join) -> list[Action]:
        if message.kind == "leave":
            if self.state is not State.JOINED or message.group != self.group:
                return [Send(self.error("you are not joined", "not-joined"))]
            return [Deliver(message)]
        if message.kind != "join":
            return self._bad("unknown kind of join")
        if self.state is State.JOINED:
            return [Send(self.error("cannot join multiple groups", "already-joined"))]
        self.state = State.JOINING
        return [Deliver(message)]

    def _act(self, message: m.Message, size: int, now: float) -> list[Action]:
        name = m.type_name(message)
        allowed = rule(message)
        if allowed is None:
            if isinstance(message, m.UserAction | m.GroupAction):
                what = "user" if isinstance(message, m.UserAction) else "group"
                return [Send(self.error(f"unknown {what} action", "unknown-action"))]
            self.ignored_messages += 1
            return []
        if self.state is not State.JOINED:
            return self._refuse(message, allowed.reply, "join a group first", "not-joined")
        if not allowed.needs <= self._permissions():
            return self._refuse(message, allowed.reply, "not authorised", "not-authorised")
        if allowed.target is Target.SELF and message.dest != self.id:
            return self._refuse(message, allowed.reply, "not authorised", "not-authorised")
        if allowed.target is Target.MEMBER and not message.dest:
            return self._refuse(message, allowed.reply, "no such user", "unknown-user")
        if name in _NEEDS_ID and not message.id:
            return self._bad(f"{name} needs an id")
        if name in _SPEECH and not (self._speech.take(now) and self._spoken.take(now, size)):
            return self._too_fast(now)
        if name in _NEGOTIATION and not self._offers.take(now):
            return self._refuse(message, allowed.reply, "too many offers, try again later", "too-fast")
        return [Deliver(msgspec.structs.replace(message, source=self.id, username=self.username))]

    def _refuse(self, message: m.Message, reply: Reply, text: str, code: str) -> list[Action]:
        if reply is Reply.SILENCE:
            self.ignored_messages += 1
            return []
        if reply in (Reply.TOKEN, Reply.TOKENLIST):
            kind = "token" if reply is Reply.TOKEN else "tokenlist"
            code = code if code == "not-authorised" else "error"
            return [Send(m.UserMessage(kind=kind, error=code, privileged=True, value=text))]
        actions: list[Action] = []
        if reply is Reply.ABORT and message.id:
            # A refused replacement still ends the stream it was to replace: its sender has closed it.
            if isinstance(message, m.Offer) and message.replace and self.state is State.JOINED:
                actions.append(Deliver(m.Close(id=message.replace, source=self.id, username=self.username)))
            actions.append(Send(m.Abort(id=message.id)))
        return [*actions, Send(self.error(text, code))]

    def _keep(self, message: m.Message, size: int) -> list[Action]:
        self._pending_chars += size
        full = len(self._pending) >= limits.SIGNAL_PENDING_MESSAGES
        if full or self._pending_chars > limits.SIGNAL_PENDING_CHARS:
            return [self._drop(WS_POLICY, "too many messages before the join was answered")]
        self._pending.append((message, size))
        return []

    def _bad(self, text: str, join: str | None = None) -> list[Action]:
        """A malformed message; `join`: the group that it asked to join, which needs its own answer."""
        self.bad_messages += 1
        if self.state is State.NEW:
            return self._no_handshake()
        if join is not None and self.state is State.READY:
            refusal = m.Joined(kind="fail", error="bad-request", group=join, username="", value=text)
            return [Send(refusal), *self._enough()]
        return [Send(self.error(text, "bad-message")), *self._enough()]

    def _enough(self) -> list[Action]:
        if self.bad_messages < limits.SIGNAL_BAD_MESSAGES:
            return []
        return [self._drop(WS_PROTOCOL_ERROR, "too many malformed messages")]

    def _too_fast(self, now: float) -> list[Action]:
        self.ignored_messages += 1
        if not self._speech.complain(now):
            return []
        return [Send(self.error("you are sending too fast, this was not delivered", "too-fast"))]

    def _no_handshake(self) -> list[Action]:
        return [self._drop(WS_PROTOCOL_ERROR, "you must handshake first")]

    def _drop(self, code: int, text: str, lost: bool = False) -> Drop:
        self.close()
        return Drop(code, text, lost)


_NEEDS_ID = frozenset({"offer", "answer", "renegotiate", "close", "abort", "ice", "requestStream"})
_NEGOTIATION = frozenset({"offer", "renegotiate"})
_SPEECH = frozenset({"chat", "usermessage", "useraction", "groupaction"})
