"""The list of public groups costs what changed, not what is there."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from galene_py.groups.description import Description
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.store import Stored
from galene_py.web import limits
from galene_py.web.public_list import Fresh, Parts
from unit.web.conftest import Site


def public(name: str, title: str) -> Stored:
    return Stored(Description(display_name=title, public=True), f'"{title}"', name)


async def many(groups: GroupRegistry, count: int) -> None:
    """As if so many files had been found."""
    await groups.notice()
    names = [f"g{number:04}" for number in range(count)]
    groups.listing.replace({name: public(name, f"<{name}>") for name in names})


@pytest.mark.parametrize("path", ["", "public-groups.json"])
async def test_a_second_look_costs_nothing_and_a_change_one_group(
    site: Site, http: aiohttp.ClientSession, path: str
) -> None:
    await many(site.groups, 300)
    for expected in (300, 0, 0):
        site.groups.asked.clear()
        async with http.get(site.url + path) as response:
            assert "g0299" in await response.text()
        assert len(site.groups.asked) == expected
    site.groups.listing.note("g0007", public("g0007", "renamed"))
    site.groups.asked.clear()
    text = ""
    async with asyncio.timeout(30):  # a busy machine shows the last one for a while
        while "renamed" not in text:
            async with http.get(site.url + path) as response:
                text = await response.text()
    assert site.groups.asked == ["g0007"]


async def test_a_large_page_is_the_same_compressed_and_not(site: Site, http: aiohttp.ClientSession) -> None:
    await many(site.groups, 600)
    async with http.get(site.url) as response:
        text = await response.text()
        assert response.headers["Content-Encoding"] == "gzip"
        tag = response.headers["ETag"]
    assert len(text) > limits.PAGE_PACKED_ASIDE_BYTES
    assert "&lt;g0599&gt;" in text
    async with http.get(site.url, headers={"Accept-Encoding": "identity"}) as response:
        assert await response.text() == text
    async with http.get(site.url, headers={"If-None-Match": tag}) as response:
        assert response.status == 304


async def test_addresses_are_those_by_which_the_server_was_asked(
    site: Site, http: aiohttp.ClientSession
) -> None:
    for host in ("one.example", "two.example:8443"):
        async with http.get(site.url + "public-groups.json", headers={"Host": host}) as response:
            (status,) = await response.json()
        assert status["location"] == f"http://{host}/group/demo/"
        assert status["endpoint"] == f"ws://{host}/ws"


async def test_others_have_their_turn_while_a_long_list_is_made(site: Site) -> None:
    groups = site.groups
    await many(groups, 10 * limits.PUBLIC_GROUPS_PORTION)
    parts = Parts[str](groups, lambda status: str(status["name"]))
    making = asyncio.create_task(parts.all())
    turns = 0
    while not making.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 10
    assert len(making.result()) == 10 * limits.PUBLIC_GROUPS_PORTION


async def test_many_who_ask_at_once_share_one_answer() -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return made

    fresh = Fresh(lambda: 1, make)
    assert await asyncio.gather(*(fresh.get() for _ in range(10))) == [1] * 10


async def test_what_takes_long_is_made_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PUBLIC_LIST_BURST_SECONDS", 1e-9)
    monkeypatch.setattr(limits, "PUBLIC_LIST_SHARE", 1e-9)
    version = 0

    async def make() -> int:
        await asyncio.sleep(0)
        return version

    fresh = Fresh(lambda: version, make)
    assert await fresh.get() == 0
    version = 1
    assert await fresh.get() == 0, "the last one is shown"
