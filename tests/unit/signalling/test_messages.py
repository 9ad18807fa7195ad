"""Messages: whatever comes in is a message or a ProtocolError; what goes out comes back the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py import limits as shared
from galene_py.signalling import limits
from galene_py.signalling import messages as m

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
FIELDS = sorted({field for cls in m.TYPES.values() for field in cls.__struct_encode_fields__})


def attempt(data: str | bytes) -> m.Message | None:
    try:
        return m.decode(data)
    except m.ProtocolError:
        return None


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        "[]",
        '"chat"',
        "{}",
        '{"type": 3}',
        '{"type": null}',
        '{"type": "chat"',
        '{"type": "chat", "noecho": 1}',
        '{"type": "chat", "privileged": "yes"}',
        '{"type": "chat", "id": 7}',
        '{"type": "chat", "kind": ["me"]}',
        '{"type": "join", "username": {"toString": 1}}',
        '{"type": "join", "data": []}',
        '{"type": "request", "request": ["audio"]}',
        '{"type": "request", "request": {"": "audio"}}',
        '{"type": "requestStream", "request": {"": ["audio"]}}',
        '{"type": "ice", "candidate": "candidate:1"}',
        '{"type": "handshake", "version": "2"}',
        '{"type": "chat", "value": "a\\u0000b"}',
        '{"type": "chat", "value": {"a\\u0000": 1}}',
        '{"type": "chat", "value": NaN}',
        '{"type": "chat", "value": 1e999}',
        '{"type": "chat", "value": 123456789012345678901234567890}',
        '{"type": "chat", "value": ' + "9" * 5000 + "}",
        b'{"type": "chat", "value": "\xff"}',
        '{"type": "chat", "value": "\ud800"}',
        '{"type": "chat", "value": ' + "[" * 10_000 + "]" * 10_000 + "}",
        '{"type": "chat", "value": ' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}",
        '{"type": "chat", "value": ' + "[" * 33 + "]" * 33 + "}",
        '{"type": "chat", "value": [' + "1," * 100_000 + "1]}",
        '{"type": "offer", "sdp": "' + "v" * (limits.SIGNAL_SDP_CHARS + 1) + '"}',
        '{"type": "chat", "id": "' + "i" * (shared.SIGNAL_NAME_CHARS + 1) + '"}',
        '{"type": "chat", "value": "' + "x" * limits.SIGNAL_MESSAGE_CHARS + '"}',
        '{"type": "' + "x" * 1000 + '"}',
        "[" * 1_000_000,
    ],
    ids=lambda data: data[:40] if isinstance(data, str) and data.isprintable() else None,
)
def test_what_is_no_message_is_one_kind_of_error(data: str | bytes) -> None:
    with pytest.raises(m.ProtocolError):
        m.decode(data)


def test_null_means_absent() -> None:
    assert m.decode('{"type":"offer","id":"a","replace":null,"username":null}') == m.Offer(id="a")


def test_empty_username_differs_from_none() -> None:
    assert m.decode('{"type":"join","username":""}') == m.Join(username="")
    assert json.loads(m.encode(m.Join(username=""))) == {"type": "join", "username": ""}


def test_null_inside_a_value_is_kept() -> None:
    message = m.decode('{"type":"useraction","kind":"setdata","value":{"raisehand":null}}')
    assert message.value == {"raisehand": None}


def test_unknown_fields_are_ignored() -> None:
    assert m.decode('{"type":"ping","color":"red","__proto__":{"admin":true}}') == m.Ping()


def test_unknown_type_is_kept_apart() -> None:
    message = m.decode('{"type":"telepathy","value":1}')
    assert isinstance(message, m.Unknown)
    assert m.type_name(message) == "telepathy"


def test_defaults_are_left_out() -> None:
    assert json.loads(m.encode(m.Joined(kind="join", permissions=(), username="x"))) == {
        "type": "joined",
        "kind": "join",
        "username": "x",
    }
    assert b"rtcConfiguration" in m.encode(m.Joined(rtc_configuration={}))


@given(st.text() | st.binary())
def test_arbitrary_data_is_a_message_or_an_error(data: str | bytes) -> None:
    attempt(data)


@given(st.sampled_from([*m.TYPES, "telepathy", ""]), st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_arbitrary_fields_are_a_message_or_an_error(name: str, fields: dict[str, object]) -> None:
    message = attempt(json.dumps({**fields, "type": name}))
    if message is not None and not isinstance(message, m.Unknown):
        assert m.decode(m.encode(message)) == message


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"half \ud83d", "half \ufffd"),
        (r"\ude00 other half", "\ufffd other half"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\uD83D\u0041", "\ufffdA"),
        (r"\\ud83d", r"\ud83d"),
        (r"\\\ud83d", "\\\ufffd"),
    ],
)
def test_half_a_surrogate_pair_is_replaced_wherever_it_is(text: str, read: str) -> None:
    message = m.decode(f'{{"type": "chat", "id": "{text}", "value": [{{"{text}": "{text}"}}], "x": null}}')
    assert message == m.Chat(id=read, value=[{read: read}])
    assert json.loads(m.encode(message))["id"] == read
    assert m.decode(f'{{"type": "{text}"}}') == m.Unknown(name=read)


@pytest.mark.parametrize(
    "text",
    [r'{"type": "chat", "value": "\ud83d" x}', r'{"type": "chat", "value": ["\ud83d", NaN]}', r'"\ud83d"'],
)
def test_half_a_surrogate_pair_excuses_nothing_else(text: str) -> None:
    for data in (text, text.encode()):
        with pytest.raises(m.ProtocolError):
            m.decode(data)


def test_names_get_their_normal_form() -> None:
    message = m.decode(
        '{"type": "join", "group": "bu\u0308ro", "username": "zoe\u0308", "password": "e\u0308"}'
    )
    assert (message.group, message.username) == ("b\u00fcro", "zo\u00eb")  # type: ignore[attr-defined]
    assert message.password == "e\u0308"  # type: ignore[attr-defined]


def test_structure_is_counted_before_anything_is_decoded() -> None:
    """A value that is valid but for its last byte shows by its error which check came first."""
    lists = ",".join(["[]"] * limits.SIGNAL_JSON_NODES)
    with pytest.raises(m.ProtocolError, match="too complex"):
        m.decode('{"type":"pong","value":[' + lists + "]")


@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_quoted_brackets_are_no_structure(encoding: str | None) -> None:
    text = '[{"é\\,' * 8_000
    data = json.dumps({"type": "chat", "value": text}, ensure_ascii=False)
    message = m.decode(data.encode(encoding) if encoding else data)
    assert message.value == text


@pytest.mark.parametrize(
    "value",
    ["[" + "[]," * limits.SIGNAL_STRANGER_STRUCTURE + "[]]", '"' + "x" * limits.SIGNAL_STRANGER_CHARS + '"'],
)
def test_a_stranger_has_nothing_long_or_complex_to_say(value: str) -> None:
    data = '{"type":"chat","value":' + value + "}"
    m.decode(data)
    with pytest.raises(m.ProtocolError, match=r"too long|too complex"):
        m.decode(data, stranger=True)
