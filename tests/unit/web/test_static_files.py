"""Static files: no way out of their directory, one compression, cheap second visits."""

from __future__ import annotations

import gzip

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.web import paths, static_files
from unit.web.conftest import Site

ESCAPES = [
    "/static/../secret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/%2E%2E%2Fsecret.txt",
    "/static/..%2fsecret.txt",
    "/static/css/../../secret.txt",
    "/static/css/..%5c..%5csecret.txt",
    "/static/..\\secret.txt",
    "/static//secret.txt",
    "/static///etc/passwd",
    "/static/%2fetc/passwd",
    "/static/main.js%00.txt",
    "/static/main.js/",
    "/static/./main.js",
    "/static/css",
    "/static/css/",
    "/static/",
    "/static",
    "/static/link.txt",
    "/static/linked/secret.txt",
    "/static/.hidden",
    "/static/@/../secret.txt",
    "/static/%c0%ae%c0%ae/secret.txt",
    "/static/" + "a" * 5000,
    "/st%61tic/../secret.txt",
    "//static/../secret.txt",
    "/worker/../../secret.txt",
    "/worker/%2e%2e/main.js",
    "/vendor/mediapipe/../../config.json",
]


@pytest.mark.parametrize("path", ESCAPES)
async def test_nothing_outside_is_served_and_refusals_look_like_absence(site: Site, path: str) -> None:
    (site.static / ".hidden").write_text("secret")
    (site.static / "link.txt").symlink_to(site.static.parent / "secret.txt")
    (site.static / "linked").symlink_to(site.static.parent)
    status, body = await site.get_raw(path)
    absent = await site.get_raw("/static/absent")
    assert b"secret" not in body
    assert (status, body) == absent


async def test_a_link_that_stays_inside_is_served(site: Site) -> None:
    (site.static / "again.js").symlink_to(site.static / "main.js")
    assert (await site.get_raw("/static/again.js"))[0] == 200


async def test_compression_is_computed_once_and_offered_only_to_those_who_take_it(
    site: Site, http: aiohttp.ClientSession
) -> None:
    session = http
    url = site.url + "static/main.js"
    tree = site.context.static
    async with session.get(url, headers={"Accept-Encoding": "gzip"}, auto_decompress=False) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Vary"] == "Accept-Encoding"
        compressed = await response.read()
        etag = response.headers["ETag"]
    first = await tree.find(("main.js",))
    assert await tree.find(("main.js",)) is first
    for encoding in ("identity", "gzip;q=0", "br"):
        async with session.get(url, headers={"Accept-Encoding": encoding}) as response:
            assert "Content-Encoding" not in response.headers
            assert await response.read() == gzip.decompress(compressed)
            assert response.headers["ETag"] != etag
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        async with session.get(url, headers={"If-None-Match": known}) as response:
            assert response.status == 304
            assert response.headers["ETag"]


async def test_a_changed_file_is_sent_anew(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "static/main.js") as response:
        etag = response.headers["ETag"]
    (site.static / "main.js").write_text("changed")
    async with http.get(site.url + "static/main.js", headers={"If-None-Match": etag}) as response:
        assert response.status == 200
        assert await response.text() == "changed"


async def test_an_outdated_version_is_served_but_not_for_ever(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.get(site.url + "static/@outdated/main.js") as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-cache"


async def test_large_files_are_not_kept_in_memory(site: Site, http: aiohttp.ClientSession) -> None:
    content = bytes(range(256)) * 8192
    (site.static / "model.tflite").write_bytes(content)
    for _ in range(2):
        async with http.get(site.url + "static/model.tflite") as response:
            assert response.headers["Content-Length"] == str(len(content))
            assert await response.read() == content
    async with http.head(site.url + "static/model.tflite") as response:
        assert response.headers["Content-Length"] == str(len(content))
    file = await site.context.static.find(("model.tflite",))
    assert file is not None
    assert file.body is None


async def test_html_below_static_is_a_page(site: Site, http: aiohttp.ClientSession) -> None:
    (site.static / "example").mkdir()
    (site.static / "example" / "index.html").write_text("<!doctype html>")
    async with http.get(site.url + "static/example/index.html") as response:
        assert "script-src 'self';" in response.headers["Content-Security-Policy"]
    async with http.get(site.url + "static/main.js") as response:
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; frame")


@given(st.text(max_size=60))
def test_segments_are_plain_names_or_nothing(raw: str) -> None:
    names = paths.segments(raw)
    if names is not None:
        assert all(name and name[0] != "." and not set(name) & set("/\\\0") for name in names)


@pytest.mark.parametrize(
    ("path", "base"), [("/", "./"), ("/x", "./"), ("/group/a/", "../../"), ("/group/a/b/", "../../../")]
)
def test_relative_base(path: str, base: str) -> None:
    assert paths.up(path) == base


def test_version_follows_contents(site: Site) -> None:
    one = static_files.StaticTree(site.static).version()
    assert one == static_files.StaticTree(site.static).version()
    (site.static / "css" / "main.css").write_text("body { margin: 1px }")
    assert one != static_files.StaticTree(site.static).version()
