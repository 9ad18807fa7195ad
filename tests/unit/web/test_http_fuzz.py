"""Bytes from strangers on the HTTP port: no exception escapes, nobody else notices."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from galene_py.web.tls import Certificate
from unit.web.conftest import Site

SEEDS = [
    b"GET /group/demo/ HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n",
    b"GET /static/main.js HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n",
    b"POST /group/demo/.status HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    b"\x81\x85\0\0\0\0hello\x88\x80\0\0\0\0",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    b"\x00\x14\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


def mutate(dice: random.Random, data: bytes) -> bytes:
    """A few changed, removed, doubled or inserted bytes."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed) + 1)
        kind = dice.randrange(4)
        if kind == 0 and at < len(changed):
            changed[at] = dice.randrange(256)
        elif kind == 1:
            del changed[at : at + dice.randint(1, 8)]
        elif kind == 2:
            changed[at:at] = changed[at : at + 20]
        else:
            changed[at:at] = dice.choice([b"\0", b"\r\n", b"%", b"..", b"\xff\xfe", b"A" * 9000])
    return bytes(changed)


async def poke(port: int, data: bytes) -> bytes:
    """Send, say that nothing more comes, take what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(0.3):
            return await reader.read()
    except (OSError, TimeoutError):
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("tls", [False, True])
async def test_strangers_bytes_disturb_nobody(
    start_site: Callable[..., Awaitable[Site]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    http: aiohttp.ClientSession,
    tls: bool,
) -> None:
    (tmp_path / "tls").mkdir()
    certificate = Certificate(tmp_path / "tls", clock=time.monotonic, names=["localhost"])
    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unhandled.append(context))
    site = await start_site(certificate=certificate if tls else None)
    dice = random.Random(20260729)
    attempts = [mutate(dice, dice.choice(SEEDS)) for _ in range(160)]
    attempts += [dice.randbytes(dice.randint(1, 300)) for _ in range(40)]
    with caplog.at_level(logging.DEBUG, logger="galene_py"):
        for start in range(0, len(attempts), 20):
            answers = await asyncio.gather(*(poke(site.port, data) for data in attempts[start : start + 20]))
            assert not [answer for answer in answers if b"HTTP/1.1 500" in answer]
    assert not unhandled
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    trust = aiohttp.ClientTimeout(total=5)
    scheme = "https" if tls else "http"
    async with http.get(f"{scheme}://127.0.0.1:{site.port}/healthz", ssl=False, timeout=trust) as response:
        assert response.status == 200
