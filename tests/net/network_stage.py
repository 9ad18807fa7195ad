"""The stage of the network tests: a real hub and engine in virtual time, cameras and viewers around it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from emulator import Line
from network_camera import Camera
from network_endpoint import Endpoint
from network_viewer import Viewer

from galene_py.engine.downlink import Downlink
from galene_py.engine.media import MediaEngine
from galene_py.transport.hub import TransportHub

SEED = os.environ.get("NETWORK_SEED", "1")
"""Another one gives other losses: for looking further than the test run does."""


class Stage:
    """The real hub and engine in virtual time, and everybody on it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hub = TransportHub(host="127.0.0.1", clock=self.loop.time)
        self.engine = MediaEngine(self.hub, self.loop.time)
        self.people: list[Endpoint] = []

    async def __aenter__(self) -> Stage:
        await self.hub.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.close()
        self.hub.close()
        for person in self.people:
            person.vanish()
            person.line.close()

    def line(self) -> Line:
        return Line(self.hub.udp_port, seed=(SEED, len(self.people)))

    async def camera(self, *rates: int, temporal_layers: int = 1) -> Camera:
        camera = Camera(self.line(), rates or (600_000,), temporal_layers)
        self.people.append(camera)
        return await camera.publish(self.engine)

    async def viewer(self, camera: Camera, *, downlink: Downlink | None = None, **options: bool) -> Viewer:
        viewer = Viewer(self.line(), **options)
        self.people.append(viewer)
        return await viewer.subscribe(camera, downlink=downlink)

    async def group(
        self, cameras: Sequence[Camera], delay: float = 0.02, *, repeats: bool = True
    ) -> list[Viewer]:
        """One receiver of all of them, through one bottleneck: one connection each."""
        downlink = self.engine.downlink()
        viewers = [
            await self.viewer(camera, downlink=downlink, wide=True, repeats=repeats) for camera in cameras
        ]
        for viewer in viewers:
            viewer.line.down.pipe = viewers[0].line.down.pipe
            viewer.line.set(delay=delay)
        return viewers

    async def until(self, condition: Callable[[], object], patience: float) -> float:
        """Seconds until it holds; fails after `patience` of them."""
        began = self.loop.time()
        while not condition():
            assert self.loop.time() - began < patience, "too late"
            await asyncio.sleep(0.05)
        return self.loop.time() - began

    async def run(self, seconds: float) -> float:
        """Let time pass; returns when it began."""
        began = self.loop.time()
        await asyncio.sleep(seconds)
        return began
