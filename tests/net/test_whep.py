"""WHEP against a real server: programs that watch over HTTP are members like everybody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from test_whip import FRAGMENT, basic, post

from kit.browsers import chromium
from kit.peer import Participant, participant
from kit.server import OPEN_GROUP, Server

GROUP: dict[str, object] = {
    **OPEN_GROUP,
    "codecs": ["vp8", "h264", "opus"],
    "users": {
        "op": {"password": "op", "permissions": "op"},
        "viewer": {"password": "viewer", "permissions": "observe"},
    },
}
CLOSED = {"users": {"viewer": {"password": "viewer", "permissions": "observe"}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory: Path = tmp_path_factory.mktemp("whep")
    groups = {"demo": GROUP, "closed": CLOSED, "page": GROUP, "full": {**GROUP, "max-clients": 1}}
    admin = {"users": {"root": {"password": "root", "permissions": "admin"}}}
    with Server(directory, groups, config=admin) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Player:
    """A program that watches: an offer, and what comes."""

    def __init__(self, *kinds: str) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.tracks: list[MediaStreamTrack] = []
        self.connection.on("track", self.tracks.append)
        for kind in kinds or ("video", "audio"):
            self.connection.addTransceiver(kind, direction="recvonly")

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def watch(self, http: aiohttp.ClientSession, url: str, **headers: str) -> str:
        """Begin; where the session is."""
        response, answer = await post(http, url, await self.offer(), **headers)
        assert response.status == 201, answer
        await self.take(answer)
        return response.headers["Location"]

    async def frames(self, count: int = 1) -> None:
        """Wait for so many more of each kind."""
        async with asyncio.timeout(20):
            for track in self.tracks:
                for _ in range(count):
                    await track.recv()


@asynccontextmanager
async def player(*kinds: str) -> AsyncIterator[Player]:
    one = Player(*kinds)
    try:
        yield one
    finally:
        await one.connection.close()


@asynccontextmanager
async def publisher(server: Server, group: str = "demo", name: str = "ada") -> AsyncIterator[Participant]:
    async with participant(server.ws_url) as one:
        await one.join(group, name)
        await one.publish()
        yield one


def whep(server: Server, group: str = "demo", query: str = "?who=ada") -> str:
    return f"{server.group_url(group)}.whep{query}"


async def test_a_program_watches_one_person_and_is_a_member_until_it_goes(
    server: Server, http: aiohttp.ClientSession
) -> None:
    async with publisher(server) as ada, publisher(server, name="ben"), player() as viewer:
        response, answer = await post(
            http, whep(server), await viewer.offer(), Authorization=basic("viewer", "viewer")
        )
        assert (response.status, response.content_type) == (201, "application/sdp")
        assert response.headers["ETag"].startswith('"')
        location = response.headers["Location"]
        assert location.startswith(whep(server, query="/"))
        await viewer.take(answer)
        listed = await ada.wait("user", kind="add", username="viewer")
        assert listed.get("permissions", []) == []
        await viewer.frames(5)
        url = f"{server.url}galene-api/v0/.stats"
        async with http.get(url, headers={"Authorization": basic("root", "root")}) as statistics:
            (group,) = [each for each in await statistics.json() if each["name"] == "demo"]
        (watching,) = [each for each in group["clients"] if each["username"] == "viewer"]
        assert [len(down["tracks"]) for down in watching["down"]] == [2]
        async with http.delete(location) as deleted:
            assert deleted.status == 200
        await ada.wait("user", kind="delete", username="viewer")
        async with http.delete(location) as again:
            assert again.status == 404


async def test_the_connection_goes_on_with_the_person_s_next_stream(
    server: Server, http: aiohttp.ClientSession
) -> None:
    async with player() as viewer:
        async with publisher(server) as ada:
            await viewer.watch(http, whep(server))
            await viewer.frames()
        await viewer_is_alone(http, server)
        async with publisher(server) as ada:
            await ada.wait("user", kind="add", username="WHEP")
            await viewer.frames(60)  # more than can be left of the first stream


async def viewer_is_alone(http: aiohttp.ClientSession, server: Server) -> None:
    async with asyncio.timeout(10):
        while True:
            async with http.get(server.group_url("demo") + ".status") as status:
                if (await status.json())["clientCount"] == 1:
                    return
            await asyncio.sleep(0.05)


async def test_an_offer_that_does_not_do_is_answered_by_one_that_does(
    server: Server, http: aiohttp.ClientSession
) -> None:
    async with publisher(server), player() as viewer:
        unfit = (await viewer.offer()).replace("VP8/90000", "VP7/90000")
        response, counter = await post(http, whep(server), unfit)
        assert (response.status, response.content_type) == (406, "application/sdp")
        location = response.headers["Location"]
        async with player("video") as second:
            second.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            second.connection.on("track", second.tracks.append)
            await second.connection.setRemoteDescription(RTCSessionDescription(counter, "offer"))
            await second.connection.setLocalDescription(await second.connection.createAnswer())
            sdp = {"Content-Type": "application/sdp"}
            async with http.patch(location, data="v=0", headers=sdp) as refused:
                assert refused.status == 400
            answer = second.connection.localDescription.sdp
            async with http.patch(location, data=answer, headers=sdp) as accepted:
                assert accepted.status == 204
            await second.frames(3)
            await second.connection.close()
        async with http.delete(location):
            pass


async def test_ice_is_restarted_by_a_fragment(server: Server, http: aiohttp.ClientSession) -> None:
    async with publisher(server), player() as viewer:
        location = await viewer.watch(http, whep(server))
        headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
        fresh = "a=ice-ufrag:fresh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        async with http.patch(location, data=fresh, headers=headers) as reply:
            assert reply.status == 200
            assert "a=ice-ufrag:" in await reply.text()
        async with http.delete(location) as deleted:
            assert deleted.status == 200


async def test_operators_put_it_out_like_anybody(server: Server, http: aiohttp.ClientSession) -> None:
    async with publisher(server), participant(server.ws_url) as operator, player() as viewer:
        await operator.join("demo", "op", "op", request={})
        location = await viewer.watch(http, whep(server))
        await viewer.frames()
        watching = await operator.wait("user", kind="add", username="WHEP")
        await operator.send(type="useraction", kind="kick", dest=watching["id"], value="enough")
        await operator.wait("user", kind="delete", id=watching["id"])
        async with http.delete(location) as gone:
            assert gone.status == 404
        with pytest.raises(MediaStreamError):
            await viewer.frames(1000)


@pytest.mark.parametrize(
    ("group", "query", "headers", "status", "code"),
    [
        ("nowhere", "", {}, 404, "unknown-group"),
        ("closed", "", {}, 401, "not-authorised"),
        ("closed", "", {"Authorization": basic("viewer", "wrong")}, 401, "not-authorised"),
        ("closed", "", {"Authorization": "Bearer nonsense"}, 401, "token-revoked"),
        ("demo", "?who=nobody", {}, 409, "nobody-sends"),
        ("demo", "?who=ada&label=screenshare", {}, 409, "nobody-sends"),
        ("demo", "", {}, 400, "several-send"),
        ("demo", "?who=ada", {"Content-Type": "text/plain"}, 415, "bad-type"),
        ("full", "?who=ada", {}, 403, "group-full"),
    ],
)
async def test_who_is_refused_is_told_why(
    server: Server,
    http: aiohttp.ClientSession,
    group: str,
    query: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    async with (
        publisher(server),
        publisher(server, name="ben"),
        publisher(server, "full"),
        player() as viewer,
    ):
        url = whep(server, group, query)
        response, text = await post(http, url, await viewer.offer(), **headers)
    assert response.status == status, text
    assert response.content_type == "application/problem+json"
    assert json.loads(text)["code"] == code
    assert ("Retry-After" in response.headers) == (status == 409)


@pytest.mark.parametrize("offer", ["", "v=0", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"])
async def test_a_bad_offer_leaves_nobody_in_the_group(
    server: Server, http: aiohttp.ClientSession, offer: str
) -> None:
    async with publisher(server):
        response, text = await post(http, whep(server), offer)
        assert response.status == 400
        assert json.loads(text)["detail"]
        async with http.get(server.group_url("demo") + ".status") as status:
            assert (await status.json())["clientCount"] == 1


BRIGHT = """(() => { const video = document.querySelector('video');
  if (!video.videoWidth) return [0, 0];
  const canvas = Object.assign(document.createElement('canvas'), {width: 32, height: 24});
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 32, 24);
  const data = context.getImageData(0, 0, 32, 24).data;
  let sum = 0; for (let i = 1; i < data.length; i += 4) sum += data[i];
  return [sum / (32 * 24), video.getVideoPlaybackQuality().totalVideoFrames]; })()"""


@pytest.mark.browser
async def test_the_example_page_shows_the_person_also_after_a_new_stream(server: Server) -> None:
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{server.url}static/examples/watch.html")
        await page.fill("#group", "page")
        await page.fill("#who", "ada")
        await page.click("button")
        async with publisher(server, "page") as ada:
            await ada.wait("user", kind="add", username="WHEP")
            seen = await picture(page, 0)
        async with publisher(server, "page"):
            await picture(page, seen)


async def picture(page: Any, seen: int) -> int:
    """Wait for pictures beyond `seen`, which are aiortc's green; how many there were."""
    async with asyncio.timeout(30):
        while True:
            green, count = await page.evaluate(BRIGHT)
            if count > seen + 5 and green > 60:
                return int(count)
            await asyncio.sleep(0.2)
