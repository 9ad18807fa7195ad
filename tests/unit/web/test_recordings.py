"""`/recordings/GROUP/`: who gets what, and that nobody else learns anything."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from galene_py.recording import locks
from galene_py.web import limits
from unit.groups.making_groups import write_group
from unit.recording.test_shelf import NAME, put
from unit.web.recordings_house import (
    BODY,
    CLUB,
    FILE,
    OLGA,
    House,
    basic,
    bearer,
    decoded,
    house,
)

__all__ = ["house"]

LIST = "galene-api/v0/.groups/{}/.recordings/"
THINGS = [
    "recordings/{}/" + FILE,
    "recordings/{}/" + NAME + ".json",
    "recordings/{}/absent.webm",
    LIST,
    LIST + NAME,
    LIST + "absent",
]


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize(
    "login",
    [
        {},
        basic("olga", "wrong"),
        basic("nobody", "guest"),
        basic("nobody", "x"),
        basic("ann", "present"),
        basic("bert", "op"),
        bearer("x"),
        bearer("eyJhbGciOiJub25lIn0.e30."),
        {"Authorization": "Digest x"},
    ],
    ids=["none", "wrong", "guest", "nobody", "present", "hashed", "token", "signed", "digest"],
)
async def test_others_cannot_tell_what_there_is(house: House, thing: str, login: dict[str, str]) -> None:
    answers = [await house.ask(thing.format(g), **login) for g in ("club", "other", "nowhere", "broken")]
    answers += [await house.ask(THINGS[3 if thing.startswith("galene") else 0].format("club"), **login)]
    for answer in answers:
        assert answer.status == 401
        assert answer.body == b"not authorised\n"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.without_date() == answers[0].without_date()
    tried = "Digest" not in str(login) and login != {}
    assert len(house.slept) == (len(answers) if tried else 0)
    assert (await house.ask(thing.format("club"), "HEAD", **login)).status == 401


async def test_what_opens_one_group_opens_no_other(house: House) -> None:
    token, cookie = await house.sign_in("club")
    put(house.recordings / "club" / "below")
    (house.recordings / "other").mkdir()
    put(house.recordings / "other")
    for group in ("other", "club/below", "club%2fbelow"):
        for login in (bearer(token), {"Cookie": cookie}):
            assert (await house.ask(f"recordings/{group}/{FILE}", **login)).status in (401, 404)
        assert (await house.ask(LIST.format(group), **bearer(token))).status == 401
    assert (await house.ask(f"recordings/club/below/{FILE}", **basic(*OLGA))).status == 200


@pytest.mark.parametrize("who", [OLGA, ("bert", "slow")])
async def test_who_may_record_sees_the_recordings(house: House, who: tuple[str, str]) -> None:
    login = basic(*who)
    answer = await house.ask(f"recordings/club/{FILE}", **login)
    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers["Content-Type"] == "video/webm"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    listed = await house.ask(LIST.format("club"), **login)
    (entry,) = decoded(listed)
    assert (entry["name"], entry["peopleCount"], entry["people"]) == (NAME, 2, ["Ada", "Ben"])
    assert decoded(await house.ask(LIST.format("club") + NAME, **login)) == entry
    assert (await house.ask("recordings/club/absent.webm", **login)).status == 404
    assert (await house.ask(LIST.format("club") + "absent", **login)).status == 404


async def test_a_session_has_a_token_for_the_page_and_a_cookie_for_files_only(house: House) -> None:
    token, cookie = await house.sign_in()
    answer = await house.ask("recordings/club/.session", "POST", **bearer(token))
    assert decoded(answer)["token"] == token
    assert decoded(answer)["username"] == "olga"
    assert answer.headers["Cache-Control"] == "no-store"
    attributes = {each.strip() for each in answer.cookies.split(";")[1:]}
    assert attributes == {"HttpOnly", "SameSite=Strict"}  # no Path: the directory's own, behind any proxy
    assert token not in cookie
    secure = await house.ask("recordings/club/.session", "POST", X_Forwarded_Proto="https", **bearer(token))
    assert "Secure" in secure.cookies

    file, listed = f"recordings/club/{FILE}", LIST.format("club")
    assert (await house.ask(file, Cookie=cookie)).body == BODY
    assert (await house.ask(file, Cookie=f"a=b; {cookie}; c=d")).body == BODY
    assert (await house.ask(file, **bearer(token))).body == BODY
    assert (await house.ask(listed, **bearer(token))).status == 200
    for path, method in ((listed, "GET"), (listed + NAME, "DELETE"), ("recordings/club/.session", "POST")):
        assert (await house.ask(path, method, Cookie=cookie)).status == 401
    value = cookie.partition("=")[2]
    assert (await house.ask(listed, **bearer(value))).status == 401
    assert (await house.ask(file, Cookie=cookie.replace(value, token))).status == 401
    assert (await house.ask(file, Cookie=cookie + "x")).status == 401

    over = await house.ask("recordings/club/.session", "DELETE", **bearer(token))
    assert over.status == 204
    assert "Max-Age=0" in over.cookies
    assert (await house.ask(file, Cookie=cookie)).status == 401
    assert (await house.ask(listed, **bearer(token))).status == 401


def changed(**users: object) -> dict[str, Any]:
    return {**CLUB, "users": {**CLUB["users"], **users}}


@pytest.mark.parametrize(
    "description",
    [
        changed(olga={"password": "another", "permissions": "op"}),
        changed(olga={"password": "op", "permissions": "present"}),
        {**CLUB, "users": {}},
        {**CLUB, "allow-recording": False},
        None,
    ],
    ids=["password", "permissions", "user", "recording", "group"],
)
async def test_a_session_ends_with_what_it_rests_on(house: House, description: object) -> None:
    token, cookie = await house.sign_in()
    if description is None:
        (house.groups / "club.json").unlink()
    else:
        write_group(house.groups, "club", description)
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 401
    assert (await house.ask(LIST.format("club"), **bearer(token))).status == 401
    assert len(house.door.sessions) == 0


async def test_a_session_ends_after_its_time(house: House) -> None:
    _, cookie = await house.sign_in()
    house.clock.now += limits.RECORDING_SESSION_SECONDS - 1
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 200
    house.clock.now += 1
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 401


async def test_sessions_are_bounded_for_each_account(house: House) -> None:
    cookies = [(await house.sign_in())[1] for _ in range(limits.RECORDING_SESSIONS_EACH + 1)]
    other = (await house.sign_in(who=("bert", "slow")))[1]
    assert len(house.door.sessions) == limits.RECORDING_SESSIONS_EACH + 1
    answers = [await house.ask(f"recordings/club/{FILE}", Cookie=each) for each in [*cookies, other]]
    assert [answer.status for answer in answers] == [401] + [200] * (len(cookies))


async def test_an_invitation_that_lets_record_lets_look_until_it_ends(house: House) -> None:
    expires = Timestamp.at(time.time() + 100)
    invitation = Token(token="secret-invitation", group="club", permissions=("record",), expires=expires)
    house.registry.token_file.put(invitation, None)
    login = bearer(invitation.token)
    assert (await house.ask(f"recordings/club/{FILE}", **login)).body == BODY
    answer = await house.ask("recordings/club/.session", "POST", **login)
    left = datetime.fromisoformat(decoded(answer)["expires"]) - datetime.now(UTC)
    assert left <= timedelta(seconds=100)
    house.clock.now += 100
    cookie = answer.cookies.partition(";")[0]
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 401


async def test_guessing_is_counted_as_any_attempt_to_log_in(house: House) -> None:
    for group in ("club", "nowhere"):
        await house.ask(f"recordings/{group}/{FILE}", **basic("olga", "wrong"))
        await house.ask(f"recordings/{group}/.session", "POST", **basic("olga", "wrong"))
    assert len(house.slept) == 4
    assert house.registry.login_turns.debug_state()["failing"] == 1
    refused = {
        "event": "refused",
        "why": "recordings",
        "group": "club",
        "user": "olga",
        "address": "127.0.0.1",
    }
    assert house.noted.count(refused) == 2


async def test_deleting_is_noted_and_never_done_to_what_is_written(house: House) -> None:
    login = basic(*OLGA)
    lock = locks.create(house.club, NAME)
    refused = await house.ask(LIST.format("club") + NAME, "DELETE", **login)
    assert (refused.status, refused.body) == (409, b"it is still being recorded: stop the recording first\n")
    assert (house.club / FILE).exists()
    os.close(lock)
    assert (await house.ask(LIST.format("club") + NAME, "DELETE", **login)).status == 204
    assert [path.name for path in house.club.iterdir()] == ["below"]
    assert (await house.ask(LIST.format("club") + NAME, "DELETE", **login)).status == 404
    assert {"what": "recording", "action": "DELETE", "target": NAME, "user": "olga"}.items() <= house.noted[
        -1
    ].items()


async def test_a_film_is_made_and_given_up_by_those_who_may_record(house: House) -> None:
    login, path = basic(*OLGA), LIST.format("club") + NAME

    async def film() -> object:
        return decoded(await house.ask(path, **login))["film"]

    assert await film() is None
    for method in ("PUT", "DELETE"):
        assert (await house.ask(f"{path}/.film", method)).status == 401
        assert (await house.ask(f"{path}x/.film", method, **login)).status == 404
    assert (await house.ask(f"{path}/.film", "PUT", **login)).status == 204
    assert await film() == {"state": "running", "progress": 0.5}
    (listed,) = decoded(await house.ask(LIST.format("club"), **login))
    assert listed["film"] == await film()
    assert (await house.ask(f"{path}/.film", "DELETE", **login)).status == 204
    assert await film() is None
    (house.recordings / "other").mkdir()
    put(house.recordings / "other")
    refused = await house.ask(LIST.format("other") + f"{NAME}/.film", "PUT", **login)
    assert (refused.status, refused.body) == (409, b"nobody is to be seen\n")
    await house.ask(f"{path}/.film", "PUT", **login)
    await house.ask(path, "DELETE", **login)
    assert house.films.states == {}
