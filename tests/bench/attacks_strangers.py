"""Attacks on WebSockets by strangers."""

from __future__ import annotations

import asyncio
import uuid

from attacking import Attack

from kit.frames import frame, handshake, text


async def brackets(attack: Attack) -> None:
    """A megabyte of empty lists, before the handshake."""
    value = b'{"type":"pong","value":[' + b",".join([b"[]"] * 349_000) + b"]}"
    await attack.many(lambda: attack.flood(frame(1, value)))


async def brackets_later(attack: Attack) -> None:
    """As complex as a stranger's message may be, after the handshake."""
    value = b'{"type":"pong","value":[' + b",".join([b"[]"] * 490) + b"]}"
    await attack.many(lambda: attack.flood(frame(1, value) * 16, greet=True))


async def quotes(attack: Attack) -> None:
    """Texts that are hard to tell from structure."""
    value = b'{"type":"pong","value":"' + b'\\",[' * 7_000 + b'"}'
    await attack.many(lambda: attack.flood(frame(1, value), greet=True))


async def fragments(attack: Attack) -> None:
    """A message that never ends, in empty pieces."""
    await attack.many(lambda: attack.flood(frame(1, last=False) + frame(0, last=False) * 50_000))


async def pings(attack: Attack) -> None:
    """Pings, whose answers nobody reads."""
    await attack.many(lambda: attack.flood(frame(9, b"x" * 125) * 2_000, greet=True))


async def binary(attack: Attack) -> None:
    """Binary frames of 200 kB."""
    await attack.many(lambda: attack.flood(frame(2, b"[" * 200_000), greet=True))


async def small(attack: Attack) -> None:
    """As many small messages as a connection may send."""
    await attack.many(lambda: attack.flood(text(type="pong") * 500, greet=True))


async def aborted_joins(attack: Attack) -> None:
    """Into another subgroup each, and gone without a word; then its status."""

    async def one() -> None:
        name = f"target/{uuid.uuid4().hex}"
        reader, writer = await attack.raw()
        writer.write(handshake(name))
        writer.write(text(type="join", kind="join", group=name, username="x", password=""))
        await reader.readuntil(b'"joined"')
        writer.transport.abort()
        attack.count("joins")
        async with attack.session() as session, session.get(f"{attack.url}group/{name}/.status"):
            pass

    await attack.many(one, 8)


async def unfinished(attack: Attack) -> None:
    """Messages of a megabyte whose last byte never comes, on as many connections as there may be."""
    data = frame(1, bytes(1 << 20))[:-1]

    async def one() -> None:
        _, writer = await attack.raw()
        try:
            writer.write(handshake())
            writer.write(data)
            await writer.drain()
            attack.count("unfinished")
            await attack.over()
        finally:
            writer.transport.abort()

    await attack.many(one, 250)


async def deflated(attack: Attack) -> None:
    """Frames that say they are compressed, which was not negotiated."""
    await attack.many(lambda: attack.flood(b"\xc1" + frame(1, bytes(60_000))[1:], greet=True))


async def continuations(attack: Attack) -> None:
    """Small messages in pieces of one byte, with pings between."""
    message = b'{"type":"pong"}'
    pieces = b"".join(frame(0, message[at : at + 1], last=False) + frame(9) for at in range(1, len(message)))
    await attack.many(
        lambda: attack.flood((frame(1, message[:1], last=False) + pieces + frame(0)) * 100, greet=True)
    )


async def silent(attack: Attack) -> None:
    """Connections that come and say nothing, or go at once."""

    async def one() -> None:
        _, writer = await attack.connect()
        attack.count("connections")
        if attack.told["connections"] % 4 == 0:
            await asyncio.sleep(1.0)
        writer.transport.abort()

    await attack.many(one, 250)


async def logins(attack: Attack) -> None:
    """Wrong passwords where they are hashed; the socket is gone before the answer."""

    async def one() -> None:
        _, writer = await attack.raw()
        writer.write(handshake())
        writer.write(text(type="join", kind="join", group="login", username="op", password=uuid.uuid4().hex))
        await writer.drain()
        writer.transport.abort()
        attack.count("attempts")
        await asyncio.sleep(0.03 * attack.sockets)  # 34 a second, as somebody did

    await attack.many(one)


async def guesses(attack: Attack) -> None:
    """Wrong passwords as fast as they are answered, of many names, plain and hashed."""

    async def one() -> None:
        reader, writer = await attack.raw()
        writer.write(handshake())
        try:
            for number in range(20):
                group, name = ("target", "login")[number % 2], ("op", uuid.uuid4().hex)[number % 3 > 0]
                writer.write(
                    text(type="join", kind="join", group=group, username="op" if group == "target" else name,
                         password="no")
                )  # fmt: skip
                await reader.readuntil(b'"joined"')
                attack.count("guesses")
        finally:
            writer.transport.abort()

    await attack.many(one)


async def unknown_groups(attack: Attack) -> None:
    """Joins of groups that do not exist, and questions about them."""

    async def one() -> None:
        reader, writer = await attack.raw()
        writer.write(handshake())
        try:
            for _ in range(19):
                writer.write(
                    text(
                        type="join",
                        kind="join",
                        group=uuid.uuid4().hex + "/x" * 200,
                        username="x",
                        password="",
                    )
                )
                await reader.readuntil(b'"joined"')
                attack.count("joins")
        finally:
            writer.transport.abort()
        async with attack.session() as session:
            for _ in range(20):
                async with session.get(f"{attack.url}group/{uuid.uuid4().hex}/.status"):
                    attack.count("questions")

    await attack.many(one)


async def many_names(attack: Attack) -> None:
    """In and out of one group, under another name each time."""

    async def one() -> None:
        reader, writer = await attack.raw()
        writer.write(handshake())
        try:
            for _ in range(100):
                name = uuid.uuid4().hex * 7
                writer.write(text(type="join", kind="join", group="target", username=name, password=""))
                await reader.readuntil(b'"joined"')
                writer.write(text(type="join", kind="leave", group="target"))
                await reader.readuntil(b'"leave"')
                attack.count("names")
        finally:
            writer.transport.abort()

    await attack.many(one)


async def long_tokens(attack: Attack) -> None:
    """Tokens that look signed, as long as they may be, and wrong."""
    import base64

    head = base64.urlsafe_b64encode(b'{"alg":"ES256","typ":"JWT"}').rstrip(b"=").decode()
    token = f"{head}.{'e30' * 3_800}.{'A' * 86}"

    async def one() -> None:
        reader, writer = await attack.raw()
        writer.write(handshake())
        try:
            for _ in range(19):
                writer.write(
                    text(type="join", kind="join", group="signed", token=token + str(attack.told)[-4:-1])
                )
                await reader.readuntil(b'"joined"')
                attack.count("tokens")
        finally:
            writer.transport.abort()

    await attack.many(one)
