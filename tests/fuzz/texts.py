"""Targets: what clients, administrators and authorisation servers write: SDP, JSON, group files, tokens."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import time

import jwt
import msgspec

from fuzz.target import TESTS, Target
from galene_py import json_text
from galene_py import limits as shared
from galene_py.config import ConfigError, parse_config, parse_ice_servers
from galene_py.groups import description
from galene_py.groups.errors import DescriptionError, GroupError, Refused
from galene_py.groups.names import valid_user_name
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens import signed, stateful
from galene_py.sdp import limits, negotiation, reader, viewing
from galene_py.sdp.codecs import Codec
from galene_py.sdp.model import MID_URI, SdpError
from galene_py.sdp.writer import LocalParameters
from galene_py.signalling import limits as signal_limits
from galene_py.signalling import messages

DATA = TESTS / "data"
OFFERS = [path.read_bytes() for path in sorted((DATA / "sdp").glob("*.sdp"))]
RECEIVERS = [offer.replace(b"a=sendonly", b"a=recvonly") for offer in OFFERS]
VP8 = Codec("vp8", 96, 90_000, 1, "", ())
GROUP_FILES = [path.read_bytes() for path in sorted((DATA / "groups").rglob("*.json"))]
CODECS = ("vp8", "vp9", "av1", "h264", "opus", "g722", "pcmu", "pcma")
LOCAL = LocalParameters("srvu", "p" * 24, ":".join(["AB"] * 32), ["1 1 udp 1 192.0.2.1 8443 typ host"], 77)
SDP_LINE = re.compile(r"[a-z]=[^\x00-\x1f\x7f]*")
ICE_URL = re.compile(r"(?i:stun|turn)s?:[^?]+(\?transport=(udp|tcp))?")
SECRET = b"0123456789abcdef0123456789abcdef"
KEY = {"kty": "oct", "alg": "HS256", "k": base64.urlsafe_b64encode(SECRET).rstrip(b"=").decode()}


def text(data: bytes) -> str:
    """As it comes out of the WebSocket or a request: valid Unicode."""
    return data.decode("utf-8", "replace")


def run_sdp(data: bytes) -> None:
    try:
        session = reader.parse(text(data))
    except SdpError:
        return
    assert 0 < len(session.sections) <= limits.SDP_SECTIONS
    for section in session.sections:
        assert len(section.skipped) <= limits.SDP_SKIPPED
        assert len(section.formats) <= limits.SDP_LIST and len(section.ssrcs) <= limits.SDP_LIST
        assert len(section.mid) <= limits.SDP_TOKEN
        assert all(0 <= payload_type <= 127 for payload_type in section.formats)


def run_negotiation(data: bytes) -> None:
    """Whatever an offer says, what we answer and what we offer to others is sound SDP of our own making."""
    try:
        negotiated = negotiation.read_offer(text(data), CODECS)
    except SdpError:
        return
    answered = negotiation.answer(negotiated, LOCAL)
    assert all(SDP_LINE.fullmatch(line) for line in answered.removesuffix("\r\n").split("\r\n"))
    session = reader.parse(answered)
    offered = reader.parse(text(data))
    assert [one.mid for one in session.sections] == [one.mid for one in offered.sections]
    assert not session.skipped and not any(one.skipped for one in session.sections if one.port)
    sections = [
        negotiation.OutgoingSection(
            one.mid, one.codec, tuple(pair for pair in one.extensions if pair[0] == MID_URI), 1, "c", "s", "t"
        )
        for one in negotiated.sections
    ]
    ours = negotiation.offer(sections, LOCAL)
    assert all(SDP_LINE.fullmatch(line) for line in ours.removesuffix("\r\n").split("\r\n"))
    assert len(reader.parse(ours).sections) == len(sections)
    with contextlib.suppress(SdpError):
        taken = negotiation.accept(text(data), sections)
        assert taken.mids <= {one.mid for one in sections}


def run_viewing(data: bytes) -> None:
    """A receiver's offer: what answers it reads, and sends nothing that was not offered."""
    sent = {"video": VP8}
    try:
        judged = viewing.read_offer(text(data), CODECS, sent, "stream")
    except SdpError as error:
        assert str(error)
    else:
        answered = reader.parse(viewing.describe(judged.printed, LOCAL, "passive", bundle=judged.bundled))
        assert len(answered.sections) == len(judged.printed)
        assert len({section.kind for section in judged.sections}) == len(judged.sections)
    with contextlib.suppress(SdpError):
        viewing.read_credentials(text(data))
    with contextlib.suppress(SdpError):
        viewing.read_answer(text(data), viewing.counter_sections(sent, "stream"))


def run_signalling(data: bytes) -> None:
    for stranger in (False, True):
        for form in (data, text(data)):
            try:
                message = messages.decode(form, stranger=stranger)
            except messages.ProtocolError as error:
                assert str(error).isprintable() or len(str(error)) < 2_000
                continue
            wire = messages.encode(message)
            wire.decode()
            if not isinstance(message, messages.Unknown):
                assert messages.decode(wire) == message
            assert len(message.id) <= shared.SIGNAL_NAME_CHARS
            assert len(wire) <= 6 * signal_limits.SIGNAL_MESSAGE_CHARS


def run_json(data: bytes) -> None:
    try:
        value = json_text.decode(data)
    except json_text.JsonError as error:
        assert str(error)
        return
    wire = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    assert json_text.decode(wire) == value
    with contextlib.suppress(json_text.JsonError):
        json_text.fields(value, {"type": "type", "name": "Name"}, "here", strangers=True)


def run_group(data: bytes) -> None:
    try:
        parsed = description.parse(data)
    except DescriptionError as error:
        assert str(error)
        return
    again = description.parse(description.to_bytes(parsed.description))
    assert again.description == parsed.description
    assert not description.SECRET_FIELDS & description.sanitised(parsed.description).keys()


def run_config(data: bytes) -> None:
    with contextlib.suppress(ConfigError):
        parse_config(data)
    with contextlib.suppress(ConfigError):
        for server in parse_ice_servers(data):
            assert all(ICE_URL.fullmatch(url) for url in server.urls)


def run_invitation(data: bytes) -> None:
    try:
        token = stateful.from_line(data)
    except DescriptionError:
        return
    line = stateful.to_line(token)
    assert line.count(b"\n") == 1
    assert stateful.from_line(line) == token
    with contextlib.suppress(DescriptionError):
        known = stateful.from_object(stateful.to_json(token))
        assert known.username is None or valid_user_name(known.username)
    with contextlib.suppress(GroupError, Refused):
        token.check("choir", 0.0)


def run_signed(data: bytes) -> None:
    """A token that nobody signed never counts; what is in one that somebody signed may be anything."""
    with contextlib.suppress(Refused):
        signed.verify(text(data), [KEY])
        raise AssertionError("a token without a signature was taken")
    try:
        claims = json.loads(data)
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        return
    with contextlib.suppress(DescriptionError):
        if isinstance(msgspec.json.decode(msgspec.json.encode(claims)), dict):
            signed.parse_key(claims)
    try:
        payload = json.dumps(claims, ensure_ascii=True).encode()
        token = jwt.api_jws.encode(payload, SECRET, algorithm="HS256")
    except (ValueError, RecursionError):
        return
    with contextlib.suppress(Refused):
        found, key = signed.verify(token, [KEY])
        said = signed.check(found, key, "choir", "example.org")
        assert said.key == signed.key_digest(KEY)
        assert all(permission.isprintable() for permission in said.permissions)


def run_time(data: bytes) -> None:
    try:
        moment = Timestamp.parse(text(data))
    except ValueError:
        return
    assert Timestamp.parse(moment.text).unix == moment.unix


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


JSON = [
    *(_json({"type": kind}) for kind in messages.TYPES),
    _json(
        {
            "type": "join",
            "kind": "join",
            "group": "choir",
            "username": "ém",
            "password": "x",
            "data": {"a": 1},
        }
    ),
    _json({"type": "request", "request": {"": ["audio"], "camera": None}}),
    _json({"type": "chat", "value": {"a": [1.5, -1, None, True, "\ud83d\ude00"]}, "time": 3}),
    b'{"type":"chat","value":"\\ud83d half"}',
    b"\xef\xbb\xbf[1e308, 1E400, NaN, 00, -0.0]",
    b'{"a":1,"a":2}',
]
TIMES = dict.fromkeys(("expires", "not-before", "issuedAt"), "2030-01-02T03:04:05.5+01:00")
INVITATION = {"token": "abc", "group": "choir", "username": "ann", "permissions": ["present"], **TIMES}
CLAIMS = {"sub": "ann", "aud": ["https://example.org/group/choir/"], "permissions": ["present"]}

TARGETS = (
    Target("sdp", run_sdp, OFFERS, per_byte=60),
    Target("negotiation", run_negotiation, OFFERS, base=20_000, per_byte=300),
    Target("viewing", run_viewing, RECEIVERS, base=20_000, per_byte=300),
    Target("signalling", run_signalling, JSON, per_byte=200),
    Target("json", run_json, JSON, per_byte=100),
    Target("group-file", run_group, GROUP_FILES, per_byte=200),
    Target("config", run_config, [*GROUP_FILES, b'[{"urls":["turn:t.example"]}]'], per_byte=200),
    Target("invitation", run_invitation, [_json(INVITATION)], per_byte=200),
    Target("signed-token", run_signed, [
        _json(CLAIMS | {"exp": int(time.time()) + 10**8}),
        _json(CLAIMS | {"exp": 1, "nbf": 2.5, "include-subgroups": True}),
        _json(KEY), b"eyJhbGciOiJub25lIn0.e30.",
    ], per_byte=200),
    Target("time", run_time, [b"2030-01-02T03:04:05.125Z", b"2030-01-02t03:04:05+23:59", b"20300102"]),
)  # fmt: skip
