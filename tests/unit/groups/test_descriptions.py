"""Group files: what is understood, what is refused, and with which words."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py.groups import description as d
from galene_py.groups.errors import DescriptionError
from galene_py.groups.passwords import Password
from galene_py.groups.permissions import ROLES, expand

DATA = Path(__file__).parents[2] / "data" / "groups"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
field_names = st.sampled_from(
    [
        "displayName",
        "description",
        "public",
        "redirect",
        "max-clients",
        "max-history-age",
        "expires",
        "not-before",
        "allow-recording",
        "users",
        "wildcard-user",
        "authKeys",
        "authServer",
        "authPortal",
        "codecs",
        "autolock",
        "op",
        "presenter",
        "allow-subgroups",
    ]
)
times = st.datetimes().map(lambda t: t.isoformat() + "Z")
passwords = (
    st.text(max_size=5)
    | st.just({"type": "wildcard"})
    | st.builds(lambda k: {"type": "bcrypt", "key": k}, st.text(max_size=5))
)
users = st.fixed_dictionaries(
    {},
    optional={
        "password": passwords,
        "permissions": st.sampled_from(sorted(ROLES)) | st.lists(st.text(max_size=4), max_size=3),
    },
)
descriptions = st.fixed_dictionaries(
    {},
    optional={
        "displayName": st.text(max_size=9),
        "public": st.booleans(),
        "max-clients": st.integers(-5, 1000),
        "max-history-age": st.integers(0, 10**6),
        "expires": times,
        "not-before": times,
        "autolock": st.booleans(),
        "users": st.dictionaries(st.text(max_size=6), users, max_size=4),
        "wildcard-user": users,
        "authKeys": st.lists(
            st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2), max_size=2
        ),
        "codecs": st.lists(st.sampled_from(["vp8", "opus", "theora"]), max_size=3),
    },
)


@pytest.mark.parametrize("path", sorted((DATA / "groups").rglob("*.json")), ids=lambda p: p.stem)
def test_realistic_files_are_understood(path: Path) -> None:
    parsed = d.parse(path.read_bytes())
    again = d.parse(d.to_bytes(parsed.description))
    assert again.description == parsed.description


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown-field", "unknown field: publik"),
        ("wrong-type", "max-clients: Expected `int`, got `str`"),
        ("unknown-role", "users.x.permissions: unknown permission"),
        ("unknown-user-field", "unknown field: users.x.pasword"),
        ("trailing-comma", "line 3, column"),
        ("empty", "not valid JSON"),
        ("a-list", "must be an object"),
        ("no-time", "expires: 'next week' is not a time"),
    ],
)
def test_broken_files_are_refused_with_the_place(name: str, words: str) -> None:
    with pytest.raises(DescriptionError) as error:
        d.parse((DATA / "broken" / f"{name}.json").read_bytes())
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_all_unknown_fields_are_named() -> None:
    with pytest.raises(DescriptionError, match="unknown fields: a, b"):
        d.from_object({"a": 1, "public": True, "b": 2})


def test_case_of_fields_does_not_matter_and_null_means_absent() -> None:
    path = DATA / "groups" / "odd-spelling.json"
    parsed = d.parse(path.read_bytes())
    assert parsed.description.public
    assert parsed.description.display_name == "Shouting"
    assert parsed.description.users == {}
    assert parsed.description.allowed_codecs == ("vp8", "opus")
    assert any("theora" in warning for warning in parsed.warnings)


def test_old_fields_are_translated() -> None:
    parsed = d.parse((DATA / "groups" / "from-2020.json").read_bytes())
    description = parsed.description
    assert description.auto_subgroups
    assert description.users["jo"] == d.User(password="1234", permissions="op")
    assert description.users["listener"].password == Password(type="wildcard")
    assert description.wildcard_user == d.User(
        password=Password(type="plain", key="4321"), permissions="present"
    )
    assert any("allow-anonymous" in warning for warning in parsed.warnings)
    assert set(d.to_object(description)) == {"auto-subgroups", "users", "wildcard-user"}


def test_defaults() -> None:
    description = d.parse(b"{}").description
    assert description.allowed_codecs == ("vp8", "opus")
    assert description.history_seconds == 14400
    assert d.to_object(description) == {}


def test_sanitised_hides_people_and_keys() -> None:
    for path in (DATA / "groups").rglob("*.json"):
        shown = json.dumps(d.sanitised(d.parse(path.read_bytes()).description))
        assert not any(word in shown for word in ("password", "users", "wildcard", "authKeys", "kty"))


@given(descriptions)
def test_what_is_written_reads_the_same(raw: dict[str, object]) -> None:
    parsed = d.from_object(raw).description
    assert d.parse(d.to_bytes(parsed)).description == parsed


@given(st.dictionaries(field_names | st.text(max_size=5), json_values, max_size=4))
@settings(max_examples=200)
def test_any_object_is_a_description_or_a_description_error(raw: dict[str, object]) -> None:
    with suppress(DescriptionError):
        d.from_object(raw)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_description_or_a_description_error(data: bytes) -> None:
    with suppress(DescriptionError):
        d.parse(data)


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b'{"public": true}' + b" " * (5 << 20)]
)
def test_hostile_files_are_refused(data: bytes) -> None:
    with pytest.raises(DescriptionError):
        d.parse(data)


def test_secrets_stay_out_of_errors() -> None:
    with pytest.raises(DescriptionError) as error:
        d.from_object({"users": {"x": {"password": {"type": "bcrypt", "key": 5, "salt": "geheim"}}}})
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    ("role", "settings_", "expected"),
    [
        ("op", {}, "op present message caption token"),
        ("op", {"allow-recording": True}, "op present message caption token record"),
        ("present", {}, "present message"),
        ("present", {"unrestricted-tokens": True}, "present message token"),
        ("message", {"unrestricted-tokens": True, "allow-recording": True}, "message"),
        ("observe", {}, ""),
        ("caption", {}, "caption"),
        ("admin", {}, "admin"),
    ],
)
def test_roles(role: str, settings_: dict[str, bool], expected: str) -> None:
    description = d.from_object(settings_).description
    assert description.permissions_of(d.User(permissions=role)) == frozenset(expected.split())


def test_nobody_is_made_a_part_of_the_system() -> None:
    assert expand(["present", "system"]) == {"present"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"type": "scrypt", "key": "x"}, "unknown"),
        ({"type": "bcrypt"}, "key: missing"),
        ({"type": "bcrypt", "key": "no"}, "not a bcrypt hash"),
        ({"type": "pbkdf2", "hash": "md5", "key": "00", "salt": "00"}, "hash"),
        ({"type": "pbkdf2", "hash": "sha-256", "key": "zz", "salt": "00"}, "key: not hexadecimal"),
        ({"type": "pbkdf2", "hash": "sha-256", "key": "00", "iterations": 10**9}, "iterations"),
        ({"typ": "bcrypt"}, "unknown field: typ"),
        (17, "password"),
        ([], "password"),
    ],
)
def test_passwords_that_cannot_work_are_refused(raw: object, words: str) -> None:
    with pytest.raises(DescriptionError, match=words):
        d.password_from_object(raw)


def test_no_password_is_a_password_too() -> None:
    assert d.password_from_object(None) is None
    assert d.password_from_object({}) is None
    assert d.password_from_object("plain") == "plain"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"users": {}, "users": {}}', "users: stands there twice"),
        ('{"users": {}, "Users": {}}', "users and Users are the same field"),
        ('{"users": {"ada": {}, "ada": {}}}', "users.ada: stands there twice"),
        ('{"users": {"zo\u00eb": {}, "zoe\u0308": {}}}', "stands there twice, in two Unicode forms"),
        (
            '{"users": {"ada": {"password": "a", "Password": "b"}}}',
            "users.ada.password and users.ada.Password",
        ),
        (
            '{"wildcard-user": {"password": {"type": "plain", "Type": "wildcard"}}}',
            "wildcard-user.password.type and wildcard-user.password.Type",
        ),
    ],
)
def test_what_stands_there_twice_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(DescriptionError, match=words):
        d.parse(text.encode())


@pytest.mark.parametrize("field", ["max-history-age", "max-clients"])
@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 400, str(1 << 31), "1e300", "3.5"])
def test_numbers_have_a_range_that_is_named(field: str, number: str) -> None:
    with pytest.raises(DescriptionError, match=f"^{field}: Expected `int`"):
        d.parse(f'{{"{field}": {number}}}'.encode())


def test_a_user_of_whom_nothing_is_said_may_nothing() -> None:
    assert d.from_object({"users": {"ada": None}}).description.users == {"ada": d.User()}


def test_names_of_users_are_kept_in_one_unicode_form() -> None:
    assert list(d.from_object({"users": {"zoe\u0308": {}}}).description.users) == ["zo\u00eb"]


def test_every_obsolete_field_is_told_of_and_null_is_absent() -> None:
    parsed = d.from_object(
        {"op": [{"username": "a"}], "presenter": [{}], "other": None, "allow-subgroups": False}
    )
    told = [warning.split()[0] for warning in parsed.warnings]
    assert told == ["allow-subgroups", "op", "presenter"]
