"""Attacks over HTTP."""

from __future__ import annotations

import asyncio
import base64
import uuid
from contextlib import suppress

import aiohttp
from attacking import Attack

SDP = {"Content-Type": "application/sdp"}


async def landing(attack: Attack) -> None:
    """The landing page and its list, while the number of people in a public group changes."""

    async def one() -> None:
        async with attack.session() as session:
            for path in ("", "public-groups.json"):
                async with session.get(attack.url + path) as response:
                    await response.read()
            (await attack.person(session, "target", wants=[])).socket._writer.transport.abort()
            attack.count("pages")

    await attack.many(one, 4)


async def pages(attack: Attack) -> None:
    """Everything that anybody may ask for, on as many connections as there may be."""

    async def one() -> None:
        async with attack.session() as session:
            for path in ("", "group/target/", "group/target/.status", "public-groups.json", "static/main.js",
                         "nothing", "admin/", "stats.html", "join?group=x"):  # fmt: skip
                async with session.get(attack.url + path) as response:
                    await response.read()
                    attack.count("pages")

    await attack.many(one, 250)


async def pipelining(attack: Attack) -> None:
    """Requests without waiting for answers."""
    await attack.many(lambda: attack.pour(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 500))


async def huge_headers(attack: Attack) -> None:
    """As many and as long headers as are taken, and longer ones."""
    cookies = b"".join(b"Cookie: a%d=%s\r\n" % (number, b"x" * 4_000) for number in range(12))
    small = b"".join(b"X-%d: y\r\n" % number for number in range(3_000))
    one, other = (b"GET / HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n" for more in (cookies, small))
    await attack.many(lambda: attack.pour(one + other))


async def slow_headers(attack: Attack) -> None:
    """A byte now and then, on as many connections as there may be."""

    async def one() -> None:
        _, writer = await attack.connect()
        attack.count("connections")
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
            while attack.going_on:
                writer.write(b"y")
                await asyncio.sleep(0.5)
        finally:
            writer.transport.abort()

    await attack.many(one, 250)


async def tiny_chunks(attack: Attack) -> None:
    """Bodies in chunks of one byte."""
    head = b"POST /group/target/.whip HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += b"Content-Type: application/sdp\r\n\r\n"
    await attack.many(lambda: attack.pour(head + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n"))


async def slow_reading(attack: Attack) -> None:
    """Large answers that nobody reads."""

    async def one() -> None:
        _, writer = await attack.connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        attack.count("connections")
        try:
            writer.write(b"GET /public-groups.json HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
            await attack.over()
        finally:
            writer.transport.abort()

    await attack.many(one, 250)


async def whip(attack: Attack) -> None:
    """The longest offers, with wrong tokens and without, and changes of sessions that are not there."""
    from kit.loadpeer import LoadPeer

    sdp = LoadPeer().offer(audio=1, video=2)
    sdp += ("a=x-" + "y" * 60 + "\r\n") * ((125_000 - len(sdp)) // 66)

    async def one() -> None:
        async with attack.session() as session:
            url = f"{attack.url}group/target/.whip"
            token = {"Authorization": f"Bearer {uuid.uuid4().hex}"}
            async with session.post(url, data=sdp, headers=SDP | token) as response:
                attack.count(f"tokens answered {response.status}")
            async with session.post(url, data=sdp, headers=SDP) as response:
                attack.count(f"offers answered {response.status}")
                if response.status == 201 and attack.told["offers answered 201"] % 2:
                    location = response.headers["Location"]
                    async with session.delete(
                        attack.url + location.partition("/group/")[2].join(("group/", ""))
                    ):
                        pass
            async with session.patch(f"{url}/{uuid.uuid4().hex}", data="x" * 60_000) as response:
                attack.count("changes")

    await attack.many(one)


async def api_logins(attack: Attack) -> None:
    """Wrong passwords for the admin API, of one name and of many."""

    async def one() -> None:
        async with attack.session() as session:
            for name in ("root", uuid.uuid4().hex):
                basic = base64.b64encode(f"{name}:{uuid.uuid4().hex}".encode()).decode()
                async with session.get(
                    f"{attack.url}galene-api/v0/.groups/", headers={"Authorization": f"Basic {basic}"}
                ) as response:
                    attack.count(f"answered {response.status}")
            async with session.get(f"{attack.url}galene-api/v0/.stats") as response:
                attack.count(f"statistics answered {response.status}")

    with suppress(aiohttp.ClientError):
        await attack.many(one)
