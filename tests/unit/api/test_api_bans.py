"""Bans by the administration interface and by `ctl`."""

import pytest

from galene_py.groups.bans import Bans
from unit.api.backend import Backend, BasicAuth, Client

PATHS = [".groups/watch/.bans/", ".groups/.bans/"]


@pytest.mark.parametrize("path", PATHS)
async def test_made_listed_and_lifted(api: Client, backend: Backend, path: str) -> None:
    assert (await api("GET", path)).json() == []
    made = await api("POST", path, {"address": "2001:db8::7", "seconds": 60})
    assert made.status == 201
    name = made.headers["Location"]
    (listed,) = (await api("GET", path)).json()
    assert (listed["id"], listed["address"], listed["by"]) == (name, "2001:db8::/64", "root")
    assert (await api("GET", path + name)).json() == listed
    again = Bans(backend.data / "var" / "bans.json", lambda: 0.0)
    again.load()
    assert again.find(name, path.removeprefix(".groups/").removesuffix(".bans/").rstrip("/"))
    assert (await api("DELETE", path + name)).status == 204
    assert (await api("DELETE", path + name)).status == 404
    assert (await api("GET", path)).json() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"address": "192.0.2.1", "user": "x"},
        {"address": "nonsense"},
        {"address": "192.0.2.0/24"},
        {"user": "a\\b"},
        {"user": "x", "seconds": 0},
        {"user": "x", "seconds": 1e12},
        {"user": "x", "token": "y"},
        [],
    ],
)
async def test_what_makes_no_sense_is_refused(api: Client, body: object) -> None:
    assert (await api("POST", PATHS[0], body)).status == 400
    assert (await api("GET", PATHS[0])).json() == []


async def test_a_groups_admin_bans_from_that_group_only(api: Client, backend: Backend) -> None:
    clerk = BasicAuth("clerk", "ink")
    assert (await api("POST", PATHS[0], {"user": "vimes"}, auth=clerk)).status == 201
    assert (await api("POST", PATHS[1], {"user": "vimes"}, auth=clerk)).status == 401
    assert (await api("POST", ".groups/nowhere/.bans/", {"user": "x"})).status == 404


async def test_a_disk_that_refuses_is_told_of(api: Client, backend: Backend) -> None:
    (backend.data / "var").write_text("in the way")
    answer = await api("POST", PATHS[0], {"user": "vimes"})
    assert answer.status == 500
    assert "until the server stops" in answer.text
