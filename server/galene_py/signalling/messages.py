"""The messages of the client protocol, version "2": one typed structure per message type.

`decode` turns one WebSocket message into a structure and is bounded in every direction; it raises
`ProtocolError` and nothing else. `encode` is its inverse and leaves out what has its default value.
Fields that the protocol does not know are ignored; a type it does not know becomes `Unknown`.

Never decides anything about a message, and keeps no state. The protocol is symmetric, so the same structures
serve both directions; which direction makes sense is the session's business.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, TypeAlias

import msgspec

from galene_py import limits as shared
from galene_py.signalling import limits

VERSION = "2"
"""The protocol version spoken here."""

Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=shared.SIGNAL_NAME_CHARS)]
Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=limits.SIGNAL_TEXT_CHARS)]
Sdp: TypeAlias = Annotated[str, msgspec.Meta(max_length=limits.SIGNAL_SDP_CHARS)]
Names: TypeAlias = Annotated[tuple[Name, ...], msgspec.Meta(max_length=shared.SIGNAL_LIST_ITEMS)]

Pixels: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=limits.SIGNAL_PIXELS)]


class ProtocolError(Exception):
    """The peer sent something that is no message of this protocol; the text may be shown to it.

    join: the group's name, as far as it can be told, when the message asks to join: that needs an answer.
    """

    join: str | None = None


class Message(msgspec.Struct, omit_defaults=True, kw_only=True, tag_field="type"):
    """What any message may carry.

    `username` distinguishes absent (None) from empty; everywhere else an absent field and an empty one
    mean the same. `value` is whatever the kind of message says it is.
    """

    kind: Name = ""
    error: Name = ""
    id: Name = ""
    source: Name = ""
    username: Name | None = None
    dest: Name = ""
    privileged: bool = False
    value: Any = None


class Handshake(Message, tag="handshake"):
    """First message of either side: the protocol versions it speaks, best first, and its id."""

    version: Names = ()


class Ping(Message, tag="ping"):
    """Are you there?"""


class Pong(Message, tag="pong"):
    """Yes."""


class Join(Message, tag="join"):
    """Enter (`join`) or leave (`leave`) a group.

    `resume`, ours: the secret of the `joined` message before the connection was lost.
    """

    group: Name = ""
    password: Text | None = None
    token: Text = ""
    resume: Name = ""
    data: dict[str, Any] | None = None


class Joined(Message, tag="joined"):
    """The server's word on our membership: `join`, `change`, `fail`, `redirect` or `leave`.

    `resume`, ours, with `join` alone: a secret by which the member is known again after a lost connection.
    """

    group: Name = ""
    resume: Name = ""
    permissions: Names = ()
    status: dict[str, Any] | None = None
    data: dict[str, Any] | None = None
    rtc_configuration: dict[str, Any] | None = msgspec.field(default=None, name="rtcConfiguration")


class User(Message, tag="user"):
    """Somebody in the group: `add`, `change` or `delete`."""

    permissions: Names = ()
    data: dict[str, Any] | None = None


class Request(Message, tag="request"):
    """What the sender wants to receive, by the stream's label; '' is the default."""

    request: Annotated[dict[Name, Names | None], msgspec.Meta(max_length=shared.SIGNAL_LIST_ITEMS)] | None = (
        None
    )


class RequestStream(Message, tag="requestStream"):
    """What the sender wants of one stream; absent: back to what `request` says.

    `size`, ours: width and height it is shown with, in device pixels; two zeros: it is not shown now.
    """

    request: Names | None = None
    size: tuple[Pixels, Pixels] | None = None


class Paused(Message, tag="paused"):
    """Ours, from the server to who tells sizes: whether the video of stream `id` is paused (`value`), because
    the receiver's line has no room for it."""


class Speaking(Message, tag="speaking"):
    """Ours, from the server to who tells sizes: whether the user `source`, who sends stream `id`, speaks now
    (`value`); one message for each change."""


class Offer(Message, tag="offer"):
    """A new stream, a new description of one, or the replacement of one."""

    label: Name = ""
    replace: Name = ""
    sdp: Sdp = ""


class Answer(Message, tag="answer"):
    """Accepts an offer."""

    sdp: Sdp = ""


class Renegotiate(Message, tag="renegotiate"):
    """The receiver asks for a new offer, with an ICE restart."""


class Close(Message, tag="close"):
    """The offerer closes its stream."""


class Abort(Message, tag="abort"):
    """The answerer asks that the stream be closed."""


class Ice(Message, tag="ice"):
    """One ICE candidate, or none when the sender has no more."""

    candidate: dict[str, Any] | None = None


class Chat(Message, tag="chat"):
    """Something said to everybody, or to `dest` alone: '', `me` or `caption`.

    `replyTo`, ours: the id of the message that it answers.
    """

    noecho: bool = False
    time: Any = ""
    reply_to: Name = msgspec.field(default="", name="replyTo")


class ChatHistory(Message, tag="chathistory"):
    """A chat message from before the receiver joined.

    Ours: `replyTo`; `edited`, whether its author changed it; `reactions`, names of people by what they
    reacted with.
    """

    time: Any = ""
    reply_to: Name = msgspec.field(default="", name="replyTo")
    edited: bool = False
    reactions: dict[str, list[str]] | None = None


class UserMessage(Message, tag="usermessage"):
    """A message between programs that is not kept."""

    noecho: bool = False
    time: Any = ""


class UserAction(Message, tag="useraction"):
    """Asks the server to act on the user `dest`."""


class GroupAction(Message, tag="groupaction"):
    """Asks the server to act on the group."""


class Unknown(Message, tag="unknown"):
    """A message of a type that this version does not know; `name` is what it called itself."""

    name: str = ""


_KNOWN: tuple[type[Message], ...] = (
    Handshake, Ping, Pong, Join, Joined, User, Request, RequestStream, Paused, Speaking,
    Offer, Answer, Renegotiate,
    Close, Abort, Ice, Chat, ChatHistory, UserMessage, UserAction, GroupAction,
)  # fmt: skip

TYPES: Mapping[str, type[Message]] = {str(cls.__struct_config__.tag): cls for cls in _KNOWN}
"""Message types by their name on the wire."""

_decoder = msgspec.json.Decoder()
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_NORMAL = ("group", "username")
_encoder = msgspec.json.Encoder()


def type_name(message: Message) -> str:
    """Return the message's type as it is called on the wire."""
    return message.name if isinstance(message, Unknown) else str(message.__struct_config__.tag)


def decode(data: str | bytes, *, stranger: bool = False) -> Message:
    """Return the message in `data`, one complete WebSocket message.

    stranger: it is from somebody in no group, who has nothing long or complex to say. Size and structure are
    looked at before anything is decoded: a megabyte of brackets takes a third of a second.
    Raises ProtocolError for anything that is not a JSON object of bounded size, depth and content whose
    known fields have their right types. A field that is null counts as absent. Half a surrogate pair, which
    browsers send for a character that was cut in two, becomes U+FFFD. Names of groups and users get their
    normal form (NFC), so that they can be compared.
    """
    fields, halves = _decode_object(data, stranger)
    name = fields.pop("type", None)
    try:
        _check_bounds(fields)
        if halves:
            fields = _without_halves(fields)
            name = _without_halves(name) if isinstance(name, str) else name
        return _convert(name, fields)
    except ProtocolError as error:
        group = fields.get("group")
        if name == "join" and fields.get("kind") == "join":
            error.join = group[: shared.SIGNAL_NAME_CHARS] if isinstance(group, str) else ""
        raise


def _convert(name: object, fields: dict[str, Any]) -> Message:
    if not isinstance(name, str) or len(name) > shared.SIGNAL_NAME_CHARS:
        raise ProtocolError("a message needs a type")
    cls = TYPES.get(name)
    if cls is None:
        return Unknown(name=name)
    for field in _NORMAL:
        text = fields.get(field)
        if isinstance(text, str) and not text.isascii():
            fields[field] = unicodedata.normalize("NFC", text)
    try:
        return msgspec.convert(fields, cls)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ProtocolError(f"bad {name} message: {error}") from None


def encode(message: Message) -> bytes:
    """Return the message as JSON, without the fields that have their default value."""
    return _encoder.encode(message)


def encoded_size(value: object) -> int:
    """Return the size of a decoded JSON value in bytes, as it would be sent."""
    return len(_encoder.encode(value))


def _decode_object(data: str | bytes, stranger: bool) -> tuple[dict[str, Any], bool]:
    """The object, without what is null, and whether there may be halves of surrogate pairs in it."""
    if len(data) > (limits.SIGNAL_STRANGER_CHARS if stranger else limits.SIGNAL_MESSAGE_CHARS):
        raise ProtocolError("message too long")
    _check_structure(data, limits.SIGNAL_STRANGER_STRUCTURE if stranger else limits.SIGNAL_JSON_NODES)
    halves = False
    try:
        decoded = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        decoded, halves = _decode_liberally(data), True
    if not isinstance(decoded, dict):
        raise ProtocolError("a message is a JSON object")
    return {name: value for name, value in decoded.items() if value is not None}, halves


def _decode_liberally(data: str | bytes) -> object:
    """Decode what contains half a surrogate pair, at which the fast decoder gives up (RFC 8259 §8.2)."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        if _HALF.search(text):
            return _liberal_decoder.decode(text)
    except (UnicodeError, RecursionError, ValueError):
        pass
    raise ProtocolError("this is not JSON")


def _without_halves(value: Any) -> Any:
    """The same value, of bounded depth, with U+FFFD for each of them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(below) for name, below in value.items()}
    return [_without_halves(below) for below in value] if isinstance(value, list) else value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_liberal_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _check_structure(data: str | bytes, most: int) -> None:
    """Count brackets and commas; where there are many, those outside of texts, which may quote anything."""
    if _structure(data) <= most:
        return
    if len(data) > limits.SIGNAL_QUOTED_CHARS or _structure(_unquoted(data)) > most:
        raise ProtocolError("message too complex")


def _structure(data: str | bytes) -> int:
    if isinstance(data, str):
        return data.count(",") + data.count("[") + data.count("{")
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _unquoted(data: str | bytes) -> str:
    """What stands outside of JSON's texts, well-formed or not."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    return "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])


def _check_bounds(root: object) -> None:
    """Walk a decoded value level by level; refuse what could not be passed on safely to others."""
    level: list[object] = [root]
    seen = depth = 0
    while level:
        depth += 1
        seen += len(level)
        if depth > limits.SIGNAL_JSON_DEPTH or seen > limits.SIGNAL_JSON_NODES:
            raise ProtocolError("message too complex")
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str):
                if "\0" in value:
                    raise ProtocolError("message contains a NUL character")
            elif isinstance(value, int) and abs(value) > limits.SIGNAL_INTEGER:
                raise ProtocolError("number too large")
        level = below
