"""Groups and tokens over HTTP, and what all resources have in common."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from galene_py.web import limits
from galene_py.web.api.resources import Kind, parse
from unit.api.backend import ADMIN, GROUP, Backend, Client
from unit.groups.making_groups import Person, write_group


async def test_the_list_of_groups(api: Client, backend: Backend) -> None:
    write_group(backend.groups, "a/b", {})
    answer = await api("GET", ".groups/")
    assert answer.json() == ["a/b", "watch"]
    assert answer.headers["Content-Type"].startswith("application/json")
    assert (await api("GET", ".groups")).json() == answer.json()


async def test_a_definition_shows_no_secrets(api: Client) -> None:
    answer = await api("GET", ".groups/watch")
    assert answer.json() == {"displayName": "City Watch"}
    assert (await api("GET", ".groups/watch/")).json() == answer.json()
    head = await api("HEAD", ".groups/watch")
    assert (head.status, head.body, head.etag) == (200, b"", answer.etag)


async def test_making_changing_and_deleting_a_group(api: Client, backend: Backend) -> None:
    new = {"public": True, "expires": "2030-01-01T00:00:00+01:00"}
    assert (await api("PUT", ".groups/deep/new", new, headers={"If-None-Match": "*"})).status == 201
    assert backend.file("deep/new") == new
    assert (await api("PUT", ".groups/deep/new", {}, headers={"If-None-Match": "*"})).status == 412
    answer = await api("GET", ".groups/deep/new")
    assert answer.json() == new
    changed = new | {"public": False, "displayName": "D"}
    assert (await api("PUT", ".groups/deep/new", changed, headers={"If-Match": answer.etag})).status == 204
    assert (await api("PUT", ".groups/deep/new", new, headers={"If-Match": answer.etag})).status == 412
    assert backend.file("deep/new") == {"displayName": "D", "expires": new["expires"]}
    assert (await api("DELETE", ".groups/deep/new", headers={"If-Match": answer.etag})).status == 412
    assert (await api("DELETE", ".groups/deep/new")).status == 204
    assert (await api("DELETE", ".groups/deep/new")).status == 404
    assert (await api("GET", ".groups/deep/new")).status == 404
    assert (await api("PUT", ".groups/deep/new", new, headers={"If-Match": "*"})).status == 412


async def test_a_new_group_has_nothing_to_do_with_the_deleted_one_of_its_name(
    api: Client, backend: Backend
) -> None:
    write_group(backend.groups, "watch", GROUP | {"auto-subgroups": True})
    write_group(backend.groups, "watch/night", {})
    scopes = ("watch", "watch/day", "watch/night", "watchmen", "")
    for scope in scopes:
        token = Token(token=f"t{scope}", group=scope, expires=Timestamp.parse("2130-01-01T00:00:00Z"))
        backend.registry.token_file.put(token, None)
    group = backend.registry.get("watch")
    group.members["x"] = Person("x")
    group.history.add(id="1", source="x", username="x", time=datetime.now(UTC), kind="", value="secret")
    group.data["topic"] = "secret"
    group.locked = "go away"
    assert (await api("DELETE", ".groups/watch")).status == 204
    left = [scope for scope in scopes if backend.registry.token_file.find(f"t{scope}")]
    assert left == ["watch/night", "watchmen", ""]
    assert (await api("PUT", ".groups/watch", {})).status == 201
    group = backend.registry.get("watch")
    assert (group.history.list(), group.data, group.locked) == ([], {}, None)


async def test_deleting_again_forgets_invitations_that_outlasted_their_group(
    api: Client, backend: Backend
) -> None:
    """The disk was full when the group went."""
    lasting = Timestamp.parse("2130-01-01T00:00:00Z")
    backend.registry.token_file.put(Token(token="t", group="watch", expires=lasting), None)
    backend.registry.store.edit("watch", lambda old: None)
    assert (await api("DELETE", ".groups/watch")).status == 404
    assert backend.registry.token_file.find("t") is None


async def test_users_and_keys_survive_a_change(api: Client, backend: Backend) -> None:
    before = backend.file("watch")
    assert (await api("PUT", ".groups/watch", {"displayName": "New", "autolock": True})).status == 204
    assert backend.file("watch") == before | {"displayName": "New", "autolock": True}


async def test_conditions(api: Client) -> None:
    etag = (await api("GET", ".groups/watch")).etag
    for header, value, status in (
        ("If-None-Match", etag, 304),
        ("If-None-Match", f'"x", {etag}', 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", '"x"', 200),
        ("If-Match", etag, 200),
        ("If-Match", f'"x",{etag}', 200),
        ("If-Match", "*", 200),
        ("If-Match", '"x"', 412),
        ("If-Match", etag.strip('"'), 412),
    ):
        assert (await api("GET", ".groups/watch", headers={header: value})).status == status, (header, value)
    assert (await api("GET", ".groups/watch", headers={"If-None-Match": etag})).body == b""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[]", "must be an object"),
        (b'{"publik": true, "x": 1}', "unknown fields: publik, x"),
        (b'{"max-clients": "3"}', "max-clients"),
        (b'{"users": {}}', "users"),
        (b'{"Wildcard-User": null}', "wildcard-user"),
        (b'{"authKeys": []}', "authKeys"),
        (b'{"expires": "x"}', "expires"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"public": true, "public": false}', "public: stands there twice"),
        (b'{"public": true, "Public": false}', "public and Public are the same field"),
        (b'{"max-history-age": ' + b"9" * 400 + b"}", "max-history-age: Expected `int` <= 2147483647"),
        (b'{"description": "half \\ud83d"}', "half of a surrogate pair in description"),
        ('{"description": "café"}'.encode("utf-16"), "it is in UTF-16; save it as UTF-8"),
    ],
)
async def test_bad_definitions_are_refused_in_words(
    api: Client, backend: Backend, body: bytes, words: str
) -> None:
    before = backend.file("watch")
    for path in (".groups/watch", ".groups/new"):
        answer = await api("PUT", path, body)
        assert answer.status == 400
        assert words in answer.text
    assert backend.file("watch") == before
    assert not (backend.groups / "new.json").exists()


async def test_size_and_type_of_bodies(api: Client) -> None:
    large = b'{"comment": "' + b"x" * limits.HTTP_BODY_BYTES + b'"}'
    assert (await api("PUT", ".groups/watch", large)).status == 413
    fits = b'{"comment": "' + b"x" * (limits.HTTP_BODY_BYTES - 15) + b'"}'
    assert (await api("PUT", ".groups/watch", fits)).status == 204
    for type_ in ("text/plain", "application/jwk-set+json", ""):
        answer = await api("PUT", ".groups/watch", {}, type=type_)
        assert (answer.status, answer.headers["Accept"]) == (415, "application/json")
    assert (await api("PUT", ".groups/watch", {}, type="Application/JSON; charset=utf-8")).status == 204
    assert (await api("POST", ".groups/watch/.users/vimes/.password", b"x")).status == 415
    assert (await api("PUT", ".groups/watch/.keys", {"keys": []})).status == 415


async def test_compressed_bodies_are_refused(api: Client) -> None:
    packed = {"Content-Encoding": "gzip"}
    answer = await api("PUT", ".groups/new", gzip.compress(b"{}"), headers=packed)
    assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "identity")


async def test_a_body_of_unknown_length_is_bounded(api: Client) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b"x" * 65536

    async with api.session.put(
        api.url + "/galene-api/v0/.groups/watch",
        data=endless(),
        headers={"Content-Type": "application/json", "Authorization": ADMIN.header()},
    ) as response:
        assert response.status == 413


@pytest.mark.parametrize("name", ["a%5Cb", "a%00b", "a%0Ab", "%ED%A0%80", "x" * 300, "a//b", "%2F%2Fa"])
async def test_names_that_no_group_can_have(api: Client, backend: Backend, name: str) -> None:
    answer = await api("PUT", f".groups/{name}", {})
    assert answer.status in (400, 404)
    assert sorted(p.name for p in backend.groups.rglob("*")) == ["watch.json"]


async def test_no_name_leaves_the_directory(api: Client, backend: Backend) -> None:
    for name in ("../x", "%2e%2e/x", "..%2Fx", "a/%2e%2e/%2e%2e/x", "..%5Cx"):
        for method in ("PUT", "GET", "DELETE"):
            answer = await api(method, f".groups/{name}", {} if method == "PUT" else None)
            assert answer.status in (400, 404)
    assert not list(backend.groups.parent.rglob("x.json"))


async def test_a_broken_file_is_reported_and_can_be_deleted(api: Client, backend: Backend) -> None:
    write_group(backend.groups, "bad", '{"publik": 1}')
    for method, path, body in (
        ("GET", ".groups/bad", None),
        ("PUT", ".groups/bad", {}),
        ("PUT", ".groups/bad/.users/x", {}),
    ):
        answer = await api(method, path, body)
        assert (answer.status, "publik" in answer.text) == (500, True)
    assert (await api("GET", ".groups/")).json() == ["bad", "watch"]
    assert (await api("DELETE", ".groups/bad")).status == 204


async def test_an_automatic_subgroup_has_no_definition_but_tokens(api: Client, backend: Backend) -> None:
    write_group(backend.groups, "auto", {"auto-subgroups": True})
    assert (await api("GET", ".groups/auto/x")).status == 404
    assert (await api("GET", ".groups/auto/x/.users/")).status == 404
    assert (await api("GET", ".groups/auto/x/.tokens/")).json() == []
    assert (await api("GET", ".groups/nowhere/.tokens/")).status == 404


# --- tokens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [".groups/watch/", ".groups/"])
async def test_tokens(api: Client, scope: str) -> None:
    body = {"permissions": ["present"], "expires": "2099-01-01T00:00:00.123456789Z", "includeSubgroups": True}
    made = await api("POST", f"{scope}.tokens/", body)
    assert made.status == 201
    name = made.headers["Location"]
    assert (await api("GET", f"{scope}.tokens/")).json() == [name]
    shown = await api("GET", f"{scope}.tokens/{name}")
    assert shown.json() == {"token": "", "group": ""} | body
    changed = shown.json() | {"username": "carol"}
    assert (
        await api("PUT", f"{scope}.tokens/{name}", changed, headers={"If-Match": shown.etag})
    ).status == 204
    assert (
        await api("PUT", f"{scope}.tokens/{name}", changed, headers={"If-Match": shown.etag})
    ).status == 412
    assert (await api("DELETE", f"{scope}.tokens/{name}", headers={"If-Match": shown.etag})).status == 412
    other = ".groups/" if "watch" in scope else ".groups/watch/"
    assert (await api("GET", f"{other}.tokens/{name}")).status == 404
    assert (await api("DELETE", f"{other}.tokens/{name}")).status == 404
    assert (await api("DELETE", f"{scope}.tokens/{name}")).status == 204
    assert (await api("GET", f"{scope}.tokens/")).json() == []


async def test_bad_tokens(api: Client) -> None:
    for body in (
        {"token": "mine"},
        {"group": "watch"},
        {"expires": "x"},
        {"permissions": "op"},
        {"x": 1},
        [],
        {"username": "../"},
    ):
        assert (await api("POST", ".groups/watch/.tokens/", body)).status == 400
    for method in ("PUT", "GET", "DELETE"):
        assert (
            await api(method, ".groups/watch/.tokens/chosen", {} if method == "PUT" else None)
        ).status == 404
    assert (await api("GET", ".groups/watch/.tokens")).status == 404


# --- the rest --------------------------------------------------------------------------------------


async def test_methods(api: Client) -> None:
    for path, allow in (
        (".stats", "OPTIONS, HEAD, GET"),
        (".groups/", "OPTIONS, HEAD, GET"),
        (".groups/watch", "OPTIONS, HEAD, GET, PUT, DELETE"),
        (".groups/watch/.users/", "OPTIONS, HEAD, GET"),
        (".groups/watch/.users/vimes/.password", "OPTIONS, PUT, POST, DELETE"),
        (".groups/watch/.tokens/", "OPTIONS, HEAD, GET, POST"),
        (".groups/watch/.tokens/x", "OPTIONS, HEAD, GET, PUT, DELETE"),
    ):
        answer = await api("PATCH", path)
        assert (answer.status, answer.headers["Allow"]) == (405, allow)


async def test_two_admins_never_lose_an_update(api: Client) -> None:
    """Each of many fetches, changes and puts, and starts again when told that it came too late."""

    async def add(name: str) -> None:
        while True:
            answer = await api("GET", ".groups/watch")
            comment = answer.json().get("comment", "")
            body = answer.json() | {"comment": comment + name}
            if (await api("PUT", ".groups/watch", body, headers={"If-Match": answer.etag})).status == 204:
                return

    await asyncio.gather(*map(add, "abcdefgh"))
    comment = (await api("GET", ".groups/watch")).json()["comment"]
    assert sorted(comment) == list("abcdefgh")


async def test_unconditional_changes_of_different_things_all_count(api: Client, backend: Backend) -> None:
    names = [f"u{n}" for n in range(12)]
    answers = await asyncio.gather(
        *(api("PUT", f".groups/watch/.users/{name}", {"permissions": "present"}) for name in names),
        *(api("PUT", ".groups/watch", {"displayName": str(n)}) for n in range(5)),
        api("PUT", ".groups/watch/.users/vimes/.password", "changed"),
    )
    assert {answer.status for answer in answers} == {201, 204}
    users = backend.file("watch")["users"]
    assert set(names) <= set(users)
    assert users["vimes"]["password"] == "changed"


async def test_a_change_reaches_the_people_in_the_group(api: Client, backend: Backend) -> None:
    heard: list[str] = []
    backend.registry.on_changed(lambda group: heard.append(group.name))
    group = backend.registry.get("watch")
    await api("PUT", ".groups/watch", {"displayName": "Changed"})
    assert heard == ["watch"]
    assert group.description.display_name == "Changed"
    await api("PUT", ".groups/new", {"public": True})
    assert backend.registry.listing.names() == ("new",)


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["/", ".", "..", "x", ".users", ".tokens", "%2F", "%", "%ff"])).map("".join)
)
@settings(max_examples=300)
def test_any_path_names_something_or_nothing(path: str) -> None:
    resource = parse("/galene-api/v0/" + path)
    assert isinstance(resource.kind, Kind)
    for name in (resource.group, resource.user):
        assert "/." not in name


def test_paths() -> None:
    def at(path: str) -> tuple[Any, ...]:
        found = parse("/galene-api/v0/" + path)
        return found.kind, found.group, found.user, found.wildcard, found.token

    assert at(".groups/a/b/.users/c/d/.password") == (Kind.PASSWORD, "a/b", "c/d", False, "")
    assert at(".groups/a/.wildcard-user") == (Kind.USER, "a", "", True, "")
    assert at(".groups/.tokens/x") == (Kind.TOKEN, "", "", False, "x")
    assert at(".groups/a.b/c.d") == (Kind.GROUP, "a.b/c.d", "", False, "")
    assert at(".groups/.users/x")[0] is Kind.NOTHING
    assert at(".groups/a/.keys/x")[0] is Kind.NOTHING
    assert parse("/galene-api/v1/.groups/").kind is Kind.NOTHING
    assert parse("/galene-api/v0/x/.groups/").kind is Kind.NOTHING


def test_the_groups_of_this_test_are_what_it_thinks(backend: Backend) -> None:
    assert backend.file("watch") == json.loads(json.dumps(GROUP))
