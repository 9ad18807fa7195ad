"""What everybody else notices while a server is attacked: the loop's delay, another room's sound, a login.

A process of its own, from addresses of its own, so that it measures the server and not the attacker.

    python tests/bench/attack_observer.py PORT SECONDS
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
import uuid
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit import loadpeer
from kit.lightpeople import SOUND_S, Person
from kit.loadpeer import OPUS, LoadPeer

PROBE_S = 0.01
LOGIN_S = 0.3
HERE, ELSEWHERE = "127.0.0.2", "127.1.%d.%d"


class Observer:
    """Each figure is a list of seconds."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.ends = time.monotonic() + seconds
        self.delays: list[float] = []
        self.gaps: list[float] = []
        self.logins: list[float] = []

    @property
    def going_on(self) -> bool:
        return time.monotonic() < self.ends

    def probe(self) -> None:
        """The shortest request there is: its answer waits for nothing but a turn of the loop."""
        with socket.create_connection(("127.0.0.1", self.port), source_address=(HERE, 0)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.going_on:
                began = time.perf_counter()
                sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                sock.recv(65536)
                self.delays.append(time.perf_counter() - began)
                time.sleep(PROBE_S)

    def speak(self, peer: LoadPeer) -> None:
        began = time.monotonic()
        sent = 0
        while self.going_on:
            packet = loadpeer.rtp(1, sent, sent * 960, OPUS, "0", bytes(90), False)
            peer.sock.send(peer.protected([packet])[0])
            sent += 1
            time.sleep(max(0.0, began + sent * SOUND_S - time.monotonic()))

    def listen(self, peer: LoadPeer) -> None:
        peer.sock.settimeout(2.0)
        last = 0.0
        while self.going_on:
            data = peer.sock.recv(2048)
            if data[0] >= 128 and not 192 <= data[1] <= 223:
                now = time.perf_counter()
                if last:
                    self.gaps.append(now - last)
                last = now

    async def log_in(self) -> None:
        """Somebody with the right password, from elsewhere, again and again."""
        for number in count(1):
            if not self.going_on:
                return
            # Another address each time: one that was right lately need not be compared with a hash.
            connector = aiohttp.TCPConnector(local_addr=(ELSEWHERE % (number // 250, number % 250 + 1), 0))
            async with aiohttp.ClientSession(connector=connector) as session:
                began = time.perf_counter()
                url = f"ws://127.0.0.1:{self.port}/ws"
                async with session.ws_connect(url) as ws:
                    await ws.send_json({"type": "handshake", "version": ["2"], "id": uuid.uuid4().hex})
                    await ws.send_json(
                        {"type": "join", "kind": "join", "group": "login", "username": "op", "password": "op"}
                    )
                    while (message := await ws.receive_json(timeout=60))["type"] != "joined":
                        pass
                    assert message["kind"] == "join", message
                    self.logins.append(time.perf_counter() - began)
                await asyncio.sleep(LOGIN_S)

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(local_addr=(HERE, 0))
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            people = []
            for name in ("speaker", "listener"):
                ws = await stack.enter_async_context(session.ws_connect(f"ws://127.0.0.1:{self.port}/ws"))
                one = Person(ws, self.port)
                stack.callback(one.close)
                await one.join("elsewhere", name, wants=[] if name == "speaker" else ["audio"])
                people.append(one)
            speaker, listener = people
            await speaker.publish()
            await listener.receive(1)
            assert speaker.up is not None
            print("ready", flush=True)
            threads = [
                threading.Thread(target=self.probe),
                threading.Thread(target=self.speak, args=(speaker.up,)),
                threading.Thread(target=self.listen, args=(listener.down[0][0],)),
            ]
            for thread in threads:
                thread.start()
            await self.log_in()
            for thread in threads:
                await asyncio.to_thread(thread.join)
            print(json.dumps({"delays": self.delays, "gaps": self.gaps, "logins": self.logins}), flush=True)
            await asyncio.to_thread(sys.stdin.read)  # the two stay until nobody looks at memory any more


def main() -> None:
    asyncio.run(Observer(int(sys.argv[1]), float(sys.argv[2])).run())


if __name__ == "__main__":
    main()
