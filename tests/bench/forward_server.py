"""The measured side of bench_forward: hub, engine and forwarding unit in a process of their own.

Commands come as JSON lines on standard input, answers go as JSON lines to standard output.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from typing import Any

import uvloop

from galene_py.engine.media import MediaEngine
from galene_py.recording import messages
from galene_py.recording.session import RecordingSession
from galene_py.transport.hub import TransportHub

LAG_STEP_S = 0.02


class Notices:
    """What operators would be told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def append_notice(self, text: str, over: bool) -> None:
        self.texts.append(text)


class Server:
    def __init__(self, hub: TransportHub) -> None:
        self.hub = hub
        self.media = MediaEngine(hub)
        self.published: list[Any] = []
        self.subscribed: list[Any] = []
        self.lines: dict[int, Any] = {}
        self.lags: list[float] = []
        self.session: RecordingSession | None = None
        self.notices = Notices()

    def publish(self, command: dict[str, Any]) -> dict[str, Any]:
        stream = self.media.publish(
            command["sdp"], codecs=["vp8", "opus"], label="camera", on_closed=lambda reason: None
        )
        self.published.append(stream)
        return {"sdp": stream.answer, "id": len(self.published) - 1}

    def subscribe(self, command: dict[str, Any]) -> dict[str, Any]:
        stream = self.published[command["id"]]
        # All that one person receives shares a line.
        line = self.lines.setdefault(command.get("person", len(self.subscribed)), self.media.downlink())
        subscribed = stream.subscribe(
            frozenset({"audio", "video"}), on_closed=lambda reason: None, downlink=line
        )
        self.subscribed.append(subscribed)
        return {"sdp": subscribed.offer, "sub": len(self.subscribed) - 1}

    def accept(self, command: dict[str, Any]) -> dict[str, Any]:
        self.subscribed[command["sub"]].accept(command["sdp"])
        return {}

    def record(self, command: dict[str, Any]) -> dict[str, Any]:
        """Record every stream into a directory."""
        start = messages.Start(
            root=command["root"],
            group="bench",
            by="",
            wall=time.time(),
            now=time.monotonic(),
            chat=False,
        )
        session = RecordingSession(start, self.notices.append_notice, time.monotonic, lambda session: None)
        for number, stream in enumerate(self.published):
            session.published(str(number), "", f"sender {number}", "camera", stream)
        self.session = session
        return {"pid": session.channel.pid}

    async def stop_recording(self) -> dict[str, Any]:
        """What became of it, when the writer is done."""
        session, self.session = self.session, None
        assert session is not None
        session.stop()
        await session.channel.ended.wait()
        return {"unwritten": session.channel.dropped, "notices": self.notices.texts}

    def close(self, command: dict[str, Any]) -> dict[str, Any]:
        for stream in self.published:
            stream.close()
        self.published.clear()
        self.subscribed.clear()
        self.lines.clear()
        return {"peers": len(self.hub.peers)}

    def measure(self, command: dict[str, Any]) -> dict[str, Any]:
        """Counters now; the lags since the last call."""
        if command.get("collect"):
            gc.collect()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        outbox: Any = self.hub.outbox.debug_state()
        lags, self.lags = sorted(self.lags), []
        received = sum(stream.debug_state()["transport"]["received"] for stream in self.published)
        return {
            "cpu": usage.ru_utime + usage.ru_stime,
            "user": usage.ru_utime,
            "system": usage.ru_stime,
            "wall": time.monotonic(),
            "sent": outbox["packets"] - outbox["no_room"] - outbox["refused"],
            "outbox": outbox,
            "received": received,
            "lag": [lags[int(len(lags) * q)] for q in (0.5, 0.99)] if lags else [0, 0],
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }

    def state(self, command: dict[str, Any]) -> dict[str, Any]:
        up = [stream.debug_state() for stream in self.published]
        down = [stream.debug_state() for stream in self.subscribed[:2]]
        return json.loads(json.dumps({"up": up, "down": down}, default=str))  # type: ignore[no-any-return]

    async def watch_lag(self) -> None:
        """How late a timer is that is due all the time."""
        while True:
            due = time.monotonic() + LAG_STEP_S
            await asyncio.sleep(LAG_STEP_S)
            self.lags.append(max(0.0, time.monotonic() - due))


async def main() -> None:
    hub = TransportHub(host="127.0.0.1")
    await hub.start()
    server = Server(hub)
    watcher = asyncio.create_task(server.watch_lag())
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"port": hub.udp_port}), flush=True)
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "stop_recording":
            print(json.dumps(await server.stop_recording()), flush=True)
            continue
        print(json.dumps(getattr(server, command["do"])(command)), flush=True)
    watcher.cancel()
    await server.media.close()
    hub.close()


if __name__ == "__main__":
    uvloop.run(main())
