"""The WebSocket: origins, bounds, and one client's trouble staying its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import time
from contextlib import suppress

import aiohttp
import pytest

from galene_py.web import limits
from galene_py.web.app import WEBSOCKETS
from kit.frames import UPGRADE, frame
from unit.web.conftest import Site, eventually


def ws_url(site: Site) -> str:
    return site.url.replace("http", "ws") + "ws"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("OWN", True),
        ("https://meet.example.org", True),
        ("https://proxy.example.org", True),
        ("https://friend.example:444", True),
        ("https://friend.example", False),
        ("https://xn--bcher-kva.example", True),
        ("https://xn--bcher-kva.example:8443", False),
        ("https://meet.example.org.:443", True),
        ("https://foe.example", False),
        ("null", False),
        ("https://meet.example.org.foe.example", False),
        ("http://proxy.example.org", False),
        ("garbage", False),
        ("http://[", False),
    ],
)
async def test_only_own_and_allowed_origins_connect(
    site: Site, http: aiohttp.ClientSession, origin: str | None, allowed: bool
) -> None:
    (site.data / "config.json").write_text(
        json.dumps(
            {
                "canonicalHost": "meet.example.org",
                "proxyURL": "https://proxy.example.org/sub/",
                "allowOrigin": ["https://FRIEND.example:444/", "https://Bücher.example:443"],
            }
        )
    )
    if origin == "OWN":
        origin = site.url.rstrip("/")
    headers = {} if origin is None else {"Origin": origin}
    if allowed:
        async with http.ws_connect(ws_url(site), headers=headers) as ws:
            await ws.send_str("hello")
            assert await ws.receive_str(timeout=5) == "hello"
    else:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(ws_url(site), headers=headers)
        assert refused.value.status == 403
        assert not site.clients


async def test_forwarded_address_is_the_last_one(site: Site, http: aiohttp.ClientSession) -> None:
    headers = {"X-Forwarded-For": "10.9.9.9, 203.0.113.5"}
    async with http.ws_connect(ws_url(site), headers=headers) as ws:
        await ws.send_str("x")
        await ws.receive_str(timeout=5)
    assert site.clients[0].address == "203.0.113.5"


async def test_close_comes_after_what_was_queued(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(ws_url(site)) as ws:
        await ws.send_str("close")
        assert await ws.receive_str(timeout=5) == "last"
        message = await ws.receive(timeout=5)
        assert message.type == aiohttp.WSMsgType.CLOSE
        assert message.data == 1008
        assert message.extra.startswith("enough é")
        assert len(message.extra.encode()) <= 123
    await eventually(lambda: site.clients[0].ended == ["closed by server"])


async def test_an_exception_drops_one_client_only(
    site: Site, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with http.ws_connect(ws_url(site)) as good, http.ws_connect(ws_url(site)) as bad:
        with caplog.at_level(logging.CRITICAL):
            await bad.send_str("raise")
            message = await bad.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1011)
        await good.send_str("still here")
        assert await good.receive_str(timeout=5) == "still here"
        await eventually(lambda: sorted(len(client.ended) for client in site.clients) == [0, 1])


async def test_a_message_over_the_limit_closes_its_sender(site: Site, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(ws_url(site), max_msg_size=0) as ws:
        await ws.send_str("x" * (limits.WEBSOCKET_MESSAGE_BYTES - 1))
        assert len(await ws.receive_str(timeout=5)) == limits.WEBSOCKET_MESSAGE_BYTES - 1
        await ws.send_str("x" * (limits.WEBSOCKET_MESSAGE_BYTES + 1))
        message = await ws.receive(timeout=5)
        assert message.data == 1009
    await eventually(lambda: site.clients[0].ended)
    assert len(site.clients[0].received) == 1


async def test_a_client_that_never_reads_is_dropped_and_others_are_not_held_up(
    site: Site, http: aiohttp.ClientSession
) -> None:
    loop = asyncio.get_running_loop()
    deaf = socket.create_connection(("127.0.0.1", site.port))
    deaf.setblocking(False)
    handshake = (
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await loop.sock_sendall(deaf, handshake.encode())
    await eventually(lambda: site.clients)
    stuck = site.clients[0]
    async with http.ws_connect(ws_url(site)) as good:
        while stuck.send(b"x" * 100_000):  # noqa: ASYNC110
            await asyncio.sleep(0)
        await good.send_str("hello")
        assert await good.receive_str(timeout=5) == "hello"
        await eventually(lambda: stuck.ended)
    assert not stuck.send(b"more")
    assert len(stuck.ended) == 1
    deaf.close()


async def test_a_hundred_hear_everything_in_order_while_one_of_them_never_reads(
    site: Site, http: aiohttp.ClientSession
) -> None:
    reader, writer = await raw_socket(site)
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    await eventually(lambda: site.clients)
    deaf = site.clients[0]
    others = [await http.ws_connect(ws_url(site)) for _ in range(99)]
    await eventually(lambda: len(site.clients) == 100)
    said = 0
    while not deaf.ended:
        for client in site.clients:
            client.send(b"%d" % said + b" " * (100_000 if client is deaf else 0))
        said += 1
        await asyncio.sleep(0)
    for client in site.clients[1:]:
        client.send(b"last")
    for other in others:
        heard = [(await other.receive_str(timeout=5)).strip() for _ in range(said + 1)]
        assert heard == [*map(str, range(said)), "last"]
    assert not any(client.ended for client in site.clients[1:])
    assert not deaf.send(b"more")
    writer.close()


@pytest.mark.parametrize("opcode", [1, 2])
@pytest.mark.parametrize("text", [b"\xff\xfe", b'{"type":"\xc3"}', b"\xed\xa0\x80", b"\xc0\xaf"])
async def test_what_is_no_unicode_costs_at_most_its_sender(
    site: Site, http: aiohttp.ClientSession, opcode: int, text: bytes
) -> None:
    reader, writer = await raw_socket(site)
    async with http.ws_connect(ws_url(site)) as good:
        writer.write(frame(opcode, text))
        if opcode == 1:  # RFC 6455 §8.1: the connection fails, with 1007
            assert (await reader.readexactly(4))[2:] == (1007).to_bytes(2)
            await eventually(lambda: site.clients[0].ended)
            assert site.clients[0].received == []
        else:
            await eventually(lambda: site.clients[0].received == [text])
        await good.send_str("hello")
        assert await good.receive_str(timeout=5) == "hello"
    writer.close()


async def raw_socket(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, limit=1 << 24)
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_flood_of_pings_holds_up_nothing_and_the_latest_is_answered(site: Site) -> None:
    reader, writer = await raw_socket(site)
    writer.write(frame(9, b"x" * 125) * 20_000 + frame(9, b"last") + frame(1, b"after"))
    answer = await reader.readuntil(b"\x81\x05after")
    assert b"\x8a\x04last" in answer
    writer.close()


async def test_fragments_without_end_are_paid_for_and_read_on(site: Site) -> None:
    reader, writer = await raw_socket(site)
    await eventually(lambda: site.clients)
    actor = site.clients[0].actor
    writer.write(frame(1, b"be", last=False) + frame(0, last=False) * 200_000 + frame(0, b"gin"))
    assert (await reader.readuntil(b"begin")).endswith(b"\x81\x05begin")
    assert not actor.time.full(time.perf_counter())
    writer.close()


async def test_an_empty_queue_is_needed_only_when_nobody_reads(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.ws_connect(ws_url(site)) as ws:
        for index in range(300):
            await ws.send_str(str(index))
        for index in range(300):
            assert await ws.receive_str(timeout=5) == str(index)


async def test_a_vanished_client_is_reported_once(site: Site, http: aiohttp.ClientSession) -> None:
    ws = await http.ws_connect(ws_url(site))
    await eventually(lambda: site.clients)
    transport = ws.get_extra_info("socket")
    assert transport is not None
    await ws.close()
    await eventually(lambda: site.clients[0].ended == ["closed by client"])
    await eventually(lambda: not site.app[WEBSOCKETS].connections)


@pytest.mark.parametrize(("code", "left"), [(1000, True), (1001, False), (4001, False), (None, False)])
async def test_who_wants_to_go_is_told_from_who_is_lost(
    site: Site, http: aiohttp.ClientSession, code: int | None, left: bool
) -> None:
    async with http.ws_connect(ws_url(site)) as ws:
        await eventually(lambda: site.clients)
        if code is not None:
            await ws.close(code=code)
        else:
            transport = ws.get_extra_info("socket")
            assert transport is not None
            with socket.socket(fileno=os.dup(transport.fileno())) as lost:
                lost.shutdown(socket.SHUT_RDWR)
        await eventually(lambda: site.clients[0].ended)
    assert site.clients[0].left is left


async def test_shutdown_sends_what_is_queued_and_says_that_the_server_goes(
    site: Site, http: aiohttp.ClientSession
) -> None:
    async with http.ws_connect(ws_url(site)) as ws:
        await eventually(lambda: site.clients)
        site.clients[0].send(b"goodbye")
        closing = asyncio.create_task(site.app[WEBSOCKETS].close("the server is restarting"))
        assert await ws.receive_str(timeout=5) == "goodbye"
        message = await ws.receive(timeout=5)
        assert (message.data, message.extra) == (1001, "the server is restarting")
        await closing
    assert not site.app[WEBSOCKETS].connections


async def test_timers_are_looked_at(
    site: Site, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WEBSOCKET_POLL_SECONDS", 0.01)
    async with http.ws_connect(ws_url(site)):
        await eventually(lambda: site.clients and site.clients[0].polled > 2)


async def test_of_unfinished_messages_there_are_no_more_than_fit(site: Site) -> None:
    size = 1 << 20
    unfinished = frame(1, bytes(size))[:-1]
    open_: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    for _ in range(limits.UNHANDLED_BYTES // size + 2):
        reader, writer = await raw_socket(site)
        writer.write(unfinished)
        await writer.drain()
        open_.append((reader, writer))

    async def end(reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            await reader.read()

    waiting = [asyncio.create_task(end(reader)) for reader, _ in open_]
    try:
        async with asyncio.timeout(10):
            done, still = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert done
        assert still
    finally:
        for task in waiting:
            task.cancel()
        for _, writer in open_:
            writer.transport.abort()
