"""WHIP against a real server: programs that send over HTTP are members like everybody else."""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from galene_py.transport.dtls.session import DtlsCertificate
from kit.peer import Participant, participant
from kit.server import OPEN_GROUP, Server

GROUP: dict[str, object] = {
    **OPEN_GROUP,
    "codecs": ["vp8", "h264", "opus"],
    "users": {
        "op": {"password": "op", "permissions": "op"},
        "cam": {"password": "cam", "permissions": "present"},
        "viewer": {"password": "viewer", "permissions": "observe"},
    },
}
CLOSED = {"users": {"cam": {"password": "cam", "permissions": "present"}}}
FILMS = {**OPEN_GROUP, "codecs": ["h264", "opus"]}
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = "application/trickle-ice-sdpfrag"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory: Path = tmp_path_factory.mktemp("whip")
    turn = [{"urls": ["turn:turn.example.org:3478"], "username": "u", "credential": "c"}]
    with Server(directory, {"demo": GROUP, "closed": CLOSED, "films": FILMS}, ice_servers=turn) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def sender() -> AsyncIterator[RTCPeerConnection]:
    """Somebody with a moving picture and a sound, who has made an offer."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTrack(AudioStreamTrack())
    connection.addTrack(VideoStreamTrack())
    await connection.setLocalDescription(await connection.createOffer())
    try:
        yield connection
    finally:
        await connection.close()


async def post(
    http: aiohttp.ClientSession, url: str, offer: str, **headers: str
) -> tuple[aiohttp.ClientResponse, str]:
    async with http.post(url, data=offer, headers={**SDP, **headers}) as response:
        return response, await response.text()


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


async def test_a_program_is_seen_heard_and_listed_until_it_goes(
    server: Server, http: aiohttp.ClientSession
) -> None:
    url = server.group_url("demo") + ".whip"
    async with participant(server.ws_url) as viewer, sender() as camera:
        await viewer.join("demo", "ada")
        response, answer = await post(
            http, url, camera.localDescription.sdp, Authorization=basic("cam", "cam")
        )
        assert (response.status, response.content_type) == (201, "application/sdp")
        assert response.headers["ETag"].startswith('"')
        assert response.headers["Link"] == (
            '<turn:turn.example.org:3478>; rel="ice-server"; username="u"; credential="c"; '
            'credential-type="password"'
        )
        location = response.headers["Location"]
        assert location.startswith(url + "/")
        await camera.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        listed = await viewer.wait("user", kind="add", username="cam")
        assert listed["permissions"] == ["message", "present"]
        offered = await viewer.wait("offer", username="cam", label="camera")
        await frames(viewer, offered["id"])
        async with http.delete(location) as deleted:
            assert deleted.status == 200
        await viewer.wait("close", id=offered["id"])
        await viewer.wait("user", kind="delete", username="cam")
        async with http.delete(location) as again:
            assert again.status == 404


async def test_ffmpeg_sends_and_its_picture_and_tone_arrive(server: Server, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = DtlsCertificate()
    certificate.write_bytes(made.certificate.public_bytes(Encoding.PEM))
    key.write_bytes(made.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    url = server.group_url("films") + ".whip"
    command = [sys.executable, str(Path(__file__).with_name("whip_sender.py")), url, certificate, key]
    ffmpeg = await asyncio.create_subprocess_exec(*command)
    try:
        async with participant(server.ws_url) as viewer:
            await viewer.join("films", "ada")
            offered = await viewer.wait("offer", username="WHIP")
            await frames(viewer, offered["id"])
            video, audio = sorted(viewer.tracks[offered["id"]], key=lambda t: t.kind, reverse=True)
            picture = (await video.recv()).to_ndarray(format="rgb24")
            assert np.abs(picture.mean(axis=(0, 1)) - (200, 30, 30)).max() < 12
            assert abs(await pitch(audio) - 440) < 10
    finally:
        ffmpeg.terminate()
        assert await ffmpeg.wait() == 0


async def pitch(audio: MediaStreamTrack) -> float:
    """The strongest frequency in half a second of sound, Hz."""
    samples = [(await audio.recv()).to_ndarray().reshape(-1, 2)[:, 0] for _ in range(35)][10:]
    sound = np.concatenate(samples).astype(float)
    return float(np.abs(np.fft.rfft(sound)).argmax() * 48_000 / len(sound))


async def frames(viewer: Participant, stream: str) -> None:
    """Wait until the stream brings a frame of each kind."""
    async with asyncio.timeout(15):
        while {track.kind for track in viewer.tracks.get(stream, [])} != {"audio", "video"}:
            async with viewer.arrived:
                await viewer.arrived.wait()
        for track in viewer.tracks[stream]:
            await track.recv()


async def test_operators_put_it_out_like_anybody(server: Server, http: aiohttp.ClientSession) -> None:
    url = server.group_url("demo") + ".whip"
    async with participant(server.ws_url) as operator, sender() as camera:
        await operator.join("demo", "op", "op", request={})
        response, _ = await post(http, url, camera.localDescription.sdp)
        cam = await operator.wait("user", kind="add", username="WHIP")
        await operator.send(type="useraction", kind="kick", dest=cam["id"], value="enough")
        await operator.wait("user", kind="delete", id=cam["id"])
        async with http.patch(response.headers["Location"], headers={"If-Match": "*"}) as gone:
            assert gone.status == 404


async def test_who_may_not_present_any_more_is_gone(server: Server, http: aiohttp.ClientSession) -> None:
    url = server.group_url("demo") + ".whip"
    async with participant(server.ws_url) as operator, sender() as camera:
        await operator.join("demo", "op", "op", request={})
        await post(http, url, camera.localDescription.sdp)
        cam = await operator.wait("user", kind="add", username="WHIP")
        await operator.send(type="useraction", kind="unpresent", dest=cam["id"])
        await operator.wait("user", kind="delete", id=cam["id"])


async def test_an_invitation_admits(server: Server, http: aiohttp.ClientSession) -> None:
    async with participant(server.ws_url) as operator, sender() as camera:
        await operator.join("demo", "op", "op", request={})
        wanted = {"group": "demo", "permissions": ["present"], "username": "gate", "expires": 60_000}
        await operator.send(type="groupaction", kind="maketoken", value=wanted)
        token = (await operator.wait("usermessage", kind="token"))["value"]["token"]
        url = server.group_url("demo") + ".whip"
        response, _ = await post(http, url, camera.localDescription.sdp, Authorization=f"Bearer {token}")
        assert response.status == 201
        await operator.wait("user", kind="add", username="gate")
        async with http.delete(response.headers["Location"]):
            pass


async def test_ice_is_restarted_by_a_fragment_and_media_goes_on(
    server: Server, http: aiohttp.ClientSession
) -> None:
    url = server.group_url("demo") + ".whip"
    async with sender() as camera:
        response, answer = await post(http, url, camera.localDescription.sdp)
        location, etag = response.headers["Location"], response.headers["ETag"]

        async def patch(condition: str | None, body: str) -> tuple[int, str, str]:
            headers = {"Content-Type": FRAGMENT} | ({} if condition is None else {"If-Match": condition})
            async with http.patch(location, data=body, headers=headers) as reply:
                return reply.status, reply.headers.get("ETag", ""), await reply.text()

        candidate = "a=mid:0\r\na=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"
        assert await patch(etag, candidate) == (204, "", "")
        assert (await patch(None, candidate))[0] == 428
        assert (await patch('"other"', candidate))[0] == 412
        fresh = "a=ice-ufrag:fresh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        status, new_tag, fragment = await patch("*", fresh)
        assert status == 200
        assert new_tag not in ("", etag)
        ours = next(line for line in answer.splitlines() if line.startswith("a=ice-ufrag"))
        assert "a=ice-ufrag:" in fragment
        assert ours not in fragment
        assert "a=candidate:" in fragment
        assert (await patch(etag, candidate))[0] == 412
        assert (await patch("*", "a=ice-ufrag:x\r\na=ice-pwd:short\r\n"))[0] == 400
        assert (await patch(new_tag, candidate))[0] == 204
        async with http.delete(location) as deleted:
            assert deleted.status == 200


@pytest.mark.parametrize(
    ("group", "headers", "status", "code"),
    [
        ("nowhere", {}, 404, "unknown-group"),
        ("closed", {}, 401, "not-authorised"),
        ("closed", {"Authorization": basic("cam", "wrong")}, 401, "not-authorised"),
        ("closed", {"Authorization": "Bearer nonsense"}, 401, "token-revoked"),
        ("closed", {"Authorization": "Digest nonsense"}, 401, "not-authorised"),
        ("demo", {"Authorization": basic("viewer", "viewer")}, 403, "not-permitted"),
        ("demo", {"Content-Type": "text/plain"}, 415, "bad-type"),
        ("demo", {"Origin": "https://elsewhere.example"}, 403, "bad-origin"),
    ],
)
async def test_who_is_refused_is_told_why(
    server: Server,
    http: aiohttp.ClientSession,
    group: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    async with sender() as camera:
        url = server.group_url(group) + ".whip"
        response, text = await post(http, url, camera.localDescription.sdp, **headers)
    assert response.status == status
    assert response.content_type == "application/problem+json"
    assert json.loads(text)["code"] == code
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize(
    "offer", ["", "v=0", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", "x" * 300_000]
)
async def test_a_bad_offer_leaves_nobody_in_the_group(
    server: Server, http: aiohttp.ClientSession, offer: str
) -> None:
    response, text = await post(http, server.group_url("demo") + ".whip", offer)
    assert response.status == (413 if len(offer) > 256 * 1024 else 400)
    assert json.loads(text)["detail"]
    async with http.get(server.group_url("demo") + ".status") as status:
        assert (await status.json())["clientCount"] == 0


async def test_browsers_may_ask_what_can_be_done(server: Server, http: aiohttp.ClientSession) -> None:
    url = server.group_url("demo") + ".whip"
    async with http.options(url, headers={"Origin": server.url.rstrip("/")}) as response:
        assert response.status == 204
        assert response.headers["Accept-Post"] == "application/sdp"
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        assert response.headers["Access-Control-Allow-Origin"] == server.url.rstrip("/")
    async with http.get(url) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST, OPTIONS")
