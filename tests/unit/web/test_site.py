"""A server shows its name, logo, colour, contact and links, and what is no such thing is refused."""

from __future__ import annotations

import json
import random
from typing import Any

import aiohttp
import pytest

from galene_py.config import ConfigError, parse_config
from galene_py.site import Site
from galene_py.web import colours
from unit.web.conftest import Site as Running

FULL: dict[str, Any] = {
    "name": "Example <University>",
    "logo": "logo.svg",
    "colour": "#0b6e4f",
    "contact": "help@example.org",
    "links": {"Imprint": "https://example.org/imprint"},
    "newMeetings": "admins",
}


def parse(site: object) -> Site:
    return parse_config(json.dumps({"site": site}).encode()).site


def test_everything_may_be_left_out_and_a_mail_address_is_enough() -> None:
    assert parse({}) == Site() == parse_config(b"{}").site
    assert parse(FULL).contact == "mailto:help@example.org"
    assert parse({"contact": "https://example.org/help"}).contact == "https://example.org/help"


@pytest.mark.parametrize(
    ("site", "where"),
    [
        ({"nmae": "x"}, "site.nmae"),
        ({"name": "two\nlines"}, "site.name"),
        ({"name": 1}, "name"),
        ({"logo": "../secret.svg"}, "site.logo"),
        ({"logo": ".hidden.svg"}, "site.logo"),
        ({"logo": "config.json"}, "site.logo"),
        ({"colour": "green"}, "site.colour"),
        ({"contact": "javascript:alert(1)"}, "site.contact"),
        ({"links": {"x": "javascript:alert(1)"}}, "site.links.x"),
        ({"links": {"": "https://example.org/"}}, "site.links"),
        ({"links": {str(number): "https://example.org/" for number in range(9)}}, "site.links"),
        ({"newMeetings": "everybody"}, "newMeetings"),
    ],
)
def test_what_is_wrong_is_named(site: object, where: str) -> None:
    with pytest.raises(ConfigError, match=where):
        parse(site)


def test_any_colour_gives_pages_that_can_be_read() -> None:
    roll = random.Random(5)
    some = ["#000000", "#ffffff", "#ffff00", "#0000ff", "#808080"]
    for text in [*some, *(f"#{roll.randrange(1 << 24):06x}" for _ in range(300))]:
        colour = colours.parse(text)
        assert colours.hexadecimal(colour) == text
        for behind, page, towards in (
            (colours.LIGHT, colours.WHITE, colours.BLACK),
            (colours.DARK, colours.DARK, colours.WHITE),
        ):
            accent = colours.readable(colour, behind, page, towards)
            assert colours.contrast(accent, behind) >= colours.TEXT, text
            assert colours.contrast(accent, colours.soft(accent, page)) >= colours.TEXT, text
            assert colours.contrast(colours.on(accent), accent) >= colours.TEXT, text


async def test_pages_show_it_and_the_app_is_called_so(site: Running, http: aiohttp.ClientSession) -> None:
    async def text(path: str) -> str:
        async with http.get(f"{site.url}{path[1:]}") as response:
            assert response.status == 200, path
            return await response.text()

    assert "site/colours.css" not in await text("/")
    assert json.loads(await text("/manifest.webmanifest"))["name"] == "Video conferences"
    (site.data / "logo.svg").write_text("<svg/>")
    (site.data / "config.json").write_text(json.dumps({"site": FULL}))
    for path in ("/", "/stats.html"):
        page = await text(path)
        for shown in ("Example &lt;University&gt;", "mailto:help@example.org", "https://example.org/imprint"):
            assert shown in page, (path, shown)
        assert "site/colours.css?" in page
    assert "admin/#new" in await text("/")
    assert 'data-site="Example &lt;University&gt;"' in await text("/group/demo/")
    assert "--accent: #" in await text("/site/colours.css")
    manifest = json.loads(await text("/manifest.webmanifest"))
    assert (manifest["name"], manifest["theme_color"]) == ("Example <University>", "#0b6e4f")
    async with http.get(f"{site.url}site/logo") as response:
        assert (response.status, response.content_type) == (200, "image/svg+xml")
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    (site.data / "logo.svg").unlink()
    async with http.get(f"{site.url}site/logo") as response:
        assert response.status == 404
