"""Pages, redirects, errors and headers over a real connection."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from galene_py.web.app import GROUP_PAGES
from unit.web.conftest import Site

STRICT = ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"]


async def test_group_page_carries_its_configuration_in_attributes_and_nothing_inline(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.get(site.url + "group/demo/") as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert response.status == 200
    assert 'data-group="demo"' in text
    assert "&lt;b&gt;demo" in text
    assert "<b>" not in text
    assert "<style" not in text
    assert text.count("<script") == 1
    assert 'src="../../static/@' in text
    assert "unsafe" not in policy
    assert "connect-src 'self';" in policy


async def test_authorisation_server_is_added_to_the_policy_of_its_group_only(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.get(site.url + "group/a/b/") as response:
        policy = response.headers["Content-Security-Policy"]
        text = await response.text()
    assert "connect-src 'self' https://auth.example.org:444;" in policy
    assert 'src="../../../static/@' in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("group/demo/", 200),
        ("group/demo/.status", 200),
        ("group/nobody/", 404),
        ("group/nobody/.status", 404),
        ("group/demo/.nothing", 404),
        ("group/broken/", 503),
        ("group/failing/", 500),
        ("public-groups.json", 200),
        ("healthz", 200),
        ("stats.html", 200),
        ("change-password.html", 200),
        ("admin/", 200),
        ("static/main.js", 200),
        ("static/none.js", 404),
        ("worker/main.js", 200),
        ("vendor/mediapipe/status.json", 200),
        ("vendor/mediapipe/x.wasm", 404),
        ("nothing/here", 404),
        ("ws", 426),
        ("favicon.ico", 204),
    ],
)
async def test_every_answer_has_a_policy_and_the_right_status(
    site: Site, http: aiohttp.ClientSession, path: str, status: int
) -> None:
    for method in ("GET", "HEAD"):
        if path == "ws" and method == "HEAD":
            continue
        async with http.request(method, site.url + path) as response:
            assert response.status == status
            for name in STRICT:
                assert name in response.headers, name


async def test_malformed_requests_get_a_policy_too(site: Site) -> None:
    for request in (
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n",
    ):
        answer = await site.raw(request)
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), answer
        assert b"Content-Security-Policy: default-src 'none'" in answer


async def test_errors_are_pages_for_browsers_and_never_show_details(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.get(site.url + "group/failing/", headers={"Accept": "text/html"}) as response:
        text = await response.text()
    assert response.status == 500
    assert "Something went wrong" in text
    assert "SECRET" not in text
    async with http.get(site.url + "x", headers={"Accept": "application/json"}) as response:
        assert response.content_type == "text/plain"


async def test_missing_slash_is_added_relatively(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "group/a/b?token=t", allow_redirects=False) as response:
        assert response.headers["Location"] == "./b/?token=t"
    async with http.get(site.url + "group/a/b?token=t") as response:
        assert response.url.path == "/group/a/b/"


async def test_a_group_that_moved_redirects(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "group/old/", allow_redirects=False) as response:
        assert response.status == 307
        assert response.headers["Location"] == "https://example.org/new/"


async def test_old_status_address_redirects(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "group/demo/.status.json") as response:
        assert response.url.path == "/group/demo/.status"
        assert (await response.json())["name"] == "demo"


async def test_names_are_decoded_once_and_an_encoded_slash_is_no_separator(site: Site) -> None:
    assert (await site.get_raw("/group/%C3%BCn%C3%AF%20100%25/"))[0] == 200
    assert (await site.get_raw("/group/a%2Fb/"))[0] == 404
    assert (await site.get_raw("/group/a/b/"))[0] == 200
    assert (await site.get_raw("/group/a%252Fb/"))[0] == 404
    assert (await site.get_raw("/group/%FF/"))[0] == 404
    assert (await site.get_raw("/group/demo%00/"))[0] == 404
    assert (await site.get_raw("/group/x/../demo/"))[0] in (200, 404)


async def test_status_names_the_address_that_was_asked(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "group/demo/.status") as response:
        assert (await response.json())["endpoint"] == f"ws://127.0.0.1:{site.port}/ws"


async def test_proxy_url_decides_the_addresses_and_forwarded_headers_count_from_loopback(
    site: Site, http: aiohttp.ClientSession
) -> None:
    headers = {"X-Forwarded-Proto": "https", "Host": "meet.example.org"}
    async with http.get(site.url + "group/demo/.status", headers=headers) as response:
        assert (await response.json())["endpoint"] == "wss://meet.example.org/ws"
    (site.data / "config.json").write_text(json.dumps({"proxyURL": "https://example.org/meet"}))
    async with http.get(site.url + "group/demo/.status", headers=headers) as response:
        assert (await response.json())["endpoint"] == "wss://example.org/meet/ws"


async def test_another_host_name_is_redirected_to_the_canonical_one(
    site: Site, http: aiohttp.ClientSession
) -> None:
    (site.data / "config.json").write_text(json.dumps({"canonicalHost": "meet.example.org"}))
    async with http.get(site.url + "group/demo/?a=b%20c", allow_redirects=False) as response:
        assert response.status == 301
        assert response.headers["Location"] == "http://meet.example.org/group/demo/?a=b%20c"
    async with http.get(site.url, headers={"Host": "meet.example.org:80"}) as response:
        assert response.status == 200
    async with http.get(site.url + "healthz") as response:
        assert response.status == 200
    for path in ("healthz", "galene-api/v0/.groups/"):
        async with http.get(site.url + path, allow_redirects=False) as response:
            assert response.status != 301


@pytest.mark.parametrize(
    ("canonical", "asked"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("meet.example.org:80", "meet.example.org"),
        ("meet.example.org", "MEET.example.org."),
        ("[2001:db8:0:0::1]", "[2001:db8::1]:80"),
    ],
)
async def test_no_spelling_of_the_canonical_host_is_redirected(
    site: Site, http: aiohttp.ClientSession, canonical: str, asked: str
) -> None:
    (site.data / "config.json").write_text(json.dumps({"canonicalHost": canonical}))
    async with http.get(site.url, headers={"Host": asked}, allow_redirects=False) as response:
        assert response.status == 200
    async with http.get(site.url, headers={"Host": "other.example"}, allow_redirects=False) as response:
        assert response.status == 301
        target = response.headers["Location"]
    host = target.removeprefix("http://").removesuffix("/")
    async with http.get(site.url, headers={"Host": host}, allow_redirects=False) as response:
        assert response.status == 200  # and not to itself for ever


async def test_behind_a_chain_of_proxies_the_page_connects_as_the_browser_came(
    site: Site, http: aiohttp.ClientSession
) -> None:
    headers = {"X-Forwarded-Proto": "https, http", "Host": "Meet.Example.org:443"}
    async with http.get(site.url + "group/demo/.status", headers=headers) as response:
        assert (await response.json())["endpoint"] == "wss://meet.example.org/ws"


async def test_nobody_may_frame_a_page_unless_told_so(site: Site, http: aiohttp.ClientSession) -> None:
    async def framing(path: str) -> tuple[str, str | None]:
        async with http.get(site.url + path) as response:
            ancestors = response.headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
            return ancestors, response.headers.get("X-Frame-Options")

    group_pages = ("group/demo/", "group/nobody/", "group/%FF/")
    others = ("", "admin/", "stats.html", "change-password.html", "static/main.js", "group/demo/.status")
    for path in (*group_pages, *others):
        assert await framing(path) == ("'none'", "DENY"), path
    allowed = ["https://School.example:443/", "http://bücher.example:8000"]
    (site.data / "config.json").write_text(json.dumps({"allowFrame": allowed}))
    for path in group_pages:
        assert await framing(path) == ("https://school.example http://xn--bcher-kva.example:8000", None), path
    for path in others:
        assert await framing(path) == ("'none'", "DENY"), path


async def test_second_visit_is_free(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "group/demo/") as response:
        etag = response.headers["ETag"]
        script = (await response.text()).partition('src="../../')[2].partition('"')[0]
    async with http.get(site.url + "group/demo/", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
        assert "Content-Security-Policy" in response.headers
        assert not await response.read()
    async with http.get(site.url + script) as response:
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]


async def test_landing_page_lists_public_groups_and_joins_without_script(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.get(site.url) as response:
        text = await response.text()
    assert 'href="./group/demo/"' in text
    assert text.count("<script") == 1  # what this browser remembers; all else works without
    async with http.get(site.url + "join", params={"group": " ünï 100% "}) as response:
        assert response.status == 200
        assert response.url.path == "/group/ünï 100%/"
    async with http.get(site.url + "join", params={"group": "//evil.example/"}) as response:
        assert response.status == 404
        assert response.url.host == "127.0.0.1"


async def test_allowed_origins_may_read_the_status(site: Site, http: aiohttp.ClientSession) -> None:
    (site.data / "config.json").write_text(json.dumps({"allowOrigin": ["https://friend.example"]}))
    for origin, granted in (("https://friend.example", True), ("https://foe.example", False)):
        async with http.get(site.url + "group/demo/.status", headers={"Origin": origin}) as response:
            assert (response.headers.get("Access-Control-Allow-Origin") == origin) is granted


async def test_mediapipe_appears_when_it_is_installed(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.get(site.url + "vendor/mediapipe/status.json") as response:
        assert await response.json() == {"installed": False}
    place = site.data / "vendor" / "mediapipe"
    place.mkdir(parents=True)
    (place / "installed.json").write_text('{"version": "1.2.3"}')
    (place / "x.wasm").write_bytes(b"\0asm" * 1000)
    async with http.get(site.url + "vendor/mediapipe/status.json") as response:
        status = await response.json()
    assert status["installed"] is True
    assert status["version"] == "1.2.3"
    async with http.get(site.url + status["base"] + "x.wasm") as response:
        assert response.content_type == "application/wasm"
        assert "immutable" in response.headers["Cache-Control"]
        assert await response.read() == b"\0asm" * 1000


async def test_only_the_worker_route_permits_webassembly(site: Site, http: aiohttp.ClientSession) -> None:
    for path in (
        "worker/main.js",
        "static/filters/worker/main.js",
        "static/main.js",
        "",
        "group/demo/",
    ):
        async with http.get(site.url + path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert ("wasm-unsafe-eval" in policy) is (path == "worker/main.js")
            assert "'unsafe" not in policy


async def test_writing_to_a_page_is_not_possible(site: Site, http: aiohttp.ClientSession) -> None:
    for path in ("", "group/demo/", "static/main.js"):
        async with http.post(site.url + path) as response:
            assert response.status == 405
            assert "GET" in response.headers["Allow"]


async def test_nothing_is_unpacked_that_strangers_send(site: Site, http: aiohttp.ClientSession) -> None:
    async def echo(request: web.Request, name: str, rest: tuple[str, ...]) -> web.Response:
        return web.Response(body=await request.read())

    site.app[GROUP_PAGES].register(".echo", echo)
    packed = gzip.compress(bytes(1 << 20))
    headers = {"Content-Encoding": "gzip"}
    async with http.post(site.url + "group/demo/.echo", data=packed, headers=headers) as response:
        assert await response.read() == packed


async def test_an_unfinished_request_does_not_hold_others_up(site: Site, http: aiohttp.ClientSession) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"GET / HT")
    async with http.get(site.url + "healthz") as response:
        assert response.status == 200
    writer.close()


async def test_galenes_own_client_can_be_served_instead(
    start_site: Callable[[], Awaitable[Site]], tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    (tmp_path / "static" / "galene.html").write_text("<!doctype html><script src=/galene.js></script>")
    (tmp_path / "static" / "galene.js").write_text("1")
    (tmp_path / "static" / "index.html").write_text("<!doctype html>theirs")
    (tmp_path / "static" / "main.js").unlink()
    site = await start_site()
    for path, status in (("group/demo/", 200), ("galene.js", 200), ("none.js", 404), ("group/none/", 404)):
        async with http.get(site.url + path) as response:
            assert response.status == status
            assert "Content-Security-Policy" in response.headers
    assert "theirs" in (await site.get_raw("/"))[1].decode()
    assert (await site.get_raw("/../secret.txt"))[0] == 404
    assert (await site.get_raw("/%2e%2e/secret.txt"))[0] == 404
