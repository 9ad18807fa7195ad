"""The client room against a real server: joins, refusals, and streams that come in as they were sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from galene_py.client import address
from galene_py.client.errors import LostError, RefusedError, StreamError
from galene_py.client.incoming import receiving
from galene_py.client.session import Credentials, connect
from galene_py.conference.media import TrackForm
from galene_py.rtp import packet
from galene_py.signalling import messages as m
from kit.peer import participant
from kit.server import OPEN_GROUP, Server

GROUPS = {"demo": OPEN_GROUP, "closed": {"users": {"ada": {"password": "secret", "permissions": "present"}}}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("client"), GROUPS) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@dataclass
class Sink:
    """Keeps what comes."""

    forms: list[TrackForm] = field(default_factory=list)
    got: dict[int, list[bytes]] = field(default_factory=dict)
    clocks: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def opened(self, form: TrackForm) -> int:
        self.forms.append(form)
        self.got[len(self.forms) - 1] = []
        return len(self.forms) - 1

    def packets(self, track: int, packets: Sequence[bytes | bytearray | memoryview], now: float) -> None:
        self.got[track] += map(bytes, packets)
        self.changed.set()

    def clock(self, track: int, now: float, timestamp: int) -> None:
        self.clocks.add(track)
        self.changed.set()

    def closed(self, track: int) -> None:
        self.ended.add(track)
        self.changed.set()

    async def until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(20):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


async def test_streams_come_in_as_packets_and_end_with_their_sender(
    server: Server, http: aiohttp.ClientSession
) -> None:
    place = await address.look_up(http, address.parse(server.group_url("demo")))
    assert (place.group, place.endpoint) == ("demo", server.ws_url)
    heard: asyncio.Queue[m.Message] = asyncio.Queue()
    sink = Sink()
    async with (
        receiving() as incoming,
        connect(http, place.endpoint, listen=heard.put_nowait) as session,
        participant(server.ws_url) as ada,
    ):
        joined = await session.join(place.group, Credentials("ben"))
        assert joined.username == "ben"
        assert "present" in session.permissions
        await session.request({"camera": ["audio", "video"]})
        await ada.join("demo", "ada")
        await ada.publish()
        async with asyncio.timeout(10):
            while not isinstance(offer := await heard.get(), m.Offer):
                pass
        await session.answer(offer.id, await incoming.take(offer, session.rtc_configuration, sink))
        await sink.until(lambda: all(len(sink.got.get(n, ())) > 20 for n in (0, 1)) and len(sink.clocks) == 2)
        assert {form.codec for form in sink.forms} == {"vp8", "opus"}
        for packets in sink.got.values():
            numbers = [packet.sequence_number(each) for each in packets]
            assert [(each - numbers[0]) & 0xFFFF for each in numbers] == list(range(len(numbers)))
        incoming.end(offer.id)
        assert sink.ended == {0, 1}


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials("ada", "wrong"), "not-authorised"),
        (Credentials(token="nonsense"), "token-revoked"),
        (Credentials("stranger"), "not-authorised"),
    ],
)
async def test_who_may_not_enter_is_told_why(
    server: Server, http: aiohttp.ClientSession, credentials: Credentials, code: str
) -> None:
    async with connect(http, server.ws_url) as session:
        with pytest.raises(RefusedError) as refused:
            await session.join("closed", credentials)
        assert refused.value.code == code


async def test_a_bad_offer_fails_alone(server: Server, http: aiohttp.ClientSession) -> None:
    async with connect(http, server.ws_url) as session:
        await session.join("demo", Credentials("ben"))
        with pytest.raises(StreamError):
            await session.publish("s1", "v=0")
        assert not session.ended.done()


async def test_a_kick_and_a_lost_server_are_told_apart(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    with Server(tmp_path, GROUPS) as server:
        await put_out_then_lose(server, http)


async def put_out_then_lose(server: Server, http: aiohttp.ClientSession) -> None:
    async with (
        participant(server.ws_url) as operator,
        connect(http, server.ws_url) as kicked,
        connect(http, server.ws_url) as left,
    ):
        await operator.join("demo", "op", "op")
        await kicked.join("demo", Credentials("ben"))
        await left.join("demo", Credentials("cleo"))
        await operator.send(type="useraction", kind="kick", dest=kicked.id, value="enough")
        assert isinstance(await asyncio.wait_for(kicked.ended, 10), RefusedError)
        server.kill()
        assert isinstance(await asyncio.wait_for(left.ended, 10), LostError)


async def test_an_address_that_is_no_group_s_says_so(server: Server, http: aiohttp.ClientSession) -> None:
    with pytest.raises(RefusedError, match="no group"):
        await address.look_up(http, address.parse(server.group_url("nowhere")))
    with pytest.raises(LostError, match="cannot reach"):
        await address.look_up(http, address.parse("http://127.0.0.1:9/group/demo/"))
