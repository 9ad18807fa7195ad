"""Users, passwords and keys over HTTP."""

from typing import Any

import pytest

from galene_py.groups.passwords import Password, matches
from unit.api.backend import Backend, Client
from unit.groups.test_signed_tokens import EC_JWK, oct_key

JWK = "application/jwk-set+json"


async def test_users(api: Client, backend: Backend) -> None:
    answer = await api("GET", ".groups/watch/.users/")
    assert answer.json() == ["a/b c", "clerk", "vimes", "wild"]
    assert answer.etag
    vimes = await api("GET", ".groups/watch/.users/vimes")
    assert vimes.json() == {"permissions": "op"}
    assert (await api("GET", ".groups/watch/.users/a/b%20c")).json() == {"permissions": ["present", "x"]}
    assert (await api("GET", ".groups/watch/.users/a%2Fb%20c")).status == 200
    assert (await api("GET", ".groups/watch/.users/nobody")).status == 404
    assert (await api("GET", ".groups/watch/.users")).status == 404
    assert (await api("GET", ".groups/nowhere/.users/")).status == 404

    changed = {"permissions": ["present", "token"]}
    path = ".groups/watch/.users/vimes"
    assert (await api("PUT", path, changed, headers={"If-Match": vimes.etag})).status == 204
    assert backend.file("watch")["users"]["vimes"] == {"password": "sybil"} | changed
    assert (await api("PUT", path, changed, headers={"If-Match": vimes.etag})).status == 412
    assert (await api("PUT", path, {}, headers={"If-None-Match": "*"})).status == 412
    assert (await api("DELETE", path)).status == 204
    assert (await api("DELETE", path)).status == 404
    assert (await api("PUT", path, {"permissions": "present"})).status == 201
    assert "password" not in backend.file("watch")["users"]["vimes"]
    assert (await api("PUT", ".groups/nowhere/.users/x", {})).status == 404


async def test_special_users(api: Client, backend: Backend) -> None:
    assert (await api("GET", ".groups/watch/.wildcard-user")).json() == {"permissions": "message"}
    assert (await api("GET", ".groups/watch/.empty-user")).status == 404
    assert (await api("PUT", ".groups/watch/.empty-user", {"permissions": "observe"})).status == 201
    assert backend.file("watch")["users"][""] == {"permissions": "observe"}
    assert (await api("PUT", ".groups/watch/.empty-user/.password", "nobody")).status == 204
    assert backend.file("watch")["users"][""]["password"] == "nobody"
    assert (await api("PUT", ".groups/watch/.wildcard-user", {"permissions": "present"})).status == 204
    assert backend.file("watch")["wildcard-user"] == {"password": "1234", "permissions": "present"}
    assert (await api("DELETE", ".groups/watch/.wildcard-user")).status == 204
    assert "wildcard-user" not in backend.file("watch")
    for path in (
        ".wildcard-user/x",
        ".empty-user/.keys",
        ".users/.x",
        ".users/x/.passwords",
        ".users/x/.password/y",
    ):
        assert (await api("GET", f".groups/watch/{path}")).status == 404


async def test_an_etag_of_a_user_tells_nothing_of_the_password(api: Client) -> None:
    before = (await api("GET", ".groups/watch/.users/vimes")).etag
    assert (await api("PUT", ".groups/watch/.users/vimes/.password", "other")).status == 204
    assert (await api("GET", ".groups/watch/.users/vimes")).etag == before


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"permissions": "king"}, "unknown permission"),
        ({"permissions": 5}, "permissions"),
        ({"password": "x"}, "password"),
        ({"pasword": "x"}, "unknown field: pasword"),
        ([], "object"),
    ],
)
async def test_bad_users(api: Client, body: object, words: str) -> None:
    answer = await api("PUT", ".groups/watch/.users/vimes", body)
    assert answer.status == 400
    assert words in answer.text


async def test_nobody_gets_an_impossible_name(api: Client) -> None:
    for name in ("%2Fx", "a%5Cb", "a%00", "ad%E2%80%8Bmin"):
        assert (await api("PUT", f".groups/watch/.users/{name}", {})).status in (400, 404)


async def test_passwords(api: Client, backend: Backend) -> None:
    path = ".groups/watch/.users/clerk/.password"

    def stored() -> Any:
        raw = backend.file("watch")["users"]["clerk"].get("password")
        return Password(**raw) if isinstance(raw, dict) else raw

    assert (await api("POST", path, "Grüße".encode(), type="text/plain; charset=utf-8")).status == 204
    assert stored().type == "bcrypt"
    assert matches(stored(), "Grüße")
    for password in (
        "plain",
        {"type": "wildcard"},
        {"type": "plain", "key": "x"},
        {"type": "bcrypt", "key": stored().key},
    ):
        assert (await api("PUT", path, password)).status == 204
        assert backend.file("watch")["users"]["clerk"]["password"] == password
    for wrong in (
        5,
        {"type": "scrypt"},
        {"type": "bcrypt", "key": "x"},
        {"typ": "x"},
        [],
        {"type": "pbkdf2"},
    ):
        assert (await api("PUT", path, wrong)).status == 400
    assert (await api("POST", path, b"x" * 73, type="text/plain")).status == 400
    assert (await api("POST", path, b"\xff", type="text/plain")).status == 400
    assert (await api("DELETE", path)).status == 204
    assert stored() is None
    assert (await api("GET", path)).status == 405
    for missing in (".users/nobody", ".empty-user"):
        assert (await api("PUT", f".groups/watch/{missing}/.password", "x")).status == 404


async def test_keys(api: Client, backend: Backend) -> None:
    keys = [EC_JWK, oct_key("HS512", "new")]
    assert (await api("PUT", ".groups/watch/.keys", {"keys": keys}, type=JWK)).status == 204
    assert backend.file("watch")["authKeys"] == keys
    secret = oct_key("HS256")["k"]
    for wrong in (
        {},
        [],
        {"keys": [{}]},
        {"keys": [{"kty": "oct", "alg": "HS384", "k": secret}]},
        {"keys": [], "x": 1},
    ):
        answer = await api("PUT", ".groups/watch/.keys", wrong, type=JWK)
        assert answer.status == 400
        assert secret not in answer.text
    assert backend.file("watch")["authKeys"] == keys
    assert (await api("DELETE", ".groups/watch/.keys")).status == 204
    assert "authKeys" not in backend.file("watch")
    assert (await api("GET", ".groups/watch/.keys")).headers["Allow"] == "OPTIONS, PUT, DELETE"
    assert (await api("DELETE", ".groups/nowhere/.keys")).status == 404
