"""The server's own words: in the language that was asked for, in English otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp
import pytest

from galene_py import resources
from galene_py.web import words
from galene_py.web.words import Languages, wanted_languages
from unit.web.conftest import Site

LANGUAGES = Languages(resources.static_dir() / "i18n")
TEMPLATES = Path(words.__file__).parent / "templates"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", []),
        ("de", ["de"]),
        ("en;q=0.5, de-AT , fr;q=0.9", ["de-AT", "fr", "en"]),
        ("de;q=0,en;q=0.001", ["en"]),
        ("de;q=2,,;q=1", ["de"]),
        (",".join(f"x{number}" for number in range(1000)), [f"x{number}" for number in range(32)]),
    ],
)
def test_languages_come_in_the_order_of_their_weights(header: str, wanted: list[str]) -> None:
    assert wanted_languages(header) == wanted


def test_a_reader_gets_their_language_whatever_the_region_but_never_another_script(tmp_path: Path) -> None:
    for tag in ("en", "pt-BR", "zh-Hans"):
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "server.json").write_text('{"language.name": "x", "language.dir": "ltr"}')
    languages = Languages(tmp_path)
    for asked, given in {
        "pt": "pt-BR",
        "PT-pt": "pt-BR",
        "zh": "zh-Hans",
        "zh-SG": "zh-Hans",
        "zh-TW": "en",
        "zh-Hant-CN,pt;q=0.1": "pt-BR",
        "*": "en",
        "xx": "en",
    }.items():
        assert languages.best(asked).tag == given, asked


async def test_pages_come_in_the_language_that_the_browser_asks_for(
    site: Site, http: aiohttp.ClientSession
) -> None:
    for path, key in {"": "landing.lead", "none": "error.404.text", "admin/": "title.admin"}.items():
        tags = set()
        for asked in ("de-CH,en;q=0.5", "en"):
            headers = {"Accept": "text/html", "Accept-Language": asked}
            async with http.get(site.url + path, headers=headers) as response:
                text = await response.text()
                assert "Accept-Language" in response.headers["Vary"]
            said = LANGUAGES.best(asked)
            assert f'<html lang="{said.tag}" dir="{said.dir}"' in text
            assert said(key) in text
            tags.add(said.tag)
        assert tags == {"de", "en"}


async def test_the_group_page_asks_for_its_texts_at_once(site: Site, http: aiohttp.ClientSession) -> None:
    texts = site.static / "i18n" / "en" / "room.json"
    texts.parent.mkdir(parents=True)
    texts.write_text("{}")
    async with http.get(site.url + "group/demo/", headers={"Accept-Language": "en-AU"}) as response:
        preload = re.search(
            r'<link rel="preload" as="fetch" crossorigin href="(.*?)">', await response.text()
        )
    assert preload
    async with http.get(site.url + "group/demo/" + preload[1]) as response:
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]


def test_a_text_in_a_template_is_marked_with_its_own_key() -> None:
    """So that the page can say it again in a language that was chosen in the browser."""
    for path in TEMPLATES.glob("*.html"):
        for key, said in re.findall(r'data-text="([^"]*)"[^>]*>\{\{ t\((.*?)[,)]', path.read_text()):
            assert key.replace("{{ kind }}", '" ~ kind ~ "') == said.strip('"'), path
    landing = (TEMPLATES / "landing.html").read_text()
    assert landing.count('t("landing.') == landing.count("data-text=") > 8
